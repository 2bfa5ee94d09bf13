// What plays the models in a worker, frame by frame: MAGNet by the core's player, WaveNet by its own generation.
import { ParameterError } from "./errors.js";
import type { Core, WavenetModel } from "./generated/core.js";
import { load_clip_model } from "./kinds.js";
import type { Model } from "./magnet.js";
import type { Change, PlayMessage } from "./messages.js";
import { LIVE_PARAMETERS, type LiveName } from "./ring.js";
import { WaveNet } from "./wavenet.js";

export interface Player {
  /** Samples from a change of a parameter to its sound. */
  latency(): number;
  /** The next frame to be made. */
  frame(): number;
  set(name: LiveName, value: number): void;
  /** The next samples: a frame of 512. */
  process(n: number): Float32Array;
}

const NAMES: readonly LiveName[] = LIVE_PARAMETERS.map(({ name }) => name);
const GAIN_STEPS = 16; // in a frame

/** A player with the models of an order in it, at the first frame. */
export function make_player(core: Core, order: PlayMessage): Player {
  const models = order.models.map((file) => load_clip_model(core, file));
  for (const { sr } of models) {
    if (sr !== order.sr) {
      throw new ParameterError(`model: its rate is ${sr} Hz and the audio context's ${order.sr} Hz; make the context with { sampleRate: ${sr} }`);
    }
  }
  const [first, second] = models;
  if (!(first instanceof WaveNet)) return magnet_player(core, models as Model[], order);
  if (second) throw new ParameterError("second: a WaveNet does not morph");
  return new WaveNetPlayer(core, first.core, order);
}

function magnet_player(core: Core, models: Model[], { sr, seed, window_stride, values, automation }: PlayMessage): Player {
  const { preset } = models[0]!;
  const player = new core.MagnetPlayer({ preset, sr, models: models.length });
  models.forEach((model, m) => {
    if (model.preset !== preset) throw new ParameterError(`second: got a model of '${model.preset ?? model.kind}'; must be of '${preset}' like the first`);
    for (let i = 0; i < model.core.tensor_count(); i++) player.set_tensor(m, i, model.core.tensor(i));
    model.free();
  });
  NAMES.forEach((name, i) => player.set(name, values[i]!));
  player.automate(
    Int32Array.from(automation, ([frame]) => frame),
    Int32Array.from(automation, ([, name]) => NAMES.indexOf(name)),
    Float32Array.from(automation, ([, , value]) => value),
  );
  player.start({ seed, window_stride });
  return player;
}

/** Hears temperature and gain between two frames; other parameters change nothing. */
class WaveNetPlayer implements Player {
  readonly #core: Core;
  readonly #model: WavenetModel;
  readonly #changes: Change[];
  readonly #values: Partial<Record<LiveName, number>> = {};
  #next = 0; // of the changes
  #frame = 0;
  #gain: number | undefined; // of the frame before

  constructor(core: Core, model: WavenetModel, { seed, values, automation }: PlayMessage) {
    const initial = NAMES.map((name, i): Change => [0, name, values[i]!]);
    this.#changes = [...initial, ...automation].sort((a, b) => a[0] - b[0]);
    this.#changes.forEach(check_change);
    this.#core = core;
    this.#model = model;
    model.start({ seed });
  }

  latency(): number {
    return 0;
  }

  frame(): number {
    return this.#frame;
  }

  set(name: LiveName, value: number): void {
    this.#values[name] = value;
  }

  process(n: number): Float32Array {
    for (; (this.#changes[this.#next]?.[0] ?? Infinity) <= this.#frame; this.#next++) {
      const [, name, value] = this.#changes[this.#next]!;
      this.set(name, value);
    }
    this.#frame++;
    const { temperature = 1, gain = 1 } = this.#values;
    const from = this.#gain ?? gain;
    this.#gain = gain;
    const sound = this.#model.process(n, { temperature });
    return from === 1 && gain === 1 ? sound : this.#amplified(sound, from, gain);
  }

  /** With the gain led from one value to the other, so that it does not click, and limited again; the core multiplies. */
  #amplified(sound: Float32Array, from: number, to: number): Float32Array {
    const gains = new Float32Array(GAIN_STEPS * GAIN_STEPS); // a diagonal
    for (let i = 0; i < GAIN_STEPS; i++) gains[i * (GAIN_STEPS + 1)] = from + ((to - from) * (i + 1)) / GAIN_STEPS;
    const rows = { data: sound, shape: [GAIN_STEPS, sound.length / GAIN_STEPS] };
    return this.#core.soft_limit(this.#core.matmul({ data: gains, shape: [GAIN_STEPS, GAIN_STEPS] }, rows).data);
  }
}

/** As the core checks those for MAGNet. */
function check_change([frame, name, value]: Change): void {
  const { minValue, maxValue } = LIVE_PARAMETERS[NAMES.indexOf(name)] ?? {};
  if (!(frame >= 0 && value >= minValue! && value <= maxValue!)) {
    throw new ParameterError(`automation: got ${JSON.stringify([frame, name, value])}; ${name} must be from ${minValue} to ${maxValue}`);
  }
}
