// Models of pictures and their sounds from JavaScript: what `unisono train --pairs` has made, for the learned mapping.
import { ModelFileError } from "./errors.js";
import type { Core, PairsModel } from "./generated/core.js";
import { tensors_of } from "./model.js";
import { checked_options, filled, is_text, model_file } from "./model_file.js";
import { model_sha256 } from "./safetensors.js";

/** A model that makes sound of pictures; made by `load_pairs`, for `sonify`. Free it when done. */
export class PictureModel {
  constructor(
    /** The core's own object. */
    readonly core: PairsModel,
    /** Sample rate in Hz of what it makes. */
    readonly sr: number,
    /** The names of the pairs that it was trained on. */
    readonly pairs: string[],
  ) {}

  /** The model's name by content, as in Python. */
  get sha256(): string {
    return model_sha256(tensors_of(this.core));
  }

  /** Gives the core's memory back; the model cannot be used afterwards. */
  free(): void {
    this.core.free();
  }
}

/** Reads a model from the bytes of a file, which may be damaged, or be made to harm. */
export function load_pairs(core: Core, content: Uint8Array | ArrayBuffer): PictureModel {
  const file = model_file(content, "pairs");
  const options = checked_options(file, { pairs: Array.isArray, pairs_sha256: is_text });
  const { sr, seed, step } = options;
  const pairs = options["pairs"] as string[];
  if (!pairs.every(is_text)) throw new ModelFileError("is damaged: the names of its pairs are not texts");
  return new PictureModel(filled(() => new core.PairsModel({ sr, seed }), file, step, "a model of pairs"), sr, [...pairs]);
}
