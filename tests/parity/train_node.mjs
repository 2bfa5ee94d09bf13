// Trains and generates in WebAssembly under Node and prints one JSON line: the hashes of weights, file and samples.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { clip_sha256, load } from "../../dist_web/lib/index.js";

const { values: flags } = parseArgs({
  options: {
    clip: { type: "string" }, // raw little-endian float32 samples
    sr: { type: "string", default: "44100" },
    preset: { type: "string", default: "default" },
    epochs: { type: "string", default: "3" },
    seed: { type: "string", default: "0" },
    phase: { type: "string", default: "lws" },
    seconds: { type: "string", default: "10" },
    model: { type: "string" }, // a file to generate from, or to resume if a clip is given
    save: { type: "string" },
    wav: { type: "string" },
  },
});

function read_floats(path) {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

const u = await load();
const { preset, phase } = flags;
const [sr, epochs, seed, seconds] = [flags.sr, flags.epochs, flags.seed, flags.seconds].map(Number);
const old = flags.model && u.load_model(readFileSync(flags.model));
const how = { sr, preset, epochs, seed, name: "clip.f32", ...(old && { resume: old }) };
const model = flags.clip ? await u.train(read_floats(flags.clip), how) : old;
const result = { model: model.sha256, epochs: model.epochs_done, losses: model.losses };
if (flags.save) writeFileSync(flags.save, model.save());
if (seconds > 0) {
  const made = { seconds, seed, temperature: 1, phase };
  const samples = model.generate(made);
  result.samples = clip_sha256(samples);
  if (flags.wav) writeFileSync(flags.wav, u.wav(samples, { sr: model.sr, recipe: model.recipe(made) }));
}
console.log(JSON.stringify(result));
