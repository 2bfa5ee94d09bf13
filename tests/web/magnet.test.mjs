// MAGNet in WebAssembly on a real recording: train, save, load, resume, cancel, generate.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { clip_sha256, load } from "../../dist_web/lib/index.js";
import { load_core } from "../../dist_web/lib/loader.js";
import { bind } from "../../dist_web/lib/generated/core.js";
import { load_model, train } from "../../dist_web/lib/magnet.js";
import { parse_model, write_model } from "../../dist_web/lib/safetensors.js";
import { guitar } from "./clip.mjs";

const { samples, skip } = guitar();
const SR = 44100;
let u, model, saved;

before(async () => {
  u = await load();
  if (skip) return;
  model = await u.train(samples, { sr: SR, epochs: 3, seed: 7, name: "guit_em9.flac" });
  saved = model.save();
});

test("training tells its progress and lowers the loss", { skip }, async () => {
  const seen = [];
  const other = await u.train(samples, { sr: SR, epochs: 3, seed: 7, on_epoch: (p) => seen.push(p) });
  assert.deepEqual(seen.map((p) => [p.epoch, p.epochs]), [[1, 3], [2, 3], [3, 3]]); // prettier-ignore
  assert.deepEqual(seen.map((p) => p.loss), other.losses);
  assert.ok(other.losses[2] < other.losses[0]);
  assert.equal(seen[2].seconds_left, 0);
  assert.equal(other.sha256, model.sha256);
  other.free();
});

test("without a number of epochs it trains as many as the clip needs", { skip }, async () => {
  const stop = new AbortController();
  let begun;
  const on_begin = (model) => {
    begun = model;
    stop.abort(new Error("enough"));
  };
  await assert.rejects(u.train(samples, { sr: SR, on_begin, signal: stop.signal }), /enough/);
  const heard = new u.MagnetModel({ sr: SR });
  const before_the_clip = heard.default_epochs();
  heard.set_clip(samples);
  assert.equal(begun.epochs, heard.default_epochs());
  assert.ok(begun.epochs < before_the_clip);
  heard.free();
  begun.free();
});

test("training leaves the event loop its turns", { skip }, async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  (await u.train(samples, { sr: SR, epochs: 2 })).free();
  clearInterval(timer);
  assert.ok(turns >= 2, `${turns} turns`);
});

test("a saved model is loaded with all it was, and generates the same sound", { skip }, () => {
  const again = u.load_model(saved);
  assert.equal(again.sha256, model.sha256);
  assert.deepEqual(again.losses, model.losses);
  assert.deepEqual(again.options, model.options);
  assert.deepEqual(again.save(), saved);
  const how = { seconds: 1, seed: 3, temperature: 0.9 };
  assert.deepEqual(again.generate(how), model.generate(how));
  again.free();
});

test("a training that was stopped and resumed has the bits of one that was not", { skip }, async () => {
  const part = await u.train(samples, { sr: SR, epochs: 1, seed: 7, name: "guit_em9.flac" });
  const resume = u.load_model(part.save());
  part.free();
  const whole = await u.train(samples, { sr: SR, epochs: 3, seed: 7, resume });
  assert.deepEqual(whole.save(), saved);
  whole.free();
});

test("a training can be cancelled between steps, even within an epoch, and goes on to the same bits", { skip }, async () => {
  const stop = new AbortController();
  let kept;
  const on_epoch = ({ model: now }) => {
    kept = now;
    setTimeout(() => stop.abort(new Error("enough")), 0);
  };
  const how = { sr: SR, epochs: 3, seed: 7, name: "guit_em9.flac" };
  await assert.rejects(u.train(samples, { ...how, on_epoch, signal: stop.signal }), /enough/);
  const left = kept.core.step() % kept.core.steps_per_epoch();
  const resume = u.load_model(kept.save());
  kept.free();
  const whole = await u.train(samples, { ...how, resume });
  assert.deepEqual(whole.save(), saved, `stopped ${left} steps into an epoch`);
  whole.free();
  await assert.rejects(u.train(samples, { sr: SR, signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("sound is finite, within full scale, of the length asked for, and follows from the seed", { skip }, () => {
  const one = model.generate({ seconds: 2, seed: 1 });
  assert.equal(one.length, 2 * SR);
  assert.ok(one.every((x) => Math.abs(x) <= 1));
  assert.ok(one.some((x) => Math.abs(x) > 0.01));
  assert.equal(clip_sha256(one), clip_sha256(model.generate({ seconds: 2, seed: 1 })));
  assert.notEqual(clip_sha256(one), clip_sha256(model.generate({ seconds: 2, seed: 2 })));
});

test("windows that begin seldom make a faithful preset's sound another, and its recipe says so", { skip }, async () => {
  const faithful = await u.train(samples, { sr: SR, preset: "magnet2024", epochs: 1 });
  const how = { seconds: 1, window_stride: 0 };
  const sound = faithful.generate(how);
  assert.notDeepEqual(sound, faithful.generate({ seconds: 1 }));
  assert.equal(u.read_recipe(u.wav(sound, { sr: SR, recipe: faithful.recipe(how) })).window_stride, 0);
  assert.throws(() => faithful.generate({ seconds: 1, window_stride: -1 }), { message: /window_stride: got -1/ });
  assert.deepEqual(model.generate(how), model.generate({ seconds: 1 })); // the default preset has no windows
  faithful.free();
});

test("a WAV file carries its recipe", { skip }, () => {
  const how = { seconds: 0.5, seed: 4 };
  const wav = u.wav(model.generate(how), { sr: model.sr, recipe: model.recipe(how) });
  const recipe = u.read_recipe(wav);
  assert.equal(recipe.model_sha256, model.sha256);
  assert.deepEqual([recipe.seconds, recipe.seed, recipe.temperature, recipe.phase], [0.5, 4, 1, "lws"]);
  assert.equal(new DataView(wav.buffer).getUint32(4, true), wav.length - 8);
});

test("bad input is refused in one line", { skip }, async () => {
  const train_with = (clip, options) => u.train(clip, { sr: SR, epochs: 1, ...options });
  await assert.rejects(train_with(new Float32Array(SR)), { name: "TrainingError", message: /silent/ });
  await assert.rejects(train_with(new Float32Array(0)), { name: "TrainingError", message: /too short: 0 samples/ });
  await assert.rejects(train_with(samples.slice(0, 100)), { name: "TrainingError", message: /too short: 100 samples/ });
  await assert.rejects(train_with(samples.slice().fill(NaN, 5, 6)), { name: "ParameterError" });
  await assert.rejects(train_with(samples, { epochs: 0 }), { name: "ParameterError", message: "epochs: got 0; must be from 1 to 100000" });
  await assert.rejects(train_with(samples, { epochs: 2, seed: 7, resume: model }), { message: /must be from 3 to/ });
  await assert.rejects(train_with(samples, { preset: "best" }), { name: "ParameterError", message: /preset/ });
  await assert.rejects(train_with(samples, { seed: -1 }), { name: "ParameterError", message: /seed/ });
  await assert.rejects(train_with(samples, { epochs: 3, seed: 0, resume: model }), { name: "TrainingError", message: /seed 7, not 0/ });
  for (const seconds of [0, -1, NaN, 1e-9, 3601]) {
    assert.throws(() => model.generate({ seconds }), { name: "ParameterError", message: /seconds: got/ });
  }
  assert.throws(() => model.generate({ seconds: 1, seed: -1 }), { name: "ParameterError", message: /seed/ });
  assert.throws(() => model.generate({ seconds: 1, phase: "none" }), { name: "ParameterError", message: /phase/ });
});

test("a model file whose parts do not fit together is refused", { skip }, () => {
  const change = (edit) => {
    const { tensors, options } = parse_model(saved);
    edit(tensors, options);
    return () => u.load_model(write_model(tensors, options));
  };
  const refused = (run, text) => assert.throws(run, { name: "ModelFileError", message: text });
  const name = [...parse_model(saved).tensors.keys()][0];
  refused(change((tensors) => tensors.delete(name)), /is missing or has no place/);
  refused(change((tensors) => tensors.set("more", { shape: [1], data: new Float32Array(1) })), /'more' is missing or has no place/);
  refused(change((tensors) => tensors.set(name, { shape: [3], data: new Float32Array(3) })), /has shape \(3,\), not/);
  refused(change((_, options) => (options.preset = "icmc2019")), /is missing or has no place|has shape/);
  refused(change((_, options) => (options.preset = "other")), /preset/);
  refused(change((_, options) => (options.step = -1)), /out of range/);
  refused(change((_, options) => (options.sr = 0)), /is damaged: sr/);
  refused(change((_, options) => delete options.losses), /'losses' is missing/);
  assert.throws(() => u.load_model("model.unisono"), { name: "ParameterError" });
});

test("models and trainings that are freed give their memory back", { skip }, async () => {
  const memory = await load_core();
  const core = bind(memory);
  const work = async () => {
    (await train(core, samples.subarray(0, SR), { sr: SR, epochs: 1 })).free();
    await assert.rejects(train(core, samples.subarray(0, 100), { sr: SR }));
    const loaded = load_model(core, saved);
    loaded.generate({ seconds: 0.2 });
    loaded.free();
    assert.throws(() => load_model(core, saved.subarray(0, saved.length - 4)));
  };
  await work();
  await work();
  const size = memory.buffer.byteLength;
  for (let i = 0; i < 10; i++) await work();
  assert.equal(memory.buffer.byteLength, size);
});
