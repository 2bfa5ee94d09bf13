// Times the WebAssembly build under Node, one thread: node bench.mjs CLIP.f32 [--package dist/index.js] prints one JSON object of seconds.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    package: { type: "string", default: fileURLToPath(new URL("dist/index.js", import.meta.url)) },
    sr: { type: "string", default: "44100" },
    repeats: { type: "string", default: "5" },
    seconds: { type: "string", default: "10" },
    presets: { type: "string", default: "magnet2024,icmc2019,default" },
  },
});
const [sr, repeats, seconds] = [flags.sr, flags.repeats, flags.seconds].map(Number);

function read_floats(path) {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Seconds of each of the repeats, by the clock and of the processor, after one run that is not counted. */
function times(run) {
  run();
  const cpu = [];
  const wall = Array.from({ length: repeats }, () => {
    const [start, used] = [performance.now(), process.cpuUsage()];
    run();
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1e6);
    return (performance.now() - start) / 1000;
  });
  return { wall, cpu };
}

function measure(u, samples, preset) {
  const model = new u.MagnetModel({ preset, sr, seed: 0 });
  model.set_clip(samples);
  const steps = model.steps_per_epoch();
  const epoch = times(() => {
    for (let i = 0; i < steps; i++) model.train_step();
  });
  const frames = Math.ceil(sr / 512);
  const sound = (window_stride) => ({
    generate: times(() => model.generate(Math.round(seconds * sr), { seed: 1, window_stride })),
    magnitudes: times(() => model.generate_magnitude(frames, { seed: 1, window_stride })),
  });
  const { generate, magnitudes } = sound(1);
  const one_state = preset === "default" ? null : sound(0);
  model.free();
  const cpu = { epoch: median(epoch.cpu), generate: median(generate.cpu) };
  const all = { epoch: epoch.wall, generate: generate.wall, magnitudes: magnitudes.wall };
  if (one_state) all.one_state = { generate: one_state.generate.wall, magnitudes: one_state.magnitudes.wall };
  return { preset, steps, epoch: median(epoch.wall), generate: median(generate.wall), cpu, all };
}

const { load } = await import(pathToFileURL(flags.package).href);
const u = await load();
const samples = read_floats(positionals[0]);
const machine = { cpu: cpus()[0].model, node: process.version };
const results = flags.presets.split(",").map((preset) => measure(u, samples, preset));
console.log(JSON.stringify({ engine: "wasm", threads: 1, machine, clip_seconds: samples.length / sr, seconds, repeats, results }));
