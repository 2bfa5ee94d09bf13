// The parts that never touch the core: SHA-256, JSON as Python writes it, WAV files with a recipe.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { dump_json, Float, parse_json } from "../../dist_web/lib/json.js";
import { Sha256, sha256 } from "../../dist_web/lib/sha256.js";
import { read_recipe, wav_bytes } from "../../dist_web/lib/wav.js";

test("SHA-256 equals Node's for every length round a block, whole and in pieces", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 37) & 255);
  for (let n = 0; n <= bytes.length; n++) {
    const part = bytes.subarray(0, n);
    const expected = createHash("sha256").update(part).digest("hex");
    assert.equal(sha256(part), expected);
    const pieces = new Sha256();
    for (let at = 0; at < n; at += 7) pieces.update(part.subarray(at, at + 7));
    assert.equal(pieces.hex(), expected);
  }
});

test("JSON is written as Python's json.dumps writes it", () => {
  const f = (x) => dump_json(new Float(x));
  assert.deepEqual([3, 0.1, 1e-5, 0.0001, 1e16, 123456789012345680, -0, 1.5e-7, 1e22, 1e15].map(f), [
    "3.0", "0.1", "1e-05", "0.0001", "1e+16", "1.2345678901234568e+17", "-0.0", "1.5e-07", "1e+22", "1000000000000000.0",
  ]); // prettier-ignore
  assert.equal(dump_json({ b: [1, true, null], a: "Ä\n\u007f😀" }, { sorted: true }),
    '{"a": "\\u00c4\\n\\u007f\\ud83d\\ude00", "b": [1, true, null]}'); // prettier-ignore
  assert.equal(dump_json({ b: { c: 2.5 }, a: [] }, { compact: true }), '{"b":{"c":2.5},"a":[]}');
  assert.throws(() => dump_json({ x: NaN }), TypeError);
});

test("a name that occurs twice in one object is refused, also when escaped or nested", () => {
  for (const text of ['{"a":{"b":1,"b":2}}', '{"a":1,"\\u0061":2}', '{"a":1,"b":[{}],"a":1}']) {
    assert.throws(() => parse_json(text), /names something twice/, text);
  }
  for (const text of ['[{"a":1},{"a":2,"c":"a\\":"}]', '{"a":{"a":1}}', '{"__proto__":1}', '"a:b:a"']) {
    assert.deepEqual(parse_json(text), JSON.parse(text));
  }
});

test("a number that is not written as a whole one can be kept out", () => {
  const text = '{"a":[4.0,1e3,-2.5E-7,7,-1],"b":"1.5"}';
  assert.deepEqual(parse_json(text, { whole: true }), { a: [null, null, null, 7, -1], b: "1.5" });
  assert.deepEqual(parse_json(text), { a: [4, 1000, -2.5e-7, 7, -1], b: "1.5" });
});

test("a long string costs no stack, and deep nesting is refused", () => {
  assert.equal(parse_json(`{"a":"${"x\\n".repeat(300000)}"}`).a.length, 600000);
  assert.equal(parse_json("[".repeat(800) + "]".repeat(800)).length, 1);
  assert.throws(() => parse_json("[".repeat(200000) + "]".repeat(200000)), /nested too deeply/);
});

test("a WAV file has the right header, samples and recipe", () => {
  const recipe = { unisono: "0.1.0", seed: 7, seconds: new Float(2) };
  const wav = wav_bytes(Int32Array.of(0, 1, -32768, 32767, 5), "pcm16", 44100, recipe);
  const view = new DataView(wav.buffer);
  assert.equal(view.getUint32(4, true), wav.length - 8);
  assert.deepEqual([view.getUint16(20, true), view.getUint16(22, true), view.getUint32(24, true)], [1, 1, 44100]);
  assert.deepEqual([view.getUint32(28, true), view.getUint16(32, true), view.getUint16(34, true)], [88200, 2, 16]);
  assert.equal(view.getInt16(48, true), -32768);
  assert.deepEqual(read_recipe(wav), { unisono: "0.1.0", seed: 7, seconds: 2 });
});

test("a file without a recipe of ours, cut off or hostile, has none", () => {
  const wav = wav_bytes(new Int32Array(4), "pcm16", 8000, { unisono: "x" });
  assert.equal(read_recipe(wav_bytes(new Int32Array(4), "pcm16", 8000)), null);
  assert.equal(read_recipe(wav_bytes(new Int32Array(4), "pcm16", 8000, { artist: "x" })), null);
  for (let n = 0; n < wav.length - 12; n++) assert.equal(read_recipe(wav.subarray(0, n)), null);
  const huge = wav.slice();
  huge.fill(255, 40, 44);
  assert.equal(read_recipe(huge), null);
});
