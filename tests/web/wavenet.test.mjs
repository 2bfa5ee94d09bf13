// WaveNet in WebAssembly: train, save, stop, resume, load, generate; the very files that Python writes and goes on with.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "../../dist_web/lib/index.js";
import { parse_model, write_model } from "../../dist_web/lib/safetensors.js";

const OWN_PYTHON = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const PYTHON = process.env.UNISONO_PYTHON ?? (existsSync(OWN_PYTHON) ? OWN_PYTHON : "python3");
const SR = 16000;
const HOW = { sr: SR, steps: 12, seed: 7, name: "pluck" };
const IN_PYTHON = `
import sys, numpy as np, unisono
clip = np.fromfile("clip.f32", "<f4")
how = dict(sr=${SR}, name="pluck")
unisono.train_wavenet(clip, steps=12, seed=7, **how).save("whole.wavenet")
unisono.train_wavenet(clip, resume=unisono.load_wavenet("begun.wavenet"), **how).save("resumed.wavenet")
`;

/** 0.5 s of a tone that decays, with some noise. */
const samples = Float32Array.from({ length: 8000 }, (_, i) => {
  const noise = ((i * i * 7919) % 2003) / 2003 - 0.5;
  return 0.6 * Math.exp(-i / 4000) * (Math.sin(i * 0.13) + 0.05 * noise);
});
let u, model, saved, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "unisono-wavenet-"));
  u = await load();
  model = await u.train_wavenet(samples, HOW);
  saved = model.save();
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** A training that was stopped within its only round. */
async function begun() {
  const stop = new AbortController();
  let kept;
  const on_begin = (model) => {
    kept = model;
    setTimeout(() => stop.abort(new Error("enough")), 0);
  };
  await assert.rejects(u.train_wavenet(samples, { ...HOW, on_begin, signal: stop.signal }), /enough/);
  assert.ok(kept.step > 0 && kept.step < 12, `stopped at step ${kept.step}`);
  const file = kept.save();
  kept.free();
  return file;
}

test("a training that was stopped within a round and resumed, here or in Python, has the file of one that was not", async () => {
  const part = await begun();
  const resumed = await u.train_wavenet(samples, { sr: SR, resume: u.load_wavenet(part) });
  assert.deepEqual(resumed.save(), saved);
  resumed.free();
  writeFileSync(join(folder, "clip.f32"), new Uint8Array(samples.buffer));
  writeFileSync(join(folder, "begun.wavenet"), part);
  const { status, stderr } = spawnSync(PYTHON, ["-c", IN_PYTHON], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  for (const name of ["whole", "resumed"]) {
    assert.deepEqual(new Uint8Array(readFileSync(join(folder, `${name}.wavenet`))), saved, name);
  }
});

test("training tells its progress in bits a sample, round by round, and lowers them", async () => {
  const seen = [];
  const how = { sr: SR, minutes: 0.034, free: true, on_round: ({ model: now, seconds, ...p }) => seen.push([p, now.losses.length, seconds > 0]) };
  const free = await u.train_wavenet(samples.subarray(0, 4096), how);
  const [first, last] = free.losses;
  assert.deepEqual(seen, [
    [{ step: 100, steps: 102, bits: first, seconds_left: seen[0][0].seconds_left }, 1, true],
    [{ step: 102, steps: 102, bits: last, seconds_left: 0 }, 2, true],
  ]);
  assert.ok(last < first - 0.2, `${first} to ${last} bits`);
  assert.deepEqual([free.options.free, free.tensors().has("position")], [true, false]);
  free.free();
});

test("a model that was saved and loaded is what it was, and makes the same sound, whole or in blocks", () => {
  const again = u.load_wavenet(saved);
  assert.deepEqual(again.options, model.options);
  assert.deepEqual([again.sha256, again.sr, again.length, again.seed, again.step, again.steps], [model.sha256, SR, 8000, 7, 12, 12]);
  assert.deepEqual(again.save(), saved);
  const how = { seconds: 0.6, seed: 3, temperature: 0.5 };
  const sound = model.generate(how);
  assert.equal(sound.length, 9600);
  assert.deepEqual(again.generate(how), sound);
  again.core.start({ seed: 3 });
  const blocks = [1, 999, 8600].flatMap((n) => [...again.core.process(n, { temperature: 0.5 })]);
  assert.deepEqual(Float32Array.from(blocks), sound);
  const recipe = u.read_recipe(u.wav(sound, { sr: SR, recipe: again.recipe(how) }));
  assert.deepEqual([recipe.model_sha256, recipe.clip, recipe.seconds, recipe.seed, recipe.temperature], [model.sha256, "pluck", 0.6, 3, 0.5]);
  assert.ok(!("preset" in recipe) && !("phase" in recipe));
  again.free();
});

test("what cannot be learnt, asked or continued is refused in one line", async () => {
  const refused = (clip, how, name, message) => assert.rejects(u.train_wavenet(clip, { sr: SR, steps: 1, ...how }), { name, message });
  await refused(new Float32Array(8000), {}, "TrainingError", /silent/);
  await refused(samples.subarray(0, 1600), {}, "TrainingError", /too short: 1600 samples; WaveNet needs 4096, 0\.26 s at 16000 Hz/);
  await refused(new Float32Array(2 ** 24 + 1).fill(0.5), {}, "TrainingError", /too long/);
  await refused(samples.slice().fill(NaN, 5, 6), {}, "ParameterError", /samples/);
  await refused(samples, { steps: 0 }, "ParameterError", /steps: got 0; must be/);
  await refused(samples, { steps: undefined, minutes: 0 }, "ParameterError", /minutes: got 0; must be above 0 and at most 333/);
  await refused(samples, { sr: 1 }, "ParameterError", /sr/);
  await refused(samples, { resume: model }, "TrainingError", /begun with steps 12, not 1/);
  await refused(samples, { resume: model, steps: 12, seed: 8 }, "TrainingError", /begun with seed 7, not 8/);
  await refused(samples, { resume: model, steps: 12, sr: 8000 }, "TrainingError", /begun with rate 16000, not 8000/);
  await refused(samples.slice().reverse(), { resume: model, steps: 12 }, "TrainingError", /on another clip/);
  assert.throws(() => model.generate({ seconds: 0 }), { name: "ParameterError", message: /seconds: got 0/ });
  assert.throws(() => model.generate({ seconds: 1, temperature: 11 }), { name: "ParameterError", message: /temperature/ });
});

test("a file that is damaged or made to harm is refused, and nothing else happens", () => {
  const refused = (edit, message, kind = "wavenet") => {
    const { tensors, options } = parse_model(saved, ["wavenet"]);
    edit(options, tensors);
    assert.throws(() => u.load_wavenet(write_model(tensors, options, kind)), { name: "ModelFileError", message });
  };
  const put = (name, shape) => (_, tensors) => tensors.set(name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  refused(() => {}, "is a model of kind 'magnet', not 'wavenet'", "magnet");
  refused((options) => (options.length = 16_000_000), /does not fit the length/);
  refused((options) => (options.sr = 64000), /does not fit the length/);
  refused((options) => (options.free = true), /does not fit the length/);
  refused(put("position", []), /does not fit the length/);
  refused((options) => (options.length = -4), /out of range/);
  refused((options) => (options.steps = "many"), /option 'steps' is missing/);
  refused((options) => (options.steps = 0), /is damaged: /);
  refused((options) => (options.step = 2 ** 31), /out of range/);
  refused((options) => (options.begun_bits = "1"), /out of range/);
  refused((options) => delete options.free, /option 'free' is missing/);
  refused((options) => (options.losses = Array(13).fill(1)), /more than its steps/);
  refused(put("out.bias", [3]), /out\.bias has shape \(3,\)/);
  refused(put("more", [1]), /'more' is missing or has no place in a WaveNet/);
  refused((_, tensors) => tensors.delete("clip.peak"), /'clip\.peak' is missing/);
  for (let n = 0; n < saved.length; n += 1009) assert.throws(() => u.load_wavenet(saved.subarray(0, n)), { name: "ModelFileError" });
  assert.throws(() => u.load_model(saved), { name: "ModelFileError", message: "is a model of kind 'wavenet', not 'magnet'" });
});
