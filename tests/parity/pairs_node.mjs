// Trains on the pairs in a JSON file and makes sound with a model file; prints the hashes that Python compares.
// Usage: node pairs_node.mjs PAIRS.json MODEL
import { readFileSync } from "node:fs";
import { load, rgb, sonify_recipe } from "../../dist_web/lib/index.js";
import { model_sha256 } from "../../dist_web/lib/safetensors.js";
import { sha256 } from "../../dist_web/lib/sha256.js";

const [pairs_file, model_file] = process.argv.slice(2);
const { pairs, steps, picture } = JSON.parse(readFileSync(pairs_file, "utf8"));
const u = await load();
const nd = ({ pixels, shape }) => ({ data: Uint8Array.from(Buffer.from(pixels, "base64")), shape });
const floats = (text) => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);

const core = new u.PairsModel({ seed: 5 });
for (const pair of pairs) core.add_pair(nd(pair), floats(pair.samples));
core.begin();
for (let i = 0; i < steps; i++) core.train_step();
const tensors = new Map();
for (let i = 0; i < core.tensor_count(); i++) {
  tensors.set(core.tensor_name(i), { shape: [...core.tensor_shape(i)], data: core.tensor(i) });
}

const model = u.load_pairs(new Uint8Array(readFileSync(model_file)));
const { data, shape } = nd(picture);
const canvas = { data: new Uint8ClampedArray((data.length / 3) * 4).fill(255), width: shape[1], height: shape[0] };
for (let i = 0; i < data.length; i++) canvas.data[4 * Math.floor(i / 3) + (i % 3)] = data[i];
const sound = u.sonify(canvas, { mapping: "learned", model, seconds: 0.4, seed: 3 });
const blend = u.blend_pictures(nd(pairs[0]), rgb(canvas), { amount: 0.3 });
const hash = (array) => sha256(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
console.log(JSON.stringify({ trained: model_sha256(tensors), sound: hash(sound.data), blend: hash(blend.data), names: model.pairs, model: sonify_recipe(canvas, "x.png", { mapping: "learned", model }).model_sha256 }));
