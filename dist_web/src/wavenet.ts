// WaveNet on one clip from JavaScript: train, generate, save, load; all arithmetic is the core's.
import { ModelFileError, ParameterError, TrainingError } from "./errors.js";
import type { Core, WavenetModel } from "./generated/core.js";
import { ClipModel, type ClipOptions, round_even } from "./model.js";
import { checked_options, filled, is_text, model_file } from "./model_file.js";
import { check_length, type ClipTrainOptions, type Kind, type RoundProgress, train_clip } from "./training.js";

/** What `minutes` mean: the steps that two cores of a server do. Bits follow from steps, not from clocks. */
const STEPS_A_MINUTE = 3000;
const DEFAULT_STEPS = 4000;
const MOST_STEPS = 1_000_000;
const ROUND = 100; // steps
const SHORTEST = 4096; // samples of a clip
const LONGEST = 2 ** 24;

/** What a WaveNet's file keeps beside the tensors. */
export interface WaveNetOptions extends ClipOptions {
  /** Samples of the clip. */
  length: number;
  steps: number;
  free: boolean;
  /** Of a round that was interrupted: what its steps cost so far, in bits a sample, added up. */
  begun_bits?: number;
}

/** How far a training is. */
export interface Steps {
  /** Steps done. */
  step: number;
  /** Steps in all. */
  steps: number;
  /** Bits a sample, the mean of the last 100 steps: noise and all that the network hears in training included. */
  bits: number;
}

/** Where a training stands after a round of 100 steps. */
export interface WaveNetProgress extends Steps, RoundProgress<WaveNet> {}

export interface WaveNetTrainOptions extends ClipTrainOptions<WaveNet> {
  /** How many steps in all; 4000 if left out. A model to continue keeps its own. */
  steps?: number;
  /** The same as time, as two cores of a server do 3000 a minute: it takes longer or shorter elsewhere, to the same bits. */
  minutes?: number;
  /** Without the position in the clip: something similar rather than the same. */
  free?: boolean;
  /** Called, and awaited, after every 100 steps, for example to save `progress.model`. */
  on_round?: (progress: WaveNetProgress) => unknown;
}

/** A WaveNet of one clip, made by `train_wavenet` or `load_wavenet`. */
export class WaveNet extends ClipModel<WavenetModel, Steps, WaveNetOptions> {
  readonly kind = "wavenet";
  readonly unit = "round";

  /** Samples of the clip. */
  get length(): number {
    return this.made.length;
  }

  /** Steps done. */
  get step(): number {
    return this.core.step();
  }

  /** Steps of the whole training. */
  get steps(): number {
    return this.made.steps;
  }

  get progress(): Steps {
    return { step: this.step, steps: this.steps, bits: this.made.losses.at(-1) ?? NaN };
  }

  get rounds(): number {
    return Math.ceil(this.steps / ROUND);
  }

  steps_of(rounds: number): number {
    return Math.min(rounds * ROUND, this.steps);
  }

  override train_step(): void {
    this.made.begun_bits = (this.made.begun_bits ?? 0) + this.core.train_step();
  }

  round_loss(): number {
    const { begun_bits = 0 } = this.made;
    delete this.made.begun_bits;
    return begun_bits / (this.step - this.steps_of(this.made.losses.length));
  }
}

function steps_in(minutes: number): number {
  const most = Math.floor(MOST_STEPS / STEPS_A_MINUTE);
  if (!(minutes > 0 && minutes <= MOST_STEPS / STEPS_A_MINUTE)) {
    throw new ParameterError(`minutes: got ${minutes}; must be above 0 and at most ${most}`);
  }
  return Math.max(1, round_even(minutes * STEPS_A_MINUTE));
}

/** Before memory is taken for what a file only claims. */
function check_shape({ sr, length, free }: WaveNetOptions, position: number[] | undefined): void {
  if (sr < 1 || sr >= 2 ** 20 || length < SHORTEST || length > LONGEST) {
    throw new ModelFileError("is damaged: an option is out of range");
  }
  const frames = free ? 0 : Math.floor((length - 1) / Math.max(1, Math.floor(sr / 800))) + 2;
  if ((position?.[0] ?? 0) !== frames) {
    throw new ModelFileError("is damaged: its tensor 'position' does not fit the length of its clip");
  }
}

const KINDS = { clip: is_text, clip_sha256: is_text, free: (v: unknown) => typeof v === "boolean", length: Number.isInteger };

export const WAVENET: Kind<WaveNet, { sr: number; seed: number; steps: number; free: boolean }, WaveNetTrainOptions> = {
  settings: ({ sr, seed = 0, minutes, steps = minutes === undefined ? DEFAULT_STEPS : steps_in(minutes), free = false }) => ({ sr, seed, steps, free }),
  begin(core, samples, made, threads) {
    const { sr, seed, steps, free } = made;
    const { length } = samples;
    check_length(samples, "WaveNet", SHORTEST, sr);
    if (length > LONGEST) throw new TrainingError(`the clip is too long: ${length} samples; at most ${LONGEST} can be learnt`);
    return new WaveNet(new core.WavenetModel(length, { sr, seed, steps, free, threads }), { ...made, length });
  },
  from_file(core, file, threads = 1) {
    const options = checked_options<WaveNetOptions>(file, KINDS, "steps");
    const { length, sr, seed, steps, free, begun_bits = 0 } = options;
    check_shape(options, file.tensors.get("position")?.shape);
    if (!Number.isFinite(begun_bits)) throw new ModelFileError("is damaged: an option is out of range");
    const make = () => new core.WavenetModel(length, { sr, seed, steps, free, threads });
    return new WaveNet(filled(make, file, options.step, "a WaveNet"), options);
  },
};

/** Trains a WaveNet on a clip; the same samples, steps and seed give the same bits everywhere. */
export function train_wavenet(core: Core, clip: Float32Array, options: WaveNetTrainOptions): Promise<WaveNet> {
  return train_clip(WAVENET, core, clip, options, options.on_round);
}

/** Reads a WaveNet from the bytes of a file, which may come from Python, be damaged, or be made to harm. */
export function load_wavenet(core: Core, content: Uint8Array | ArrayBuffer): WaveNet {
  return WAVENET.from_file(core, model_file(content, "wavenet"));
}
