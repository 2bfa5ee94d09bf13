// The page's side of the analyser: an AudioWorkletNode that passes sound on and tells its spectrum, frame by frame.
import { check_options } from "./arguments.js";
import { type CoreNode, make_node, type NodeFiles } from "./attach.js";
import type { StftStreamOptions } from "./generated/core.js";

/** Magnitudes of some frames, row-major: [frames][bins]. */
export interface SpectrumFrames {
  magnitudes: Float32Array;
  frames: number;
  bins: number;
}

export interface SpectrumNodeOptions extends StftStreamOptions, NodeFiles {
  /** Called whenever frames are complete. */
  on_frames: (frames: SpectrumFrames) => void;
}

const OPTIONS = ["n_fft", "hop_length", "win_length", "window", "center", "pad_mode"] as const;

async function create(context: BaseAudioContext, options: SpectrumNodeOptions): Promise<CoreNode> {
  check_options("SpectrumNode", options, [...OPTIONS, "on_frames", "wasmUrl", "workletUrl", "workerUrl"]);
  const chosen = Object.fromEntries(OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
  const node = await make_node(context, "analyser", options, {
    channelCount: 1,
    channelCountMode: "explicit",
    outputChannelCount: [1],
    processorOptions: { options: chosen },
  });
  node.port.onmessage = ({ data }: MessageEvent<SpectrumFrames>) => options.on_frames(data);
  return node;
}

/** The STFT magnitudes of what passes through, the same bits as `magnitude(stft(x))`. */
export const SpectrumNode = { create };
