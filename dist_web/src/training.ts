// Trains models of one clip, of whatever kind, in rounds, without blocking the event loop; all arithmetic is the core's.
import { TrainingError } from "./errors.js";
import type { Core } from "./generated/core.js";
import { clip_sha256, type ClipModel, type ClipOptions } from "./model.js";
import type { ModelFile } from "./safetensors.js";
import { other_events } from "./turns.js";
import { BITS, VERSION } from "./version.js";

const SILENCE = 1 / 32768; // one step of a 16-bit file
const SLICE_MS = 12; // how long to compute before other events get their turn: less than a frame at 60 Hz

/** What a listener hears of every training, beside how far it is. */
export interface RoundProgress<M> {
  /** Since this call began. */
  seconds: number;
  /** Estimate from the steps of this call. */
  seconds_left: number;
  /** The model as it stands; it may be saved or asked to generate. */
  model: M;
}

export interface ClipTrainOptions<M> {
  /** Sample rate of the clip in Hz. */
  sr: number;
  /** 0 to 4294967295. */
  seed?: number;
  /** Called with the model before the first step. */
  on_begin?: (model: M) => unknown;
  /**
   * Looked at between steps. After an abort the promise rejects with the signal's reason. A model that the caller has, from
   * a listener or as `resume`, then stands where it was stopped and can be saved, resumed or asked to generate.
   */
  signal?: AbortSignal;
  /** Called, and awaited, whenever other events have had their turn: for a pause. */
  rest?: () => unknown;
  /** A model to continue, in place, with the same samples; what is said of how it was begun must be so. */
  resume?: M;
  /** The clip's name, kept in the model's options. */
  name?: string;
  /** Threads of the core to use, if it was loaded with so many; 1 if left out. Never changes the result. */
  threads?: number;
}

/** What a kind of model needs to know of a training that begins: what files keep, the settings among it. */
export type Made<S> = ClipOptions & S;

/** One kind of models of one clip. */
export interface Kind<M extends ClipModel, S extends object, O extends object> {
  /** What a model is begun with: with the clip, all its bits follow from that. Defaults stand for what is left out. */
  settings(options: O): S;
  /** A new model for a clip, if that is long enough. */
  begin(core: Core, samples: Float32Array, made: Made<S>, threads: number): M;
  from_file(core: Core, file: ModelFile, threads?: number): M;
}

/** Trains a model; the same samples and settings give the same bits everywhere. */
export async function train_clip<M extends ClipModel, S extends object, O extends ClipTrainOptions<M>>(
  kind: Kind<M, S, O>,
  core: Core,
  clip: Float32Array,
  options: O,
  on_round?: Listener<M>,
): Promise<M> {
  const samples = clip instanceof Float32Array ? clip : Float32Array.from(clip);
  if (is_silent(samples)) throw new TrainingError("the clip is silent: there is nothing to learn");
  const { resume, signal, name = "", threads = 1, on_begin } = options;
  signal?.throwIfAborted();
  const begun_with = { bits: BITS, clip_sha256: clip_sha256(samples), ...kind.settings({ ...resume?.options, ...options }) };
  if (resume) check_resume(resume.options, begun_with);
  const made = { ...begun_with, clip: name, losses: [], step: 0, unisono: VERSION };
  const model = resume ?? kind.begin(core, samples, made as unknown as Made<S>, threads);
  try {
    if (resume) set_clip_again(model.core, samples);
    else model.core.set_clip(samples);
    model.plan(options); // how much to train may depend on the clip
    on_begin?.(model);
    await run_rounds(model, options, on_round);
  } catch (error) {
    const seen = resume || on_begin || model.losses.length > 0;
    if (!seen) model.free();
    throw error;
  }
  return model;
}

type Listener<M extends ClipModel> = ((progress: M["progress"] & RoundProgress<M>) => unknown) | undefined;

function is_silent(samples: Float32Array): boolean {
  return samples.length > 0 && samples.every((x) => Math.abs(x) < SILENCE);
}

/** Refuses a clip that is shorter than what learns it needs. */
export function check_length(samples: Float32Array, who: string, least: number, sr: number): void {
  if (samples.length >= least) return;
  const needed = `${who} needs ${least}, ${(least / sr).toFixed(2)} s at ${sr} Hz`;
  throw new TrainingError(`the clip is too short: ${samples.length} samples; ${needed}`);
}

function check_resume(kept: ClipOptions, begun_with: object): void {
  for (const [name, value] of Object.entries(begun_with)) {
    if (kept[name] === value) continue;
    const what = name === "sr" ? "rate" : name;
    const how = name === "clip_sha256" ? "on another clip" : `with ${what} ${String(kept[name])}, not ${String(value)}`;
    throw new TrainingError(`cannot resume: the model was begun ${how}`);
  }
}

/** Gives a loaded model its clip back without losing what it has learnt. */
function set_clip_again(core: ClipModel["core"], samples: Float32Array): void {
  const step = core.step();
  const kept = Array.from({ length: core.tensor_count() }, (_, i) => core.tensor(i));
  core.set_clip(samples);
  kept.forEach((values, i) => core.set_tensor(i, values));
  core.set_step(step);
}

async function run_rounds<M extends ClipModel>(model: M, options: ClipTrainOptions<M>, on_round: Listener<M>): Promise<void> {
  const { core, rounds, unit } = model;
  const done = model.losses.length;
  const first = core.step();
  const begun = first - model.steps_of(done); // steps of a round that was interrupted
  if (begun < 0 || (begun > 0 && first >= model.steps_of(done + 1))) {
    throw new TrainingError(`cannot resume: ${first} steps do not fit ${done} ${unit}s`);
  }
  const clock = new Clock();
  for (let round = done + 1; round <= rounds; round++) {
    await run_steps(model, model.steps_of(round), clock, options);
    const loss = model.round_loss();
    if (!Number.isFinite(loss)) {
      throw new TrainingError(`the loss of ${unit} ${round} is not finite; what was saved before is good`);
    }
    model.record({ losses: [...model.losses, loss] });
    const seconds = clock.seconds();
    const step = core.step();
    const seconds_left = (seconds / (step - first)) * (model.steps_of(rounds) - step);
    await on_round?.({ ...model.progress, seconds, seconds_left, model });
  }
}

async function run_steps<M extends ClipModel>(model: M, last: number, clock: Clock, options: ClipTrainOptions<M>): Promise<void> {
  while (model.core.step() < last) {
    if (clock.tired()) {
      await clock.breathe();
      await options.rest?.();
    }
    options.signal?.throwIfAborted(); // before a step: after a round's last one its loss has yet to be recorded
    model.train_step();
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
