// The player's processor: takes samples from the ring and hands parameters back. It allocates nothing while it plays, but
// for the reports where memory is not shared.
import type { RingReport } from "./messages.js";
import { LIVE_PARAMETERS, Ring } from "./ring.js";
import { greet, type WorkletScope } from "./worklet_scope.js";

interface Options {
  processorOptions: { ring: SharedArrayBuffer | null; bytes: number; playing: boolean };
}

type Command = "free" | "play" | "pause" | { port: MessagePort };

const REPORT_EVERY = 1024; // samples, where memory is not shared

export function register_player({ AudioWorkletProcessor, registerProcessor }: WorkletScope): void {
  class PlayerProcessor extends AudioWorkletProcessor {
    static readonly parameterDescriptors = LIVE_PARAMETERS.map((p) => ({ ...p, automationRate: "k-rate" }));
    #ring!: Ring;
    #worker: MessagePort | null = null;
    #playing = true;
    #free = false;
    #reported = 0;
    #underruns = 0;

    constructor({ processorOptions: { ring, bytes, playing } }: Options) {
      super();
      greet(this.port, () => {
        this.#ring = new Ring(ring ?? new ArrayBuffer(bytes));
        this.#playing = playing;
      });
      this.port.onmessage = ({ data }) => this.#obey(data as Command);
    }

    #obey(command: Command): void {
      if (command === "free") this.#free = true;
      else if (command === "play" || command === "pause") {
        this.#playing = command === "play";
        this.port.postMessage({ heard: command });
      }
      else {
        this.#worker = command.port;
        command.port.onmessage = ({ data }) => this.#ring.write(data as Float32Array);
      }
    }

    process(_inputs: unknown, outputs: Float32Array[][], parameters: Record<string, Float32Array>): boolean {
      if (this.#free) return false;
      this.#take_parameters(parameters);
      if (!this.#playing) return true; // the outputs are silent when they come
      this.#ring.read(outputs[0]![0]!);
      if (this.#worker) this.#report(this.#worker);
      return true;
    }

    #take_parameters(parameters: Record<string, Float32Array>): void {
      const { values } = this.#ring;
      for (let i = 0; i < values.length; i++) {
        const value = parameters[LIVE_PARAMETERS[i]!.name]![0]!;
        if (values[i] === value) continue;
        values[i] = value;
        this.#worker?.postMessage({ parameter: i, value } satisfies RingReport);
      }
    }

    #report(worker: MessagePort): void {
      const { read_in_all: read, underruns } = this.#ring;
      const more = underruns !== this.#underruns;
      if (!more && ((read - this.#reported) | 0) < REPORT_EVERY) return;
      this.#reported = read;
      this.#underruns = underruns;
      worker.postMessage({ read, underruns } satisfies RingReport);
      if (more) this.port.postMessage({ underruns });
    }
  }

  registerProcessor("unisono-player", PlayerProcessor);
}
