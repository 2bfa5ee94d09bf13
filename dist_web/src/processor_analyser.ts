// The analyser's processor: the core's STFT of what passes through it, magnitudes as a stream of frames.
import type { StftStream, StftStreamOptions } from "./generated/core.js";
import { greet, scope_core, type WorkletScope } from "./worklet_scope.js";

interface Options {
  processorOptions: { module: WebAssembly.Module; options: StftStreamOptions };
}

export function register_analyser({ AudioWorkletProcessor, registerProcessor }: WorkletScope): void {
  class AnalyserProcessor extends AudioWorkletProcessor {
    #stream: StftStream | null = null;
    #magnitude!: (spectrogram: { data: Float32Array; shape: number[] }) => { data: Float32Array; shape: number[] };

    constructor({ processorOptions: { module, options } }: Options) {
      super();
      greet(this.port, () => {
        const { core } = scope_core(module);
        this.#stream = new core.StftStream(options);
        this.#magnitude = (spectrogram) => core.magnitude(spectrogram);
      });
      this.port.onmessage = () => {
        this.#stream?.free();
        this.#stream = null;
      };
    }

    process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
      if (this.#stream === null) return false;
      const input = inputs[0]![0];
      if (input === undefined) return true; // nothing is connected
      outputs[0]![0]!.set(input);
      const spectrogram = this.#stream.process(input);
      const [frames, bins] = spectrogram.shape as [number, number];
      if (frames === 0) return true;
      const { data } = this.#magnitude(spectrogram);
      this.port.postMessage({ magnitudes: data, frames, bins }, [data.buffer]);
      return true;
    }
  }

  registerProcessor("unisono-analyser", AnalyserProcessor);
}
