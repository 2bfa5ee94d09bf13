// WAV files that carry their recipe: the same bytes as Python writes.
import { bytes_of, concat, u32_bytes, utf8 } from "./bytes.js";
import { ParameterError } from "./errors.js";
import type { Core } from "./generated/core.js";
import { dump_json } from "./json.js";

/** JSON values that make a sound again; numbers that are floats in Python are `Float`. */
export type Recipe = Record<string, unknown>;

/** One RIFF chunk: name, size, content, and a zero byte when the content is of odd length. */
function chunk(name: string, ...content: Uint8Array[]): Uint8Array {
  const body = concat(content);
  return concat([utf8(name), u32_bytes(body.length), body, new Uint8Array(body.length % 2)]);
}

/** How samples are written: whole numbers of 16 or 24 bits, or the floats as they are. */
export type WavFormat = "pcm16" | "pcm24" | "float";

/** Kind (PCM, or IEEE float) and bytes a sample, by format. */
const FORMATS: Record<WavFormat, [number, number]> = { pcm16: [1, 2], pcm24: [1, 3], float: [3, 4] };

/** The lowest two or three bytes of 32-bit numbers. */
function packed(numbers: Int32Array, size: number): Uint8Array {
  if (size === 2) return bytes_of(new Int16Array(numbers));
  const out = new Uint8Array(3 * numbers.length);
  for (let i = 0, at = 0; i < numbers.length; i++) {
    out[at++] = numbers[i]!;
    out[at++] = numbers[i]! >> 8;
    out[at++] = numbers[i]! >> 16;
  }
  return out;
}

/**
 * The bytes of a WAV file, channels interleaved: the same as Python writes. Whole numbers come from the core's `to_pcm`; the
 * recipe is JSON with sorted keys in an ICMT chunk after the samples, where every player and tagger finds it.
 */
export function wav_bytes(samples: Int32Array | Float32Array, format: WavFormat, sr: number, recipe?: Recipe, channels = 1): Uint8Array {
  if (!Number.isInteger(sr) || sr < 1 || sr >= 2 ** 31) throw new ParameterError(`sr must be a rate in Hz, got ${sr}`);
  if (channels < 1 || channels > 64) throw new ParameterError(`samples: got ${channels} channels; must be from 1 to 64`);
  const [kind, size] = FORMATS[format];
  const frame = size * channels;
  const form = [u32_bytes(channels * 0x10000 + kind, sr, frame * sr, 8 * size * 0x10000 + frame)];
  if (format === "float") form.push(new Uint8Array(2)); // whose head is longer, as the standard has it
  const fact = format === "float" ? [chunk("fact", u32_bytes(samples.length / channels))] : [];
  const data = samples instanceof Int32Array ? packed(samples, size) : bytes_of(samples);
  const tags = recipe ? [comment(recipe)] : [];
  return chunk("RIFF", utf8("WAVE"), chunk("fmt ", ...form), ...fact, chunk("data", data), ...tags);
}

/** Samples as a file of the format has them; `dither` is the seed of the noise, if any is wanted. */
export function encoded(core: Core, samples: Float32Array, format: WavFormat, dither: number | undefined): Int32Array | Float32Array {
  if (!Object.hasOwn(FORMATS, format)) {
    throw new ParameterError(`format: got '${String(format)}'; must be one of ${Object.keys(FORMATS).join(", ")}`);
  }
  if (format !== "float") return core.to_pcm(samples, { bits: Number(format.slice(3)), dither: dither !== undefined, seed: dither ?? 0 });
  if (dither !== undefined) throw new ParameterError("dither: the format 'float' is not rounded");
  return samples;
}

function comment(recipe: Recipe): Uint8Array {
  return chunk("LIST", utf8("INFO"), chunk("ICMT", utf8(dump_json(recipe, { sorted: true }) + "\0")));
}

/** The recipe in a WAV file of ours, or null when it carries none. */
export function read_recipe(wav: Uint8Array): Record<string, unknown> | null {
  const text = find_comment(wav);
  try {
    const recipe: unknown = JSON.parse(text ?? "null");
    const ours = typeof recipe === "object" && recipe !== null && "unisono" in recipe;
    return ours ? (recipe as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function find_comment(wav: Uint8Array): string | null {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  const name = (at: number) => String.fromCharCode(...wav.subarray(at, at + 4));
  let at = name(0) === "RIFF" && name(8) === "WAVE" ? 12 : wav.length;
  while (at + 8 <= wav.length) {
    const size = view.getUint32(at + 4, true);
    if (name(at) === "LIST" && name(at + 8) === "INFO") {
      at += 12; // the chunks inside follow
      continue;
    }
    if (name(at) === "ICMT") return text_of(wav.subarray(at + 8, at + 8 + size));
    at += 8 + size + (size % 2);
  }
  return null;
}

function text_of(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
