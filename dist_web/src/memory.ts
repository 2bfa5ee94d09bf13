// The core's memory as JavaScript sees it: allocations that live for one call, and copies in and out.
import { type AnyArray, ARRAY_TYPES, as_array, type DType, type NdArray, product } from "./arrays.js";
import { MemoryError, ParameterError, StateError, status_error } from "./errors.js";

export type { AnyArray, ArrayLikeInput, DType, NdArray, Out } from "./arrays.js";

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

/** Room for an array in the core's memory, and where it goes afterwards. */
interface Outgoing {
  pointer: number;
  dtype: DType;
  shape: number[];
  /** Numbers, of which complex ones have two. */
  size: number;
  out: AnyArray | undefined;
}

const SCALARS = {
  i32: (view: DataView, at: number) => view.getInt32(at, true),
  u32: (view: DataView, at: number) => view.getUint32(at, true),
  f32: (view: DataView, at: number) => view.getFloat32(at, true),
  f64: (view: DataView, at: number) => view.getFloat64(at, true),
  bool: (view: DataView, at: number) => view.getInt32(at, true),
};

const SMALLEST = 16; // bytes: an empty array gets a place of its own too
const LARGEST = 2 ** 31 - 1;

/** The core's linear memory. It may grow and move in any call: no view of it is used after one. */
export class Memory {
  readonly exports: CoreExports;
  readonly #views: Partial<Record<DType, AnyArray>> = {};

  constructor(exports: CoreExports) {
    this.exports = exports;
  }

  get buffer(): ArrayBufferLike {
    return this.exports.memory.buffer;
  }

  alloc(bytes: number): number {
    const pointer = bytes <= LARGEST ? this.exports.malloc(Math.max(bytes, SMALLEST)) : 0;
    if (pointer === 0) throw new MemoryError(`out of memory: ${bytes} bytes could not be allocated`);
    return pointer >>> 0;
  }

  free(pointer: number): void {
    this.exports.free(pointer);
  }

  /** A view of the whole, kept until it is too short: memory that has moved leaves one of length zero. */
  view(dtype: DType, end: number): AnyArray {
    const view = this.#views[dtype];
    return view && end <= view.length ? view : (this.#views[dtype] = new ARRAY_TYPES[dtype].of(this.buffer));
  }

  /** A zero-terminated UTF-8 string of the core. (Worklets have no TextDecoder.) */
  text(pointer: number): string {
    const bytes = new Uint8Array(this.buffer);
    const found = bytes.subarray(pointer, bytes.indexOf(0, pointer));
    return decodeURIComponent(Array.from(found, (b) => "%" + b.toString(16).padStart(2, "0")).join(""));
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
    const { data, shape } = as_array(name, value, dtype, dimensions);
    const pointer = this.alloc(data.byteLength);
    const at = pointer / data.BYTES_PER_ELEMENT;
    this.#memory.view(dtype, at + data.length).set(data, at);
    return { pointer, shape, size: product(shape) };
  }

  /** Copies a control in: an array, or one number that is repeated `length` times. */
  control(name: string, value: unknown, length: number): Incoming {
    return this.input(name, typeof value === "number" ? new Float32Array(length).fill(value) : value, "f32", 1);
  }

  /** Room for `count` int32 numbers, to be read with `numbers`. */
  integers(count: number): number {
    return this.alloc(4 * count);
  }

  numbers(pointer: number, count: number): number[] {
    const at = pointer / 4;
    const view = this.#memory.view("i32", at + count);
    const found: number[] = [];
    for (let i = 0; i < count; i++) found.push(view[at + i]!);
    return found;
  }

  /** A single result: a number, or the text that a pointer leads to. */
  scalar(pointer: number, type: "str"): string;
  scalar(pointer: number, type: keyof typeof SCALARS): number;
  scalar(pointer: number, type: keyof typeof SCALARS | "str"): number | string {
    const view = new DataView(this.#memory.buffer);
    return type === "str" ? this.#memory.text(view.getUint32(pointer, true)) : SCALARS[type](view, pointer);
  }

  /** Room for an output array whose shape stands at a pointer; the caller may have brought an array for it. */
  output(dtype: DType, sizes: number, dimensions: number, out?: unknown): Outgoing {
    const { of, width } = ARRAY_TYPES[dtype];
    const shape = this.numbers(sizes, dimensions);
    const size = width * product(shape);
    if (out !== undefined && !(out instanceof of && out.length === size)) {
      throw new ParameterError(`out must be a ${of.name} of ${size} numbers`);
    }
    return { pointer: this.alloc(of.BYTES_PER_ELEMENT * size), dtype, shape, size, out };
  }

  /** Copies an output array out: a typed array if it has one dimension, else `{ data, shape }`. */
  take({ pointer, dtype, shape, size, out }: Outgoing): AnyArray | NdArray<AnyArray> {
    const at = pointer / ARRAY_TYPES[dtype].of.BYTES_PER_ELEMENT;
    const view = this.#memory.view(dtype, at + size);
    out?.set(view.subarray(at, at + size));
    const data = out ?? view.slice(at, at + size);
    return shape.length === 1 ? data : { data, shape };
  }

  release(): void {
    for (const pointer of this.#pointers) this.#memory.free(pointer);
  }
}

/** An object of the core, which lives until it is freed. */
export class Handle {
  readonly #name: string;
  readonly #free: (pointer: number) => void;
  #pointer: number;

  constructor(name: string, free: (pointer: number) => void, pointer: number) {
    this.#name = name;
    this.#free = free;
    this.#pointer = pointer;
  }

  free(): void {
    this.#free(this.#pointer);
    this.#pointer = 0;
  }

  get pointer(): number {
    if (this.#pointer === 0) throw new StateError(`this ${this.#name} was freed`);
    return this.#pointer;
  }
}
