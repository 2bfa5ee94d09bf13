// The ring of samples between the worker that makes them and the worklet that plays them, and the parameters on their way back.
// It lies in shared memory where a page may have that; else in the worklet, and samples come to it in messages.

/** The player's parameters as AudioParams, in the order and with the ranges of the core's `live_parameter`. */
export const LIVE_PARAMETERS = [
  { name: "temperature", minValue: 0, maxValue: 10, defaultValue: 1 },
  { name: "gain", minValue: 0, maxValue: 4, defaultValue: 1 },
  { name: "density", minValue: 0, maxValue: 20, defaultValue: 1 },
  { name: "pitch", minValue: -24, maxValue: 24, defaultValue: 0 },
  { name: "formant", minValue: -24, maxValue: 24, defaultValue: 0 },
  { name: "morph", minValue: 0, maxValue: 1, defaultValue: 0 },
] as const;

export type LiveName = (typeof LIVE_PARAMETERS)[number]["name"];

const WRITTEN = 0; // samples in all, modulo 2^32, like READ
const READ = 1;
const UNDERRUNS = 2; // blocks that came too short
const HEAD = 4; // integers
const BYTES_BEFORE = 4 * (HEAD + LIVE_PARAMETERS.length);

/** One writer, one reader; neither waits for the other, and neither allocates. */
export class Ring {
  /** The parameters as the worklet has them now. */
  readonly values: Float32Array;
  readonly #head: Int32Array;
  readonly #samples: Float32Array;

  constructor(readonly memory: ArrayBufferLike) {
    this.#head = new Int32Array(memory, 0, HEAD);
    this.values = new Float32Array(memory, 4 * HEAD, LIVE_PARAMETERS.length);
    this.#samples = new Float32Array(memory, BYTES_BEFORE);
  }

  /** The bytes of a ring with room for so many samples: a power of two, so that counting may wrap round. */
  static bytes_for(samples: number): number {
    let size = 4096;
    while (size < samples) size *= 2;
    return BYTES_BEFORE + 4 * size;
  }

  get readable(): number {
    return (Atomics.load(this.#head, WRITTEN) - Atomics.load(this.#head, READ)) | 0;
  }

  /** Samples that were played, modulo 2^32. */
  get read_in_all(): number {
    return Atomics.load(this.#head, READ);
  }

  get underruns(): number {
    return Atomics.load(this.#head, UNDERRUNS);
  }

  /** Appends samples; there must be room for them. */
  write(block: Float32Array): void {
    const size = this.#samples.length;
    const at = (Atomics.load(this.#head, WRITTEN) >>> 0) % size;
    const first = Math.min(block.length, size - at);
    for (let i = 0; i < first; i++) this.#samples[at + i] = block[i]!;
    for (let i = first; i < block.length; i++) this.#samples[i - first] = block[i]!;
    Atomics.add(this.#head, WRITTEN, block.length);
  }

  /** Takes the next samples into `out`; fills what is missing with silence, and counts that. */
  read(out: Float32Array): void {
    const size = this.#samples.length;
    const given = Math.min(out.length, this.readable);
    const at = (Atomics.load(this.#head, READ) >>> 0) % size;
    for (let i = 0, from = at; i < given; i++) {
      out[i] = this.#samples[from]!;
      if (++from === size) from = 0;
    }
    for (let i = given; i < out.length; i++) out[i] = 0;
    Atomics.add(this.#head, READ, given);
    if (given < out.length) Atomics.add(this.#head, UNDERRUNS, 1);
  }
}
