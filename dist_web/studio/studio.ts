// The studio: a clip becomes a model, a model becomes sound; all of it in this page.
import { kept_trainings, load, resume, train, type Training, type TrainingProgress, type Unisono } from "unisono";
import { built_in, type Clip, decode, record, SR } from "./clip.js";
import { button, canvas, element, input, on, problem, rest, say } from "./elements.js";
import { copy_link, save_model, save_moves, save_sound } from "./keep.js";
import { column, draw_loss } from "./pictures.js";
import { Playing } from "./play.js";

const KEPT = "studio"; // the training that a reload finds
const PREVIEW_EVERY = 4; // s between previews

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
  if (file.name.endsWith(".unisono")) await playing.take_model(new Uint8Array(content), file.name);
  else await take_clip(await decode(file.name, content));
}

function follow({ epoch, epochs, loss, losses, seconds_left, threads }: TrainingProgress): void {
  element<HTMLProgressElement>("progress").value = epoch / epochs;
  draw_loss(canvas("loss-picture"), losses, epochs);
  canvas("loss-picture").setAttribute("aria-label", `Loss of the training: ${loss.toFixed(4)} after epoch ${epoch} of ${epochs}`);
  const left = seconds_left > 1 ? `, about ${Math.ceil(seconds_left)} s left` : "";
  say("train-facts", `Epoch ${epoch} of ${epochs}, loss ${loss.toFixed(4)}${left}, ${threads} thread${threads > 1 ? "s" : ""}.`);
  if (input("preview").checked && performance.now() - previewed > 1000 * PREVIEW_EVERY) {
    previewed = performance.now();
    void training?.snapshot().then((file) => playing.preview(file, SR)).catch(() => {});
  }
}

function show_training(running: boolean): void {
  button("train").disabled = running || clip === null;
  button("pause").disabled = button("cancel").disabled = !running;
  button("resume").hidden = true;
  paused = false;
  say("pause", "Pause");
}

async function run_training(begun: Training, name: string): Promise<void> {
  training = begun;
  show_training(true);
  say("train-facts", "Listening to the clip…");
  try {
    const { file, losses } = await begun.done;
    say("train-facts", `Trained: ${losses.length} epochs, loss ${losses.at(-1)!.toFixed(4)}.`);
    await playing.take_model(file, name);
  } catch (error) {
    say("train-facts", (error as Error).name === "AbortError" ? "Cancelled." : "The training ended early.");
    throw error;
  } finally {
    training = null;
    show_training(false);
  }
}

function begin_training(): Promise<void> {
  const epochs = Number(input("epochs").value);
  const chosen = epochs > 0 ? { epochs } : {};
  const how = { sr: SR, seed: Number(input("train-seed").value), name: clip!.name, keep: KEPT, on_progress: follow, ...chosen };
  return run_training(train(clip!.samples, how), clip!.name.replace(/\.\w+$/, ""));
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

async function offer_resume(): Promise<void> {
  const kept = (await kept_trainings()).find((training) => training.key === KEPT && training.epoch < training.epochs);
  if (!kept) return;
  button("resume").hidden = false;
  say("resume", `Go on with ${kept.name} (${kept.epoch} of ${kept.epochs} epochs)`);
  on("resume", "click", async () => run_training(await resume(KEPT, { on_progress: follow }), kept.name.replace(/\.\w+$/, "")));
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
