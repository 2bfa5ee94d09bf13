// Times the package in a page: training in a Worker, playing, rendering, loading. `unisono bench --web` runs it in Chromium and
// gives it clip.f32 and options.json; what it returns is in seconds, lists of all repeats.
import { ceilings } from "./bench_loops.mjs";

const SR = 44100;
const WAVENET_SR = 16000;
const PACKAGE = "/unisono/dist/index.js";
const PRESETS = ["magnet2024", "icmc2019", "default"];

const now = () => performance.now() / 1000;
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds of each of the repeats, after one run that is not counted. */
async function times(repeats, run) {
  await run();
  const found = [];
  for (let i = 0; i < repeats; i++) {
    const began = now();
    await run();
    found.push(now() - began);
  }
  return found;
}

/** From nothing to a core that is ready, in a page that has just been opened; the page opens itself anew for each. */
async function loading(repeats) {
  const found = JSON.parse(sessionStorage.getItem("loading") ?? "[]");
  const began = now();
  const package_ = await import(PACKAGE);
  const u = await package_.load();
  found.push(now() - began);
  if (found.length <= repeats) {
    sessionStorage.setItem("loading", JSON.stringify(found));
    location.reload();
    await new Promise(() => {}); // this page ends here
  }
  return { package_, u, load: found.slice(1) };
}

/** Seconds of each epoch but the first, as a page hears of them; and the longest that the page was kept waiting. */
async function epochs({ package_, clip }, preset, threads, repeats) {
  const at = [];
  let used = 0;
  let longest = 0;
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (longest = Math.max(longest, duration))));
  observer.observe({ entryTypes: ["longtask"] });
  const on_progress = ({ threads }) => (at.push(now()), (used = threads));
  await package_.train(clip, { sr: SR, preset, epochs: repeats + 1, threads, on_progress }).done;
  observer.disconnect();
  return { seconds: at.slice(1).map((end, i) => end - at[i]), threads: used, longest: longest / 1000 };
}

async function whole_training({ package_, clip }) {
  const began = now();
  let used = 0;
  const { losses } = await package_.train(clip, { sr: SR, on_progress: ({ threads }) => (used = threads) }).done;
  return { seconds: now() - began, epochs: losses.length, threads: used };
}

/** Ten seconds of sound, and one of magnitudes alone; and the share of a core that playing live takes. */
async function playing({ u }, file, repeats, window_stride) {
  const model = u.load_model(file);
  const frames = Math.ceil(SR / 512);
  const found = {
    generate: await times(repeats, () => model.generate({ seconds: 10, seed: 1, window_stride })),
    magnitudes: await times(repeats, () => model.core.generate_magnitude(frames, { seed: 1, window_stride })),
  };
  const player = new u.MagnetPlayer({ preset: model.preset, sr: SR });
  for (let i = 0; i < model.core.tensor_count(); i++) player.set_tensor(0, i, model.core.tensor(i));
  player.start({ seed: 1, window_stride });
  const seconds = 5;
  const play = () => {
    for (let at = 0; at < seconds * SR; at += 512) player.process(512);
  };
  found.live = (await times(repeats, play)).map((taken) => (100 * taken) / seconds); // %
  player.free();
  model.free();
  return found;
}

/** Seconds of a step, by threads, as a page hears of rounds of 100; and of a second of sound, in one thread. */
async function wavenet({ package_, u }, clip, repeats) {
  const found = {};
  for (const [name, threads] of [["two", 2], ["one", 1]]) {
    const at = [];
    let used = 0;
    const on_progress = ({ threads }) => (at.push(now()), (used = threads));
    const { file } = await package_.train_wavenet(clip, { sr: WAVENET_SR, steps: 100 * (repeats + 1), threads, on_progress }).done;
    found[name] = { seconds: at.slice(1).map((end, i) => (end - at[i]) / 100), threads: used };
    found.file = file;
  }
  const model = u.load_wavenet(found.file);
  const seconds = 4;
  const generate = (await times(repeats, () => model.generate({ seconds, seed: 1 }))).map((taken) => taken / seconds);
  model.free();
  return { two: found.two, one: found.one, generate };
}

const offline = ({ package_ }, model, seconds, repeats) =>
  times(repeats, async () => {
    const context = new OfflineAudioContext(1, seconds * SR, SR);
    const node = await package_.UnisonoNode.create(context, { model, seed: 1 });
    node.connect(context.destination);
    await context.startRendering();
    node.free();
  });

/** From the call that a click makes to the first sample on its way to the device: a node is made and heard. */
const first_sound = ({ package_ }, model, repeats) =>
  times(repeats, async () => {
    const context = new AudioContext({ sampleRate: SR });
    const node = await package_.UnisonoNode.create(context, { model, seed: 1 });
    const heard = new AnalyserNode(context, { fftSize: 2048 });
    node.connect(heard).connect(context.destination);
    const samples = new Float32Array(2048);
    do {
      await rest(1);
      heard.getFloatTimeDomainData(samples);
    } while (samples.every((x) => x === 0));
    node.free();
    await context.close();
  });

export default async function measure(given) {
  const { repeats, parts } = JSON.parse(new TextDecoder().decode(await given("options.json")));
  const { package_, u, load } = await loading(repeats);
  const clip = new Float32Array(await given("clip.f32"));
  const ours = { package_, u, clip };
  const browser = navigator.userAgent.match(/Chrom\w+\/\d+/)?.[0];
  const found = { browser, isolated: crossOriginIsolated, load, ceilings: [await ceilings(1), await ceilings(2)], epochs: {}, playing: {} };
  if (parts.includes("training")) {
    for (const preset of PRESETS) {
      found.epochs[preset] = { two: await epochs(ours, preset, 2, repeats), one: await epochs(ours, preset, 1, repeats) };
    }
    found.whole = await whole_training(ours);
  }
  if (parts.includes("playing")) {
    for (const preset of PRESETS) {
      const { file } = await package_.train(clip, { sr: SR, preset, epochs: 1 }).done;
      const one_state = preset === "default" ? {} : { one_state: await playing(ours, file, repeats, 0) };
      found.playing[preset] = { ...one_state, windows: await playing(ours, file, repeats, 1) };
      if (preset !== "default") continue;
      found.offline = await offline(ours, file, 30, repeats);
      found.first_sound = await first_sound(ours, file, repeats);
    }
  }
  if (parts.includes("wavenet")) found.wavenet = await wavenet(ours, new Float32Array(await given("clip_16_khz.f32")), repeats);
  return found;
}
