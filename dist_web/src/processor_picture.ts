// The picture's processor: its endless sound, each block one call of the core. It allocates nothing while it plays.
import type { PictureSound } from "./generated/core.js";
import type { NdArray } from "./memory.js";
import { greet, Place, scope_core, type WorkletScope } from "./worklet_scope.js";

interface Options {
  processorOptions: {
    module: WebAssembly.Module;
    options: { mapping?: "perceptual" | "classic"; seed?: number };
    pixels: NdArray<Uint8Array>;
    playing: boolean;
  };
}

interface Exports {
  unisono_picture_sound_process(self: number, out: number, n: number): number;
}

const MOST = 4096; // samples in a block: browsers use 128 and may come to use more

export function register_picture({ AudioWorkletProcessor, registerProcessor, sampleRate }: WorkletScope): void {
  class PictureProcessor extends AudioWorkletProcessor {
    #sound: (PictureSound & { pointer: number }) | null = null;
    #wasm!: Exports;
    #out!: Place;
    #playing = true;

    constructor({ processorOptions: { module, options, pixels, playing } }: Options) {
      super();
      greet(this.port, () => {
        const { core, memory } = scope_core(module);
        const sound = new core.PictureSound({ sr: sampleRate, ...options });
        sound.set_picture(pixels);
        this.#wasm = memory.exports as unknown as Exports;
        this.#out = new Place(memory, 2 * MOST);
        this.#sound = sound as PictureSound & { pointer: number };
        this.#playing = playing;
      });
      this.port.onmessage = ({ data }) => {
        if (data === "free") this.#free();
        else this.#playing = data === "play";
      };
    }

    #free(): void {
      if (this.#sound === null) return;
      this.#sound.free();
      this.#sound = null;
      this.#out.free();
    }

    process(_inputs: unknown, outputs: Float32Array[][]): boolean {
      if (this.#sound === null) return false;
      if (!this.#playing) return true; // the outputs are silent when they come
      const [left, right] = outputs[0] as [Float32Array, Float32Array];
      const n = left.length;
      this.#wasm.unisono_picture_sound_process(this.#sound.pointer, this.#out.at, n);
      const made = this.#out.view;
      for (let i = 0; i < n; i++) {
        left[i] = made[2 * i]!;
        right[i] = made[2 * i + 1]!;
      }
      return true;
    }
  }

  registerProcessor("unisono-picture", PictureProcessor);
}
