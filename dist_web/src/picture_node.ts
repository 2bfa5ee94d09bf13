// PictureNode, the page's side: an AudioWorkletNode that makes a picture's sound without end.
import { check_options } from "./arguments.js";
import { type CoreNode, make_node, type NodeFiles } from "./attach.js";
import { type Picture, rgb } from "./sonify.js";

export interface PictureNodeOptions extends NodeFiles {
  /** What a canvas's `getImageData` gives. Its corners are found in the audio thread: better not above 512 pixels a side. */
  picture: Picture;
  /** "perceptual" if left out. */
  mapping?: "perceptual" | "classic";
  /** 0 to 4294967295; another seed, another sound of the same picture. Default 0. */
  seed?: number;
  /** Whether it plays at once; otherwise `play()` starts it. Default true. */
  playing?: boolean;
}

/** In stereo, the samples of the core's `PictureSound` at the context's rate; while paused it is silent and stays where it is. */
export interface PictureNode extends CoreNode {
  play(): void;
  pause(): void;
}

async function create(context: BaseAudioContext, given: PictureNodeOptions): Promise<PictureNode> {
  check_options("PictureNode", given, ["picture", "mapping", "seed", "playing", "wasmUrl", "workletUrl", "workerUrl"]);
  const { picture, mapping = "perceptual", seed = 0, playing = true } = given;
  const node = await make_node(context, "picture", given, {
    numberOfInputs: 0,
    outputChannelCount: [2],
    processorOptions: { options: { mapping, seed }, pixels: rgb(picture), playing },
  });
  return Object.assign(node, { play: () => node.port.postMessage("play"), pause: () => node.port.postMessage("pause") });
}

/** Plays a picture: `PictureNode.create(context, { picture })`. */
export const PictureNode = { create };
