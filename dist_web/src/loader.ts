// Loads the core in a page, a worker or Node: from this package's files, or from what the caller gives.
import { start_worker, wasm_url } from "./assets.js";
import type { Memory } from "./memory.js";
import { bytes_at, start_bytes, start_module } from "./start.js";
import { make_helper, possible_threads } from "./threads.js";

export interface LoadOptions {
  /** Where unisono.wasm lies; next to this package if left out. */
  wasmUrl?: string | URL;
  /** The bytes of unisono.wasm, for places without fetch such as a worklet. */
  wasmBinary?: BufferSource;
  /** unisono.wasm compiled already: for one thread. */
  module?: WebAssembly.Module;
  /**
   * Threads to use, or "auto" for all processors; 1 if left out. More than one are had in a Worker of a page that is
   * cross-origin isolated, and nowhere else. Never changes a result.
   */
  threads?: number | "auto";
  /** Where worker.js lies, which threads run; next to this package if left out. */
  workerUrl?: string | URL;
}

/** The bytes of unisono.wasm. */
export async function wasm_bytes({ wasmUrl, wasmBinary }: LoadOptions): Promise<BufferSource> {
  if (wasmBinary) return wasmBinary;
  const base = (globalThis as { location?: { href: string } }).location?.href;
  return bytes_at(wasmUrl === undefined ? wasm_url() : new URL(wasmUrl, base));
}

/** Compiles and starts the core. */
export async function load_core(options: LoadOptions = {}): Promise<Memory> {
  if (options.module) return start_module(options.module);
  const threads = possible_threads(options.threads ?? 1);
  return start_bytes(await wasm_bytes(options), threads, (order) => make_helper(start_worker(options.workerUrl), order));
}
