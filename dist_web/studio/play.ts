// Playing: the model that is loaded, its sliders, and what was heard last.
import { type Change, type Recipe, SpectrumNode, UnisonoNode, type Unisono } from "unisono";
import { button, canvas, element, input, say } from "./elements.js";
import { from_link } from "./link.js";
import { Waterfall } from "./pictures.js";
import { add_sliders, enable_sliders, show_standing, show_value, standing } from "./sliders.js";
import { changes_of, morphs, type Take, take_of } from "./take.js";

const DEVICE_MS = 5000; // how long a sound device may take to answer
const FRAME = 512; // samples between two frames, in every preset

export interface Loaded {
  file: Uint8Array;
  sha256: string;
  sr: number;
  name: string;
  /** What a WAV says about the model. */
  recipe: Recipe;
}

/** What a model's name ends with says of which kind it is. */
export const ending = (name: string) => (name.endsWith(".wavenet") ? ".wavenet" : ".unisono");

const short_hash = (sha256: string) => `${sha256.slice(0, 12)}…`;

/** What the device adds, in words too. Firefox is not asked: there the question, and sound at work, may wait for each other. */
function to_the_device(context: AudioContext): [seconds: number, where: string] {
  if (navigator.userAgent.includes("Firefox")) return [context.baseLatency, "device"];
  return [context.baseLatency + (context.outputLatency ?? 0), "ear"];
}

/** Waits until sound runs; without a device some browsers never tell. */
async function running(context: AudioContext): Promise<void> {
  let give_up = 0;
  const silent = new Promise<never>((_, reject) => {
    give_up = setTimeout(() => reject(new Error("No sound device answers this browser: connect one, then play.")), DEVICE_MS);
  });
  await Promise.race([context.resume(), silent]).finally(() => clearTimeout(give_up));
}

export class Playing {
  model: Loaded | null = null;
  second: Loaded | null = null;
  /** The moves of the last take, or of a link. */
  take: Take = { values: {}, moves: [] };
  #context: AudioContext | null = null;
  #node: UnisonoNode | null = null;
  #began = 0; // on the context's clock
  #replayed: readonly Change[] = []; // what the sliders have yet to follow
  readonly #waterfall = new Waterfall(canvas("play-picture"));

  constructor(readonly u: Unisono) {
    add_sliders((name, value) => {
      if (this.#node) this.#node[name].value = value;
    });
    setInterval(() => this.#follow(), 50);
    setInterval(() => this.#tell(), 500);
  }

  get seed(): number {
    return Number(input("seed").value);
  }

  get playing(): boolean {
    return this.#node !== null;
  }

  #read(file: Uint8Array, name: string): Loaded {
    const [model, how] = ending(name) === ".wavenet" ? [this.u.load_wavenet(file), {}] : [this.u.load_model(file), { phase: "live" as const }];
    const { sr } = model; // a damaged file was refused, in words
    const recipe = model.recipe({ seconds: 1, ...how }); // which hashes the model, and that takes its time
    model.free();
    return { file, sha256: String(recipe["model_sha256"]), sr, name, recipe };
  }

  /** Takes a model; a link that asked for another is not forgotten, but said. */
  async take_model(file: Uint8Array, name: string): Promise<void> {
    const wanted = from_link(location.hash);
    const loaded = this.#read(file, name);
    if (wanted?.second === loaded.sha256 && wanted.second !== wanted.model && this.model) return this.take_second(file, name);
    await this.stop();
    this.model = loaded;
    const wavenet = ending(name) === ".wavenet";
    if (wavenet) this.second = null;
    for (const id of ["play", "replay", "export", "save", "link"]) button(id).disabled = false;
    input("second").disabled = wavenet;
    enable_sliders({ wavenet, second: this.second !== null });
    if (wanted !== null && wanted.model !== loaded.sha256) {
      say("play-facts", `${name}: not the model of the link, which is ${short_hash(wanted.model)}`);
    } else if (wanted?.second) {
      say("play-facts", `${name}: ready. The link morphs to the model ${short_hash(wanted.second)}: open that as the second.`);
    } else say("play-facts", `${name}: ready. Its hash begins ${loaded.sha256.slice(0, 12)}.`);
  }

  async take_second(file: Uint8Array, name: string): Promise<void> {
    this.second = this.#read(file, name);
    enable_sliders({ wavenet: false, second: true });
    const playing = this.playing;
    await this.stop();
    if (playing) await this.start();
    say("play-facts", `${name}: move "morph" to go from the first model to it.`);
  }

  /** Sets seed and sliders as a link says; nothing sounds. */
  open_link(hash: string): void {
    const wanted = from_link(hash);
    if (wanted === null) return;
    input("seed").value = String(wanted.seed);
    show_standing(wanted.take.values);
    this.#set_take(wanted.take);
    say("play-facts", `This link is to a sound of the model ${short_hash(wanted.model)}: open or drop that model, then play.`);
  }

  /** What is kept: the take with its moves where that is wanted, else the sliders as they stand. */
  kept(): Take {
    return input("with-moves").checked ? this.take : { values: standing(), moves: [] };
  }

  /** What a player of these changes is made of; refuses to morph to nothing. */
  source(take: Take): { model: Uint8Array; second?: Uint8Array; seed: number; automation: Change[] } {
    const second = this.second ? { second: this.second.file } : {};
    if (!this.second && morphs(take)) throw new Error("This sound morphs to a second model: open that model too.");
    return { model: this.model!.file, ...second, seed: this.seed, automation: changes_of(take) };
  }

  /** Plays from the first frame: as the sliders stand, or the take again. */
  async start(take: Take = { values: standing(), moves: [] }): Promise<void> {
    const { sr } = this.model!;
    const source = this.source(take);
    show_standing(take.values);
    const context = await this.#running_context(sr);
    this.#node = await UnisonoNode.create(context, { ...source, ...take.values, automation: [...take.moves], playing: false });
    const on_frames = ({ magnitudes, frames, bins }: { magnitudes: Float32Array; frames: number; bins: number }) => {
      for (let i = 0; i < frames; i++) this.#waterfall.add(magnitudes.subarray(i * bins, (i + 1) * bins));
    };
    const spectrum = await SpectrumNode.create(context, { n_fft: 2048, hop_length: FRAME, on_frames });
    this.#node.connect(spectrum).connect(context.destination);
    this.#node.play();
    this.#began = context.currentTime;
    this.#replayed = take.moves;
    this.#mark(true);
  }

  async #running_context(sr: number): Promise<AudioContext> {
    if (this.#context?.sampleRate !== sr) this.#context = new AudioContext({ sampleRate: sr });
    try {
      await running(this.#context);
    } catch (error) {
      void this.#context.close(); // the next click asks for the device anew
      this.#context = null;
      throw error;
    }
    return this.#context;
  }

  /** Ends the take; its moves, if there were any, are kept with it. */
  async stop(): Promise<void> {
    const node = this.#node;
    if (!node) return;
    this.#node = null;
    node.disconnect();
    const heard = Math.ceil(this.#context!.currentTime - this.#began);
    const take = take_of((await node.recording()).changes);
    node.free();
    await this.#context!.suspend();
    this.#mark(false);
    this.#set_take(take);
    if (take.moves.length > 0) input("seconds").value = String(Math.min(600, Math.max(1, heard)));
  }

  #set_take(take: Take): void {
    this.take = take;
    const { length } = take.moves;
    for (const id of ["replay", "with-moves-label", "moves"]) element(id).hidden = length === 0;
    input("with-moves").checked = length > 0;
    say("with-moves-text", `With ${length} ${length === 1 ? "move" : "moves"} of the sliders`);
  }

  #mark(playing: boolean): void {
    say("play", playing ? "Stop" : "Play");
    element("play").setAttribute("aria-pressed", String(playing));
    button("replay").disabled = playing;
  }

  /** The sliders show what a take does that is heard again. */
  #follow(): void {
    if (!this.#node || this.#replayed.length === 0) return;
    const frame = ((this.#context!.currentTime - this.#began) * this.#context!.sampleRate) / FRAME;
    const due = this.#replayed.filter(([at]) => at <= frame);
    this.#replayed = this.#replayed.slice(due.length);
    for (const [, name, value] of due) show_value(name, value);
  }

  #tell(): void {
    const node = this.#node;
    if (!node) return;
    const gaps = node.underruns === 0 ? "no gaps" : `${node.underruns} gaps`;
    const [seconds, where] = to_the_device(this.#context!);
    say("play-facts", `Playing, ${Math.round(1000 * (node.latency + seconds))} ms from slider to ${where}, ${gaps}.`);
  }

  /** Plays what a model makes for a moment: how far a training has come. */
  async preview(file: Uint8Array, sr: number): Promise<void> {
    if (this.playing) return;
    const context = await this.#running_context(sr);
    const node = await UnisonoNode.create(context, { model: file, seed: 1 });
    node.connect(context.destination);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    node.disconnect();
    node.free();
    if (!this.playing) await context.suspend();
  }
}
