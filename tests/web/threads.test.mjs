// What the core allocates begins at whole vectors, the stacks of helper threads too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load_core } from "../../dist_web/lib/loader.js";
import { start_helpers } from "../../dist_web/lib/threads.js";

test("malloc gives multiples of 16: no vector of an array lies across two lines of the cache", async () => {
  const { malloc, free } = (await load_core()).exports;
  const held = [];
  for (let size = 1; size < 3000; size = Math.ceil(size * 1.3) + 3) {
    held.push(malloc(size));
    if (held.length % 3 === 0) free(held.shift());
    assert.equal(held.at(-1) % 16, 0, `${size} bytes`);
  }
});

test("a helper's stack begins at a multiple of 16: else rare paths compute with halves of their vectors exchanged", async () => {
  const core = (await load_core()).exports;
  const given = [];
  const exports = {
    malloc(size) {
      const at = core.malloc(size);
      given.push({ at, size });
      return at;
    },
    unisono_set_helpers: (count) => assert.equal(count, 4),
  };
  const told = [];
  const start = async (order) => void told.push(order);
  core.malloc(24); // what lies before is no multiple of 16
  await start_helpers(exports, null, null, start, 4);
  assert.equal(told.length, 4);
  told.forEach(({ stack }, i) => {
    assert.equal(stack % 16, 0);
    assert.equal(stack, given[i].at + given[i].size, "the end of its own memory");
  });
});
