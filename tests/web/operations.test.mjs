// Operations and classes as JavaScript callers meet them: arguments in many forms, results, refusals, memory.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { load } from "../../dist_web/lib/index.js";
import { bind } from "../../dist_web/lib/generated/core.js";
import { load_core } from "../../dist_web/lib/loader.js";

let u;
before(async () => {
  u = await load();
});

const wave = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.05) * 0.5);

function refused(run, ...parts) {
  assert.throws(run, (error) => {
    assert.equal(error.name, "ParameterError");
    for (const part of parts) assert.ok(error.message.includes(part), `"${error.message}" should say "${part}"`);
    return true;
  });
}

test("a one-dimensional result is a typed array, others carry their shape", () => {
  const out = u.exp(Float32Array.of(0, 1));
  assert.ok(out instanceof Float32Array);
  assert.equal(out[1], Math.fround(Math.E));
  const spectrogram = u.stft(wave(4096), { n_fft: 512, hop_length: 128 });
  assert.deepEqual(spectrogram.shape, [33, 257]);
  assert.equal(spectrogram.data.length, 2 * 33 * 257);
});

test("a spectrogram leads back to the sound", () => {
  const x = wave(4096);
  const back = u.istft(u.stft(x, { n_fft: 512, hop_length: 128 }), { n_fft: 512, hop_length: 128, length: 4096 });
  assert.equal(back.length, 4096);
  assert.ok(x.every((value, i) => Math.abs(value - back[i]) < 1e-5));
});

test("plain arrays and float64 are accepted and rounded once", () => {
  const expected = u.exp(Float32Array.of(0.1, 0.2));
  assert.deepEqual(u.exp([0.1, 0.2]), expected);
  assert.deepEqual(u.exp(Float64Array.of(0.1, 0.2)), expected);
  assert.deepEqual(u.exp(Float32Array.of(9, 0.1, 0.2).subarray(1)), expected);
});

test("the caller's arrays are left as they were", () => {
  const x = wave(1000);
  const copy = x.slice();
  u.soft_limit(x);
  u.stft(x, { n_fft: 256 });
  assert.deepEqual(x, copy);
});

test("wrong arguments are named", () => {
  const x = wave(4096);
  refused(() => u.stft(x, { n_fft: 17 }), "n_fft", "17");
  refused(() => u.stft(x, { n_fft: 512.5 }), "n_fft", "512.5");
  refused(() => u.stft(x, { n_fft: 2 ** 40 }), "n_fft");
  refused(() => u.stft(x, { n_fft: "512" }), "n_fft", "'512'");
  refused(() => u.stft(x, { window: "square" }), "window", "square", "hann");
  refused(() => u.stft(x, { center: 1 }), "center");
  refused(() => u.stft(x, { hop: 1 }), "stft has no option hop");
  refused(() => u.stft(undefined), "x must be an array");
  refused(() => u.stft(Float32Array.of(NaN, 1, 2)), "x");
  refused(() => u.istft(x), "dimensions");
  refused(() => u.irfft(Float32Array.of(1, 2, 3), 16), "pairs");
});

test("a result goes into the array that is brought for it, with the same bits", () => {
  const x = wave(512);
  const out = new Float32Array(514).fill(NaN);
  assert.equal(u.rfft(x, { out }), out);
  assert.deepEqual(out, u.rfft(x));
  const expected = u.stft(x, { n_fft: 64 });
  const data = new Float32Array(expected.data.length);
  const found = u.stft(x, { n_fft: 64, out: data });
  assert.equal(found.data, data);
  assert.deepEqual(found, expected);
  assert.equal(u.exp(x, { out: x }), x); // what is read may be written
  assert.deepEqual(x, u.exp(wave(512)));
  u.soft_limit(new Float32Array(20_000_000)); // memory grows and moves
  u.rfft(wave(512), { out: out.fill(NaN) });
  assert.deepEqual(out, u.rfft(wave(512)));
});

test("an array that does not fit a result is refused, before anything has happened", () => {
  const [x, sine, other] = [new Float32Array(100).fill(440), new u.Sine({ sr: 44100 }), new u.Sine({ sr: 44100 })];
  for (const out of [new Float32Array(99), new Float64Array(100), new Array(100).fill(0), null]) {
    refused(() => sine.process(x, { out }), "out must be a Float32Array of 100 numbers");
  }
  refused(() => u.fft(new Float32Array(32), { out: new Float32Array(16) }), "out must be a Float32Array of 32 numbers");
  const out = new Float32Array(100);
  assert.deepEqual(sine.process(x, { out }), other.process(x));
  sine.free();
  other.free();
});

test("an oscillator gives the same bits a sample or a block at a time", () => {
  const frequency = new Float32Array(500).fill(440);
  for (const name of ["Sine", "Saw", "Square", "Pulse", "Triangle", "Phasor", "Cosine"]) {
    const [one, other] = [new u[name]({ sr: 44100 }), new u[name]({ sr: 44100 })];
    const block = one.process(frequency);
    const ticks = Float32Array.from(frequency, (hz) => other.tick(hz));
    assert.deepEqual(ticks, block, name);
    one.free();
    other.free();
  }
});

test("an object that was freed refuses to work", () => {
  const sine = new u.Sine({ sr: 44100 });
  sine.free();
  assert.throws(() => sine.process(new Float32Array(4)), { name: "StateError" });
  assert.throws(() => sine.tick(440), { name: "StateError" });
  sine.free();
});

test("a thousand calls, refused ones too, leave the core's memory as large as it was", async () => {
  const memory = await load_core();
  const core = bind(memory);
  const x = wave(20000);
  const work = () => {
    core.istft(core.stft(x, { n_fft: 1024 }), { n_fft: 1024, length: x.length });
    assert.throws(() => core.stft(x, { n_fft: 17 }));
    assert.throws(() => new core.Sine({ sr: NaN }));
    const sine = new core.Sine({ sr: 44100 });
    sine.process(x);
    sine.free();
  };
  for (let i = 0; i < 20; i++) work();
  const size = memory.buffer.byteLength;
  for (let i = 0; i < 1000; i++) work();
  assert.equal(memory.buffer.byteLength, size);
});

test("results outlive the growth of memory", () => {
  const first = u.stft(wave(4096), { n_fft: 512 });
  const copy = first.data.slice();
  const long = u.soft_limit(new Float32Array(30_000_000));
  assert.equal(long.length, 30_000_000);
  assert.deepEqual(first.data, copy);
});

test("a job that memory does not suffice for is refused, and other calls still work", async () => {
  const memory = await load_core();
  const core = bind(memory);
  const hoard = [];
  for (let bytes = 2 ** 28; bytes >= 2 ** 20; bytes /= 2) {
    assert.throws(() => {
      for (;;) hoard.push(memory.alloc(bytes));
    }, { name: "MemoryError" });
  }
  assert.throws(() => new core.MagnetModel(), { name: "MemoryError", message: /^out of memory/ });
  assert.throws(() => core.soft_limit(new Float32Array(2 ** 20)), { name: "MemoryError", message: /^out of memory/ });
  assert.equal(core.exp(Float32Array.of(0))[0], 1);
  hoard.forEach((pointer) => memory.free(pointer));
  new core.MagnetModel().free();
});
