// What models of one clip have in common, of whatever kind: options, tensors, a file, sound, and rounds of training.
import { bytes_of } from "./bytes.js";
import { ParameterError } from "./errors.js";
import type { MagnetModel, PairsModel, WavenetModel } from "./generated/core.js";
import { Float } from "./json.js";
import { model_sha256, type Tensor, write_model } from "./safetensors.js";
import { sha256 } from "./sha256.js";
import { BITS, VERSION } from "./version.js";
import type { Recipe } from "./wav.js";

const LONGEST_SECONDS = 3600;
const FLOATS = ["clip_seconds", "begun_bits"]; // options that Python writes as floats even when they are whole

/** What a model file keeps beside the tensors: how the model was made. */
export interface ClipOptions {
  sr: number;
  seed: number;
  step: number;
  losses: number[];
  clip: string;
  clip_sha256: string;
  [other: string]: unknown;
}

/** How sound is made. */
export interface SoundOptions {
  /** How long, above 0 and up to 3600. */
  seconds: number;
  /** 0 to 4294967295; another seed, another sound. */
  seed?: number;
  /** 1 as trained; lower is more likely and calmer, higher wilder. */
  temperature?: number;
}

/** The SHA-256, in hex, of the samples' float32 bytes: where the promise of equal bits begins. */
export function clip_sha256(samples: Float32Array): string {
  return sha256(bytes_of(samples));
}

/** A number rounded as Python's round(): halves go to the even side. */
export function round_even(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** Copies of all tensors of a core object by name. */
export function tensors_of(core: MagnetModel | PairsModel | WavenetModel): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (let i = 0; i < core.tensor_count(); i++) {
    tensors.set(core.tensor_name(i), { shape: Array.from(core.tensor_shape(i)), data: core.tensor(i) });
  }
  return tensors;
}

type ClipCore = MagnetModel | WavenetModel;

/** A model of one clip, trained or on the way there. Free it when done. `P` is what it tells of its training. */
export abstract class ClipModel<C extends ClipCore = ClipCore, P extends object = object, O extends ClipOptions = ClipOptions> {
  /** The name of its kind in files. */
  abstract readonly kind: string;
  /** The core's own object. */
  readonly core: C;
  protected readonly made: O;

  constructor(core: C, options: O) {
    this.core = core;
    this.made = options;
  }

  /** Sample rate in Hz of the clip and of what is generated. */
  get sr(): number {
    return this.made.sr;
  }

  /** Seed of the training. */
  get seed(): number {
    return this.made.seed;
  }

  /** Mean loss of each round of training: an epoch, or so many steps. */
  get losses(): number[] {
    return [...this.made.losses];
  }

  /** All that the file keeps beside the tensors. */
  get options(): O {
    return { ...this.made, losses: this.losses, step: this.core.step() };
  }

  /** The model's name by content, as in Python. */
  get sha256(): string {
    return model_sha256(this.tensors());
  }

  /** Copies of all tensors by name: weights, optimiser state, what is kept of the clip. */
  tensors(): Map<string, Tensor> {
    return tensors_of(this.core);
  }

  /** The bytes of a model file, which Python reads too. Throws ModelFileError if a tensor is not finite. */
  save(): Uint8Array {
    const options: Record<string, unknown> = this.options;
    const as_float = (x: unknown) => new Float(x as number);
    for (const name of FLOATS) if (name in options) options[name] = as_float(options[name]);
    return write_model(this.tensors(), { ...options, losses: this.losses.map(as_float) }, this.kind);
  }

  /** Makes sound, mono at `sr`; the same options give the same bits everywhere. */
  generate({ seconds, ...how }: SoundOptions): Float32Array {
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
  recipe({ seconds, seed = 0, temperature = 1, ...more }: SoundOptions): Recipe {
    const { preset, clip, clip_sha256: clip_hash, sr } = this.made;
    const model = { unisono: VERSION, bits: BITS, model_sha256: this.sha256, sr, ...(preset ? { preset } : {}), clip, clip_sha256: clip_hash };
    return { ...model, seconds: new Float(seconds), seed, temperature: new Float(temperature), ...more };
  }

  /** Gives the core's memory back; the model cannot be used afterwards. */
  free(): void {
    this.core.free();
  }

  // What follows is for the training, and not for others.

  /** What a listener hears after a round. */
  abstract readonly progress: P;
  /** What a round is called, and how many are wanted in all. */
  abstract readonly unit: string;
  abstract readonly rounds: number;
  /** Steps done when so many rounds are. */
  abstract steps_of(rounds: number): number;
  /** The mean loss of the round whose last step is done. */
  abstract round_loss(): number;

  train_step(): void {
    this.core.train_step();
  }

  /** Takes what may differ from what the model was begun with. */
  plan(_options: object): void {}

  record(change: Partial<O>): void {
    Object.assign(this.made, change);
  }
}
