// Model files: what is written is read back, and every kind of damage gets one line that names it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { model_sha256, parse_model, write_model } from "../../dist_web/lib/safetensors.js";

const TENSORS = new Map([
  ["b", { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ["a", { shape: [1], data: Float32Array.of(-0) }],
  ["empty", { shape: [0, 4], data: new Float32Array(0) }],
]);
const OPTIONS = { preset: "default", step: 3 };
const METADATA = { format: "unisono", version: "1", kind: "magnet", options: '{"sr": 1}' };

/** A file with a header of one's own choice; `values` is the number of bytes that follow. */
function file(header, values = 0) {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + values);
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, 8);
  return out;
}

function tensor(first, last, shape = [(last - first) / 4], dtype = "F32") {
  return { dtype, shape, data_offsets: [first, last] };
}

function refused(content, text) {
  assert.throws(() => parse_model(content), (error) => {
    assert.equal(error.name, "ModelFileError");
    assert.ok(error.message.includes(text), `"${error.message}" should say "${text}"`);
    assert.ok(!error.message.includes("\n") && error.message.length < 300);
    return true;
  });
}

test("what is written is read back, with the same name", () => {
  const { tensors, options } = parse_model(write_model(TENSORS, OPTIONS));
  assert.deepEqual([...tensors.keys()].sort(), ["a", "b", "empty"]);
  assert.deepEqual(tensors.get("b"), TENSORS.get("b"));
  assert.ok(Object.is(tensors.get("a").data[0], -0));
  assert.deepEqual(options, OPTIONS);
  assert.equal(model_sha256(tensors), model_sha256(TENSORS));
});

test("bytes are read from wherever they lie, Node's Buffer included", () => {
  const content = write_model(TENSORS, OPTIONS);
  const inside = Buffer.concat([Buffer.alloc(3), content]).subarray(3);
  assert.deepEqual(parse_model(inside), parse_model(content));
});

test("the name of a model depends on names, shapes and values", () => {
  const one = (name, shape, data) => model_sha256(new Map([[name, { shape, data: Float32Array.from(data) }]]));
  const names = [one("a", [2], [1, 2]), one("b", [2], [1, 2]), one("a", [1, 2], [1, 2]), one("a", [2], [1, 3])];
  assert.equal(new Set(names).size, 4);
});

test("NaN and infinity are neither written nor read", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const tensors = new Map([["w", { shape: [1], data: Float32Array.of(bad) }]]);
    assert.throws(() => write_model(tensors, {}), /tensor w holds NaN or infinity/);
    const content = file({ __metadata__: METADATA, w: tensor(0, 4) }, 4);
    new DataView(content.buffer).setFloat32(content.length - 4, bad, true);
    refused(content, "tensor 'w' holds NaN or infinity");
  }
});

test("a file cut off anywhere is refused", () => {
  const whole = write_model(TENSORS, OPTIONS);
  for (let n = 0; n < whole.length; n++) assert.throws(() => parse_model(whole.subarray(0, n)), { name: "ModelFileError" });
});

test("a file with any byte of its header changed is read or refused, never anything else", () => {
  const whole = write_model(TENSORS, OPTIONS);
  for (let at = 0; at < whole.length; at++) {
    for (const bit of [1, 4, 32, 128]) {
      const changed = whole.slice();
      changed[at] ^= bit;
      try {
        parse_model(changed);
      } catch (error) {
        assert.equal(error.name, "ModelFileError", `byte ${at}: ${error.stack}`);
      }
    }
  }
});

test("each kind of damage is named", () => {
  const with_tensors = (entries, bytes = 0) => file({ __metadata__: METADATA, ...entries }, bytes);
  const huge = new Uint8Array(16).fill(255);
  refused(new Uint8Array(0), "it is empty");
  refused(new Uint8Array(5), "is not a Unisono model");
  refused(huge, "its header does not fit the file");
  refused(file("not json"), "its header is not JSON");
  refused(file("[1]"), "its header is not an object");
  refused(file('{"\xff'), "its header is not JSON");
  refused(file('{"a":1,"a":2}'), "names something twice");
  refused(file({}), "a safetensors file of something else");
  refused(file({ __metadata__: { ...METADATA, version: "9" } }), "has version '9'");
  refused(file({ __metadata__: { ...METADATA, kind: "wavenet" } }), "is a model of kind 'wavenet', not 'magnet'");
  refused(file({ __metadata__: { ...METADATA, options: "{" } }), "its options are not JSON");
  refused(file({ __metadata__: { ...METADATA, options: "[]" } }), "its options are not an object");
  refused(with_tensors({ w: tensor(4, 8) }, 8), "leaves a hole before it");
  refused(with_tensors({ v: tensor(0, 8), w: tensor(4, 8) }, 8), "tensor 'w' overlaps another");
  refused(with_tensors({ w: tensor(0, 8) }, 4), "ends beyond the file");
  refused(with_tensors({ w: tensor(0, 4) }, 8), "4 bytes belong to no tensor");
  refused(with_tensors({ w: tensor(0, 4, [1], "F16") }, 4), "has type 'F16', not 'F32'");
  refused(with_tensors({ w: tensor(0, 4, [2]) }, 4), "does not have the bytes its shape asks for");
  refused(with_tensors({ w: tensor(0, 4, [-1]) }, 4), "has an impossible shape");
  refused(with_tensors({ w: tensor(0, 4, [1, 1, 1, 1, 1]) }, 4), "has an impossible shape");
  refused(with_tensors({ w: { ...tensor(0, 4), more: 1 } }, 4), "is not described by");
  refused(file(`{"__metadata__":${JSON.stringify(METADATA)},"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`, 4), "has an impossible shape");
  refused(with_tensors({ w: tensor(0, 4, [2 ** 20, 2 ** 20]) }, 4), "does not have the bytes");
});

test("a name made to deceive the reader of the error stays on one short line", () => {
  refused(file({ __metadata__: METADATA, ["x\n\u001b[31m" + "y".repeat(1000)]: tensor(4, 8) }, 8), "'x\\n\\x1b[31myyy");
});
