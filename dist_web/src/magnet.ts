// MAGNet from JavaScript: train, generate, save, load; all arithmetic is the core's.
import { ParameterError } from "./errors.js";
import type { Core, MagnetModel, Phase, Preset } from "./generated/core.js";
import { ClipModel, type ClipOptions, type SoundOptions } from "./model.js";
import { checked_options, filled, is_text, model_file } from "./model_file.js";
import { check_length, type ClipTrainOptions, type Kind, type RoundProgress, train_clip } from "./training.js";
import type { Recipe } from "./wav.js";

const MOST_EPOCHS = 100_000;

/** What a MAGNet's file keeps beside the tensors. */
export interface ModelOptions extends ClipOptions {
  preset: Preset;
  epochs: number;
}

export interface GenerateOptions extends SoundOptions {
  /** How phases are found for the magnitudes. */
  phase?: Phase;
  /**
   * Of `icmc2019` and `magnet2024`: frames from window to window. 1, as published, is the default; more are faster, and 0
   * carries one state on.
   */
  window_stride?: number;
}

/** How far a training is. */
export interface Epochs {
  /** Epochs finished. */
  epoch: number;
  /** Epochs wanted in all. */
  epochs: number;
  /** Mean loss of the epoch just finished. */
  loss: number;
}

/** Where a training stands after an epoch. */
export interface Progress extends Epochs, RoundProgress<Model> {}

export interface TrainOptions extends ClipTrainOptions<Model> {
  preset?: Preset;
  /** How many in all, counting those of `resume`; if left out, what `resume` was meant to have, or the preset's own. */
  epochs?: number;
  /** Called, and awaited, after each epoch, for example to save `progress.model`. */
  on_epoch?: (progress: Progress) => unknown;
}

/** A MAGNet model, made by `train` or `load_model`. */
export class Model extends ClipModel<MagnetModel, Epochs, ModelOptions> {
  readonly kind = "magnet";
  readonly unit = "epoch";

  get preset(): Preset {
    return this.made.preset;
  }

  /** Epochs wanted in all by the last training. */
  get epochs(): number {
    return this.made.epochs;
  }

  get epochs_done(): number {
    return this.made.losses.length;
  }

  /** Makes new sound in the style of the clip, mono at `sr`; the same options give the same bits everywhere. */
  override generate(options: GenerateOptions): Float32Array {
    return super.generate(options);
  }

  override recipe(options: GenerateOptions): Recipe {
    return super.recipe({ ...options, phase: options.phase ?? "lws" } as SoundOptions);
  }

  get progress(): Epochs {
    return { epoch: this.epochs_done, epochs: this.epochs, loss: this.made.losses.at(-1) ?? NaN };
  }

  get rounds(): number {
    return this.epochs;
  }

  steps_of(rounds: number): number {
    return rounds * this.core.steps_per_epoch();
  }

  round_loss(): number {
    return this.core.epoch_loss();
  }

  override plan({ epochs = this.epochs || this.core.default_epochs() }: { epochs?: number }): void {
    const least = Math.max(1, this.epochs_done);
    if (!(Number.isInteger(epochs) && epochs >= least && epochs <= MOST_EPOCHS)) {
      throw new ParameterError(`epochs: got ${epochs}; must be from ${least} to ${MOST_EPOCHS}`);
    }
    this.made.epochs = epochs;
  }
}

export const MAGNET: Kind<Model, { preset: Preset; sr: number; seed: number }, TrainOptions> = {
  settings: ({ preset = "default", sr, seed = 0 }) => ({ preset, sr, seed }),
  begin(core, samples, made, threads) {
    const { preset, sr, seed } = made;
    const model = new core.MagnetModel({ preset, sr, seed, threads });
    const least = model.min_clip_samples();
    if (samples.length < least) model.free();
    check_length(samples, preset, least, sr);
    return new Model(model, { ...made, clip_seconds: samples.length / sr, epochs: 0 });
  },
  from_file(core, file, threads = 1) {
    const options = checked_options<ModelOptions>(file, { preset: is_text, clip: is_text, clip_sha256: is_text });
    const { preset, sr, seed } = options;
    const model = filled(() => new core.MagnetModel({ preset, sr, seed, threads }), file, options.step, `'${preset}'`);
    return new Model(model, options);
  },
};

/** Trains a model; the same samples, preset, epochs and seed give the same bits everywhere. */
export function train(core: Core, clip: Float32Array, options: TrainOptions): Promise<Model> {
  return train_clip(MAGNET, core, clip, options, options.on_epoch);
}

/** Reads a model from the bytes of a file, which may come from Python, be damaged, or be made to harm. */
export function load_model(core: Core, content: Uint8Array | ArrayBuffer): Model {
  return MAGNET.from_file(core, model_file(content, "magnet"));
}
