// Helper threads begin as the core's code expects them to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_helpers } from "../../dist_web/lib/threads.js";

test("a helper's stack begins at a multiple of 16, whatever malloc gives: else rare paths compute with halves of their vectors exchanged", async () => {
  const told = [];
  const start = () => ({
    postMessage(message) {
      told.push(message);
      this.onmessage();
    },
  });
  const size = 1 << 18;
  let next = 70008; // a multiple of 8 only, as the core's malloc gives it
  const exports = { malloc: (bytes) => (next += bytes + 8) - bytes, unisono_set_helpers: (count) => assert.equal(count, 4) };
  await start_helpers(exports, null, null, start, 4);
  assert.equal(told.length, 4);
  told.forEach(({ stack }, i) => {
    const begin = 70016 + i * (size + 8);
    assert.equal(stack % 16, 0);
    assert.ok(stack > begin + size - 16 && stack <= begin + size, "within its own memory");
  });
});
