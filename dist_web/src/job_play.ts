// Playing in a worker: makes samples ahead of time with a player and puts them into the ring.
import type { Core } from "./generated/core.js";
import { start_in_worker, type WorkerScope } from "./job.js";
import type { Change, PlayAnswer, PlayMessage, RingReport } from "./messages.js";
import { make_player, type Player } from "./players.js";
import { LIVE_PARAMETERS, Ring } from "./ring.js";
import { other_events } from "./turns.js";

const BLOCK = 512; // samples made at a time: a frame
const SLICE_MS = 15; // how long to work before messages get their turn

/** Where samples go, and where the parameters' values come from. */
interface Sink {
  readonly values: Float32Array;
  readonly waiting: number;
  readonly underruns: number;
  push(block: Float32Array): void;
}

function shared_sink(memory: SharedArrayBuffer): Sink {
  const ring = new Ring(memory);
  return {
    values: ring.values,
    get waiting() {
      return ring.readable;
    },
    get underruns() {
      return ring.underruns;
    },
    push: (block) => ring.write(block),
  };
}

function port_sink(port: MessagePort, initial: readonly number[]): Sink {
  const values = Float32Array.from(initial);
  let sent = 0;
  let read = 0;
  let underruns = 0;
  port.onmessage = ({ data }: MessageEvent<RingReport>) => {
    if ("read" in data) ({ read, underruns } = data);
    else values[data.parameter] = data.value;
  };
  return {
    values,
    get waiting() {
      return (sent - read) | 0;
    },
    get underruns() {
      return underruns;
    },
    push(block) {
      sent = (sent + block.length) | 0;
      port.postMessage(block, [block.buffer]);
    },
  };
}

class PlayJob {
  readonly #player: Player;
  readonly #sink: Sink;
  readonly #most_ahead: number;
  #ahead: number;
  #underruns = 0;
  readonly #known: Float32Array;
  readonly #changes: Change[];

  constructor(core: Core, order: PlayMessage) {
    this.#player = make_player(core, order);
    this.#sink = order.ring ? shared_sink(order.ring) : port_sink(order.port!, order.values);
    this.#ahead = order.ahead;
    this.#most_ahead = order.most_ahead;
    this.#known = Float32Array.from(order.values);
    const initial = LIVE_PARAMETERS.map(({ name }, i): Change => [0, name, this.#known[i]!]);
    this.#changes = initial.filter(([, , value], i) => value !== LIVE_PARAMETERS[i]!.defaultValue);
    this.#changes.push(...order.automation);
  }

  /** Every change so far, ready to be played again, and the next frame. */
  recording(): { changes: Change[]; frame: number } {
    return { changes: [...this.#changes].sort((a, b) => a[0] - b[0]), frame: this.#player.frame() };
  }

  get latency(): number {
    return this.#player.latency();
  }

  /** Makes what is missing in the ring; messages get their turn now and then. */
  async fill(): Promise<void> {
    let since = performance.now();
    while (this.#sink.waiting < this.#ahead) {
      this.#hear_parameters();
      this.#sink.push(this.#player.process(BLOCK));
      if (performance.now() - since < SLICE_MS) continue;
      await other_events();
      since = performance.now();
    }
  }

  /** Never ends: the page terminates the worker. `more` hears when more is kept ready, because it did not last. */
  async play(sr: number, more: (ahead: number) => void): Promise<never> {
    for (;;) {
      if (this.#sink.underruns !== this.#underruns) {
        this.#underruns = this.#sink.underruns;
        this.#ahead = Math.min(2 * this.#ahead, this.#most_ahead);
        more(this.#ahead);
      }
      await this.fill();
      const pause = Math.min(50, Math.max(4, (250 * this.#ahead) / sr)); // ms: a quarter of what is ready
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #hear_parameters(): void {
    const { values } = this.#sink;
    for (let i = 0; i < values.length; i++) {
      if (values[i] === this.#known[i]) continue;
      const { name } = LIVE_PARAMETERS[i]!;
      this.#known[i] = values[i]!;
      this.#player.set(name, values[i]!);
      this.#changes.push([this.#player.frame(), name, values[i]!]);
    }
  }
}

export async function begin_playing(scope: WorkerScope, order: PlayMessage): Promise<void> {
  const tell = (answer: PlayAnswer) => scope.postMessage(answer);
  try {
    const job = new PlayJob(await start_in_worker(scope, order.wasmUrl, 1), order);
    scope.addEventListener("message", ({ data }) => tell({ is: "recording", id: (data as { id: number }).id, ...job.recording() }));
    await job.fill();
    tell({ is: "playing", latency: job.latency });
    await job.play(order.sr, (ahead) => tell({ is: "ahead", ahead }));
  } catch (error) {
    const { name, message } = error as Error;
    tell({ is: "failed", error: { name, message } });
  }
}
