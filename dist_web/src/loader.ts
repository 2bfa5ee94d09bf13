// Instantiates the core's WebAssembly module: in a page or worker by fetch, in Node from the file, or from given bytes.
import { MemoryError } from "./errors.js";
import { type CoreExports, Memory } from "./memory.js";

export interface LoadOptions {
  /** Where unisono.wasm lies; next to this package if left out. */
  wasmUrl?: string | URL;
  /** The bytes of unisono.wasm, for places without fetch such as a worklet. */
  wasmBinary?: BufferSource;
  /** unisono.wasm compiled already. */
  module?: WebAssembly.Module;
}

const WASI_BAD_FILE = 8; // errno of a file descriptor that is not open: the core does no input or output

// A standalone module names these although the core never needs them; nothing else may be asked for.
const WASI: Record<string, (...args: never[]) => number | void> = {
  // The core has no exceptions here: when an allocation of its own fails, all it can do is stop in the middle.
  proc_exit: () => {
    throw new MemoryError("out of memory: what was being done is lost; load the core afresh to have all of it again");
  },
  fd_write: () => WASI_BAD_FILE,
  fd_read: () => WASI_BAD_FILE,
  fd_seek: () => WASI_BAD_FILE,
  fd_close: () => WASI_BAD_FILE,
};

const IMPORTS = {
  wasi_snapshot_preview1: WASI,
  env: { emscripten_notify_memory_growth: () => {} },
};

async function read_file(url: URL): Promise<BufferSource> {
  const name = "node:fs/promises"; // a variable, so that bundlers for the web do not look for it
  const fs = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as {
    readFile(url: URL): Promise<Uint8Array<ArrayBuffer>>;
  };
  return fs.readFile(url);
}

async function fetch_bytes(url: URL): Promise<BufferSource> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} cannot be fetched: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

async function compile(options: LoadOptions): Promise<WebAssembly.Module> {
  if (options.module) return options.module;
  if (options.wasmBinary) return WebAssembly.compile(options.wasmBinary);
  const url = new URL(options.wasmUrl ?? "../wasm/unisono.wasm", import.meta.url);
  return WebAssembly.compile(await (url.protocol === "file:" ? read_file(url) : fetch_bytes(url)));
}

/** Compiles and starts the core. */
export async function load_core(options: LoadOptions = {}): Promise<Memory> {
  const module = await compile(options);
  const instance = await WebAssembly.instantiate(module, IMPORTS);
  const exports = instance.exports as unknown as CoreExports & { _initialize?: () => void };
  exports._initialize?.();
  return new Memory(exports);
}
