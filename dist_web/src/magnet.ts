// A MAGNet model from JavaScript: generate, save, load; all arithmetic is the core's.
import { bytes_of } from "./bytes.js";
import { ModelFileError, ParameterError } from "./errors.js";
import type { Core, MagnetModel, PairsModel, Phase, Preset } from "./generated/core.js";
import { Float } from "./json.js";
import { type ModelFile, model_sha256, parse_model, type Tensor, write_model } from "./safetensors.js";
import { sha256 } from "./sha256.js";
import { BITS, VERSION } from "./version.js";
import type { Recipe } from "./wav.js";

const LONGEST_SECONDS = 3600;

/** What a model file keeps beside the tensors: how the model was made. */
export interface ModelOptions {
  preset: Preset;
  sr: number;
  seed: number;
  step: number;
  epochs: number;
  losses: number[];
  clip: string;
  clip_sha256: string;
  [other: string]: unknown;
}

export interface GenerateOptions {
  /** How long, above 0 and up to 3600. */
  seconds: number;
  /** 0 to 4294967295; another seed, another sound. */
  seed?: number;
  /** 1 as trained; lower is more likely and calmer, higher wilder. */
  temperature?: number;
  /** How phases are found for the magnitudes. */
  phase?: Phase;
}

/** The SHA-256, in hex, of the samples' float32 bytes: where the promise of equal bits begins. */
export function clip_sha256(samples: Float32Array): string {
  return sha256(bytes_of(samples));
}

/** A number rounded as Python's round(): halves go to the even side. */
function round_even(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** Copies of all tensors of a core object by name. */
export function tensors_of(core: MagnetModel | PairsModel): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (let i = 0; i < core.tensor_count(); i++) {
    tensors.set(core.tensor_name(i), { shape: Array.from(core.tensor_shape(i)), data: core.tensor(i) });
  }
  return tensors;
}

/** A MAGNet model, trained or on the way there; made by `train` or `load_model`. Free it when done. */
export class Model {
  /** The core's own object. */
  readonly core: MagnetModel;
  readonly #options: ModelOptions;

  constructor(core: MagnetModel, options: ModelOptions) {
    this.core = core;
    this.#options = options;
  }

  get preset(): Preset {
    return this.#options.preset;
  }

  /** Sample rate in Hz of the clip and of what is generated. */
  get sr(): number {
    return this.#options.sr;
  }

  /** Seed of the training. */
  get seed(): number {
    return this.#options.seed;
  }

  /** Epochs wanted in all by the last training. */
  get epochs(): number {
    return this.#options.epochs;
  }

  get epochs_done(): number {
    return this.#options.losses.length;
  }

  /** Mean loss of each epoch. */
  get losses(): number[] {
    return [...this.#options.losses];
  }

  /** All that the file keeps beside the tensors. */
  get options(): ModelOptions {
    return { ...this.#options, losses: this.losses, step: this.core.step() };
  }

  /** The model's name by content, as in Python. */
  get sha256(): string {
    return model_sha256(this.tensors());
  }

  /** Copies of all tensors by name: weights, optimiser state, statistics, primer frames. */
  tensors(): Map<string, Tensor> {
    return tensors_of(this.core);
  }

  /** The bytes of a model file, which Python reads too. Throws ModelFileError if a tensor is not finite. */
  save(): Uint8Array {
    const { losses, clip_seconds, ...options } = this.options;
    const floats: Record<string, unknown> = { losses: losses.map((loss) => new Float(loss)) };
    if (typeof clip_seconds === "number") floats["clip_seconds"] = new Float(clip_seconds);
    return write_model(this.tensors(), { ...options, ...floats });
  }

  /** Makes new sound in the style of the clip, mono at `sr`; the same options give the same bits everywhere. */
  generate(options: GenerateOptions): Float32Array {
    const { seconds, ...how } = options;
    return this.core.generate(this.sample_count(seconds), how);
  }

  /** The number of samples that some seconds are. */
  sample_count(seconds: number): number {
    const count = round_even(seconds * this.sr);
    if (!(seconds > 0 && seconds <= LONGEST_SECONDS) || count < 1) {
      throw new ParameterError(`seconds: got ${seconds}; must be above 0 and at most ${LONGEST_SECONDS}`);
    }
    return count;
  }

  /** What a WAV file says about how it was made: this model, and the options of `generate`. */
  recipe({ seconds, seed = 0, temperature = 1, phase = "lws" }: GenerateOptions): Recipe {
    const { preset, clip, clip_sha256: clip_hash, sr } = this.#options;
    const model = { unisono: VERSION, bits: BITS, model_sha256: this.sha256, sr, preset, clip, clip_sha256: clip_hash };
    return { ...model, seconds: new Float(seconds), seed, temperature: new Float(temperature), phase };
  }

  /** Keeps what `train` learns about its own progress; not for others. */
  record(change: Partial<Pick<ModelOptions, "epochs" | "losses">>): void {
    Object.assign(this.#options, change);
  }

  /** Gives the core's memory back; the model cannot be used afterwards. */
  free(): void {
    this.core.free();
  }
}

/** Reads a model from the bytes of a file, which may come from Python, be damaged, or be made to harm. */
export function load_model(core: Core, content: Uint8Array | ArrayBuffer, threads = 1): Model {
  const file = model_file(content, "magnet");
  const options = checked_options(file.options, { ...CLIP_KINDS, ...KINDS });
  const { preset, sr, seed } = options;
  const model = filled(() => new core.MagnetModel({ preset, sr, seed, threads }), file, options.step, `'${preset}'`);
  return new Model(model, options);
}

/** What the bytes of a model file of one kind hold; a warning if other bits made it. */
export function model_file(content: Uint8Array | ArrayBuffer, kind: string): ModelFile {
  if (!(content instanceof Uint8Array || content instanceof ArrayBuffer)) {
    throw new ParameterError("content must be a Uint8Array or an ArrayBuffer");
  }
  const file = parse_model(content instanceof ArrayBuffer ? new Uint8Array(content) : content, kind);
  const { bits } = file.options;
  if (bits !== BITS) {
    console.warn(`this model was made with bits ${String(bits)}, this is bits ${BITS}: it sounds different here`);
  }
  return file;
}

/** A new core object with the tensors of a file, after checking them, and its step; errors speak of `place`. */
export function filled<M extends MagnetModel | PairsModel>(make: () => M, file: ModelFile, step: number, place: string): M {
  const model = blaming_file("", make);
  try {
    fill(model, file, step, place);
  } catch (error) {
    model.free();
    throw error;
  }
  return model;
}

/** Runs something whose refusal is the file's fault. */
function blaming_file<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ParameterError) throw new ModelFileError(`is damaged: ${where}${error.message}`);
    throw error;
  }
}

function fill(model: MagnetModel | PairsModel, file: ModelFile, step: number, place: string): void {
  const names = Array.from({ length: model.tensor_count() }, (_, i) => model.tensor_name(i));
  const odd = [...names.filter((n) => !file.tensors.has(n)), ...[...file.tensors.keys()].filter((n) => !names.includes(n))];
  if (odd.length > 0) {
    const name = JSON.stringify(odd.sort()[0]!.slice(0, 60)).slice(1, -1);
    throw new ModelFileError(`is damaged: tensor '${name}' is missing or has no place in ${place}`);
  }
  names.forEach((name, i) => set_tensor(model, i, name, file.tensors.get(name)!));
  blaming_file("", () => model.set_step(step));
}

function set_tensor(model: MagnetModel | PairsModel, i: number, name: string, { shape, data }: Tensor): void {
  const wanted = Array.from(model.tensor_shape(i));
  if (wanted.length !== shape.length || wanted.some((size, d) => size !== shape[d])) {
    const tuple = (sizes: number[]) => (sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`);
    throw new ModelFileError(`is damaged: tensor ${name} has shape ${tuple(shape)}, not ${tuple(wanted)}`);
  }
  blaming_file(`tensor ${name}: `, () => model.set_tensor(i, data));
}

type Kinds = Record<string, (value: unknown) => boolean>;
export const is_text = (v: unknown) => typeof v === "string";
const CLIP_KINDS: Kinds = { preset: is_text, clip: is_text, clip_sha256: is_text };
export const KINDS: Kinds = {
  sr: Number.isInteger,
  seed: Number.isInteger,
  step: Number.isInteger,
  epochs: Number.isInteger,
  losses: Array.isArray,
};

/** A copy after checking the type and range of everything that code relies on. */
export function checked_options(found: Record<string, unknown>, kinds: Kinds): ModelOptions {
  for (const [key, fits] of Object.entries(kinds)) {
    if (!Object.hasOwn(found, key) || !fits(found[key])) {
      throw new ModelFileError(`is damaged: its option '${key}' is missing or of the wrong type`);
    }
  }
  const options = found as ModelOptions;
  const counts = [options.sr, options.seed, options.step, options.epochs];
  if (!counts.every((count) => count >= 0 && count < 2 ** 32) || options.step >= 2 ** 31) {
    throw new ModelFileError("is damaged: an option is out of range");
  }
  if (options.losses.length > options.epochs || !options.losses.every((x) => Number.isFinite(x))) {
    throw new ModelFileError("is damaged: its losses are not numbers, one an epoch");
  }
  return { ...options, losses: [...options.losses] };
}
