// Times transforms, sines, a product and a bank of oscillators beside what npm has. `unisono bench web` has esbuild put the
// peers in, and runs it in Chromium and under Node (node FILE FOLDER); it returns cases with rows of times.
import { loops, OPERATIONS } from "./bench_loops.mjs";

const SR = 44100;
const SHORTEST = 20; // ms; quicker work is repeated within one timing
const PAGES = 65536; // bytes

const now = () => performance.now();
const ABSENT = /cannot find (package|module)|failed to (resolve|fetch dynamically imported) module|ENOENT/i; // in the words of Node and of Chromium
const quietly = (error) => {
  const [line] = String(error?.message ?? error).split("\n");
  return { missing: ABSENT.test(line) ? "not installed (--install-peers)" : line.slice(0, 90) };
};

/** Milliseconds of each contender, in turn, after a warm-up that finds how often to repeat each. */
async function times(contenders, repeats) {
  const found = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const often = {};
  for (const [name, run] of Object.entries(contenders)) {
    const began = now();
    let runs = 0;
    while (now() - began < 5 * SHORTEST || runs === 0) await run(runs++);
    often[name] = Math.max(1, Math.round((runs * SHORTEST) / (now() - began)));
  }
  for (let i = 0; i < repeats; i++) {
    for (const [name, run] of Object.entries(contenders)) {
      const began = now();
      for (let r = 0; r < often[name]; r++) {
        const promise = run();
        if (promise instanceof Promise) await promise;
      }
      found[name].push((now() - began) / often[name]);
    }
  }
  return found;
}

/** A case: what works is timed, what is missing is said. Milliseconds times `scale` are the unit. */
async function timed(title, unit, scale, contenders, repeats, work, notes = {}) {
  const there = Object.fromEntries(Object.entries(contenders).filter(([, run]) => typeof run === "function"));
  const found = await times(there, repeats);
  const rows = Object.keys(contenders).map((name) => ({
    name,
    note: notes[name] ?? "",
    ...(found[name] ? { times: found[name].map((ms) => ms * scale) } : contenders[name]),
  }));
  return { title, unit, scale: scale * 1000, rows, work };
}

/** Each peer's way to a transform of n: a function of no arguments that takes x in and leaves a spectrum outside. */
const PEERS = {
  "@echogarden/pffft-wasm": async (given) => {
    const { default: create } = await import("@echogarden/pffft-wasm/simd");
    const p = await create({ wasmBinary: await given("pffft.wasm") });
    return (n, x) => {
      const [plan, ...at] = [p._pffft_new_setup(n, 0), ...[0, 0, 0].map(() => p._pffft_aligned_malloc(4 * n))];
      const [from, to] = at.map((pointer) => new Float32Array(p.HEAPU8.buffer, pointer, n));
      const out = new Float32Array(n);
      return () => {
        from.set(x);
        p._pffft_transform_ordered(plan, ...at, 0);
        out.set(to);
      };
    };
  },
  "fft.js": async () => {
    const { default: FFT } = await import("fft.js");
    return (n, x) => {
      const fft = new FFT(n);
      const out = fft.createComplexArray();
      return () => fft.realTransform(out, x);
    };
  },
  webfft: async () => {
    const { default: WebFFT } = await import("webfft");
    return (n, x) => {
      const fft = new WebFFT(n, "kissWasm", false);
      return () => fft.fftr(x);
    };
  },
  "kissfft-js": async () => {
    const kiss = await import("kissfft-js");
    const { FFTR } = kiss.default ?? kiss;
    return (n, x) => {
      const fft = new FFTR(n);
      return () => fft.forward(x);
    };
  },
  "essentia.js": async () => {
    const { EssentiaWASM } = await import("essentia.js/dist/essentia-wasm.es.js");
    const { default: Essentia } = await import("essentia.js/dist/essentia.js-core.es.js");
    const essentia = new Essentia(EssentiaWASM);
    return (n, x) => () => {
      const vector = essentia.arrayToVector(x);
      const { spectrum } = essentia.Spectrum(vector, n);
      const out = essentia.vectorToArray(spectrum);
      spectrum.delete();
      vector.delete();
      return out;
    };
  },
};

/** The core's exports without the package around them: what a program compiled to JavaScript would call. */
async function bare(wasm) {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 32768 });
  const stubs = new Proxy({ memory }, { get: (there, name) => there[name] ?? (() => 0) });
  const { instance } = await WebAssembly.instantiate(wasm, { env: stubs, wasi_snapshot_preview1: stubs });
  instance.exports._initialize?.();
  return { ...instance.exports, memory };
}

/** Room for n floats in the core's memory, at a place of its own. */
const room = (core, n) => {
  const at = core.malloc(4 * n);
  return { at, view: () => new Float32Array(core.memory.buffer, at, n) };
};

async function transforms({ u, core, peers, repeats }, n) {
  const x = Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
  const [from, to, out] = [room(core, n), room(core, n + 2), new Float32Array(n + 2)];
  const [input, output] = [from.view(), to.view()]; // kept, as for the peers
  const contenders = {
    "unisono, exports": () => {
      input.set(x);
      core.unisono_rfft(to.at, from.at, n);
      out.set(output);
    },
    "unisono, rfft(x, { out })": () => u.rfft(x, { out }),
    "unisono, rfft(x)": () => u.rfft(x),
  };
  for (const [name, make] of Object.entries(peers)) {
    try {
      contenders[name] = typeof make === "function" ? make(n, x) : make;
      if (typeof make === "function") contenders[name]();
    } catch (error) {
      contenders[name] = quietly(error);
    }
  }
  return timed(`real FFT of ${n} float32, copies in and out`, "us", 1e3, contenders, repeats, ["rfft", n]);
}

function new_sine(core) {
  const at = core.malloc(4);
  core.unisono_sine_new(at, SR, 0);
  return new Int32Array(core.memory.buffer, at, 1)[0];
}

/** Maximilian's oscillator, by the name of its file: a function that fills a block again and again, one call a sample. */
async function maximilian(place, name, without) {
  if (without[name]) return { missing: without[name] };
  const print = console.log;
  console.log = () => {}; // it greets
  try {
    const module = await import(`${place}${name}`);
    const made = module.default ? await module.default() : module;
    made.maxiSettings?.setup(SR, 2, 1024);
    const oscillator = new made.maxiOsc();
    // a function of its own for each, so that none has to tell classes apart
    return new Function("o", "return (block, n) => { for (let i = 0; i < n; i++) block[i & 127] = o.sinewave(100); };")(oscillator);
  } catch (error) {
    return quietly(error);
  } finally {
    console.log = print;
  }
}

/** The loop over the core's sine that a compiler made into a module of its own, as a program in C++ has it. */
async function compiled(given, without) {
  if (without["loops.wasm"]) return { missing: without["loops.wasm"] };
  const stubs = new Proxy({}, { get: () => () => 0 });
  const { instance } = await WebAssembly.instantiate(await given("loops.wasm"), { env: stubs, wasi_snapshot_preview1: stubs });
  instance.exports._initialize?.();
  return (calls) => instance.exports.core_ticks(100, calls);
}

async function sines({ core, inside, repeats, place, without, given }) {
  const sine = new_sine(core);
  const calls = 128_000;
  const ticks = await compiled(given, without).catch(quietly);
  const nothing = await loops({ memory: core.memory, tick: inside.argument });
  const [block, within] = [new Float32Array(128), room(core, 128)]; // what an audio callback fills
  let phase = 0;
  const from_js = () => {
    for (let i = 0; i < calls; i++) block[i & 127] = core.unisono_sine_tick(sine, 100);
  };
  const maths = () => {
    for (let i = 0; i < calls; i++) {
      block[i & 127] = Math.sin(phase * 6.283185307179586);
      phase += 100 / SR;
      if (phase >= 1) phase -= 1;
    }
  };
  const contenders = {
    "unisono, C++ in WebAssembly": typeof ticks === "function" ? () => ticks(calls) : ticks,
    "unisono, exports, loop inside WebAssembly": () => inside.ticks(sine, 100, within.at, calls),
    "a call that does nothing, inside WebAssembly": () => nothing.ticks(sine, 100, within.at, calls),
    "unisono, a call from JavaScript each": from_js,
    "Math.sin": maths,
  };
  const builds = { "Maximilian, embind": "maximilian_embind.mjs", "Maximilian, sema-engine's JavaScript": "maximilian_cheerp.mjs" };
  for (const [name, file] of Object.entries(builds)) {
    const found = await maximilian(place, file, without);
    contenders[name] = typeof found === "function" ? () => found(block, calls) : found;
  }
  return timed("sine, one call a sample", "ns/sample", 1e6 / calls, contenders, repeats, ["sine", calls]);
}

async function blocks({ core, repeats }) {
  const [sine, from, to, count] = [new_sine(core), room(core, 128), room(core, 128), 1000];
  from.view().fill(100);
  const work = () => {
    for (let i = 0; i < count; i++) core.unisono_sine_process(sine, to.at, from.at, 128);
  };
  return timed("sine, blocks of 128", "ns/sample", 1e6 / (128 * count), { "unisono, exports": work }, repeats, ["sine", 128 * count]);
}

async function product({ u, repeats }) {
  const side = 768;
  const data = Float32Array.from({ length: side * side }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
  const matrix = { data, shape: [side, side] };
  const contenders = { "unisono.matmul": () => u.matmul(matrix, matrix) };
  return timed(`product of two ${side} x ${side} matrices`, "ms", 1, contenders, repeats, ["matmul", side, side, side]);
}

/** A dark picture with more bright points than there may be oscillators. */
function starry() {
  const [width, height] = [1024, 512];
  const data = new Uint8Array(3 * width * height);
  for (let y = 10; y < height; y += 20) for (let x = 10; x < width; x += 20) data.fill(255, 3 * (y * width + x), 3 * (y * width + x + 2));
  return { data, shape: [height, width, 3] };
}

async function bank({ u, repeats }) {
  const [seconds, count] = [10, 200];
  const picture = starry();
  const nodes = async () => {
    const context = new OfflineAudioContext(1, seconds * SR, SR);
    for (let i = 0; i < count; i++) {
      const node = new OscillatorNode(context, { frequency: 100 + i });
      node.connect(context.destination);
      node.start();
    }
    await context.startRendering();
  };
  const contenders = {
    "unisono, sonify_classic": () => u.sonify_classic(picture, seconds * SR),
    OscillatorNode: globalThis.OfflineAudioContext ? nodes : { missing: "only in a browser" },
  };
  const notes = { "unisono, sonify_classic": `${u.find_corners(picture).count} sines, drifting, mixed and limited` };
  const samples = seconds * SR * count;
  return timed(`bank of ${count} sines`, "ns/sample each", 1e6 / samples, contenders, repeats, ["sine", samples], notes);
}

/** The most that WebAssembly can do here, in 1e9 operations and bytes a second, on one thread. */
async function ceilings({ core, inside, repeats }) {
  const [calls, bytes] = [100_000, 1 << 26];
  const first = core.memory.grow((3 * bytes) / PAGES) * PAGES;
  const found = await times(
    { flops: () => inside.multiply_add(calls), bytes: () => inside.triad(first, first + bytes, first + 2 * bytes, bytes) },
    repeats,
  );
  const best = (name) => Math.min(...found[name]) * 1e6;
  return { flops: (OPERATIONS * calls) / best("flops"), bytes: (3 * bytes) / best("bytes"), lanes: 4, threads: 1 };
}

export default async function measure(given, place = "/given/") {
  const { repeats, index, sizes, without } = JSON.parse(new TextDecoder().decode(await given("options.json")));
  const u = await (await import(index)).load();
  const core = await bare(await given("unisono.wasm"));
  const inside = await loops({ memory: core.memory, tick: core.unisono_sine_tick });
  const peers = {};
  for (const [name, make] of Object.entries(PEERS)) peers[name] = await make(given).catch(quietly);
  const all = { u, core, inside, peers, repeats, place, without, given };
  const cases = [];
  for (const n of sizes) cases.push(await transforms(all, n));
  for (const work of [sines, blocks, product, bank]) cases.push(await work(all));
  return { ceilings: await ceilings(all), cases };
}

if (globalThis.process?.argv[2]) {
  const { readFile } = await import("node:fs/promises");
  const print = console.log;
  console.log = () => {}; // peers greet
  print(JSON.stringify(await measure((name) => readFile(`${process.argv[2]}/${name}`), `${process.argv[2]}/`)));
}
