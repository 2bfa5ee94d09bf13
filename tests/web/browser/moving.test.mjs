// A training that moves between a real page and Python, either way and for every preset, ends where those end that never
// stopped; and a receipt that Python began and a page ended is confirmed by `unisono verify`.
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
const SEED = 5;

let browser, server, folder, page, samples;

function unisono(...options) {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-m", "unisono", ...options], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

const write = (name, content) => writeFileSync(join(folder, name), content);
const hash = (name) => createHash("sha256").update(readFileSync(join(folder, name))).digest("hex");

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "unisono-moving-"));
  samples = Float32Array.from({ length: 21000 }, (_, i) => 0.2 * Math.sin(0.1 * i) * Math.exp((-3 * (i % 4000)) / 4000));
  server = await serve({ "/package/": PACKAGE, "/files/": folder }, ISOLATED);
  browser = await launch();
  page = await open(browser, server);
  const wav = async ({ samples, sr }, { u }) => (await u.load()).wav(samples, { sr, format: "float" });
  write("clip.wav", await run(page, server, "page", wav, { arg: { samples, sr: SR }, imports }));
});

after(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Epochs 1 to 10 as the studio trains them, in a Worker of the page's. */
const in_page = async ({ samples, how }, { u }) => (await u.train(samples, { ...how, epochs: 10 }).done).file;

/** Epochs 1 to 20, and the hash of the file. */
const in_worker = async ({ samples, how }, { u }) => {
  const model = await (await u.load()).train(samples, { ...how, epochs: 20 });
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", model.save())));
};

/** Epochs 11 to 20 of a model that Python began, and the receipt of the whole. */
const in_worker_after_python = async ({ samples, how }, { u }) => {
  const core = await u.load();
  const begun = core.load_model(new Uint8Array(await (await fetch("/files/begun.unisono")).arrayBuffer()));
  const { epochs } = await (await fetch("/files/begun.receipt.json")).json();
  const model = await core.train(samples, { ...how, epochs: 20, resume: begun, on_epoch: ({ model }) => epochs.push(model.sha256) });
  return { file: model.save(), receipt: u.receipt_of(model, epochs) };
};

for (const preset of ["default", "icmc2019", "magnet2024"]) {
  test(`${preset}: ten epochs in a page and ten in Python are twenty in either`, async () => {
    const how = { sr: SR, seed: SEED, preset, name: "clip.wav" };
    const begin = ["train", "clip.wav", "--preset", preset, "--seed", String(SEED), "--overwrite"];
    write("moved.unisono", await run(page, server, "page", in_page, { arg: { samples, how }, imports }));
    unisono("train", "clip.wav", "-o", "moved.unisono", "--epochs", "20", "--resume");
    unisono(...begin, "-o", "whole.unisono", "--epochs", "20");
    const wanted = hash("whole.unisono");
    assert.equal(hash("moved.unisono"), wanted, "page, then Python");
    const whole = await run(page, server, "worker", in_worker, { arg: { samples, how }, imports });
    assert.equal(Buffer.from(whole).toString("hex"), wanted, "a Worker of the page alone");
    if (preset === "default") {
      unisono(...begin, "-o", "begun.unisono", "--epochs", "10", "--receipt");
      const { file, receipt } = await run(page, server, "worker", in_worker_after_python, { arg: { samples, how }, imports });
      write("moved_back.unisono", file);
      assert.equal(hash("moved_back.unisono"), wanted, "Python, then a Worker of the page");
      write("clip.receipt.json", JSON.stringify(receipt));
      assert.match(unisono("verify", "clip.receipt.json", "clip.wav"), /confirmed, 20 epochs trained again in the native library/);
    }
    assert.deepEqual(page.faults, []);
  });
}
