// Photo to sound: a canvas's pixels to the core's, and one call for all mappings, with Python's defaults and refusals.
import { check_options } from "./arguments.js";
import { ParameterError } from "./errors.js";
import type { Core } from "./generated/core.js";
import { Float } from "./json.js";
import type { NdArray } from "./memory.js";
import type { PictureModel } from "./pairs.js";
import { sha256 } from "./sha256.js";
import { BITS, VERSION } from "./version.js";
import type { Recipe } from "./wav.js";

/** What a canvas's `getImageData` gives: RGBA, rows from the top. */
export interface Picture {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

export interface SonifyOptions {
  /** Above 0 and up to 3600; 20 if left out. */
  seconds?: number;
  /** "perceptual" if left out. */
  mapping?: "perceptual" | "classic" | "learned";
  /** 0 to 4294967295; another seed, another sound of the same picture. */
  seed?: number;
  /** Hz; 44100, or the model's, if left out. */
  sr?: number;
  /** For "learned": from `load_pairs`. */
  model?: PictureModel;
}

/** The pixels as the core takes them: RGB, transparent ones on white, rounded as Python does. */
export function rgb(picture: Picture): NdArray<Uint8Array> {
  if (!picture?.data) throw new ParameterError("picture: must be what getImageData gives: data, width and height");
  const { data, width, height } = picture;
  if (data.length !== 4 * width * height) {
    throw new ParameterError(`picture: got ${data.length} bytes; must be 4 x ${width} x ${height}`);
  }
  const out = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; ++i) {
    const opacity = data[4 * i + 3]!;
    for (let c = 0; c < 3; ++c) {
      const mixed = data[4 * i + c]! * opacity + 255 * (255 - opacity) + 127;
      out[3 * i + c] = (mixed - (mixed % 255)) / 255;
    }
  }
  return { data: out, shape: [height, width, 3] };
}

/** Half to even, as Python rounds. */
function rounded(x: number): number {
  const whole = Math.floor(x);
  if (x - whole !== 0.5) return Math.round(x);
  return whole % 2 === 0 ? whole : whole + 1;
}

/** What a WAV says about how its sound was made, as Python writes it: `unisono verify --picture` makes it again. */
export function sonify_recipe(picture: Picture, name: string, options: SonifyOptions = {}): Recipe {
  const { seconds = 20, mapping = "perceptual", seed = 0, model } = options;
  const { sr = model?.sr ?? 44100 } = options;
  const [picture_sha256, picture_size] = [sha256(rgb(picture).data), [picture.width, picture.height]];
  return { unisono: VERSION, bits: BITS, made_by: "sonify", picture: name, picture_sha256, picture_size, mapping, seconds: new Float(seconds), seed, sr, ...(model && { model_sha256: model.sha256 }) };
}

export function sonify(core: Core, picture: Picture, options: SonifyOptions = {}): NdArray<Float32Array> {
  check_options("sonify", options, ["seconds", "mapping", "seed", "sr", "model"]);
  const { seconds = 20, mapping = "perceptual", seed = 0, model } = options;
  const { sr = model?.sr ?? 44100 } = options;
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new ParameterError(`seconds: got ${seconds}; must be above 0 and at most 3600`);
  }
  const n = rounded(seconds * sr);
  if ((mapping === "learned") !== (model !== undefined)) {
    throw new ParameterError("model: goes with the mapping 'learned', which needs one");
  }
  if (model) {
    if (sr !== model.sr) throw new ParameterError(`sr: got ${sr}; the model's is ${model.sr}`);
    return { data: model.core.sonify(rgb(picture), n, { seed }), shape: [n] };
  }
  if (mapping === "perceptual") return core.sonify_perceptual(rgb(picture), n, { sr, seed });
  if (mapping !== "classic") {
    throw new ParameterError(`mapping: got '${String(mapping)}'; must be one of classic, perceptual, learned`);
  }
  return { data: core.sonify_classic(rgb(picture), n, { sr, seed }), shape: [n] };
}
