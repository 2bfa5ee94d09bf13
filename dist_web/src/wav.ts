// WAV files that carry their recipe: 16-bit ones are the same bytes as Python writes, others hold the samples as they are.
import { bytes_of, concat, u32_bytes, utf8 } from "./bytes.js";
import { ParameterError } from "./errors.js";
import { dump_json } from "./json.js";

/** JSON values that make a sound again; numbers that are floats in Python are `Float`. */
export type Recipe = Record<string, unknown>;

/** One RIFF chunk: name, size, content, and a zero byte when the content is of odd length. */
function chunk(name: string, ...content: Uint8Array[]): Uint8Array {
  const body = concat(content);
  return concat([utf8(name), u32_bytes(body.length), body, new Uint8Array(body.length % 2)]);
}

/** The form of samples: kind, channels, rate, bytes a second, bytes a frame and bits a sample. */
function form(samples: Int16Array | Float32Array, sr: number, channels: number): Uint8Array {
  const bits = 8 * samples.BYTES_PER_ELEMENT;
  const frame = samples.BYTES_PER_ELEMENT * channels;
  const kind = samples instanceof Float32Array ? 3 : 1; // IEEE float, or PCM
  return u32_bytes(channels * 0x10000 + kind, sr, frame * sr, bits * 0x10000 + frame);
}

/**
 * The bytes of a WAV file, channels interleaved. Integers come from the core's `to_pcm16`; the recipe is JSON with sorted
 * keys in an ICMT chunk after the samples, where every player and tagger finds it.
 */
export function wav_bytes(samples: Int16Array | Float32Array, sr: number, recipe?: Recipe, channels = 1): Uint8Array {
  if (!Number.isInteger(sr) || sr < 1 || sr >= 2 ** 31) throw new ParameterError(`sr must be a rate in Hz, got ${sr}`);
  if (channels < 1 || channels > 64) throw new ParameterError(`samples: got ${channels} channels; must be from 1 to 64`);
  const tags = recipe ? [comment(recipe)] : [];
  return chunk("RIFF", utf8("WAVE"), chunk("fmt ", form(samples, sr, channels)), chunk("data", bytes_of(samples)), ...tags);
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
