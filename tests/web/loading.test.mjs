// Loading: from the file, from bytes, from a compiled module, by fetch; and nothing that would hinder a page or worklet.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { BITS, load, VERSION } from "../../dist_web/lib/index.js";
import * as generated from "../../dist_web/lib/generated/core.js";

const WASM = new URL("../../dist_web/wasm/unisono.wasm", import.meta.url);
const LIB = new URL("../../dist_web/lib/", import.meta.url);
const PYTHON = new URL("../../python/unisono/_version.py", import.meta.url);
const RAMP = Float32Array.of(-1, 0, 1, 2);

test("the module loads from the file, from bytes and compiled, with the same results", async () => {
  const bytes = readFileSync(WASM);
  const ways = [{}, { wasmUrl: WASM }, { wasmUrl: WASM.href }, { wasmBinary: bytes }, { module: new WebAssembly.Module(bytes) }];
  const results = await Promise.all(ways.map(async (way) => (await load(way)).exp(RAMP)));
  for (const result of results) assert.deepEqual(result, results[0]);
});

test("the module loads by fetch", async (t) => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/unisono.wasm" ? 200 : 404;
    response.end(response.statusCode === 200 ? readFileSync(WASM) : "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const base = `http://127.0.0.1:${server.address().port}/`;
  assert.equal((await load({ wasmUrl: base + "unisono.wasm" })).exp(RAMP)[1], 1);
  await assert.rejects(load({ wasmUrl: base + "other.wasm" }), /other\.wasm cannot be fetched: 404/);
});

test("a missing or damaged module is refused with its name", async () => {
  await assert.rejects(load({ wasmUrl: new URL("missing.wasm", import.meta.url) }), /missing\.wasm/);
  await assert.rejects(load({ wasmBinary: Uint8Array.of(0, 1, 2, 3) }), WebAssembly.CompileError);
});

test("two loads share nothing", async () => {
  const [one, other] = await Promise.all([load(), load()]);
  const saw = new one.Saw({ sr: 44100 });
  saw.free();
  assert.notEqual(one.Saw, other.Saw);
});

test("the module asks for nothing but what the loader gives, and has no relaxed SIMD or threads", () => {
  const module = new WebAssembly.Module(readFileSync(WASM));
  const allowed = /^(wasi_snapshot_preview1\.(proc_exit|fd_write|fd_read|fd_seek|fd_close)|env\.(emscripten_notify_memory_growth|memory))$/;
  for (const { module: from, name } of WebAssembly.Module.imports(module)) assert.match(`${from}.${name}`, allowed);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  for (const name of ["malloc", "free", "unisono_last_error"]) assert.ok(names.includes(name), name);
});

test("no file imports Node at its top, evaluates text as code, or touches a browser global when imported", () => {
  const files = readdirSync(LIB, { recursive: true }).filter((name) => name.endsWith(".js"));
  assert.ok(files.length >= 12);
  for (const name of files) {
    const text = readFileSync(new URL(name, LIB), "utf8");
    assert.doesNotMatch(text, /^import .*["']node:/m, name);
    assert.doesNotMatch(text, /\beval\(|new Function|\bwindow\.|\bdocument\.|\bself\.|\brequire\(/, name);
  }
});

test("versions agree with Python's and with the package", () => {
  const python = readFileSync(PYTHON, "utf8");
  assert.ok(python.includes(`__version__ = "${VERSION}"`));
  assert.ok(readFileSync(new URL("_bits.py", PYTHON), "utf8").includes(`BITS = ${BITS}\n`));
  const { version } = JSON.parse(readFileSync(new URL("../../dist_web/package.json", import.meta.url), "utf8"));
  assert.equal(version, VERSION);
});

test("the wrapper and the module come from the same spec", async () => {
  const info = (await load()).build_info();
  assert.equal(info.abi, generated.ABI);
  assert.deepEqual(Object.keys(info).sort(), ["abi", "bits", "compiler", "isa", "lanes"]);
});
