// Fills the arrays of the parity cases; tests/parity/README.md defines every kind, inputs.py is the same in Python.

const EDGE_BITS = [
  0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x00000001, 0x80000001, 0x007fffff, 0x807fffff, 0x00800000,
  0x80800000, 0x7f7fffff, 0xff7fffff, 0x3f000000, 0x4b800000, 0x7f800000, 0xff800000, 0x7fc00000,
];
const FINITE_EDGES = EDGE_BITS.length - 3;
const ARRAYS = { f32: Float32Array, c64: Float32Array, i32: Int32Array, i16: Int16Array, u8: Uint8Array };

function mix(x) {
  x ^= x >>> 16;
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

export function hash(i, seed) {
  return mix(mix((i + 0x9e3779b9) >>> 0) ^ seed);
}

function unit(i, seed) {
  return (hash(i, seed) >>> 8) / 16777216;
}

function log_uniform(i, spec) {
  const g = hash(i, (spec.seed + 1) >>> 0);
  const k = spec.low_exponent + (g % (spec.high_exponent - spec.low_exponent));
  const size = 2 ** k * (1 + unit(i, spec.seed));
  return spec.signed && g >>> 31 ? -size : size;
}

const FLOAT_FILLS = {
  uniform: (i, s) => s.low + (s.high - s.low) * unit(i, s.seed),
  log_uniform,
  constant: (i, s) => s.value,
  impulse: (i, s) => (i === (s.at ?? 0) ? (s.value ?? 1) : 0),
  ramp: (i, s) => s.low + i * s.step,
  wave: (i, s) => (1 - 4 * Math.abs((i % s.period) / s.period - 0.5)) * (s.value ?? 1),
  values: (i, s) => s.values[i % s.values.length],
};

const BIT_FILLS = {
  bits: (i, s) => hash(i, s.seed),
  edges: (i, s) => EDGE_BITS[hash(i, s.seed) % EDGE_BITS.length],
  finite_edges: (i, s) => EDGE_BITS[hash(i, s.seed) % FINITE_EDGES],
};

const INTEGER_FILLS = {
  ...FLOAT_FILLS,
  uniform: (i, s) => s.low + (hash(i, s.seed) % (s.high - s.low + 1)),
};

function permutation(out, spec) {
  out.forEach((_, i) => (out[i] = i));
  for (let i = out.length - 1; i > 0; i--) {
    const j = hash(i, spec.seed) % (i + 1);
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE = Object.fromEntries([...BASE64].map((letter, value) => [letter, value]));

/** Bytes given as text: worklets have no atob. */
function from_base64(out, text) {
  const bytes = new Uint8Array(out.buffer);
  for (let i = 0, at = 0; at < bytes.length; i += 4) {
    const [a, b, c = 0, d = 0] = [0, 1, 2, 3].map((k) => VALUE[text[i + k]]);
    const three = (a << 18) | (b << 12) | (c << 6) | d;
    for (let shift = 16; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = three >> shift;
  }
  return out;
}

/** The typed array that a case's array entry describes. */
export function make_array(spec) {
  const size = spec.shape.reduce((a, b) => a * b, 1) * (spec.dtype === "c64" ? 2 : 1);
  const out = new ARRAYS[spec.dtype](size);
  if (spec.fill === "permutation") return permutation(out, spec);
  if (spec.fill === "base64") return from_base64(out, spec.data);
  const floats = out instanceof Float32Array;
  const bits = floats && BIT_FILLS[spec.fill];
  const target = bits ? new Uint32Array(out.buffer) : out;
  const fill = bits || (floats ? FLOAT_FILLS : INTEGER_FILLS)[spec.fill];
  if (!fill) throw new Error(`unknown fill ${spec.fill} for ${spec.dtype}`);
  for (let i = 0; i < size; i++) target[i] = fill(i, spec);
  return out;
}

/** A scalar of a case: itself, or a float32 given by its bits. */
export function make_scalar(value) {
  if (value === null || typeof value !== "object") return value;
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, parseInt(value.bits, 16));
  return view.getFloat32(0);
}

/** An argument of a case: an array if it has a dtype, else a scalar. */
export function make_argument(value) {
  return value !== null && typeof value === "object" && "dtype" in value ? make_array(value) : make_scalar(value);
}
