// Playing: the model that is loaded, its sliders, what is heard and how it is saved.
import { type LiveName, SpectrumNode, UnisonoNode, type Unisono } from "unisono";
import { canvas, download, element, input, say } from "./elements.js";
import { from_link, to_link } from "./link.js";
import { Waterfall } from "./pictures.js";

const SLIDERS: readonly [LiveName, number, number, number, number][] = [
  ["temperature", 0, 3, 0.01, 1],
  ["gain", 0, 2, 0.01, 1],
  ["density", 0, 10, 0.05, 1],
  ["pitch", -24, 24, 0.1, 0],
  ["formant", -24, 24, 0.1, 0],
  ["morph", 0, 1, 0.01, 0],
];

export interface Loaded {
  file: Uint8Array;
  sha256: string;
  sr: number;
  name: string;
}

export class Playing {
  #model: Loaded | null = null;
  #second: Uint8Array | null = null;
  #context: AudioContext | null = null;
  #node: UnisonoNode | null = null;
  readonly #waterfall = new Waterfall(canvas("play-picture"));

  constructor(readonly u: Unisono) {
    for (const [name, least, most, step, value] of SLIDERS) this.#add_slider(name, least, most, step, value);
    setInterval(() => this.#tell(), 500);
  }

  get model(): Loaded | null {
    return this.#model;
  }

  #add_slider(name: LiveName, least: number, most: number, step: number, value: number): void {
    const label = Object.assign(document.createElement("label"), { htmlFor: `slider-${name}` });
    const slider = Object.assign(document.createElement("input"), { type: "range", id: `slider-${name}` });
    Object.assign(slider, { min: String(least), max: String(most), step: String(step), value: String(value) });
    const shown = document.createElement("output");
    const show = () => (shown.textContent = Number(slider.value).toFixed(2));
    slider.addEventListener("input", () => {
      show();
      if (this.#node) this.#node[name].value = Number(slider.value);
    });
    slider.disabled = name === "morph";
    show();
    label.append(name, shown, slider);
    element("sliders").append(label);
  }

  values(): Record<LiveName, number> {
    return Object.fromEntries(SLIDERS.map(([name]) => [name, Number(input(`slider-${name}`).value)])) as Record<LiveName, number>;
  }

  /** Takes a model; a link that asked for another is not forgotten, but said. */
  async take(file: Uint8Array, name: string): Promise<void> {
    const model = this.u.load_model(file);
    const loaded = { file, sha256: model.sha256, sr: model.sr, name };
    model.free();
    await this.stop();
    this.#model = loaded;
    for (const id of ["play", "export", "save", "link", "second"]) element<HTMLButtonElement>(id).disabled = false;
    const wanted = from_link(location.hash);
    const other = wanted !== null && wanted.model !== loaded.sha256;
    say("play-facts", other ? `${name}: not the model of the link, which is ${wanted.model.slice(0, 12)}…` : `${name}: ready. Its hash begins ${loaded.sha256.slice(0, 12)}.`);
  }

  async take_second(file: Uint8Array, name: string): Promise<void> {
    this.u.load_model(file).free(); // a damaged file is refused here, in words
    this.#second = file;
    input("slider-morph").disabled = false;
    const playing = this.#node !== null;
    await this.stop();
    if (playing) await this.start();
    say("play-facts", `${name}: move "morph" to go from the first model to it.`);
  }

  /** Sets seed and sliders as a link says; nothing sounds. */
  open_link(hash: string): void {
    const wanted = from_link(hash);
    if (wanted === null) return;
    input("seed").value = String(wanted.seed);
    for (const [name, value] of Object.entries(wanted.values)) {
      input(`slider-${name}`).value = String(value);
      input(`slider-${name}`).dispatchEvent(new Event("input"));
    }
    say("play-facts", `This link is to a sound of the model ${wanted.model.slice(0, 12)}…: open or drop that model, then play.`);
  }

  get playing(): boolean {
    return this.#node !== null;
  }

  async start(): Promise<void> {
    const model = this.#model!;
    this.#context ??= new AudioContext({ sampleRate: model.sr });
    if (this.#context.sampleRate !== model.sr) this.#context = new AudioContext({ sampleRate: model.sr });
    await this.#context.resume();
    const second = this.#second ? { second: this.#second } : {};
    this.#node = await UnisonoNode.create(this.#context, { model: model.file, ...second, seed: Number(input("seed").value), ...this.values() });
    const on_frames = ({ magnitudes, frames, bins }: { magnitudes: Float32Array; frames: number; bins: number }) => {
      for (let i = 0; i < frames; i++) this.#waterfall.add(magnitudes.subarray(i * bins, (i + 1) * bins));
    };
    const spectrum = await SpectrumNode.create(this.#context, { n_fft: 2048, hop_length: 512, on_frames });
    this.#node.connect(spectrum).connect(this.#context.destination);
    this.#mark(true);
  }

  async stop(): Promise<void> {
    this.#node?.disconnect();
    this.#node?.free();
    this.#node = null;
    await this.#context?.suspend();
    this.#mark(false);
  }

  #mark(playing: boolean): void {
    element("play").textContent = playing ? "Stop" : "Play";
    element("play").setAttribute("aria-pressed", String(playing));
  }

  #tell(): void {
    const node = this.#node;
    if (!node) return;
    const gaps = node.underruns === 0 ? "no gaps" : `${node.underruns} gaps`;
    say("play-facts", `Playing, ${Math.round(1000 * node.latency)} ms from slider to ear, ${gaps}.`);
  }

  /** Plays what a model makes for a moment: how far a training has come. */
  async preview(file: Uint8Array, sr: number): Promise<void> {
    if (this.#node) return;
    const context = new AudioContext({ sampleRate: sr });
    const node = await UnisonoNode.create(context, { model: file, seed: 1 });
    node.connect(context.destination);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    node.free();
    await context.close();
  }

  /** The sound as the sliders stand, the same wherever it is made. */
  async render(seconds: number): Promise<Float32Array> {
    const { file, sr } = this.#model!;
    const context = new OfflineAudioContext(1, Math.round(seconds * sr), sr);
    const second = this.#second ? { second: this.#second } : {};
    const node = await UnisonoNode.create(context, { model: file, ...second, seed: Number(input("seed").value), ...this.values() });
    node.connect(context.destination);
    const sound = (await context.startRendering()).getChannelData(0);
    node.free();
    return sound;
  }

  async export(seconds: number, format: string): Promise<void> {
    const { sr, name, sha256 } = this.#model!;
    say("keep-facts", `Making ${seconds} s of sound…`);
    const sound = await this.render(seconds);
    const recipe = { unisono: "studio", model_sha256: sha256, seed: Number(input("seed").value), phase: "live" };
    const wav = this.u.wav(sound, { sr, recipe, ...(format === "float" ? { format: "float" as const } : {}) });
    download(`${name.replace(/\.unisono$/, "")}.wav`, wav, "audio/wav");
    say("keep-facts", `${seconds} s saved.`);
  }

  save(): void {
    const { file, name } = this.#model!;
    download(name.endsWith(".unisono") ? name : `${name}.unisono`, file, "application/octet-stream");
  }

  async copy_link(): Promise<void> {
    const link = to_link({ model: this.#model!.sha256, seed: Number(input("seed").value), values: this.values() });
    history.replaceState(null, "", link);
    const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    say("keep-facts", copied ? "Copied. Send the model along: the link names it, but does not hold it." : "The link is in the address bar now.");
  }
}
