// Training in a worker of a real page: progress, pause, snapshot, cancel, a reload, threads, a smooth page; the same model
// file as Python's, and models both ways.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ISOLATED, launch, open, run, serve } from "./driver.mjs";

const OWN_PYTHON = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const PYTHON = process.env.UNISONO_PYTHON ?? (existsSync(OWN_PYTHON) ? OWN_PYTHON : "python3");
const PACKAGE = fileURLToPath(new URL("../../../dist_web/", import.meta.url));
const imports = { u: "/package/dist/index.js" };
const SR = 44100;
const HOW = { sr: SR, seed: 11, epochs: 4, name: "clip.wav" };

let browser, server, folder, samples;

/** A short piece: a chord that decays and comes back. */
function chord() {
  const note = (t, hz) => Math.sin(2 * Math.PI * hz * t) * Math.exp(-3 * (t % 0.5));
  return Float32Array.from({ length: SR }, (_, i) => 0.2 * (note(i / SR, 220) + note(i / SR, 277.2) + note(i / SR, 329.6)));
}

function unisono(...options) {
  const { status, stderr } = spawnSync(PYTHON, ["-m", "unisono", ...options], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

/** A float32 WAV file, which every reader takes for what it is. */
function write_float_wav(path, values) {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + 4 * values.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SR, 24);
  head.writeUInt32LE(4 * SR, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(32, 34);
  head.write("data", 36);
  head.writeUInt32LE(4 * values.length, 40);
  writeFileSync(path, Buffer.concat([head, Buffer.from(values.buffer)]));
}

/** Waits until no worker of the page is left: a browser takes a moment to end one that waits for memory. */
async function all_ended(page) {
  while (page.workers().length > 0) await Promise.race([...page.workers()].map((worker) => worker.waitForEvent("close")));
}

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "unisono-training-"));
  samples = chord();
  write_float_wav(join(folder, "clip.wav"), samples);
  unisono("train", "clip.wav", "-o", "python.unisono", "--epochs", "4", "--seed", "11", "--receipt");
  server = await serve({ "/package/": PACKAGE }, ISOLATED);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("the page stays smooth, hears of every epoch, and gets the very file that Python writes, with one thread or two", async () => {
  const page = await open(browser, server);
  const results = await run(
    page,
    server,
    "page",
    async ({ samples, how }, { u }) => {
      const long = [];
      new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration))).observe({ entryTypes: ["longtask"] });
      const results = [];
      for (const threads of [1, 2]) {
        const seen = [];
        const begun = performance.now();
        const model = await u.train(samples, { ...how, threads, on_progress: (p) => seen.push(p) }).done;
        const busy = long.splice(0).reduce((sum, each) => sum + each, 0) / (performance.now() - begun);
        results.push({ file: model.file, sha256: model.sha256, losses: model.losses, seen, busy });
      }
      return results;
    },
    { arg: { samples, how: HOW }, imports },
  );
  const wanted = readFileSync(join(folder, "python.unisono"));
  for (const [i, { file, losses, seen, busy }] of results.entries()) {
    assert.equal(hash(file), hash(wanted), `threads: ${i + 1}`);
    assert.deepEqual(seen.map((p) => [p.epoch, p.epochs, p.threads]), [1, 2, 3, 4].map((epoch) => [epoch, 4, i + 1])); // prettier-ignore
    assert.deepEqual(seen.at(-1).losses, losses);
    assert.ok(busy < 0.1, `tasks over 50 ms took ${busy} of the time on the page's thread`); // training there, they take all of it
  }
  assert.deepEqual(page.faults, []);
});

test("three threads and eight write it too, on however many processors", async () => {
  const page = await open(browser, server);
  const work = async ({ samples, how }, { u }) => {
    const trained = [];
    for (const threads of [3, 8]) trained.push(await u.train(samples, { ...how, threads }).done);
    return trained.map((model) => model.file);
  };
  const files = await run(page, server, "page", work, { arg: { samples, how: HOW }, imports });
  const wanted = hash(readFileSync(join(folder, "python.unisono")));
  assert.deepEqual(files.map(hash), [wanted, wanted]);
  assert.deepEqual(page.faults, []);
});

test("the page starts the threads, for Firefox at times never returns from starting a worker in a worker; all end with the training", async () => {
  server.put("/lone.js", 'globalThis.Worker = undefined; import "/package/dist/worker.js";');
  const page = await open(browser, server);
  const started = [];
  page.on("worker", (worker) => started.push(worker.url()));
  const work = ({ samples, how }, { u }) => u.train(samples, { ...how, threads: 3, workerUrl: "/lone.js" }).done;
  const { file } = await run(page, server, "page", work, { arg: { samples, how: HOW }, imports });
  assert.equal(hash(file), hash(readFileSync(join(folder, "python.unisono"))));
  assert.deepEqual(started, Array(3).fill(`${server.url}/lone.js`));
  await all_ended(page);
  assert.deepEqual(page.faults, []);
});

test("a thread that fails ends the training, and says why", async () => {
  const refuse = (event) => {
    if (event.data.to !== "help") return;
    event.stopImmediatePropagation();
    throw new Error("no help today");
  };
  server.put("/refuse.js", `addEventListener("message", ${refuse});`);
  server.put("/busy.js", 'import "/refuse.js"; import "/package/dist/worker.js";');
  const page = await open(browser, server);
  const work = ({ samples, how }, { u }) => u.train(samples, { ...how, threads: 2, workerUrl: "/busy.js" }).done.catch((error) => error.message);
  assert.match(await run(page, server, "page", work, { arg: { samples, how: HOW }, imports }), /no help today/);
  await all_ended(page);
});

test("a receipt that Python wrote is confirmed in the page and in a Worker; a false one is refuted at its epoch", async () => {
  const receipt = JSON.parse(readFileSync(join(folder, "python.receipt.json")));
  const [first, second, third, last] = receipt.epochs;
  const page = await open(browser, server);
  for (const where of ["page", "worker"]) {
    const verdicts = await run(
      page,
      server,
      where,
      async ({ samples, receipts }, { u }) => {
        const core = await u.load();
        const verdicts = [];
        for (const receipt of receipts) verdicts.push(await core.verify(receipt, samples));
        return verdicts;
      },
      { arg: { samples, receipts: [receipt, { ...receipt, epochs: [first, third, third, last] }] }, imports },
    );
    assert.deepEqual(verdicts[0], { epochs: 4, differs: null, wanted: last, found: last });
    assert.deepEqual(verdicts[1], { epochs: 2, differs: 2, wanted: third, found: second });
  }
  assert.deepEqual(page.faults, []);
});

test("a training that was paused, asked for a snapshot, lost in a reload and resumed ends with the same file", async () => {
  const page = await open(browser, server);
  const [kept, snapshot] = await run(
    page,
    server,
    "page",
    async ({ samples, how }, { u }) => {
      let begun;
      const first = new Promise((resolve) => (begun = resolve));
      const training = u.train(samples, { ...how, keep: "piece", on_progress: begun });
      await Promise.race([first, training.done]);
      const kept = await training.pause();
      const snapshot = await training.snapshot();
      const before = (await u.kept_trainings())[0];
      await new Promise((resolve) => setTimeout(resolve, 300));
      if ((await u.kept_trainings())[0].saved !== before.saved) throw new Error("it went on in spite of the pause");
      training.go_on();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await training.pause();
      return [kept, snapshot];
    },
    { arg: { samples, how: HOW }, imports },
  );
  assert.equal(kept, true);
  writeFileSync(join(folder, "snapshot.unisono"), snapshot);
  unisono("generate", "snapshot.unisono", "-o", "snapshot.wav", "--seconds", "0.2");
  await page.reload();
  const result = await run(
    page,
    server,
    "page",
    async (how, { u }) => {
      const [{ epoch, name }] = await u.kept_trainings();
      const seen = [];
      const model = await (await u.resume("piece", { epochs: how.epochs, on_progress: (p) => seen.push(p.epoch) })).done;
      const file = await u.kept_model("piece");
      await u.forget_training("piece");
      return { epoch, name, seen, file: model.file, same: file.every((b, i) => b === model.file[i]), left: await u.kept_trainings() };
    },
    { arg: HOW, imports },
  );
  assert.equal(hash(result.file), hash(readFileSync(join(folder, "python.unisono"))));
  assert.ok(result.epoch >= 1 && result.epoch < 4, `kept after ${result.epoch} epochs`);
  assert.equal(result.seen[0], result.epoch + 1);
  assert.deepEqual([result.name, result.same, result.left], ["clip.wav", true, []]);
});

test("a training can be cancelled, and what is wrong is said", async () => {
  const page = await open(browser, server);
  const said = await run(
    page,
    server,
    "page",
    async ({ samples, how }, { u }) => {
      const complaint = (promise) => promise.then(() => "none", (error) => `${error.name}: ${error.message}`);
      const training = u.train(samples, how);
      const cancelled = complaint(training.done);
      await training.cancel();
      const state = await complaint(Promise.resolve().then(() => training.pause()));
      return [
        await cancelled,
        state,
        await complaint(u.train(new Float32Array(44100), how).done),
        await complaint(u.train(samples, { ...how, preset: "best" }).done),
        await complaint(u.resume("nothing")),
      ];
    },
    { arg: { samples, how: HOW }, imports },
  );
  assert.match(said[0], /^AbortError/);
  assert.match(said[1], /^StateError: this training has ended/);
  assert.match(said[2], /^TrainingError: the clip is silent/);
  assert.match(said[3], /^ParameterError: preset: got 'best'/);
  assert.match(said[4], /^StateError: no training is kept under 'nothing'/);
});

test("a model from Python sounds the same in the page, and one from the page the same in Python", async () => {
  const page = await open(browser, server);
  const file = new Uint8Array(readFileSync(join(folder, "python.unisono")));
  const wav = await run(
    page,
    server,
    "worker",
    async (file, { u }) => {
      const core = await u.load({ threads: 2 });
      const model = core.load_model(file);
      const how = { seconds: 1, seed: 3 };
      return core.wav(model.generate(how), { sr: model.sr, recipe: { ...model.recipe(how), made_by: "generate" } });
    },
    { arg: file, imports },
  );
  unisono("generate", "python.unisono", "-o", "python.wav", "--seconds", "1", "--seed", "3");
  const data = (bytes) => hash(bytes.subarray(44, 44 + 2 * SR));
  assert.equal(data(wav), data(readFileSync(join(folder, "python.wav"))));
});
