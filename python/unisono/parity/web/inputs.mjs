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

// What gives value i of a fill: its numbers are looked up once an array, not once a value.
const FLOAT_FILLS = {
  uniform: ({ low, high, seed }) => (i) => low + (high - low) * unit(i, seed),
  log_uniform: ({ low_exponent, high_exponent, signed, seed }) => (i) => {
    const g = hash(i, (seed + 1) >>> 0);
    const size = 2 ** (low_exponent + (g % (high_exponent - low_exponent))) * (1 + unit(i, seed));
    return signed && g >>> 31 ? -size : size;
  },
  constant: ({ value }) => () => value,
  impulse: ({ at = 0, value = 1 }) => (i) => (i === at ? value : 0),
  ramp: ({ low, step }) => (i) => low + i * step,
  wave: ({ period, value = 1 }) => (i) => (1 - 4 * Math.abs((i % period) / period - 0.5)) * value,
  values: ({ values }) => (i) => values[i % values.length],
};

const BIT_FILLS = {
  bits: ({ seed }) => (i) => hash(i, seed),
  edges: ({ seed }) => (i) => EDGE_BITS[hash(i, seed) % EDGE_BITS.length],
  finite_edges: ({ seed }) => (i) => EDGE_BITS[hash(i, seed) % FINITE_EDGES],
};

const INTEGER_FILLS = {
  ...FLOAT_FILLS,
  uniform: ({ low, high, seed }) => (i) => low + (hash(i, seed) % (high - low + 1)),
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
  const value = fill(spec);
  for (let i = 0; i < size; i++) target[i] = value(i);
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
