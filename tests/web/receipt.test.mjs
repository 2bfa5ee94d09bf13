// Receipts in JavaScript: the same JSON as Python's, confirmed by training again, or the first epoch that differs is named.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { BITS, load, receipt_of } from "../../dist_web/lib/index.js";

const SR = 44100;
const samples = Float32Array.from({ length: 60000 }, (_, i) => 0.5 * (((i * 220) % SR) / SR - 0.5));
let u, receipt;

before(async () => {
  u = await load();
  const hashes = [];
  const on_epoch = ({ model }) => hashes.push(model.sha256);
  const model = await u.train(samples, { sr: SR, epochs: 3, seed: 5, name: "saw", on_epoch });
  receipt = receipt_of(model, hashes);
  model.free();
});

test("a receipt is confirmed, also when it went through JSON", async () => {
  const seen = [];
  const verdict = await u.verify(JSON.parse(JSON.stringify(receipt)), samples, { on_epoch: (epoch) => seen.push(epoch) });
  assert.deepEqual(verdict, { epochs: 3, differs: null, wanted: receipt.epochs[2], found: receipt.epochs[2] });
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(Object.keys(receipt).sort(), ["bits", "clip", "clip_sha256", "epochs", "format", "preset", "seed", "sr", "unisono"]);
});

test("the first epoch that differs is named, and training stops there", async () => {
  const epochs = receipt.epochs.with?.(1, "0".repeat(64)) ?? [receipt.epochs[0], "0".repeat(64), receipt.epochs[2]];
  const verdict = await u.verify({ ...receipt, epochs }, samples);
  assert.deepEqual(verdict, { epochs: 2, differs: 2, wanted: "0".repeat(64), found: receipt.epochs[1] });
});

test("other clips, other bits and other things are refused", async () => {
  const refused = { name: "ReceiptError" };
  await assert.rejects(u.verify(receipt, samples.map((x) => -x)), refused);
  await assert.rejects(u.verify({ ...receipt, bits: BITS + 1 }, samples), { message: new RegExp(`bits ${BITS + 1}, this is bits ${BITS}`) });
  await assert.rejects(u.verify({ ...receipt, epochs: [] }, samples), refused);
  await assert.rejects(u.verify({}, samples), refused);
});
