// The package as a stranger meets it: the tarball of npm pack, installed in scratch projects, built by Vite and webpack, in a
// plain page, in Node, as one file. Everywhere it trains and sounds, with the same bits, under the strictest policy.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { ISOLATED, launch, open, serve, STRICT_CSP } from "./driver.mjs";

const PACKAGE = fileURLToPath(new URL("../../../dist_web/", import.meta.url));
const BUDGET = 150_000; // bytes of JavaScript and WebAssembly together, compressed by gzip
const PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title><script type="module" src="MAIN"></script>';

// What every project does: a sum, a training in a worker, an oscillator in an audio worklet.
const MAIN = `
import { clip_sha256, load, SawNode, train } from "unisono";

export async function outcome(files = {}) {
  const u = await load(files);
  const samples = new u.Saw({ sr: 44100 }).process(new Float32Array(20000).fill(220));
  const model = await train(samples, { sr: 44100, epochs: 2, seed: 5, ...files }).done;
  const context = new OfflineAudioContext(1, 6400, 44100);
  const saw = await SawNode.create(context, { frequency: 220, ...files });
  saw.connect(context.destination);
  const sound = (await context.startRendering()).getChannelData(0);
  return { samples: clip_sha256(samples), model: model.sha256, sound: clip_sha256(sound) };
}
globalThis.outcome = outcome;
`;

let scratch, browser, expected;

function npm(folder, ...options) {
  const { status, stdout, stderr } = spawnSync("npm", options, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** The same in Node, from the installed package, in this thread. */
async function outcome_in_node() {
  const { clip_sha256, load } = await import(pathToFileURL(join(scratch, "node_modules/unisono/dist/index.js")));
  const u = await load();
  const samples = new u.Saw({ sr: 44100 }).process(new Float32Array(20000).fill(220));
  const model = await u.train(samples, { sr: 44100, epochs: 2, seed: 5 });
  return { samples: clip_sha256(samples), model: model.sha256, sound: clip_sha256(samples.slice(0, 6400)) };
}

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), "unisono-package-"));
  const tarball = npm(PACKAGE, "pack", "--silent", "--pack-destination", scratch);
  writeFileSync(join(scratch, "package.json"), '{ "name": "scratch", "private": true, "type": "module" }');
  npm(scratch, "install", "--offline", "--no-audit", "--no-fund", "--silent", `./${tarball}`);
  writeFileSync(join(scratch, "main.js"), MAIN);
  writeFileSync(join(scratch, "index.html"), PAGE.replace("MAIN", "./main.js"));
  expected = await outcome_in_node();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const BOTH = [ISOLATED, {}];

/** Opens the page in a folder under the strict policy, with threads and if asked without, and compares what comes out. */
async function check(folder, { files, policy = STRICT_CSP, ways = [ISOLATED] } = {}) {
  for (const way of ways) {
    const headers = { ...policy, ...way };
    const server = await serve({ "/": folder }, headers);
    try {
      const page = await open(browser, server);
      await page.waitForFunction(() => globalThis.outcome);
      assert.equal(await page.evaluate(() => crossOriginIsolated), "Cross-Origin-Opener-Policy" in headers);
      assert.deepEqual(await page.evaluate((given) => outcome(given), files), expected);
      assert.deepEqual(page.faults, []);
      await page.close();
    } finally {
      await server.close();
    }
  }
}

test("every subpath that the package promises is there, with its types, and nothing else is asked for", async () => {
  const installed = join(scratch, "node_modules/unisono");
  const { dependencies = {}, exports, files } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  assert.deepEqual([dependencies, files], [{}, ["dist", "wasm"]]);
  assert.deepEqual(Object.keys(exports), [".", "./worklet", "./worker", "./inline", "./wasm", "./package.json"]);
  const { resolve } = createRequire(join(scratch, "main.js"));
  for (const [subpath, target] of Object.entries(exports)) {
    const found = resolve(subpath.replace(".", "unisono"));
    assert.ok(statSync(found).size > 0, subpath);
    if (typeof target === "object") assert.ok(existsSync(join(installed, target.types)), target.types);
    if (found.endsWith(".js")) await import(pathToFileURL(found)); // in Node, where there is no browser to touch
  }
});

test("TypeScript finds the types of everything that a page uses", () => {
  const source = `
import { load, resume, SawNode, train, train_wavenet, type Model, type TrainedModel, type WaveNet, type WaveNetTrainingProgress } from "unisono";
export async function use(context: BaseAudioContext): Promise<TrainedModel> {
  const node: SawNode = await SawNode.create(context, { frequency: 3, band_limited: false });
  node.frequency.value = 4;
  const model: Model = (await load({ threads: 2 })).load_model(new Uint8Array(1));
  await resume("name", { on_progress: ({ loss }) => loss.toFixed() });
  await resume("name", { on_progress: ({ bits }: WaveNetTrainingProgress) => bits.toFixed() });
  const wavenet: WaveNet = (await load()).load_wavenet(new Uint8Array(1));
  await train_wavenet(wavenet.generate({ seconds: 1 }), { sr: wavenet.sr, free: true, on_progress: ({ step, bits }) => step + bits }).done;
  return train(model.generate({ seconds: 1 }), { sr: 44100, on_progress: ({ loss }) => loss.toFixed() }).done;
}`;
  writeFileSync(join(scratch, "use.ts"), source);
  const tsc = join(PACKAGE, "node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--skipLibCheck", "false"];
  const done = spawnSync(process.execPath, [tsc, ...options, "--module", "nodenext", "use.ts"], { cwd: scratch, encoding: "utf8" });
  assert.equal(done.status, 0, done.stdout);
});

test("Vite builds it", async () => {
  const { build } = await import("vite");
  // The page's module exports nothing, so Vite keeps it for its effect.
  await build({ root: scratch, logLevel: "error", base: "./", build: { outDir: "vite", modulePreload: { polyfill: false } } });
  await check(join(scratch, "vite"));
});

test("webpack builds it", async () => {
  const { default: webpack } = await import("webpack");
  const out = join(scratch, "webpack");
  const bundler = webpack({ mode: "production", context: scratch, entry: "./main.js", output: { path: out, filename: "main.js" } });
  const stats = await new Promise((resolve, reject) => bundler.run((error, done) => (error ? reject(error) : resolve(done))));
  assert.deepEqual(stats.toJson({ errors: true, warnings: true }).errors, []);
  writeFileSync(join(out, "index.html"), PAGE.replace("MAIN", "./main.js"));
  await check(out);
});

test("a plain page imports it from where it was installed", async () => {
  const folder = join(scratch, "plain");
  cpSync(join(scratch, "node_modules/unisono"), join(folder, "unisono"), { recursive: true });
  writeFileSync(join(folder, "main.js"), MAIN.replace('"unisono"', '"./unisono/dist/index.js"'));
  writeFileSync(join(folder, "index.html"), PAGE.replace("MAIN", "./main.js"));
  await check(folder, { ways: BOTH });
});

test("the files may be hosted anywhere", async () => {
  const folder = join(scratch, "hosted");
  const installed = join(scratch, "node_modules/unisono");
  mkdirSync(join(folder, "assets"), { recursive: true });
  const copies = { "dist/worker.js": "two.js", "dist/shared.js": "shared.js", "dist/worklet.js": "three.js", "wasm/unisono.wasm": "four" };
  for (const [from, to] of Object.entries(copies)) cpSync(join(installed, from), join(folder, "assets", to));
  for (const name of ["index.js", "shared.js"]) cpSync(join(installed, "dist", name), join(folder, name));
  writeFileSync(join(folder, "main.js"), MAIN.replace('"unisono"', '"./index.js"'));
  writeFileSync(join(folder, "index.html"), PAGE.replace("MAIN", "./main.js"));
  await check(folder, { files: { wasmUrl: "assets/four", workletUrl: "assets/three.js", workerUrl: "assets/two.js" } });
});

test("the one file with everything inside works from any static host", async () => {
  const folder = join(scratch, "inline");
  mkdirSync(folder);
  cpSync(join(scratch, "node_modules/unisono/dist/unisono.inline.js"), join(folder, "unisono.inline.js"));
  writeFileSync(join(folder, "main.js"), MAIN.replace('"unisono"', '"./unisono.inline.js"'));
  writeFileSync(join(folder, "index.html"), PAGE.replace("MAIN", "./main.js"));
  await check(folder, { policy: {}, ways: BOTH });
});

test("all of it is small", (t) => {
  const size = (file) => gzipSync(readFileSync(join(scratch, "node_modules/unisono", file)), { level: 9 }).length;
  const files = ["dist/index.js", "dist/shared.js", "dist/worker.js", "dist/worklet.js", "wasm/unisono.wasm"];
  const sizes = Object.fromEntries(files.map((file) => [file, size(file)]));
  const total = Object.values(sizes).reduce((a, b) => a + b);
  t.diagnostic(`${JSON.stringify(sizes)}: ${total} bytes compressed; in one file ${size("dist/unisono.inline.js")}`);
  assert.ok(total < BUDGET, `${total} bytes`);
});
