// Training in a worker: tells the page how it goes, obeys pause and cancel, keeps what it has where a reload finds it.
import { keep_training, kept_model, kept_training, type KeptTraining } from "./keep.js";
import { kind_of, load_clip_model } from "./kinds.js";
import type { TrainAnswer, TrainCommand, TrainMessage } from "./messages.js";
import { clip_sha256, type ClipModel } from "./model.js";
import { start_in_worker, type WorkerScope } from "./job.js";
import { possible_threads } from "./threads.js";
import { train_clip } from "./training.js";

const KEEP_EVERY_MS = 2000; // a model is some MB

class TrainingJob {
  readonly #scope: WorkerScope;
  readonly #order: TrainMessage;
  readonly #stop = new AbortController();
  readonly #clip: string;
  #model: ClipModel | null = null;
  #begin!: (model: ClipModel) => void;
  readonly #begun = new Promise<ClipModel>((resolve) => (this.#begin = resolve));
  #release: (() => void) | null = null; // ends the pause
  #asked_to_pause = false;
  #kept_at = 0;
  #clip_kept = false;

  constructor(scope: WorkerScope, order: TrainMessage) {
    this.#scope = scope;
    this.#order = order;
    this.#clip = clip_sha256(order.samples);
    scope.addEventListener("message", ({ data }) => this.#obey(data as TrainCommand));
  }

  async run(): Promise<void> {
    const { kind, source, samples, how } = this.#order;
    const threads = possible_threads(source.threads);
    const core = await start_in_worker(this.#scope, source.wasmUrl, threads);
    const kept = await this.#find_kept();
    const options = {
      ...how,
      ...(kept && { resume: load_clip_model(core, kept, threads) }),
      threads,
      signal: this.#stop.signal,
      rest: () => this.#rest(),
      on_begin: (begun: ClipModel) => {
        this.#model = begun;
        this.#kept_at = performance.now();
        this.#begin(begun);
      },
    };
    const model = await train_clip(kind_of(kind), core, samples, options, async ({ model: now, ...progress }) => {
      this.#tell({ is: "progress", progress: { ...progress, losses: now.losses, threads } });
      if (performance.now() - this.#kept_at > KEEP_EVERY_MS) await this.#keep();
    });
    await this.#keep();
    const file = model.save();
    this.#tell({ is: "done", model: { file, sha256: model.sha256, losses: model.losses } }, [file.buffer as ArrayBuffer]);
  }

  fail(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { name, message } = error as Error;
    this.#tell({ is: "failed", error: { name, message } });
  }

  #tell(answer: TrainAnswer, transfer: Transferable[] = []): void {
    this.#scope.postMessage(answer, transfer);
  }

  /** What identifies the training: with the clip, all its bits follow from that. */
  get #settings(): object {
    const { kind, how } = this.#order;
    return { kind, clip_sha256: this.#clip, ...kind_of(kind).settings(how) };
  }

  /** The model kept under this training's key, if it was begun with the same. */
  async #find_kept(): Promise<Uint8Array | undefined> {
    const { keep } = this.#order;
    const found = keep === undefined ? undefined : await kept_training(keep);
    if (!found || Object.entries(this.#settings).some(([name, value]) => found[name as keyof KeptTraining] !== value)) return undefined;
    this.#clip_kept = true;
    return kept_model(keep!);
  }

  async #keep(): Promise<boolean> {
    const { keep: key, samples, how } = this.#order;
    if (key === undefined || this.#model === null) return false;
    const { losses, progress } = this.#model;
    const told = { key, name: how.name ?? "", clip_seconds: samples.length / how.sr, losses, saved: Date.now() };
    const summary = { ...this.#settings, ...progress, ...told } as KeptTraining;
    await keep_training(summary, this.#model.save(), this.#clip_kept ? undefined : samples);
    this.#clip_kept = true;
    this.#kept_at = performance.now();
    return true;
  }

  async #rest(): Promise<void> {
    if (!this.#asked_to_pause || this.#stop.signal.aborted) return;
    const released = new Promise<void>((resolve) => (this.#release = resolve));
    this.#tell({ is: "paused", kept: await this.#keep() });
    await released;
  }

  #obey(command: TrainCommand): void {
    if (command.to === "pause") this.#asked_to_pause = true;
    if (command.to === "snapshot") void this.#begun.then((model) => this.#show(model, command.id));
    if (command.to === "cancel") void this.#cancel();
    if (command.to === "go" || command.to === "cancel") {
      this.#asked_to_pause = false;
      this.#release?.();
      this.#release = null;
    }
  }

  #show(model: ClipModel, id: number): void {
    const file = model.save();
    this.#tell({ is: "snapshot", id, file }, [file.buffer as ArrayBuffer]);
  }

  async #cancel(): Promise<void> {
    this.#stop.abort(new Error("cancelled"));
    this.#tell({ is: "cancelled", kept: await this.#keep().catch(() => false) }); // a model that is NaN cannot be kept
  }
}

export async function begin_training(scope: WorkerScope, order: TrainMessage): Promise<void> {
  const job = new TrainingJob(scope, order);
  try {
    await job.run();
  } catch (error) {
    job.fail(error);
  }
}
