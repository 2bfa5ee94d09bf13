// UnisonoNode and SpectrumNode in real audio contexts: the very samples of `generate`, with shared memory and with messages.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "../../../dist_web/lib/index.js";
import { ISOLATED, launch, open, run, serve } from "./driver.mjs";

const OWN_PYTHON = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const PYTHON = process.env.UNISONO_PYTHON ?? (existsSync(OWN_PYTHON) ? OWN_PYTHON : "python3");
const PACKAGE = fileURLToPath(new URL("../../../dist_web/", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const imports = { u: "/package/dist/index.js" };
const SR = 44100;
const BOTH = { model: "/files/0.unisono", second: "/files/1.unisono" };
const LIVE_SECONDS = Number(process.env.UNISONO_LIVE_SECONDS ?? 4);

let browser, folder, core, models, faithful;
const servers = {};

/** A second of a saw that glides up five times. */
function saw(hz) {
  const samples = new core.Saw({ sr: SR }).process(new Float32Array(SR).map((_, i) => hz * (1 + (i % 9000) / 9000)));
  return samples.map((x) => 0.3 * x);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "unisono-player-"));
  core = await load();
  models = await Promise.all([330, 220].map((hz, seed) => core.train(saw(hz), { sr: SR, epochs: 3, seed })));
  faithful = await core.train(saw(330), { sr: SR, preset: "magnet2024", epochs: 1 });
  writeFileSync(join(folder, "faithful.unisono"), faithful.save());
  models.forEach((model, i) => writeFileSync(join(folder, `${i}.unisono`), model.save()));
  browser = await launch();
  for (const [name, headers] of Object.entries({ shared: ISOLATED, messages: {} })) {
    servers[name] = await serve({ "/package/": PACKAGE, "/tests/": HERE, "/files/": folder }, headers);
  }
});

after(async () => {
  await browser?.close();
  await Promise.all(Object.values(servers).map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** Index of the first sample that differs in its bits, or -1. */
function first_difference(a, b) {
  assert.equal(a.length, b.length);
  return a.findIndex((value, i) => !Object.is(value, b[i]));
}

const PLAY = `
import json, sys
import numpy as np
import unisono
files, seed, changes, n = json.loads(sys.argv[1])
models = [unisono.load(file) for file in files]
player = unisono.MagnetPlayer(preset=models[0].preset, sr=models[0].sr, models=len(models))
for m, model in enumerate(models):
    for i in range(player.tensor_count()):
        player.set_tensor(m, i, model.core.tensor(i))
names = ["temperature", "gain", "density", "pitch", "formant", "morph"]
frames, parameters = (np.array(x, np.int32) for x in ([c[0] for c in changes], [names.index(c[1]) for c in changes]))
player.automate(frames, parameters, np.array([c[2] for c in changes], np.float32))
player.start(seed=seed)
for at in range(0, n, 1 << 20):
    sys.stdout.buffer.write(player.process(min(n - at, 1 << 20)).tobytes())
`;

/** What Python's player makes of the same models, seed and changes. */
function in_python(...what) {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", PLAY, JSON.stringify(what)], { cwd: folder, maxBuffer: 1 << 26 });
  assert.equal(status, 0, String(stderr));
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
}

/** Renders a UnisonoNode in an OfflineAudioContext. */
async function render(server, options, n) {
  const page = await open(browser, server);
  const sound = await run(
    page,
    server,
    "page",
    async ({ options, n }, { u }) => {
      for (const name of ["model", "second"]) if (name in options) options[name] = await (await fetch(options[name])).arrayBuffer();
      const context = new OfflineAudioContext(1, n, 44100);
      const node = await u.UnisonoNode.create(context, options);
      node.connect(context.destination);
      const sound = (await context.startRendering()).getChannelData(0);
      if (node.underruns) throw new Error(`${node.underruns} underruns`);
      node.free();
      return sound;
    },
    { arg: { options, n }, imports },
  );
  assert.deepEqual(page.faults, []);
  await page.close();
  return sound;
}

for (const way of ["shared", "messages"]) {
  test(`by ${way}: the samples of generate, here and in Python`, async () => {
    const sound = await render(servers[way], { model: "/files/0.unisono", seed: 7 }, 2 * SR);
    assert.equal(first_difference(sound, models[0].generate({ seconds: 2, seed: 7, phase: "live" })), -1);
    assert.ok(sound.some((x) => Math.abs(x) > 0.01) && sound.every((x) => Math.abs(x) <= 1));
    assert.equal(first_difference(sound, in_python(["0.unisono"], 7, [], sound.length)), -1);
  });

  test(`by ${way}: with windows that begin seldom as well`, async () => {
    const window_stride = 5;
    const sound = await render(servers[way], { model: "/files/faithful.unisono", seed: 7, window_stride }, SR);
    assert.equal(first_difference(sound, faithful.generate({ seconds: 1, seed: 7, phase: "live", window_stride })), -1);
  });

  test(`by ${way}: played live without a gap, and every change of a parameter can be played again`, async () => {
    const server = servers[way];
    const page = await open(browser, server);
    const { recording, heard, underruns, latency, rate } = await run(
      page,
      server,
      "page",
      async (seconds, { u }) => {
        const file = async (name) => (await fetch(`/files/${name}.unisono`)).arrayBuffer();
        const [model, second] = await Promise.all([file(0), file(1)]);
        const context = new AudioContext({ sampleRate: 44100 });
        await context.audioWorklet.addModule("/tests/recorder.js");
        const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 1 });
        const node = await u.UnisonoNode.create(context, { model, second, seed: 3, gain: 0.5, playing: false, buffer: 2 });
        node.connect(recorder).connect(context.destination);
        await context.resume();
        node.play();
        const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const steps = [["temperature", 2], ["pitch", 5], ["morph", 0.7], ["formant", -3], ["gain", 0.8], ["density", 3]];
        for (const [name, value] of steps) {
          await wait((1000 * seconds) / steps.length);
          node[name].value = value;
        }
        await wait(500);
        const heard = await new Promise((resolve) => {
          recorder.port.onmessage = ({ data }) => resolve(data);
          recorder.port.postMessage("stop");
        });
        const recording = await node.recording();
        const { underruns, latency } = node;
        node.free();
        await context.close();
        return { recording, heard, underruns, latency, rate: context.sampleRate };
      },
      { arg: LIVE_SECONDS, imports },
    );
    assert.equal(underruns, 0);
    assert.ok(latency > 2 && latency < 3, `${latency} s`);
    assert.equal(rate, SR);
    const from = heard.findIndex((x) => x !== 0);
    const sound = heard.subarray(from);
    assert.ok(sound.length > LIVE_SECONDS * SR, `${sound.length} samples`);
    assert.deepEqual(new Set(recording.changes.map(([, name]) => name)).size, 6);
    for (const again of [
      await render(server, { ...BOTH, seed: 3, automation: recording.changes }, sound.length + SR),
      in_python(["0.unisono", "1.unisono"], 3, recording.changes, sound.length + SR),
    ]) {
      const begins = again.findIndex((x) => x !== 0);
      assert.equal(first_difference(sound, again.subarray(begins, begins + sound.length)), -1);
    }
    assert.deepEqual(page.faults, []);
  });
}

test("the ranges of the AudioParams are those of the core; what is wrong is said", async () => {
  const server = servers.shared;
  const page = await open(browser, server);
  const [ranges, said] = await run(
    page,
    server,
    "page",
    async (_, { u }) => {
      const model = new Uint8Array(await (await fetch("/files/0.unisono")).arrayBuffer());
      const context = new OfflineAudioContext(1, 128, 44100);
      const node = await u.UnisonoNode.create(context, { model });
      const player = new (await u.load()).MagnetPlayer();
      const ranges = [...node.parameters.keys()].map((name) => {
        const { minValue, maxValue, defaultValue } = node[name];
        return [name, [minValue, maxValue, defaultValue], [player.lowest(name), player.highest(name), player.initial(name)]];
      });
      const complaint = (promise) => promise.then(() => "none", (error) => `${error.name}: ${error.message}`);
      const other = new OfflineAudioContext(1, 128, 48000);
      const said = [
        await complaint(u.UnisonoNode.create(other, { model })),
        await complaint(u.UnisonoNode.create(context, { model: model.slice(0, 1000) })),
        await complaint(u.UnisonoNode.create(context, { model, speed: 2 })),
        await complaint(u.UnisonoNode.create(context, {})),
      ];
      return [ranges, said];
    },
    { imports },
  );
  assert.equal(ranges.length, 6);
  for (const [name, own, of_core] of ranges) assert.deepEqual(own, of_core, name);
  assert.match(said[0], /^ParameterError: model: its rate is 44100 Hz and the audio context's 48000 Hz/);
  assert.match(said[1], /^ModelFileError/);
  assert.match(said[2], /^ParameterError: UnisonoNode has no option speed/);
  assert.match(said[3], /^ParameterError: model must be/);
});

test("the spectrum node tells the magnitudes of what passes through, frame by frame, and passes it on", async () => {
  const page = await open(browser, servers.shared);
  const n = 12800;
  const sound = Float32Array.from({ length: n }, (_, i) => Math.fround(((i * i) % 2003) / 2003 - 0.5));
  const how = { n_fft: 512, hop_length: 100, center: false };
  const [through, frames] = await run(
    page,
    servers.shared,
    "page",
    async ({ sound, how }, { u }) => {
      const context = new OfflineAudioContext(1, sound.length, 44100);
      const buffer = new AudioBuffer({ length: sound.length, sampleRate: 44100 });
      buffer.copyToChannel(sound, 0);
      const source = new AudioBufferSourceNode(context, { buffer });
      const seen = [];
      const node = await u.SpectrumNode.create(context, { ...how, on_frames: ({ magnitudes }) => seen.push(...magnitudes) });
      source.connect(node).connect(context.destination);
      source.start();
      const through = (await context.startRendering()).getChannelData(0);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return [through, Float32Array.from(seen)];
    },
    { arg: { sound, how }, imports },
  );
  assert.equal(first_difference(through, sound), -1);
  assert.equal(first_difference(frames, core.magnitude(core.stft(sound, how)).data), -1);
});
