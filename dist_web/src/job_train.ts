// Training in a worker: tells the page how it goes, obeys pause and cancel, keeps what it has where a reload finds it.
import { keep_training, kept_model, kept_training, type KeptTraining } from "./keep.js";
import { clip_sha256, load_model, type Model } from "./magnet.js";
import type { TrainAnswer, TrainCommand, TrainMessage } from "./messages.js";
import { start_in_worker, type WorkerScope } from "./job.js";
import { possible_threads } from "./threads.js";
import { train } from "./training.js";


const KEEP_EVERY_MS = 2000; // a model is some MB

class TrainingJob {
  readonly #scope: WorkerScope;
  readonly #order: TrainMessage;
  readonly #stop = new AbortController();
  readonly #clip: string;
  #model: Model | null = null;
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
    const { source, samples, sr, preset, seed, epochs, name } = this.#order;
    const threads = possible_threads(source.threads);
    const core = await start_in_worker(this.#scope, source.wasmUrl, threads);
    const kept = await this.#find_kept();
    const resume = kept ? load_model(core, kept, threads) : undefined;
    const how = { sr, preset, seed, name, threads, ...(epochs === undefined ? {} : { epochs }) };
    const model = await train(core, samples, {
      ...how,
      ...(resume ? { resume } : {}),
      signal: this.#stop.signal,
      rest: () => this.#rest(),
      on_begin: (begun) => this.#begin(begun, threads),
      on_epoch: async ({ model: now, ...progress }) => {
        this.#tell({ is: "progress", ...progress, losses: now.losses, threads });
        if (performance.now() - this.#kept_at > KEEP_EVERY_MS) await this.#keep();
      },
    });
    await this.#keep();
    const file = model.save();
    this.#tell({ is: "done", file, sha256: model.sha256, losses: model.losses }, [file.buffer as ArrayBuffer]);
  }

  fail(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { name, message } = error as Error;
    this.#tell({ is: "failed", name, message });
  }

  #tell(answer: TrainAnswer, transfer: Transferable[] = []): void {
    this.#scope.postMessage(answer, transfer);
  }

  #begin(model: Model, threads: number): void {
    this.#model = model;
    this.#kept_at = performance.now();
    const { epochs_done, epochs, losses } = model;
    this.#tell({ is: "begun", threads, epochs_done, epochs, losses });
  }

  /** The model kept under this training's key, if it is of the same clip, preset and seed. */
  async #find_kept(): Promise<Uint8Array | undefined> {
    const { keep, preset, seed, sr } = this.#order;
    if (keep === undefined) return undefined;
    const found = await kept_training(keep);
    const same = found?.clip_sha256 === this.#clip && found.preset === preset && found.seed === seed && found.sr === sr;
    if (!same) return undefined;
    this.#clip_kept = true;
    return kept_model(keep);
  }

  async #keep(): Promise<boolean> {
    const { keep, samples, sr, preset, seed, name } = this.#order;
    if (keep === undefined || this.#model === null) return false;
    const { epochs_done: epoch, epochs, losses } = this.#model;
    const clip = { clip_sha256: this.#clip, clip_seconds: samples.length / sr };
    const summary: KeptTraining = { key: keep, name, sr, preset, seed, ...clip, epoch, epochs, losses, saved: Date.now() };
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
    if (command.to === "snapshot" && this.#model) {
      const file = this.#model.save();
      this.#tell({ is: "snapshot", id: command.id, file }, [file.buffer as ArrayBuffer]);
    }
    if (command.to === "cancel") void this.#cancel();
    if (command.to === "go" || command.to === "cancel") {
      this.#asked_to_pause = false;
      this.#release?.();
      this.#release = null;
    }
  }

  async #cancel(): Promise<void> {
    this.#stop.abort(new Error("cancelled"));
    this.#tell({ is: "cancelled", kept: await this.#keep() });
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
