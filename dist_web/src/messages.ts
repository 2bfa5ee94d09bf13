// What the page and the package's worker say to each other. A worker serves one purpose: training, playing or helping.
import type { Phase, Preset } from "./generated/core.js";
import type { KeptTraining } from "./keep.js";
import type { HelperMessage } from "./threads.js";

/** Where the core comes from, decided by the page: a worker cannot know what a bundler did. */
export interface CoreSource {
  wasmUrl: string;
  threads: number | "auto";
}

export interface TrainMessage {
  to: "train";
  source: CoreSource;
  samples: Float32Array;
  sr: number;
  preset: Preset;
  seed: number;
  epochs?: number;
  name: string;
  keep?: string;
}

/** While a training runs. */
export type TrainCommand = { to: "pause" | "go" | "cancel" } | { to: "snapshot"; id: number };

export interface TrainingProgress {
  /** Epochs finished, and wanted in all. */
  epoch: number;
  epochs: number;
  /** Mean loss of each epoch finished. */
  losses: number[];
  loss: number;
  /** Since the training began, or was taken up again. */
  seconds: number;
  seconds_left: number;
  /** Threads at work. */
  threads: number;
}

/** A trained model as the page has it: the bytes of its file, and its name by content. */
export interface TrainedModel {
  file: Uint8Array;
  sha256: string;
  losses: number[];
}

export type TrainAnswer =
  | { is: "begun"; threads: number; epochs_done: number; epochs: number; losses: number[] }
  | ({ is: "progress" } & TrainingProgress)
  | { is: "paused" | "cancelled"; kept: boolean }
  | { is: "snapshot"; id: number; file: Uint8Array }
  | ({ is: "done" } & TrainedModel)
  | { is: "failed"; name: string; message: string };

export type { HelperMessage, KeptTraining, Phase };
