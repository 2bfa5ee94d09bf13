// The kinds of models of one clip, by the names that their files give them.
import { MAGNET } from "./magnet.js";
import type { Core } from "./generated/core.js";
import type { ClipModel } from "./model.js";
import { model_file } from "./model_file.js";
import type { ClipTrainOptions, Kind } from "./training.js";
import { WAVENET } from "./wavenet.js";

const KINDS = { magnet: MAGNET, wavenet: WAVENET };

export type KindName = keyof typeof KINDS;

/** The kind of a name, for code that treats all alike. */
export function kind_of(name: string): Kind<ClipModel, object, ClipTrainOptions<ClipModel>> {
  return KINDS[name as KindName] as unknown as ReturnType<typeof kind_of>;
}

/** Reads a model of whatever kind from the bytes of a file. */
export function load_clip_model(core: Core, content: Uint8Array, threads = 1): ClipModel {
  const file = model_file(content, ...Object.keys(KINDS));
  return kind_of(file.kind).from_file(core, file, threads);
}
