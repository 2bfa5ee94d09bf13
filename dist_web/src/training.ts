// Trains a MAGNet model on a clip without blocking the event loop; all arithmetic is the core's.
import { ParameterError, TrainingError } from "./errors.js";
import type { Core, MagnetModel, Preset } from "./generated/core.js";
import { clip_sha256, Model, type ModelOptions } from "./magnet.js";
import { other_events } from "./turns.js";
import { BITS, VERSION } from "./version.js";

const SILENCE = 1 / 32768; // one step of a 16-bit file
const MOST_EPOCHS = 100_000;
const SLICE_MS = 12; // how long to compute before other events get their turn: less than a frame at 60 Hz

/** Where a training stands after an epoch. */
export interface Progress {
  /** Epochs finished. */
  epoch: number;
  /** Epochs wanted in all. */
  epochs: number;
  /** Mean loss of the epoch just finished. */
  loss: number;
  /** Since this call of `train` began. */
  seconds: number;
  /** Estimate from the epochs of this call. */
  seconds_left: number;
  /** The model as it stands; it may be saved or asked to generate. */
  model: Model;
}

export interface TrainOptions {
  /** Sample rate of the clip in Hz. */
  sr: number;
  preset?: Preset;
  /** How many in all, counting those of `resume`; if left out, what `resume` was meant to have, or the preset's own. */
  epochs?: number;
  /** 0 to 4294967295. */
  seed?: number;
  /** Called with the model before the first step. */
  on_begin?: (model: Model) => unknown;
  /** Called, and awaited, after each epoch, for example to save `progress.model`. */
  on_epoch?: (progress: Progress) => unknown;
  /**
   * Looked at between steps. After an abort the promise rejects with the signal's reason. A model that the caller has, from
   * `on_begin`, `on_epoch` or as `resume`, then stands where it was stopped and can be saved, resumed or asked to generate.
   */
  signal?: AbortSignal;
  /** Called, and awaited, whenever other events have had their turn: for a pause. */
  rest?: () => unknown;
  /** A model to continue, in place; it must have been trained on the same samples with the same preset and seed. */
  resume?: Model;
  /** The clip's name, kept in the model's options. */
  name?: string;
  /** Threads of the core to use, if it was loaded with so many; 1 if left out. Never changes the result. */
  threads?: number;
}

/** Trains a model; the same samples, preset, epochs and seed give the same bits everywhere. */
export async function train(core: Core, clip: Float32Array, options: TrainOptions): Promise<Model> {
  const samples = clip instanceof Float32Array ? clip : Float32Array.from(clip);
  if (is_silent(samples)) throw new TrainingError("the clip is silent: there is nothing to learn");
  check_epochs(options);
  options.signal?.throwIfAborted();
  const model = options.resume ? resumed(options.resume, samples, options) : begun(core, samples, options);
  try {
    model.record({ epochs: wanted_epochs(model, options) });
    options.on_begin?.(model);
    await run_epochs(model, options);
  } catch (error) {
    const seen = options.resume || options.on_begin || model.epochs_done > 0;
    if (!seen) model.free();
    throw error;
  }
  return model;
}

/** How many epochs are wanted in all, counting those done. */
function wanted_epochs(model: Model, options: TrainOptions): number {
  return options.epochs ?? (options.resume ? model.epochs : model.core.default_epochs());
}

function check_epochs({ epochs, resume }: TrainOptions): void {
  const least = Math.max(1, resume?.epochs_done ?? 0);
  if (epochs !== undefined && !(Number.isInteger(epochs) && epochs >= least && epochs <= MOST_EPOCHS)) {
    throw new ParameterError(`epochs: got ${epochs}; must be from ${least} to ${MOST_EPOCHS}`);
  }
}

function is_silent(samples: Float32Array): boolean {
  return samples.length > 0 && samples.every((x) => Math.abs(x) < SILENCE);
}

function begun(core: Core, samples: Float32Array, options: TrainOptions): Model {
  const { sr, preset = "default", seed = 0, name = "", threads = 1 } = options;
  const model = new core.MagnetModel({ preset, sr, seed, threads });
  try {
    check_length(model, samples, options);
    model.set_clip(samples);
  } catch (error) {
    model.free();
    throw error;
  }
  const clip = { clip: name, clip_seconds: samples.length / sr, clip_sha256: clip_sha256(samples) };
  const made: ModelOptions = { bits: BITS, ...clip, epochs: 0, losses: [], preset, seed, sr, step: 0, unisono: VERSION };
  return new Model(model, made);
}

function check_length(model: MagnetModel, samples: Float32Array, { sr, preset = "default" }: TrainOptions): void {
  const least = model.min_clip_samples();
  if (samples.length >= least) return;
  const needed = `${preset} needs ${least}, ${(least / sr).toFixed(2)} s at ${sr} Hz`;
  throw new TrainingError(`the clip is too short: ${samples.length} samples; ${needed}`);
}

function resumed(model: Model, samples: Float32Array, options: TrainOptions): Model {
  const { sr, preset = "default", seed = 0 } = options;
  const kept = { preset: [preset, model.preset], seed: [seed, model.seed], rate: [sr, model.sr] };
  for (const [what, [given, begun_with]] of Object.entries(kept)) {
    if (given !== begun_with) {
      throw new TrainingError(`cannot resume: the model was begun with ${what} ${begun_with}, not ${given}`);
    }
  }
  if (model.options["bits"] !== BITS) {
    throw new TrainingError(`cannot resume: the model was begun with bits ${String(model.options["bits"])}, this is bits ${BITS}`);
  }
  if (model.options.clip_sha256 !== clip_sha256(samples)) {
    throw new TrainingError("cannot resume: the model was begun on another clip");
  }
  set_clip_again(model.core, samples);
  return model;
}

/** Gives a loaded model its clip back without losing what it has learnt. */
function set_clip_again(core: MagnetModel, samples: Float32Array): void {
  const step = core.step();
  const kept = Array.from({ length: core.tensor_count() }, (_, i) => core.tensor(i));
  core.set_clip(samples);
  kept.forEach((values, i) => core.set_tensor(i, values));
  core.set_step(step);
}

async function run_epochs(model: Model, options: TrainOptions): Promise<void> {
  const { core, epochs, epochs_done: first } = model;
  const steps = core.steps_per_epoch();
  const begun = core.step() - first * steps; // steps of an epoch that was interrupted
  if (begun < 0 || begun >= Math.max(1, steps)) {
    throw new TrainingError(`cannot resume: ${core.step()} steps do not fit ${first} epochs of ${steps}`);
  }
  const clock = new Clock();
  for (let epoch = first + 1; epoch <= epochs; epoch++) {
    await run_steps(core, epoch * steps, clock, options);
    const loss = core.epoch_loss();
    if (!Number.isFinite(loss)) {
      throw new TrainingError(`the loss of epoch ${epoch} is not finite; what was saved before is good`);
    }
    model.record({ losses: [...model.losses, loss] });
    const seconds = clock.seconds();
    const seconds_left = (seconds / (epoch - first)) * (epochs - epoch);
    await options.on_epoch?.({ epoch, epochs, loss, seconds, seconds_left, model });
  }
}

async function run_steps(core: MagnetModel, last: number, clock: Clock, options: TrainOptions): Promise<void> {
  while (core.step() < last) {
    if (clock.tired()) {
      await clock.breathe();
      await options.rest?.();
    }
    options.signal?.throwIfAborted(); // before a step: after the epoch's last one its loss has yet to be recorded
    core.train_step();
  }
}

/** Time since the start, and a rest for the event loop when enough of it has gone. */
class Clock {
  readonly #start = performance.now();
  #rested = this.#start;

  seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  tired(): boolean {
    return performance.now() - this.#rested >= SLICE_MS;
  }

  async breathe(): Promise<void> {
    await other_events();
    this.#rested = performance.now();
  }
}
