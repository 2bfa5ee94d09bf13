// What the core allocates begins at whole vectors, the stacks of helper threads too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { start_helpers } from "../../dist_web/lib/threads.js";

const WASM = new URL("../../dist_web/wasm/unisono.wasm", import.meta.url);

/** The module's own exports. */
async function core() {
  const module = new WebAssembly.Module(readFileSync(WASM));
  const env = { memory: new WebAssembly.Memory({ initial: 256, maximum: 32768 }) };
  const imports = { env, wasi_snapshot_preview1: {} };
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === "function") imports[from][name] = () => 0;
  }
  const { exports } = await WebAssembly.instantiate(module, imports);
  exports._initialize?.();
  return exports;
}

test("malloc gives multiples of 16: no vector of an array lies across two lines of the cache", async () => {
  const { malloc, free } = await core();
  const held = [];
  for (let size = 1; size < 3000; size = Math.ceil(size * 1.3) + 3) {
    held.push(malloc(size));
    if (held.length % 3 === 0) free(held.shift());
    assert.equal(held.at(-1) % 16, 0, `${size} bytes`);
  }
});

test("a helper's stack begins at a multiple of 16: else rare paths compute with halves of their vectors exchanged", async () => {
  const exports = { ...(await core()), unisono_set_helpers: (count) => assert.equal(count, 4) };
  const given = [];
  const malloc = (size) => given[given.push({ size, at: exports.malloc(size) }) - 1].at;
  const told = [];
  const start = () => ({
    postMessage(message) {
      told.push(message);
      this.onmessage();
    },
  });
  exports.malloc(24); // what lies before is no multiple of 16
  await start_helpers({ ...exports, malloc }, null, null, start, 4);
  assert.equal(told.length, 4);
  told.forEach(({ stack }, i) => {
    assert.equal(stack % 16, 0);
    assert.equal(stack, given[i].at + given[i].size, "the end of its own memory");
  });
});
