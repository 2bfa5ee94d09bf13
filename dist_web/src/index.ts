// The package: `load` starts the core and returns every operation and class, with what trains, loads and writes files.
import { bind, type Core } from "./generated/core.js";
import { load_core, type LoadOptions } from "./loader.js";
import { load_model, type Model, train as train_here, type TrainOptions } from "./magnet.js";
import { type Receipt, type Verdict, verify, type VerifyOptions } from "./receipt.js";
import type { NdArray } from "./memory.js";
import { load_pairs, type PictureModel } from "./pairs.js";
import { type Picture, sonify, type SonifyOptions } from "./sonify.js";
import { encoded, read_recipe, type Recipe, wav_bytes, type WavFormat } from "./wav.js";
import { load_wavenet, train_wavenet as train_wavenet_here, type WaveNet, type WaveNetTrainOptions } from "./wavenet.js";

export { MemoryError, ModelFileError, ParameterError, ReceiptError, StateError, TrainingError } from "./errors.js";
export { type SpectrumFrames, SpectrumNode, type SpectrumNodeOptions } from "./analyser_node.js";
export type { CoreNode, NodeFactory, NodeFiles } from "./attach.js";
export type * from "./generated/core.js";
export * from "./generated/nodes.js";
export { Float } from "./json.js";
export { forget_training, kept_clip, kept_model, kept_trainings, type KeptTraining } from "./keep.js";
export type { LoadOptions } from "./loader.js";
export { type GenerateOptions, Model, type ModelOptions, type Progress, type TrainOptions } from "./magnet.js";
export { clip_sha256, type ClipOptions, type SoundOptions } from "./model.js";
export type { AnyArray, ArrayLikeInput, NdArray, Out } from "./memory.js";
export {
  type PageTrainOptions,
  type PageWaveNetOptions,
  resume,
  train,
  train_wavenet,
  type TrainedModel,
  Training,
  type TrainingProgress,
  type WaveNetTrainingProgress,
} from "./page_training.js";
export { PictureNode, type PictureNodeOptions } from "./picture_node.js";
export { type Change, type LiveName, type Recording, UnisonoNode, type UnisonoNodeOptions } from "./player_node.js";
export type { PictureModel } from "./pairs.js";
export { type Receipt, receipt_of, type Verdict, type VerifyOptions } from "./receipt.js";
export { type Picture, rgb, sonify_recipe, type SonifyOptions } from "./sonify.js";
export { BITS, VERSION } from "./version.js";
export type { Recipe, WavFormat } from "./wav.js";
export { WaveNet, type WaveNetOptions, type WaveNetProgress, type WaveNetTrainOptions } from "./wavenet.js";

/** What the package adds to the core's operations. */
export interface Extras {
  /** How the core was built: instruction set, lanes, compiler, version of its API. */
  build_info(): BuildInfo;
  /** Trains a model on a clip; the same samples, preset, epochs and seed give the same bits everywhere. */
  train(samples: Float32Array, options: TrainOptions): Promise<Model>;
  /** Trains as a receipt says, on the same samples, and tells the first epoch whose model differs, or none. */
  verify(receipt: Receipt, samples: Float32Array, options?: VerifyOptions): Promise<Verdict>;
  /** Trains a WaveNet on a clip; the same samples, steps and seed give the same bits everywhere. */
  train_wavenet(samples: Float32Array, options: WaveNetTrainOptions): Promise<WaveNet>;
  /** Reads a model from the bytes of a file. */
  load_model(content: Uint8Array | ArrayBuffer): Model;
  /** Reads a WaveNet (`unisono wavenet train`) from the bytes of a file. */
  load_wavenet(content: Uint8Array | ArrayBuffer): WaveNet;
  /** Reads a model of pictures and their sounds (`unisono train --pairs`) from the bytes of a file. */
  load_pairs(content: Uint8Array | ArrayBuffer): PictureModel;
  /**
   * The bytes of a WAV file that carries a recipe, the same as Python writes: of 16 bits if nothing is said, of 24, or of the
   * floats as they are. `dither` is the seed of noise that keeps the rounding from following the sound. Samples with a shape
   * have channels as its second dimension.
   */
  wav(
    samples: Float32Array | NdArray<Float32Array>,
    options: { sr: number; recipe?: Recipe; format?: WavFormat; dither?: number },
  ): Uint8Array;
  /**
   * The sound of a picture: pixels as a canvas gives them (RGBA, rows from the top; what is transparent shows white).
   * Stereo, [n, 2], for "perceptual"; mono, [n], for "classic" and "learned".
   */
  sonify(picture: Picture, options?: SonifyOptions): NdArray<Float32Array>;
  /** The recipe in a WAV file of ours, or null. */
  read_recipe(wav: Uint8Array): Record<string, unknown> | null;
}

export interface BuildInfo {
  isa: string;
  lanes: string;
  compiler: string;
  bits: string;
  abi: string;
}

export type Unisono = Omit<Core, keyof Extras> & Extras;

/** The pairs of a text like "isa=wasm lanes=4". */
function parse_pairs(text: string): BuildInfo {
  const pairs = text.split(" ").filter(Boolean).map((pair) => pair.split("="));
  return Object.fromEntries(pairs) as BuildInfo;
}

/** Starts the core: `const u = await load(); u.stft(x, { n_fft: 1024 })`. */
export async function load(options: LoadOptions = {}): Promise<Unisono> {
  const core = bind(await load_core(options));
  return {
    ...core,
    build_info: () => parse_pairs(core.build_info()),
    train: (samples, how) => train_here(core, samples, how),
    verify: (receipt, samples, how) => verify(core, receipt, samples, how),
    train_wavenet: (samples, how) => train_wavenet_here(core, samples, how),
    load_wavenet: (content) => load_wavenet(core, content),
    load_model: (content) => load_model(core, content),
    load_pairs: (content) => load_pairs(core, content),
    sonify: (picture, how) => sonify(core, picture, how),
    wav: (samples, { sr, recipe, format = "pcm16", dither }) => {
      const [data, channels] = "data" in samples ? [samples.data, samples.shape[1] ?? 1] : [samples, 1];
      const told = recipe && dither !== undefined ? { ...recipe, dither } : recipe;
      return wav_bytes(encoded(core, data, format, dither), format, sr, told, channels);
    },
    read_recipe,
  };
}
