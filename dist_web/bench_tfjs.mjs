// Times MAGNet's faithful presets in TensorFlow.js (WebAssembly backend), the web build's peer: batches of a training, or a
// second of frames one after another. `unisono bench web` runs it in Chromium and under Node (node FILE FOLDER PEERS).
const SEQUENCE = 40;
const BATCH = 64;

const now = () => performance.now() / 1000;

/** Seconds of each of the repeats, after one run that is not counted. */
async function times(repeats, run) {
  await run(0);
  const found = [];
  for (let i = 0; i < repeats; i++) {
    const began = now();
    await run(i);
    found.push(now() - began);
  }
  return found;
}

const script = (src) =>
  new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), { src, onload: resolve, onerror: () => reject(new Error(`no ${src}`)) });
    document.head.append(element);
  });

/** In a page: the library's own files for pages, which are given beside this one. */
async function in_page() {
  await script("/given/tf.min.js");
  await script("/given/tf-backend-wasm.min.js");
  globalThis.tf.wasm.setWasmPaths("/given/");
  return globalThis.tf;
}

async function in_node(peers) {
  const [{ createRequire }, { dirname, join }] = await Promise.all([import("node:module"), import("node:path")]);
  const require = createRequire(join(peers, "package.json"));
  const tf = require("@tensorflow/tfjs");
  const wasm = require("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  return tf;
}

function build(tf, preset, bins, stateful) {
  const old = preset === "icmc2019";
  const depth = old ? 3 : 2;
  const model = tf.sequential();
  const shape = stateful ? { batchInputShape: [1, 1, bins] } : { inputShape: [SEQUENCE, bins] };
  model.add(tf.layers.batchNormalization(shape));
  for (let i = 0; i < depth; i++) {
    const layer = { units: 128, returnSequences: i < depth - 1, stateful, recurrentActivation: "sigmoid", recurrentInitializer: "glorotUniform" };
    model.add(tf.layers.lstm(layer));
    if (old) model.add(tf.layers.dropout({ rate: 0.2 }));
  }
  if (old) model.add(tf.layers.dense({ units: bins, activation: "tanh" }));
  model.add(tf.layers.dense({ units: bins }));
  return model;
}

/** Seconds of each batch: an epoch takes a minute, and all its full batches are alike. */
function batches(tf, frames, { preset, bins, repeats }) {
  const windows = frames.length / bins - SEQUENCE - 1;
  const model = build(tf, preset, bins, false);
  model.compile({ optimizer: tf.train.adam(1e-3), loss: "meanSquaredError" });
  return times(repeats, async (i) => {
    const x = new Float32Array(BATCH * SEQUENCE * bins);
    const y = new Float32Array(BATCH * bins);
    for (let b = 0; b < BATCH; b++) {
      const start = ((i * BATCH + b) * 7) % windows;
      x.set(frames.subarray(start * bins, (start + SEQUENCE) * bins), b * SEQUENCE * bins);
      y.set(frames.subarray((start + SEQUENCE) * bins, (start + SEQUENCE + 1) * bins), b * bins);
    }
    const [inputs, targets] = [tf.tensor3d(x, [BATCH, SEQUENCE, bins]), tf.tensor2d(y, [BATCH, bins])];
    await model.trainOnBatch(inputs, targets);
    tf.dispose([inputs, targets]);
  });
}

/** Seconds of so many frames, each predicted from the one before and the state. */
function second(tf, frames, { preset, bins, repeats, count }) {
  const model = build(tf, preset, bins, true);
  return times(repeats, async () => {
    model.resetStates();
    let frame = frames.slice(0, bins);
    for (let i = 0; i < count; i++) {
      const output = tf.tidy(() => model.predict(tf.tensor3d(frame, [1, 1, bins])));
      frame = await output.data();
      output.dispose();
    }
  });
}

export default async function measure(given, peers) {
  const options = JSON.parse(new TextDecoder().decode(await given("options.json")));
  const frames = new Float32Array((await given("frames.f32")).slice(0));
  const tf = await (peers ? in_node(peers) : in_page());
  await tf.setBackend("wasm");
  await tf.ready();
  const seconds = await (options.what === "batches" ? batches : second)(tf, frames, options);
  return { version: tf.version.tfjs, backend: tf.getBackend(), batch: BATCH, seconds };
}

if (globalThis.process?.argv[3]) {
  const { readFile } = await import("node:fs/promises");
  const [, , folder, peers] = process.argv;
  const given = async (name) => Uint8Array.from(await readFile(`${folder}/${name}`)).buffer;
  console.log = console.warn = () => {}; // the library greets on the same stream
  const found = await measure(given, peers);
  process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
}
