// What the page and the package's worker say to each other. A worker serves one purpose: training, playing or helping.
import type { LiveName } from "./ring.js";
import type { KindName } from "./kinds.js";
import type { HelperMessage } from "./threads.js";

/** Where the core comes from, decided by the page: a worker cannot know what a bundler did. */
export interface CoreSource {
  wasmUrl: string;
  threads: number | "auto";
}

export interface TrainMessage {
  to: "train";
  kind: KindName;
  source: CoreSource;
  samples: Float32Array;
  /** The options of the kind's training, but for listeners and the like. */
  how: { sr: number; name?: string };
  keep: string | undefined;
}

/** While a training runs. */
export type TrainCommand = { to: "pause" | "go" | "cancel" } | { to: "snapshot"; id: number };

/** What a page hears of every training, beside how far it is. */
export interface PageProgress {
  /** Mean loss of each round finished: an epoch, or 100 steps. */
  losses: number[];
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

/** A worker asks its page for a helper. It hears on the port when that listens. */
export interface HelperRequest {
  is: "help";
  order: HelperMessage;
  port: MessagePort;
}

export type TrainAnswer =
  | HelperRequest
  | { is: "progress"; progress: PageProgress }
  | { is: "paused" | "cancelled"; kept: boolean }
  | { is: "snapshot"; id: number; file: Uint8Array }
  | { is: "done"; model: TrainedModel }
  | { is: "failed"; error: { name: string; message: string } };

/** A change while playing: just before a frame is made, a parameter becomes a value. As in Python's automation files. */
export type Change = [frame: number, parameter: LiveName, value: number];

export interface PlayMessage {
  to: "play";
  wasmUrl: string;
  /** One model file, or two of MAGNet, of one preset, to morph between. */
  models: Uint8Array[];
  /** The rate of the audio context, which must be that of the models. */
  sr: number;
  seed: number;
  window_stride: number;
  values: number[];
  automation: Change[];
  /** Samples to keep ready, and the most of them: they become more when they did not last. */
  ahead: number;
  most_ahead: number;
  /** The ring, where memory is shared; otherwise where to send samples. */
  ring: SharedArrayBuffer | null;
  port: MessagePort | null;
}

export type PlayAnswer =
  | { is: "playing"; latency: number }
  | { is: "ahead"; ahead: number }
  | { is: "recording"; id: number; changes: Change[]; frame: number }
  | { is: "failed"; error: { name: string; message: string } };

/** From the worklet to the worker, where memory is not shared. */
export type RingReport = { read: number; underruns: number } | { parameter: number; value: number };

export type { HelperMessage };
