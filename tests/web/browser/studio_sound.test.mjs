// The studio's sounds: moves of the sliders are kept and shared, every format can be made again by the command line, and a
// microphone is recorded.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { load } from "../../../dist_web/lib/index.js";
import { launch } from "./driver.mjs";
import { downloaded, exported, floats, hash, open_studio, says, serve_studio, unisono, wav_data } from "./studio_page.mjs";

const SR = 44100;
const TONE = 440;

let browser, served, u, models;

/** A model of a tone, trained for a moment. */
async function model_of(hz, name) {
  const sine = new u.Sine({ sr: SR });
  const model = await u.train(sine.process(new Float32Array(SR).fill(hz)), { sr: SR, epochs: 2, name });
  sine.free();
  const file = model.save();
  model.free();
  writeFileSync(join(served.folder, name), file);
  return { name, mimeType: "", buffer: Buffer.from(file) };
}

before(async () => {
  served = await serve_studio();
  u = await load();
  models = [await model_of(220, "low.unisono"), await model_of(880, "high.unisono")];
  const sine = new u.Sine({ sr: SR });
  const microphone = join(served.folder, "microphone.wav");
  writeFileSync(microphone, u.wav(sine.process(new Float32Array(2 * SR).fill(TONE)).map((x) => 0.5 * x), { sr: SR }));
  browser = await launch([`--use-file-for-fake-audio-capture=${microphone}`]);
});

after(async () => {
  await browser?.close();
  served?.stop();
});

const move = (page, name, value) => page.locator(`#slider-${name}`).fill(String(value));

test("the moves of the sliders are saved and shared: elsewhere, and from the command line, the very same samples", async () => {
  const page = await open_studio(served.address, browser);
  await page.setInputFiles("#file", models[0]);
  await says(page, "play-facts", "low.unisono: ready");
  await page.setInputFiles("#second", models[1]);
  await move(page, "temperature", 0.7);
  await page.fill("#seed", "11");
  await page.click("#play");
  await says(page, "play-facts", "Playing");
  for (const [name, value] of [["pitch", 3.3], ["morph", 0.4], ["gain", 0.55], ["pitch", -2], ["morph", 1]]) {
    await move(page, name, value);
    await page.waitForTimeout(150);
  }
  await page.click("#play");
  await says(page, "with-moves-text", "With \\d+ moves");
  assert.equal(await page.inputValue("#slider-morph"), "1", "the sliders stay where they were left");
  const sound = await exported(page, 2);
  const moves = JSON.parse(await downloaded(page, "moves"));
  const wanted = ["pitch 3.3", "morph 0.4", "gain 0.55", "pitch -2", "morph 1"];
  assert.deepEqual(moves.filter(([frame]) => frame > 0).map(([, name, value]) => `${name} ${Number(value.toFixed(4))}`), wanted);
  await page.click("#link");
  const link = new URL(page.url()).hash;

  const elsewhere = await browser.newContext();
  const other = await open_studio(served.address, elsewhere, link);
  assert.equal(await other.getAttribute("#play", "aria-pressed"), "false");
  await other.setInputFiles("#file", models[0]);
  await says(other, "play-facts", "The link morphs to the model");
  await other.click("#export");
  await says(other, "problem", "morphs to a second model");
  await other.setInputFiles("#file", models[1]);
  await says(other, "play-facts", "high.unisono: move");
  assert.equal(hash(wav_data(await exported(other, 2))), hash(wav_data(sound)));
  await other.click("#replay");
  await says(other, "play-facts", "Playing");
  await other.waitForFunction(() => document.getElementById("slider-morph").value === "1", null, { timeout: 20_000 });
  await other.click("#play");
  await says(other, "play", "Play");
  assert.equal(hash(wav_data(await exported(other, 2))), hash(wav_data(sound)), "heard again, it is the same take");
  await other.uncheck("#with-moves");
  assert.notEqual(hash(wav_data(await exported(other, 2))), hash(wav_data(sound)));

  const at = (name) => join(served.folder, name);
  writeFileSync(at("moves.json"), JSON.stringify(moves));
  unisono("generate", at("low.unisono"), "--second", at("high.unisono"), "--automation", at("moves.json"), "-o", at("o.wav"), ...["--seed", "11", "--seconds", "2", "--format", "float"]);
  assert.equal(hash(wav_data(readFileSync(at("o.wav")))), hash(wav_data(sound)));
  assert.deepEqual([...page.faults, ...other.faults], []);
  await Promise.all([page.close(), elsewhere.close()]);
});

test("a sound of every format is made again by `unisono verify` from what it says about itself", async () => {
  const page = await open_studio(served.address, browser);
  await page.setInputFiles("#file", models[0]);
  await says(page, "play-facts", "low.unisono: ready");
  await move(page, "pitch", 1.7);
  await page.fill("#seed", "5");
  for (const [format, dither] of [["pcm16", 5], ["pcm24", undefined], ["float", undefined]]) {
    const wav = await exported(page, 1, format);
    const path = join(served.folder, `${format}.wav`);
    writeFileSync(path, wav);
    assert.equal(u.read_recipe(wav).dither, dither);
    assert.match(unisono("verify", path, "--model", join(served.folder, "low.unisono")), /confirmed, all 44100 samples/);
  }
  assert.deepEqual(page.faults, []);
  await page.close();
});

test("the microphone is recorded, and seen", async () => {
  const page = await open_studio(served.address, browser);
  await page.click("#record");
  await says(page, "record", "Stop recording");
  await page.waitForTimeout(2000);
  await page.click("#record");
  await says(page, "clip-facts", "recording: [1-9]\\.\\d s at 44.1 kHz");
  await page.waitForTimeout(500);
  const loudest = await page.evaluate(() => {
    const { width, height } = document.getElementById("clip-picture");
    const { data } = document.getElementById("clip-picture").getContext("2d").getImageData(width / 2, 0, 1, height);
    const light = Array.from({ length: height }, (_, y) => data[4 * y] + data[4 * y + 1] + data[4 * y + 2]);
    return (height - light.indexOf(Math.max(...light)) - 0.5) / height;
  });
  const bin = 4 * (1025 / 4) ** loudest; // the picture's scale: octaves of one height, from four bins up
  assert.ok(Math.abs((bin * SR) / 2048 - TONE) < 40, `${(bin * SR) / 2048} Hz`);
  assert.equal(await page.isEnabled("#train"), true);
  assert.deepEqual(page.faults, []);
  await page.close();
});

test("a WaveNet is trained on the clip, saved and opened again; what is kept of its sound is what it generates", async () => {
  const page = await open_studio(served.address, browser);
  await page.click("#built-in");
  await says(page, "clip-facts", "built-in");
  await page.selectOption("#kind", "wavenet");
  assert.equal(await page.textContent("#epochs-name"), "Steps");
  await page.fill("#epochs", "12");
  await page.click("#train");
  await says(page, "train-facts", "Trained: 12 steps, \\d+\\.\\d\\d bits a sample");
  await says(page, "play-facts", "built-in.wavenet: ready");
  const file = await downloaded(page, "save");
  const model = u.load_wavenet(file);
  assert.deepEqual([model.sr, model.step, model.options.clip], [16000, 12, "built-in"]);
  await page.reload();
  await page.waitForSelector("body[data-ready]");
  await page.setInputFiles("#file", { name: "again.wavenet", mimeType: "", buffer: file });
  await says(page, "play-facts", "again.wavenet: ready");
  const movable = await page.$$eval("#sliders input:enabled", (sliders) => sliders.map((slider) => slider.id));
  assert.deepEqual(movable, ["slider-temperature", "slider-gain"]);
  await page.fill("#seed", "5");
  assert.deepEqual(floats(await exported(page, 1)), model.generate({ seconds: 1, seed: 5 }));
  model.free();
  assert.deepEqual(page.faults, []);
});
