// The oscillators' processors: each block of each is one call of the core, and allocates nothing.
import { OSCILLATORS, type OscillatorEntry } from "./generated/oscillators.js";
import { greet, Place, scope, scope_core, type WorkletScope } from "./worklet_scope.js";

interface Options {
  processorOptions: { module: WebAssembly.Module; options: Record<string, unknown> };
}

interface CoreOscillator {
  readonly pointer: number;
  free(): void;
}

const MOST = 4096; // samples in a block: browsers use 128 and may come to use more

function processor_class(entry: OscillatorEntry, { AudioWorkletProcessor, sampleRate }: WorkletScope) {
  return class extends AudioWorkletProcessor {
    static readonly parameterDescriptors = entry.controls;
    #object: CoreOscillator | null = null;
    #wasm: object = {};
    #out!: Place;
    #controls: Place[] = [];
    #places: number[] = [];

    constructor({ processorOptions }: Options) {
      super();
      greet(this.port, () => this.#set_up(processorOptions));
      this.port.onmessage = ({ data }) => {
        if (data === "free") this.#free();
      };
    }

    #set_up({ module, options }: Options["processorOptions"]): void {
      const { core, memory } = scope_core(module);
      const made = new (core[entry.name] as new (options: object) => unknown)({ sr: sampleRate, ...options });
      this.#object = made as CoreOscillator;
      this.#wasm = memory.exports;
      this.#out = new Place(memory, MOST);
      this.#controls = entry.controls.map(() => new Place(memory, MOST));
      this.#places = this.#controls.map((place) => place.at);
    }

    #free(): void {
      if (this.#object === null) return;
      this.#object.free();
      this.#object = null;
      [this.#out, ...this.#controls].forEach((place) => place.free());
    }

    process(_inputs: unknown, outputs: Float32Array[][], parameters: Record<string, Float32Array>): boolean {
      if (this.#object === null) return false;
      const out = outputs[0]![0]!;
      const n = out.length;
      for (let i = 0; i < entry.controls.length; i++) {
        const given = parameters[entry.controls[i]!.name]!; // one value stands for the whole block
        if (given.length === 1) this.#controls[i]!.view.fill(given[0]!, 0, n);
        else this.#controls[i]!.view.set(given);
      }
      entry.process(this.#wasm, this.#object.pointer, this.#out.at, this.#places, n);
      const made = this.#out.view;
      for (let i = 0; i < n; i++) out[i] = made[i]!;
      return true;
    }
  };
}

export function register_oscillators(): void {
  for (const entry of OSCILLATORS) scope.registerProcessor(`unisono-${entry.name}`, processor_class(entry, scope));
}
