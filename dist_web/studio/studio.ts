// The studio: a clip becomes a model, a model becomes sound; all of it in this page.
import {
  type KeptTraining,
  kept_trainings,
  load,
  resume,
  train,
  train_wavenet,
  type Training,
  type TrainingProgress,
  type Unisono,
  type WaveNetTrainingProgress,
} from "unisono";
import { built_in, type Clip, decode, record, resampled, SR } from "./clip.js";
import { button, canvas, element, input, on, problem, rest, say } from "./elements.js";
import { copy_link, save_model, save_moves, save_sound } from "./keep.js";
import { column, draw_loss } from "./pictures.js";
import { Playing } from "./play.js";

const KEPT = "studio"; // the training that a reload finds
const PREVIEW_EVERY = 4; // s between previews
const KINDS = {
  magnet: { sr: SR, ending: ".unisono", unit: "epochs" },
  wavenet: { sr: 16000, ending: ".wavenet", unit: "steps" },
};

type KindName = keyof typeof KINDS;

let u: Unisono;
let playing: Playing;
let clip: Clip | null = null;
let training: Training | null = null;
let paused = false;
let previewed = 0;

/** Draws the clip's spectrogram a few columns at a time, so that the page stays awake. */
async function draw_clip({ samples }: Clip): Promise<void> {
  const picture = canvas("clip-picture");
  const { width, height } = picture;
  const context = picture.getContext("2d")!;
  context.clearRect(0, 0, width, height);
  const n_fft = 2048;
  const hop = Math.max(1, Math.floor((samples.length - n_fft) / width));
  for (let x = 0; x < width && clip?.samples === samples; x++) {
    const part = samples.subarray(x * hop, x * hop + n_fft);
    if (part.length < n_fft) break;
    const { data } = u.magnitude(u.stft(part, { n_fft, center: false }));
    context.putImageData(column(data, 150, height), x, 0);
    if (x % 32 === 31) await rest();
  }
}

async function take_clip(taken: Clip): Promise<void> {
  clip = taken;
  button("train").disabled = training !== null;
  const seconds = (taken.samples.length / SR).toFixed(1);
  say("clip-facts", `${taken.name}: ${seconds} s at 44.1 kHz, mono.`);
  canvas("clip-picture").setAttribute("aria-label", `Spectrogram of ${taken.name}, ${seconds} seconds`);
  await draw_clip(taken);
}

async function take_file(file: File): Promise<void> {
  const content = await file.arrayBuffer();
  if (/\.(unisono|wavenet)$/.test(file.name)) await playing.take_model(new Uint8Array(content), file.name);
  else await take_clip(await decode(file.name, content));
}

/** Done, in all, and how good. */
function standing(at: TrainingProgress | WaveNetTrainingProgress | KeptTraining): [number, number, string] {
  return "epochs" in at ? [at.epoch, at.epochs, `loss ${at.loss.toFixed(4)}`] : [at.step, at.steps, `${at.bits.toFixed(2)} bits a sample`];
}

/** Hears a training of a kind. */
const follow = (kind: KindName) => (progress: TrainingProgress | WaveNetTrainingProgress) => {
  const { losses, seconds_left, threads } = progress;
  const [done, all, quality] = standing(progress);
  element<HTMLProgressElement>("progress").value = done / all;
  draw_loss(canvas("loss-picture"), losses, Math.ceil((all / done) * losses.length));
  const { unit, sr } = KINDS[kind];
  canvas("loss-picture").setAttribute("aria-label", `Loss of the training: ${quality} after ${done} of ${all} ${unit}`);
  const left = seconds_left > 1 ? `, about ${Math.ceil(seconds_left)} s left` : "";
  say("train-facts", `${unit === "epochs" ? "Epoch" : "Step"} ${done} of ${all}, ${quality}${left}, ${threads} thread${threads > 1 ? "s" : ""}.`);
  if (input("preview").checked && performance.now() - previewed > 1000 * PREVIEW_EVERY) {
    previewed = performance.now();
    void training?.snapshot().then((file) => playing.preview(file, sr)).catch(() => {});
  }
};

function show_training(running: boolean): void {
  button("train").disabled = running || clip === null;
  button("pause").disabled = button("cancel").disabled = !running;
  button("resume").hidden = true;
  paused = false;
  say("pause", "Pause");
}

async function run_training(kind: KindName, name: string, start: () => Promise<Training>): Promise<void> {
  show_training(true);
  say("train-facts", "Listening to the clip…");
  try {
    training = await start();
    const { file } = await training.done;
    const [done, , quality] = standing((await kept_here())!);
    say("train-facts", `Trained: ${done} ${KINDS[kind].unit}, ${quality}.`);
    await playing.take_model(file, name.replace(/\.\w+$/, "") + KINDS[kind].ending);
  } catch (error) {
    say("train-facts", (error as Error).name === "AbortError" ? "Cancelled." : "The training ended early.");
    throw error;
  } finally {
    training = null;
    show_training(false);
  }
}

function begin_training(): Promise<void> {
  const kind = element<HTMLSelectElement>("kind").value as KindName;
  const { sr, unit } = KINDS[kind];
  const many = Number(input("epochs").value);
  const taken = clip!;
  const how = { sr, seed: Number(input("train-seed").value), name: taken.name, keep: KEPT, on_progress: follow(kind), ...(many > 0 && { [unit]: many }) };
  const begin = kind === "magnet" ? train : train_wavenet;
  return run_training(kind, taken.name, async () => begin(await resampled(u, taken, sr), how));
}

async function toggle_pause(): Promise<void> {
  paused = !paused;
  say("pause", paused ? "Go on" : "Pause");
  button("pause").setAttribute("aria-pressed", String(paused));
  if (!paused) return training?.go_on();
  await training?.pause();
  say("train-facts", "Paused, and kept in this browser: it may be reloaded.");
}

async function toggle_recording(): Promise<void> {
  if (recording) {
    const { stop } = recording;
    recording = null;
    say("record", "Record");
    return take_clip(await stop());
  }
  recording = await record();
  say("record", "Stop recording");
}
let recording: Awaited<ReturnType<typeof record>> | null = null;

const kept_here = async () => (await kept_trainings()).find((training) => training.key === KEPT);

async function offer_resume(): Promise<void> {
  const kept = await kept_here();
  if (!kept) return;
  const { kind, name } = kept;
  const [done, all] = standing(kept);
  if (done === all) return;
  button("resume").hidden = false;
  say("resume", `Go on with ${name} (${done} of ${all} ${KINDS[kind].unit})`);
  on("resume", "click", () => run_training(kind, name, () => resume(KEPT, { on_progress: follow(kind) })));
}

function listen(): void {
  const files = (event: Event) => Array.from((event.target as HTMLInputElement).files ?? []);
  on("file", "change", async (event) => {
    for (const file of files(event)) await take_file(file);
  });
  on("second", "change", async (event) => {
    for (const file of files(event)) await playing.take_second(new Uint8Array(await file.arrayBuffer()), file.name);
  });
  on("record", "click", toggle_recording);
  on("built-in", "click", async () => take_clip(await built_in(u)));
  on("kind", "change", () => {
    const wavenet = element<HTMLSelectElement>("kind").value === "wavenet";
    say("epochs-name", wavenet ? "Steps" : "Epochs");
  });
  on("train", "click", begin_training);
  on("pause", "click", toggle_pause);
  on("cancel", "click", () => training?.cancel());
  on("play", "click", () => (playing.playing ? playing.stop() : playing.start()));
  on("replay", "click", () => playing.start(playing.take));
  on("export", "click", () => save_sound(playing));
  on("save", "click", () => save_model(playing));
  on("moves", "click", () => save_moves(playing));
  on("link", "click", () => copy_link(playing));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", () => document.body.classList.remove("dropping"));
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    problem(null);
    for (const file of event.dataTransfer?.files ?? []) await take_file(file).catch((error: Error) => problem(`${file.name} ${error.message}`));
  });
}

async function start(): Promise<void> {
  const missing = [
    ["WebAssembly", typeof WebAssembly === "object"],
    ["AudioWorklet (pages have it over https or from localhost)", "AudioWorkletNode" in globalThis && isSecureContext],
    ["IndexedDB", typeof indexedDB === "object"],
  ].filter(([, there]) => !there);
  if (missing.length) throw new Error(`This browser lacks ${missing.map(([what]) => what).join(", ")}.`);
  u = await load();
  playing = new Playing(u);
  listen();
  playing.open_link(location.hash);
  await offer_resume();
  document.body.dataset["ready"] = "yes";
}

start().catch((error: Error) => problem(error.message));
