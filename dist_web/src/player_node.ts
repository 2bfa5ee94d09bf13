// UnisonoNode, the page's side of playing: an AudioWorkletNode that plays a model endlessly while its parameters change.
import { check_options } from "./arguments.js";
import { type CoreNode, make_node, type NodeFiles } from "./attach.js";
import { start_worker } from "./assets.js";
import { error_from, ParameterError, worker_error } from "./errors.js";
import type { Change, PlayAnswer, PlayMessage } from "./messages.js";
import { core_source } from "./page_training.js";
import { LIVE_PARAMETERS, type LiveName, Ring } from "./ring.js";

export type { Change } from "./messages.js";
export type { LiveName } from "./ring.js";

export interface UnisonoNodeOptions extends NodeFiles, Partial<Record<LiveName, number>> {
  /** The bytes of a model file, a MAGNet's or a WaveNet's; its rate must be that of the context. */
  model: Uint8Array | ArrayBuffer;
  /** Another MAGNet of the same preset and rate, which `morph` leads to. */
  second?: Uint8Array | ArrayBuffer;
  /** 0 to 4294967295; another seed, another sound. Default 0. */
  seed?: number;
  /** As for `generate`: more than 1, or 0, is lighter for `icmc2019` and `magnet2024`. Default 1. */
  window_stride?: number;
  /** Changes to be made by themselves, for example those of a recording. */
  automation?: readonly Change[];
  /**
   * Seconds of sound to keep ready: more of it survives a busier machine, and delays what parameters do. Doubled, up to 1.5 s,
   * whenever it did not last. Default 0.2.
   */
  buffer?: number;
  /** Whether it plays at once; otherwise `play()` starts it. Default true. */
  playing?: boolean;
}

/** What happened so far, to be heard again: `unisono generate --phase live --automation` takes the changes too. */
export interface Recording {
  seed: number;
  window_stride: number;
  changes: Change[];
  /** The next frame to be made. */
  frame: number;
}

/**
 * Plays a model. Sample s is sample s of the model's `generate`, with MAGNet's phase "live" and the same seed and changes.
 * Each of its parameters is an AudioParam, heard from the next frame of 512 samples on that is made. A WaveNet hears
 * `temperature` and `gain`; the others change nothing there.
 */
export interface UnisonoNode extends CoreNode, Readonly<Record<LiveName, AudioParam>> {
  /** How often there was nothing to play, in blocks of 128 samples. */
  readonly underruns: number;
  /** Seconds from a change of a parameter to its samples: the model's own, and what lies ready. The context knows its device's. */
  readonly latency: number;
  play(): void;
  pause(): void;
  recording(): Promise<Recording>;
}

const OPTIONS = ["model", "second", "seed", "window_stride", "automation", "buffer", "playing", "wasmUrl", "workletUrl", "workerUrl"];
const MOST_SECONDS = 1.5; // ever kept ready of what is played live

/** The worker that makes the samples. */
class Maker {
  readonly worker: Worker;
  /** Samples that it keeps ready. */
  ahead = 0;
  readonly #asked = new Map<number, (recording: { changes: Change[]; frame: number }) => void>();
  #questions = 0;

  constructor(url: string | URL | undefined) {
    this.worker = start_worker(url);
  }

  /** Resolves with the player's latency in samples when the ring is full. */
  begin(order: PlayMessage): Promise<number> {
    this.ahead = order.ahead;
    return new Promise((resolve, reject) => {
      this.worker.onerror = (event) => reject(worker_error(event));
      this.worker.onmessage = ({ data }: MessageEvent<PlayAnswer>) => {
        if (data.is === "playing") resolve(data.latency);
        else if (data.is === "ahead") this.ahead = data.ahead;
        else if (data.is === "recording") this.#asked.get(data.id)?.({ changes: data.changes, frame: data.frame });
        else reject(error_from(data.error));
      };
      this.worker.postMessage(order, order.port ? [order.port] : []);
    });
  }

  recording(): Promise<{ changes: Change[]; frame: number }> {
    return new Promise((resolve) => {
      this.#asked.set(this.#questions, resolve);
      this.worker.postMessage({ id: this.#questions++ });
    });
  }
}

function bytes(content: Uint8Array | ArrayBuffer, name: string): Uint8Array {
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  throw new ParameterError(`${name} must be a Uint8Array or an ArrayBuffer with a model file`);
}

/** How many samples to keep ready. A context that is not live reads faster than anyone makes, so it gets all beforehand. */
function samples_ahead(context: BaseAudioContext, seconds: number): number {
  if (!(seconds >= 0.02 && seconds <= 10)) throw new ParameterError(`buffer: got ${seconds}; must be from 0.02 to 10`);
  return "length" in context ? (context as OfflineAudioContext).length : Math.ceil(seconds * context.sampleRate);
}

function may_share(): boolean {
  return (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;
}

async function create(context: BaseAudioContext, options: UnisonoNodeOptions): Promise<UnisonoNode> {
  const names = LIVE_PARAMETERS.map(({ name }) => name);
  check_options("UnisonoNode", options, [...names, ...OPTIONS]);
  const { seed = 0, window_stride = 1, automation = [], buffer = 0.2, playing = true } = options;
  const models = [bytes(options.model, "model"), ...(options.second ? [bytes(options.second, "second")] : [])];
  const values = LIVE_PARAMETERS.map(({ name, defaultValue }) => Math.fround(options[name] ?? defaultValue));
  const ahead = samples_ahead(context, buffer);
  const most_ahead = "length" in context ? ahead : Math.max(ahead, Math.ceil(MOST_SECONDS * context.sampleRate));
  const ring_bytes = Ring.bytes_for(most_ahead + 4096);
  const ring = may_share() ? new SharedArrayBuffer(ring_bytes) : null;
  const node = await make_node(context, "player", options, {
    numberOfInputs: 0,
    outputChannelCount: [1],
    parameterData: Object.fromEntries(names.map((name, i) => [name, values[i]!])),
    processorOptions: { ring, bytes: ring_bytes, playing: false },
  });
  if (ring) new Ring(ring).values.set(values);
  const channel = ring ? null : new MessageChannel();
  if (channel) node.port.postMessage({ port: channel.port1 }, [channel.port1]);
  const maker = new Maker(options.workerUrl);
  const { wasmUrl } = core_source(options);
  const order = { to: "play" as const, wasmUrl, models, sr: context.sampleRate, seed, window_stride, values, automation: [...automation], ahead, most_ahead };
  try {
    const latency = await maker.begin({ ...order, ring, port: channel?.port2 ?? null });
    const finished = finish(node, maker, { latency, seed, window_stride, ring: ring ? new Ring(ring) : null });
    if (playing) await heard(finished, () => finished.play());
    return finished;
  } catch (error) {
    maker.worker.terminate();
    node.free();
    throw error;
  }
}

/** Waits until the processor has heard: a context that is not live may else begin without it. */
function heard(node: UnisonoNode, say: () => void): Promise<void> {
  return new Promise((resolve) => {
    const listen = ({ data }: MessageEvent) => {
      if (!("heard" in (data as object))) return;
      node.port.removeEventListener("message", listen);
      resolve();
    };
    node.port.addEventListener("message", listen);
    say();
  });
}

/** Adds what a UnisonoNode has beyond an AudioWorkletNode. */
function finish(node: CoreNode, maker: Maker, made: { latency: number; seed: number; window_stride: number; ring: Ring | null }): UnisonoNode {
  let reported = 0;
  node.port.onmessage = ({ data }) => (reported = (data as { underruns?: number }).underruns ?? reported);
  const end = node.free;
  const params = LIVE_PARAMETERS.map(({ name }) => [name, node.parameters.get(name)!]);
  Object.defineProperties(node, {
    underruns: { get: () => made.ring?.underruns ?? reported },
    latency: { get: () => (made.latency + maker.ahead) / node.context.sampleRate },
  });
  const more = {
    play: () => node.port.postMessage("play"),
    pause: () => node.port.postMessage("pause"),
    recording: async () => ({ seed: made.seed, window_stride: made.window_stride, ...(await maker.recording()) }),
    free: () => {
      maker.worker.terminate();
      end();
    },
  };
  return Object.assign(node, Object.fromEntries(params), more) as unknown as UnisonoNode;
}

export const UnisonoNode = { create };
