// Model files: safetensors read with suspicion and written the same bytes as in Python.
import { bytes_of, concat, u32_bytes, utf8 } from "./bytes.js";
import { ModelFileError } from "./errors.js";
import { dump_json, JsonError, parse_json } from "./json.js";
import { Sha256 } from "./sha256.js";

const FORMAT = "unisono";
const VERSION = "1";
const KIND = "magnet";

// Bounds that hold before anything is allocated, the same as in Python.
const MAX_FILE_BYTES = 2 ** 30;
const MAX_HEADER_BYTES = 2 ** 20;
const MAX_TENSORS = 1024;
const MAX_DIMENSIONS = 4;

export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** What a model file holds: its tensors by name, the options it was made with, and its kind. */
export interface ModelFile {
  kind: string;
  tensors: Map<string, Tensor>;
  options: Record<string, unknown>;
}

interface Span extends Tensor {
  name: string;
  first: number;
  last: number;
}

type Entry = Record<string, unknown>;

function compare_bytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function sorted_names(tensors: Map<string, Tensor>): string[] {
  return [...tensors.keys()].sort((a, b) => compare_bytes(utf8(a), utf8(b)));
}

/**
 * The SHA-256, in hex, that names a model, as in Python. Hashed for each tensor in the order of its name's UTF-8 bytes:
 * the name, a zero byte, the number of dimensions and each dimension as little-endian 32-bit integers, the float32 values.
 */
export function model_sha256(tensors: Map<string, Tensor>): string {
  const digest = new Sha256();
  for (const name of sorted_names(tensors)) {
    const { shape, data } = tensors.get(name)!;
    digest.update(utf8(name + "\0")).update(u32_bytes(shape.length, ...shape)).update(bytes_of(data));
  }
  return digest.hex();
}

/** The bytes of a model file. Throws ModelFileError if a tensor holds NaN or infinity. */
export function write_model(tensors: Map<string, Tensor>, options: Record<string, unknown>, kind = KIND): Uint8Array {
  const metadata = { format: FORMAT, kind, options: dump_json(options, { sorted: true }), version: VERSION };
  const header: Record<string, unknown> = { __metadata__: metadata };
  const values: Uint8Array[] = [];
  let offset = 0;
  for (const name of sorted_names(tensors)) {
    const { shape, data } = tensors.get(name)!;
    if (!data.every(Number.isFinite)) {
      throw new ModelFileError(`the model was not written: its tensor ${name} holds NaN or infinity`);
    }
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    values.push(bytes_of(data));
    offset += data.byteLength;
  }
  const text = dump_json(header, { compact: true });
  const padded = utf8(text + " ".repeat(-text.length & 7)); // the values start on a multiple of 8, as the format asks
  return concat([u32_bytes(padded.length, 0), padded, ...values]);
}

/** Reads the bytes of a model file that may be damaged or made to harm. Throws ModelFileError with one line that names the fault. */
export function parse_model(content: Uint8Array, kinds: readonly string[] = [KIND]): ModelFile {
  if (content.length > MAX_FILE_BYTES) {
    throw new ModelFileError(`is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB: not a Unisono model`);
  }
  const { header, values } = split(bytes_of(content)); // bytes_of: the slice of Node's Buffer is not a copy
  const { __metadata__: metadata, ...entries } = header;
  const { kind, options } = read_metadata(metadata, kinds);
  const spans = Object.entries(entries).map(([name, entry]) => read_span(name, entry));
  spans.sort((a, b) => a.first - b.first || a.last - b.last);
  const tensors = new Map<string, Tensor>();
  let end = 0;
  for (const span of spans) {
    check_place(span, end, values.length);
    end = span.last;
    const data = new Float32Array(values.slice(span.first, span.last).buffer);
    if (!data.every(Number.isFinite)) throw damaged(`tensor ${shown(span.name)} holds NaN or infinity`);
    tensors.set(span.name, { shape: span.shape, data });
  }
  if (end !== values.length) throw damaged(`${values.length - end} bytes belong to no tensor`);
  return { kind, tensors, options };
}

function check_place(span: Span, end: number, total: number): void {
  const name = shown(span.name);
  if (span.first < end) throw damaged(`tensor ${name} overlaps another`);
  if (span.first > end) throw damaged(`tensor ${name} leaves a hole before it`);
  if (span.last > total) throw damaged(`tensor ${name} ends beyond the file, which may be cut off`);
}

function damaged(what: string): ModelFileError {
  return new ModelFileError(`is damaged: ${what}`);
}

/** Quotes a name out of a file as Python's ascii() does, so that it stays short and on one line. */
function shown(value: unknown): string {
  const points = [...(typeof value === "string" ? value : (JSON.stringify(value) ?? "None"))];
  const text = points.length <= 60 ? points : [...points.slice(0, 57), "..."];
  const quote = points.includes("'") && !points.includes('"') ? '"' : "'";
  return quote + text.map((c) => escaped(c, quote)).join("") + quote;
}

function escaped(c: string, quote: string): string {
  const named = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", [quote]: "\\" + quote }[c];
  if (named !== undefined) return named;
  const code = c.codePointAt(0)!;
  if (c.length > 2 || (code >= 0x20 && code < 0x7f)) return c;
  const [letter, width] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return "\\" + letter + code.toString(16).padStart(width as number, "0");
}

function is_object(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The parsed header and the bytes of the values. */
function split(content: Uint8Array): { header: Entry; values: Uint8Array } {
  if (content.length < 8) {
    throw new ModelFileError(`is not a Unisono model${content.length === 0 ? " (it is empty)" : ""}`);
  }
  const view = new DataView(content.buffer, content.byteOffset, 8);
  const size = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (size > content.length - 8 || size > MAX_HEADER_BYTES) {
    throw new ModelFileError("is not a Unisono model, or is cut off (its header does not fit the file)");
  }
  const header = read_header(content.subarray(8, 8 + size));
  return { header, values: content.subarray(8 + size) };
}

function read_header(bytes: Uint8Array): Entry {
  let header;
  try {
    header = parse_json(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), { whole: true });
  } catch (error) {
    if (error instanceof JsonError) throw damaged(`its header ${error.message}`);
    throw new ModelFileError("is not a Unisono model (its header is not JSON)");
  }
  if (!is_object(header)) throw damaged("its header is not an object");
  const count = Object.keys(header).length;
  if (count > MAX_TENSORS) throw damaged(`it names ${count} tensors`);
  return header;
}

/** Checks format, version and kind, and returns kind and options. */
function read_metadata(metadata: unknown, kinds: readonly string[]): Omit<ModelFile, "tensors"> {
  if (!is_object(metadata) || metadata["format"] !== FORMAT) {
    throw new ModelFileError("is not a Unisono model (a safetensors file of something else)");
  }
  const { version, kind, options } = metadata;
  if (version !== VERSION) {
    throw new ModelFileError(`has version ${shown(version)}; this Unisono reads version ${VERSION}`);
  }
  if (!kinds.includes(kind as string)) throw new ModelFileError(`is a model of kind ${shown(kind)}, not '${kinds.join("' or '")}'`);
  const parsed = parse_options(options);
  if (!is_object(parsed)) throw damaged("its options are not an object");
  return { kind: kind as string, options: parsed };
}

function parse_options(options: unknown): unknown {
  try {
    if (typeof options === "string") return parse_json(options);
  } catch (error) {
    const twin = error instanceof JsonError && error.message.includes("twice");
    throw damaged(twin ? "its header names something twice" : "its options are not JSON");
  }
  throw damaged("its options are not JSON");
}

function read_span(name: string, entry: unknown): Span {
  const keys = is_object(entry) ? Object.keys(entry).sort().join() : "";
  if (!is_object(entry) || keys !== "data_offsets,dtype,shape") {
    throw damaged(`tensor ${shown(name)} is not described by dtype, shape and data_offsets`);
  }
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32") throw damaged(`tensor ${shown(name)} has type ${shown(dtype)}, not 'F32'`);
  if (!are_counts(shape) || shape.length > MAX_DIMENSIONS) {
    throw damaged(`tensor ${shown(name)} has an impossible shape`);
  }
  const bytes = are_counts(shape) ? 4 * shape.reduce((a, b) => a * b, 1) : -1;
  const [first = 0, last = 0] = are_counts(offsets) ? offsets : [];
  if (!are_counts(offsets) || offsets.length !== 2 || last - first !== bytes) {
    throw damaged(`tensor ${shown(name)} does not have the bytes its shape asks for`);
  }
  return { name, shape, first, last, data: new Float32Array(0) };
}

/** Whether a value is a list of integers from 0 to the largest file size. */
function are_counts(values: unknown): values is number[] {
  return Array.isArray(values) && values.every((v) => Number.isInteger(v) && v >= 0 && v <= MAX_FILE_BYTES);
}
