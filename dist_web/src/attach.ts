// Brings the core into an audio context: adds the worklet's module once, and makes nodes whose processors run the core.
import { worklet_url } from "./assets.js";
import { error_from, StateError } from "./errors.js";
import { wasm_bytes } from "./loader.js";

/** Where the files are hosted that a node needs, when that is not where a bundler or the package puts them. */
export interface NodeFiles {
  wasmUrl?: string | URL;
  workletUrl?: string | URL;
  /** Of no use to an oscillator, but the same options may go to all. */
  workerUrl?: string | URL;
}

/** An AudioWorkletNode whose processor runs the core. */
export interface CoreNode extends AudioWorkletNode {
  /** Ends the processor and gives its memory back; the node is silent from then on. */
  free(): void;
}

/** Makes nodes. (A class would need AudioWorkletNode when the package is imported, which servers do not have.) */
export interface NodeFactory<N extends AudioWorkletNode, O> {
  create(context: BaseAudioContext, options?: O): Promise<N>;
}

const modules = new Map<string, Promise<WebAssembly.Module>>();
const contexts = new WeakMap<BaseAudioContext, Promise<void>>();

/** The compiled core, fetched once for each place it may come from. */
export function core_module({ wasmUrl }: NodeFiles): Promise<WebAssembly.Module> {
  const key = String(wasmUrl ?? "");
  const known = modules.get(key);
  if (known) return known;
  const made = wasm_bytes(wasmUrl === undefined ? {} : { wasmUrl }).then((bytes) => WebAssembly.compile(bytes));
  modules.set(key, made);
  made.catch(() => modules.delete(key)); // a later try may succeed
  return made;
}

function worklet_added(context: BaseAudioContext, { workletUrl }: NodeFiles): Promise<void> {
  const known = contexts.get(context);
  if (known) return known;
  if (!context.audioWorklet) throw new StateError("this page has no AudioWorklet: it must be served over https or from localhost");
  const added = context.audioWorklet.addModule(workletUrl ?? worklet_url());
  contexts.set(context, added);
  added.catch(() => contexts.delete(context));
  return added;
}

/** What every processor says once, before anything else. */
export type ProcessorGreeting = { ready: unknown } | { error: { name: string; message: string } };

function greeting(node: AudioWorkletNode): Promise<unknown> {
  return new Promise((resolve, reject) => {
    node.onprocessorerror = () => reject(new StateError("the audio processor could not be started"));
    node.port.onmessage = ({ data }: MessageEvent<ProcessorGreeting>) => {
      if ("error" in data) reject(error_from(data.error));
      else resolve(data.ready);
    };
  });
}

/** Makes a node of the package's worklet and waits until its processor works, or says why it does not. */
export async function make_node(
  context: BaseAudioContext,
  processor: string,
  files: NodeFiles,
  node_options: AudioWorkletNodeOptions,
): Promise<CoreNode> {
  const [module] = await Promise.all([core_module(files), worklet_added(context, files)]);
  const processorOptions = { module, ...(node_options.processorOptions as object) };
  const node = new AudioWorkletNode(context, `unisono-${processor}`, { ...node_options, processorOptions });
  await greeting(node);
  return Object.assign(node, { free: () => node.port.postMessage("free") });
}
