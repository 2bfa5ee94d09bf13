// Training from a page: a worker does all of it, and the page hears how it goes.
import { start_worker, wasm_url } from "./assets.js";
import { error_from, StateError, worker_error } from "./errors.js";
import type { Preset } from "./generated/core.js";
import { kept_clip, kept_training } from "./keep.js";
import type { KindName } from "./kinds.js";
import type { Epochs } from "./magnet.js";
import type { CoreSource, HelperRequest, PageProgress, TrainAnswer, TrainCommand, TrainedModel, TrainMessage } from "./messages.js";
import { make_helper } from "./threads.js";
import type { Steps } from "./wavenet.js";

export type { TrainedModel } from "./messages.js";

/** Where the package's files are hosted, when that is not where a bundler or the package puts them. */
export interface FileOptions {
  wasmUrl?: string | URL;
  workerUrl?: string | URL;
  /** Of no use to a training, but the same options may go to all. */
  workletUrl?: string | URL;
}

/** What the page hears after each epoch. */
export interface TrainingProgress extends Epochs, PageProgress {}

/** What the page hears after each 100 steps. */
export interface WaveNetTrainingProgress extends Steps, PageProgress {}

interface PageOptions<P> extends FileOptions {
  /** Sample rate of the clip in Hz. */
  sr: number;
  /** 0 to 4294967295. */
  seed?: number;
  /** The clip's name, kept in the model. */
  name?: string;
  /**
   * A name to keep the training under in this browser, every few seconds and at every pause. A later training under the
   * same name, of the same clip with the same seed and so on, goes on from there, also after a reload. Nothing is kept if
   * left out.
   */
  keep?: string;
  /** Threads, if the page is cross-origin isolated; all processors if left out. Never changes the result. */
  threads?: number;
  /** Called after each round. */
  on_progress?: (progress: P) => void;
}

export interface PageTrainOptions extends PageOptions<TrainingProgress> {
  preset?: Preset;
  /** How many in all; the preset's own number if left out. */
  epochs?: number;
}

export interface PageWaveNetOptions extends PageOptions<WaveNetTrainingProgress> {
  /** How many in all; 4000 if left out. */
  steps?: number;
  /** The same as time: 3000 steps a minute, as on two cores of a server. */
  minutes?: number;
  /** Without the position in the clip: something similar rather than the same. */
  free?: boolean;
}

/** What the worker is told about where the core comes from. */
export function core_source(options: FileOptions & { threads?: number | "auto" }): CoreSource {
  const url = options.wasmUrl === undefined ? wasm_url() : new URL(options.wasmUrl, location.href);
  return { wasmUrl: url.href, threads: options.threads ?? "auto" };
}

/** A training that runs in a worker of its own. */
export class Training {
  /** The model when the training is done; rejects when the training fails, and with an AbortError when it is cancelled. */
  readonly done: Promise<TrainedModel>;
  readonly #start: () => Worker;
  readonly #workers: Worker[] = []; // the helpers after the first
  readonly #on_progress: ((progress: never) => void) | undefined;
  readonly #waiting = new Map<number | "paused" | "cancelled", (value: never) => void>();
  #resolve!: (model: TrainedModel) => void;
  #reject!: (error: unknown) => void;
  #ended = false;
  #snapshots = 0;

  constructor(start: () => Worker, order: TrainMessage, on_progress?: (progress: never) => void) {
    this.#start = start;
    this.#on_progress = on_progress;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const worker = this.#start_worker();
    worker.onmessage = ({ data }) => this.#hear(data as TrainAnswer);
    worker.onerror = (event) => this.#fail(worker_error(event));
    worker.postMessage(order);
  }

  /** Stops between two steps; true when that left the training in the browser's storage. */
  pause(): Promise<boolean> {
    return this.#ask("paused", { to: "pause" });
  }

  /** Goes on after a pause. */
  go_on(): void {
    this.#tell({ to: "go" });
  }

  /** Stops for good. What was kept stays kept, up to the last step. */
  async cancel(): Promise<void> {
    await this.#ask<boolean>("cancelled", { to: "cancel" });
    this.#fail(new DOMException("the training was cancelled", "AbortError"));
  }

  /** The model file as it stands: to hear how far it has come. */
  snapshot(): Promise<Uint8Array> {
    const id = this.#snapshots++;
    return this.#ask(id, { to: "snapshot", id });
  }

  #tell(command: TrainCommand): void {
    if (this.#ended) throw new StateError("this training has ended");
    this.#workers[0]!.postMessage(command);
  }

  #ask<T>(key: number | "paused" | "cancelled", command: TrainCommand): Promise<T> {
    return new Promise((resolve) => {
      this.#tell(command);
      this.#waiting.set(key, resolve as (value: never) => void);
    });
  }

  #answer(key: number | "paused" | "cancelled", value: unknown): void {
    this.#waiting.get(key)?.(value as never);
    this.#waiting.delete(key);
  }

  #hear(answer: TrainAnswer): void {
    if (answer.is === "progress") this.#on_progress?.(answer.progress as never);
    else if (answer.is === "paused" || answer.is === "cancelled") this.#answer(answer.is, answer.kept);
    else if (answer.is === "snapshot") this.#answer(answer.id, answer.file);
    else if (answer.is === "done") this.#end(() => this.#resolve(answer.model));
    else if (answer.is === "help") this.#help(answer);
    else if (answer.is === "failed") this.#fail(error_from(answer.error));
  }

  #start_worker(): Worker {
    const worker = this.#start();
    this.#workers.push(worker);
    return worker;
  }

  #help({ order, port }: HelperRequest): void {
    make_helper(this.#start_worker(), order).then(() => port.postMessage(""), (error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#end(() => this.#reject(error));
  }

  #end(settle: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const worker of this.#workers) worker.terminate();
    settle();
  }
}

function begin<P>(kind: KindName, samples: Float32Array, options: PageOptions<P>): Training {
  const { wasmUrl: _, workletUrl: __, workerUrl, threads: ___, keep, on_progress, ...how } = options;
  const order: TrainMessage = { to: "train", kind, source: core_source(options), samples, how, keep };
  return new Training(() => start_worker(workerUrl), order, on_progress);
}

/** Trains a model in a worker; the same samples, preset, epochs and seed give the same file everywhere. */
export function train(samples: Float32Array, options: PageTrainOptions): Training {
  return begin("magnet", samples, options);
}

/** Trains a WaveNet in a worker; the same samples, steps and seed give the same file everywhere. */
export function train_wavenet(samples: Float32Array, options: PageWaveNetOptions): Training {
  return begin("wavenet", samples, options);
}

/** Goes on with a training of whatever kind that was kept, with the clip that was kept with it. */
export async function resume<P = TrainingProgress>(key: string, options: Partial<PageOptions<P>> & { epochs?: number } = {}): Promise<Training> {
  const [summary, samples] = await Promise.all([kept_training(key), kept_clip(key)]);
  if (!summary || !samples) throw new StateError(`no training is kept under '${key}'`);
  return begin(summary.kind, samples, { ...summary, ...options, keep: key });
}
