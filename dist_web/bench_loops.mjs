// A small WebAssembly module, put together here byte by byte: loops that a bench needs inside WebAssembly. They measure the
// machine's ceilings there, and call the core's oscillator once a sample as a program compiled with it would.
const EACH = 6; // products, and as many sums: with their factor and summand they fill the registers that V8 has for vectors
export const OPERATIONS = 2 * 4 * EACH; // of multiply_add a call, on four lanes

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;

/** An unsigned number of any size, seven bits a byte. */
const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const text = (s) => [...leb(s.length), ...new TextEncoder().encode(s)];
const list = (items) => [...leb(items.length), ...items.flat()];
const section = (id, items) => ((content) => [id, ...leb(content.length), ...content])(list(items));
const type = (from, to) => [0x60, ...list(from), ...list(to)];
const body = (locals, code) => ((content) => [...leb(content.length), ...content])([...list(locals), ...code, 0x0b]);

const get = (i) => [0x20, ...leb(i)];
const set = (i) => [0x21, ...leb(i)];
const simd = (op) => [0xfd, ...leb(op)];
const MEMORY_ARGUMENT = [4, 0]; // aligned to 16 bytes, no offset
const [LOAD, STORE] = [0, 11].map((op) => [...simd(op), ...MEMORY_ARGUMENT]);
const splat = (bytes) => [0x43, ...bytes, ...simd(0x13)];
const HALF = splat([0, 0, 0, 0x3f]);
const ONE = splat([0, 0, 0x80, 0x3f]);
const [ADD, MULTIPLY] = [0xe4, 0xe6].map(simd);
const [CALL_TICK, F32_ADD, F32_STORE, FIRST_LANE] = [[0x10, 0], [0x92], [0x38, 2, 0], [...simd(0x1f), 0]];
const [I32_ADD, I32_AND, I32_SHIFT] = [[0x6a], [0x71], [0x74]];
/** Repeats until the counter, which goes down by `step`, is zero. */
const repeat = (counter, step, code) => [0x03, 0x40, ...code, ...get(counter), 0x41, step, 0x6b, 0x22, ...leb(counter), 0x0d, 0, 0x0b];

/** multiply_add(calls): products and sums of which none waits for another; the last two locals hold the factor and the summand. */
function multiply_add() {
  const products = Array.from({ length: EACH }, (_, i) => i + 1);
  const sums = products.map((i) => i + EACH);
  const [by, plus] = [2 * EACH + 1, 2 * EACH + 2];
  const change = (i, what, op) => [...get(i), ...get(what), ...op, ...set(i)];
  const round = products.flatMap((i, at) => [...change(i, by, MULTIPLY), ...change(sums[at], plus, ADD)]);
  const all = [...products, ...sums].flatMap((i) => [...get(i), ...FIRST_LANE, ...(i > 1 ? F32_ADD : [])]);
  return body([[2 * EACH + 2, V128]], [...ONE, ...set(by), ...ONE, ...set(plus), ...repeat(0, 1, round), ...all]);
}

/** triad(a, b, c, bytes): a = b + c / 2, four floats at a time. The pointers move on. */
function triad() {
  const step = [0, 1, 2].flatMap((i) => [...get(i), 0x41, 16, ...I32_ADD, ...set(i)]);
  return body([], repeat(3, 16, [...get(0), ...get(1), ...LOAD, ...get(2), ...LOAD, ...HALF, ...MULTIPLY, ...ADD, ...STORE, ...step]));
}

/** ticks(self, frequency, block, calls): samples one after another into a block of 128, over and over. */
const ticks = () => {
  const at = [...get(3), 0x41, 0xff, 0, ...I32_AND, 0x41, 2, ...I32_SHIFT, ...get(2), ...I32_ADD];
  return body([], repeat(3, 1, [...at, ...get(0), ...get(1), ...CALL_TICK, ...F32_STORE]));
};

/** argument(self, frequency): the frequency, a call that does nothing. */
const argument = () => body([], get(1));

/** The most that so many threads do at the same time: 1e9 operations, and bytes, a second. For pages. */
export async function ceilings(threads) {
  const workers = Array.from({ length: threads }, () => new Worker(import.meta.url, { type: "module" }));
  const answers = () => Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
    Object.assign(worker, { onmessage: ({ data }) => resolve(data), onerror: reject });
  })));
  await answers(); // all are ready: only now they begin
  const rates = { lanes: 4, threads };
  for (const name of ["flops", "bytes"]) {
    const found = answers();
    workers.forEach((worker) => worker.postMessage(name));
    rates[name] = (await found).reduce((all, one) => all + one, 0);
  }
  workers.forEach((worker) => worker.terminate());
  return rates;
}

/** In a Worker: how fast either loop goes for a while, all of it, since the other Workers are at it too. */
async function work() {
  const [calls, bytes, first, ms] = [100_000, 1 << 26, 1 << 20, 300];
  const memory = new WebAssembly.Memory({ initial: 256 + (3 * bytes) / 65536, maximum: 32768 });
  const inside = await loops({ memory, tick: () => 0 });
  const rounds = { flops: () => inside.multiply_add(calls), bytes: () => inside.triad(first, first + bytes, first + 2 * bytes, bytes) };
  const each = { flops: OPERATIONS * calls, bytes: 3 * bytes };
  for (const round of Object.values(rounds)) round(); // compiled, and memory touched
  onmessage = ({ data }) => {
    const began = performance.now();
    let done = 0;
    for (; performance.now() - began < ms; done++) rounds[data]();
    postMessage((done * each[data]) / (performance.now() - began) / 1e6);
  };
  postMessage("ready");
}

if (globalThis.WorkerGlobalScope && self instanceof WorkerGlobalScope) work();

/** The loops `ticks`, `multiply_add` and `triad`, and `argument`, over the memory and the `tick` of a core. */
export async function loops({ memory, tick }) {
  const names = ["ticks", "multiply_add", "triad", "argument"];
  const bytes = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [type([I32, F32], [F32]), type([I32, F32, I32, I32], []), type([I32], [F32]), type([I32, I32, I32, I32], [])]),
    ...section(2, [[...text("env"), ...text("tick"), 0, 0], [...text("env"), ...text("memory"), 2, 1, ...leb(256), ...leb(32768)]]),
    ...section(3, [[1], [2], [3], [0]]),
    ...section(7, names.map((name, i) => [...text(name), 0, i + 1])),
    ...section(10, [ticks(), multiply_add(), triad(), argument()]),
  ];
  return (await WebAssembly.instantiate(new Uint8Array(bytes), { env: { memory, tick } })).instance.exports;
}
