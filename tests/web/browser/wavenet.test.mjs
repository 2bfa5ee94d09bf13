// WaveNet in a real page: trained in a worker, lost in a reload and resumed to the same file; played by a UnisonoNode, which
// gives the samples of the core's start and process.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "../../../dist_web/lib/index.js";
import { ISOLATED, launch, open, run, serve } from "./driver.mjs";

const PACKAGE = fileURLToPath(new URL("../../../dist_web/", import.meta.url));
const imports = { u: "/package/dist/index.js" };
const SR = 16000;
const FRAME = 512;
const HOW = { sr: SR, steps: 16, seed: 3, name: "pluck" };
const samples = Float32Array.from({ length: 6000 }, (_, i) => 0.5 * Math.exp(-i / 3000) * Math.sin(i * 0.1 + Math.sin(i * 0.7)));

let browser, core, model, file;
const servers = {};

before(async () => {
  core = await load();
  model = await core.train_wavenet(samples, HOW);
  file = model.save();
  browser = await launch();
  for (const [name, headers] of Object.entries({ shared: ISOLATED, messages: {} })) {
    servers[name] = await serve({ "/package/": PACKAGE }, headers);
  }
});

after(async () => {
  await browser?.close();
  await Promise.all(Object.values(servers).map((server) => server.close()));
});

/** Works in a fresh page, in which nothing may go wrong. */
async function in_page(server, work, arg) {
  const page = await open(browser, server);
  const result = await run(page, server, "page", work, { arg, imports });
  assert.deepEqual(page.faults, []);
  await page.close();
  return result;
}

test("a training that was paused, heard, lost in a reload and resumed ends with the file that Node writes", async () => {
  const page = await open(browser, servers.shared);
  const { kept, snapshot } = await run(
    page,
    servers.shared,
    "page",
    async ({ samples, how }, { u }) => {
      const training = u.train_wavenet(samples, { ...how, keep: "piece" });
      await training.pause();
      const snapshot = await training.snapshot();
      training.go_on();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await training.pause();
      return { kept: (await u.kept_trainings())[0], snapshot };
    },
    { arg: { samples, how: HOW }, imports },
  );
  const { kind, name, step, steps, free, clip_seconds } = kept;
  assert.deepEqual({ kind, name, steps, free, clip_seconds }, { kind: "wavenet", name: "pluck", steps: 16, free: false, clip_seconds: 6000 / SR });
  const early = core.load_wavenet(snapshot);
  assert.ok(early.step >= 1 && early.step < step && step < 16, `heard after ${early.step} steps, kept after ${step}`);
  assert.equal(early.generate({ seconds: 0.1 }).length, 1600);
  await page.reload();
  const result = await run(
    page,
    servers.shared,
    "page",
    async (samples, { u }) => {
      const seen = [];
      const done = await (await u.resume("piece", { on_progress: (p) => seen.push(p) })).done;
      const other = await u.train_wavenet(samples, { sr: 16000, steps: 2, seed: 4, keep: "piece" }).done; // not the one that was kept
      const cancelled = u.train_wavenet(samples, { sr: 16000 });
      const outcome = cancelled.done.catch((error) => error.name);
      await cancelled.cancel();
      await u.forget_training("piece");
      return { file: done.file, seen, other: other.sha256, outcome: await outcome, left: await u.kept_trainings() };
    },
    { arg: samples, imports },
  );
  assert.deepEqual(result.file, file);
  assert.deepEqual(result.seen.map((p) => [p.step, p.steps, p.bits, p.losses.length, p.seconds_left]), [[16, 16, model.losses[0], 1, 0]]); // prettier-ignore
  const other = await core.train_wavenet(samples, { sr: SR, steps: 2, seed: 4 });
  assert.deepEqual([result.other, result.outcome, result.left], [other.sha256, "AbortError", []]);
  assert.deepEqual(page.faults, []);
});

/** Renders a UnisonoNode in an OfflineAudioContext, and again from its recording. */
async function play({ options, n, sr }, { u }) {
  const render = async (how) => {
    const context = new OfflineAudioContext(1, n, sr);
    const node = await u.UnisonoNode.create(context, how);
    node.connect(context.destination);
    const sound = (await context.startRendering()).getChannelData(0);
    const recording = await node.recording();
    node.free();
    return { sound, recording };
  };
  const { sound, recording } = await render(options);
  const { model } = options;
  return { sound, recording, again: (await render({ model, seed: recording.seed, automation: recording.changes })).sound };
}

for (const way of ["shared", "messages"]) {
  test(`by ${way}: a node plays beyond the clip's end what the core generates, temperature and gain moved as told`, async () => {
    const n = 16 * FRAME; // longer than the clip
    const plain = await in_page(servers[way], play, { options: { model: file, seed: 7 }, n, sr: SR });
    assert.deepEqual(plain.sound, model.core.generate(n, { seed: 7 }));
    const automation = [[3, "gain", 2], [9, "temperature", 0.25], [9, "pitch", 5]]; // prettier-ignore
    const options = { model: file, seed: 7, temperature: 2, automation };
    const moved = await in_page(servers[way], play, { options, n, sr: SR });
    assert.deepEqual(moved.sound, expected(n));
    assert.deepEqual(moved.again, moved.sound);
    assert.deepEqual(moved.recording.changes, [[0, "temperature", 2], ...automation]);
  });
}

/** The same made of the core's start and process. */
function expected(n) {
  const wanted = new Float32Array(n);
  model.core.start({ seed: 7 });
  for (let frame = 0; frame < n / FRAME; frame++) {
    const sound = model.core.process(FRAME, { temperature: frame < 9 ? 2 : 0.25 });
    const gain = (i) => (frame === 3 ? 1 + Math.floor(i / 32 + 1) / 16 : 2);
    wanted.set(frame < 3 ? sound : core.soft_limit(sound.map((x, i) => x * gain(i))), frame * FRAME);
  }
  return wanted;
}

test("what cannot be played is said", async () => {
  const said = await in_page(
    servers.shared,
    async (model, { u }) => {
      const complaint = (options, sr = 16000) =>
        u.UnisonoNode.create(new OfflineAudioContext(1, 128, sr), { model, ...options }).then(() => "none", (error) => `${error.name}: ${error.message}`);
      return [
        await complaint({}, 44100),
        await complaint({ second: model }),
        await complaint({ temperature: 11 }),
        await complaint({ automation: [[0, "speed", 1]] }),
        await complaint({ model: model.slice(0, 9999) }),
      ];
    },
    file,
  );
  assert.match(said[0], /^ParameterError: model: its rate is 16000 Hz and the audio context's 44100 Hz/);
  assert.match(said[1], /^ParameterError: second: a WaveNet does not morph/);
  assert.match(said[2], /^ParameterError: .*temperature must be from 0 to 10/);
  assert.match(said[3], /^ParameterError: automation: got \[0,"speed",1\]/);
  assert.match(said[4], /^ModelFileError/);
});
