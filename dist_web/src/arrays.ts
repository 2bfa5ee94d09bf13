// The array types that cross the border to the core, and what callers may pass for them.
import { ParameterError } from "./errors.js";

/** Names of the array types; c64 is interleaved float32 pairs. */
export type DType = "f32" | "c64" | "i32" | "i16" | "u8";
export type AnyArray = Float32Array | Int32Array | Int16Array | Uint8Array;

/** An array of more than one dimension, row-major; complex data has two floats for each element. */
export interface NdArray<A extends AnyArray = Float32Array> {
  data: A;
  shape: number[];
}

export type ArrayLikeInput<A extends AnyArray = Float32Array> = A | ArrayLike<number> | NdArray<A>;

/** Where the result goes. */
export interface Out<A extends AnyArray> {
  /** An array that the numbers of the result are written to, of their type and as many; without one a new one is made. */
  out?: A | undefined;
}

interface ArrayType {
  /** Numbers for each element. */
  width: number;
  of: {
    new (buffer: ArrayBufferLike): AnyArray;
    from(values: ArrayLike<number>): AnyArray;
    BYTES_PER_ELEMENT: number;
    name: string;
  };
}

export const ARRAY_TYPES: Record<DType, ArrayType> = {
  f32: { width: 1, of: Float32Array },
  c64: { width: 2, of: Float32Array },
  i32: { width: 1, of: Int32Array },
  i16: { width: 1, of: Int16Array },
  u8: { width: 1, of: Uint8Array },
};

export function product(shape: readonly number[]): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** The argument `name` as typed data with a shape; only 1-D arguments may come without one. */
export function as_array(name: string, value: unknown, dtype: DType, dimensions: number): NdArray<AnyArray> {
  const type = ARRAY_TYPES[dtype];
  if (is_object(value) && "data" in value && "shape" in value) {
    return checked_nd(name, value as unknown as NdArray<AnyArray>, type, dimensions);
  }
  if (dimensions !== 1) throw new ParameterError(`${name} must be { data, shape } with ${dimensions} dimensions`);
  const data = converted(name, value, type);
  if (data.length % type.width !== 0) {
    throw new ParameterError(`${name} must hold pairs of real and imaginary parts, got ${data.length} numbers`);
  }
  return { data, shape: [data.length / type.width] };
}

function is_object(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function checked_nd(name: string, value: NdArray<AnyArray>, type: ArrayType, dimensions: number): NdArray<AnyArray> {
  const shape = Array.from(value.shape);
  if (shape.length !== dimensions || !shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ParameterError(`${name} must have ${dimensions} dimensions, got shape [${shape.join(", ")}]`);
  }
  const data = converted(name, value.data, type);
  const wanted = product(shape) * type.width;
  if (data.length !== wanted) {
    throw new ParameterError(`${name} must hold ${wanted} numbers for its shape, got ${data.length}`);
  }
  return { data, shape };
}

function converted(name: string, value: unknown, type: ArrayType): AnyArray {
  if (value instanceof type.of) return value;
  if (!is_object(value) || typeof value["length"] !== "number") {
    throw new ParameterError(`${name} must be an array, got ${value === null ? "null" : typeof value}`);
  }
  const given = value as unknown as ArrayLike<number>;
  const data = type.of.from(given);
  if (!(data instanceof Float32Array)) check_exact(name, given, data);
  return data;
}

/** Integers must arrive as they were given: 1.5, NaN or what is out of range would be changed silently. */
function check_exact(name: string, given: ArrayLike<number>, data: AnyArray): void {
  const odd = data.findIndex((value: number, i: number) => value !== given[i]);
  if (odd >= 0) throw new ParameterError(`${name}: got ${given[odd]} at index ${odd}; must be integers in range`);
}
