// The core's memory as JavaScript sees it: typed views, allocations that live for one call, and copies in and out.
import { MemoryError, ParameterError, status_error } from "./errors.js";

/** Names of the array types that cross the border; c64 is interleaved float32 pairs. */
export type DType = "f32" | "c64" | "i32" | "i16" | "u8";
export type AnyArray = Float32Array | Int32Array | Int16Array | Uint8Array;

/** An array of more than one dimension, row-major; complex data has two floats for each element. */
export interface NdArray<A extends AnyArray = Float32Array> {
  data: A;
  shape: number[];
}

export type ArrayLikeInput<A extends AnyArray = Float32Array> = A | ArrayLike<number> | NdArray<A>;

/** What every core module exports besides its operations. */
export interface CoreExports {
  memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
  unisono_last_error(): number;
  [name: string]: unknown;
}

/** An array that was copied into the core's memory for one call. */
export interface Incoming {
  pointer: number;
  shape: number[];
  size: number;
}

interface ArrayType {
  bytes: number;
  floats: number;
  make(buffer: ArrayBufferLike, pointer: number, length: number): AnyArray;
  from(values: ArrayLike<number>): AnyArray;
}

const F32 = {
  make: (b: ArrayBufferLike, p: number, n: number) => new Float32Array(b, p, n),
  from: (v: ArrayLike<number>) => (v instanceof Float32Array ? v : Float32Array.from(v)),
};

const TYPES: Record<DType, ArrayType> = {
  f32: { bytes: 4, floats: 1, ...F32 },
  c64: { bytes: 8, floats: 2, ...F32 },
  i32: { bytes: 4, floats: 1, make: (b, p, n) => new Int32Array(b, p, n), from: (v) => Int32Array.from(v) },
  i16: { bytes: 2, floats: 1, make: (b, p, n) => new Int16Array(b, p, n), from: (v) => Int16Array.from(v) },
  u8: { bytes: 1, floats: 1, make: (b, p, n) => new Uint8Array(b, p, n), from: (v) => Uint8Array.from(v) },
};

const ALIGN_FLOOR = 16;

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function is_nd(value: unknown): value is NdArray<AnyArray> {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}

/** The core's linear memory. Views are made afresh after growth: never keep one across a call into the core. */
export class Memory {
  readonly exports: CoreExports;
  #u8: Uint8Array = new Uint8Array(0);
  #i32: Int32Array = new Int32Array(0);
  #f32: Float32Array = new Float32Array(0);

  constructor(exports: CoreExports) {
    this.exports = exports;
  }

  get buffer(): ArrayBufferLike {
    return this.exports.memory.buffer;
  }

  get u8(): Uint8Array {
    if (this.#u8.buffer !== this.buffer) this.#u8 = new Uint8Array(this.buffer);
    return this.#u8;
  }

  get i32(): Int32Array {
    if (this.#i32.buffer !== this.buffer) this.#i32 = new Int32Array(this.buffer);
    return this.#i32;
  }

  get f32(): Float32Array {
    if (this.#f32.buffer !== this.buffer) this.#f32 = new Float32Array(this.buffer);
    return this.#f32;
  }

  alloc(bytes: number): number {
    const pointer = bytes <= 0x7fffffff ? this.exports.malloc(Math.max(bytes, ALIGN_FLOOR)) : 0;
    if (pointer === 0) throw new MemoryError(`out of memory: ${bytes} bytes could not be allocated`);
    return pointer >>> 0;
  }

  free(pointer: number): void {
    this.exports.free(pointer);
  }

  /** A zero-terminated string of the core (ASCII and UTF-8). */
  text(pointer: number): string {
    const bytes = this.u8;
    let end = pointer;
    while (bytes[end] !== 0) end++;
    const ascii = bytes.subarray(pointer, end);
    return decodeURIComponent(Array.from(ascii, (b) => "%" + b.toString(16).padStart(2, "0")).join(""));
  }

  /** Throws the error that a status code of the core stands for. */
  check(status: number): void {
    if (status !== 0) throw status_error(status, this.text(this.exports.unisono_last_error()));
  }

  /** Starts a call: everything allocated through the frame is freed by `frame.release()`. */
  frame(): Frame {
    return new Frame(this);
  }
}

/** The allocations of one call into the core; release it in a `finally`. */
export class Frame {
  readonly #memory: Memory;
  readonly #pointers: number[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  alloc(bytes: number): number {
    const pointer = this.#memory.alloc(bytes);
    this.#pointers.push(pointer);
    return pointer;
  }

  /** Copies an argument in. `dimensions` is how many the operation wants; 1-D arguments may be bare arrays. */
  input(name: string, value: unknown, dtype: DType, dimensions = 1): Incoming {
    const type = TYPES[dtype];
    const { data, shape } = as_array(name, value, type, dimensions);
    const pointer = this.alloc(data.length * (type.bytes / type.floats));
    type.make(this.#memory.buffer, pointer, data.length).set(data);
    return { pointer, shape, size: product(shape) };
  }

  /** Room for `count` int32 numbers, to be read with `numbers`. */
  integers(count: number): number {
    return this.alloc(4 * count);
  }

  numbers(pointer: number, count: number): number[] {
    return Array.from(this.#memory.i32.subarray(pointer >> 2, (pointer >> 2) + count));
  }

  /** Room for an output array of the given shape. */
  output(dtype: DType, shape: readonly number[]): number {
    return this.alloc(TYPES[dtype].bytes * product(shape));
  }

  /** Copies an output array out: a typed array if it has one dimension, else `{ data, shape }`. */
  take(pointer: number, dtype: DType, shape: number[]): AnyArray | NdArray<AnyArray> {
    const type = TYPES[dtype];
    const data = type.make(this.#memory.buffer, pointer, product(shape) * type.floats).slice();
    return shape.length === 1 ? data : { data, shape };
  }

  release(): void {
    for (const pointer of this.#pointers) this.#memory.free(pointer);
    this.#pointers.length = 0;
  }
}

function as_array(name: string, value: unknown, type: ArrayType, dimensions: number): NdArray<AnyArray> {
  if (is_nd(value)) return checked_nd(name, value, type, dimensions);
  if (dimensions !== 1) throw new ParameterError(`${name} must be { data, shape } with ${dimensions} dimensions`);
  if (typeof value !== "object" || value === null || typeof (value as ArrayLike<number>).length !== "number") {
    throw new ParameterError(`${name} must be an array, got ${value === null ? "null" : typeof value}`);
  }
  const data = type.from(value as ArrayLike<number>);
  if (data.length % type.floats !== 0) {
    throw new ParameterError(`${name} must hold pairs of real and imaginary parts, got ${data.length} numbers`);
  }
  return { data, shape: [data.length / type.floats] };
}

function checked_nd(name: string, value: NdArray<AnyArray>, type: ArrayType, dimensions: number): NdArray<AnyArray> {
  const shape = Array.from(value.shape);
  if (shape.length !== dimensions || !shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ParameterError(`${name} must have ${dimensions} dimensions, got shape [${shape.join(", ")}]`);
  }
  const data = type.from(value.data);
  if (data.length !== product(shape) * type.floats) {
    throw new ParameterError(`${name} must hold ${product(shape) * type.floats} numbers for its shape, got ${data.length}`);
  }
  return { data, shape };
}
