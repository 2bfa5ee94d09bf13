// Times a training batch of MAGNet's faithful presets in TensorFlow.js (WebAssembly backend), the web build's peer:
// node bench_tfjs.mjs FRAMES.f32 --peers FOLDER --preset magnet2024 --bins 1025 prints one JSON object of seconds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const SEQUENCE = 40;
const BATCH = 64;
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: "string" },
    preset: { type: "string", default: "magnet2024" },
    bins: { type: "string", default: "1025" },
    repeats: { type: "string", default: "5" },
  },
});
const bins = Number(flags.bins);

const require = createRequire(join(flags.peers, "package.json"));
console.log = console.warn = () => {}; // the library greets on the same stream
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
await tf.ready();

function build() {
  const old = flags.preset === "icmc2019";
  const layers = old ? 3 : 2;
  const model = tf.sequential();
  model.add(tf.layers.batchNormalization({ inputShape: [SEQUENCE, bins] }));
  for (let i = 0; i < layers; i++) {
    model.add(tf.layers.lstm({ units: 128, returnSequences: i < layers - 1, recurrentActivation: "sigmoid", recurrentInitializer: "glorotUniform" }));
    if (old) model.add(tf.layers.dropout({ rate: 0.2 }));
  }
  if (old) model.add(tf.layers.dense({ units: bins, activation: "tanh" }));
  model.add(tf.layers.dense({ units: bins }));
  model.compile({ optimizer: tf.train.adam(1e-3), loss: "meanSquaredError" });
  return model;
}

const bytes = readFileSync(positionals[0]);
const frames = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const windows = frames.length / bins - SEQUENCE - 1;
const model = build();

async function batch(first) {
  const x = new Float32Array(BATCH * SEQUENCE * bins);
  const y = new Float32Array(BATCH * bins);
  for (let b = 0; b < BATCH; b++) {
    const start = ((first + b) * 7) % windows;
    x.set(frames.subarray(start * bins, (start + SEQUENCE) * bins), b * SEQUENCE * bins);
    y.set(frames.subarray((start + SEQUENCE) * bins, (start + SEQUENCE + 1) * bins), b * bins);
  }
  const [inputs, targets] = [tf.tensor3d(x, [BATCH, SEQUENCE, bins]), tf.tensor2d(y, [BATCH, bins])];
  await model.trainOnBatch(inputs, targets);
  tf.dispose([inputs, targets]);
}

const seconds = [];
await batch(0);
for (let i = 0; i < Number(flags.repeats); i++) {
  const start = performance.now();
  await batch(i * BATCH);
  seconds.push((performance.now() - start) / 1000);
}
process.stdout.write(`${JSON.stringify({ version: tf.version.tfjs, batch: BATCH, seconds })}\n`);
