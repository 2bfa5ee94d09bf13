// Instantiates the core's WebAssembly module: in a page or worker by fetch, in Node from the file, or from given bytes.
import { start_worker, wasm_url } from "./assets.js";
import { MemoryError } from "./errors.js";
import { type CoreExports, Memory } from "./memory.js";
import { make_memory, possible_threads, start_helpers, with_shared_memory } from "./threads.js";

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

/** What the module imports. */
export function imports(memory: WebAssembly.Memory): WebAssembly.Imports {
  return { wasi_snapshot_preview1: WASI, env: { memory, emscripten_notify_memory_growth: () => {} } };
}

interface NodeProcess {
  getBuiltinModule(name: string): { readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> };
}

/** A file, in Node; asked of the process rather than imported, so that bundlers for the web do not look for it. */
async function read_file(url: URL): Promise<BufferSource> {
  return (globalThis as unknown as { process: NodeProcess }).process.getBuiltinModule("node:fs/promises").readFile(url);
}

async function fetch_bytes(url: URL): Promise<BufferSource> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} cannot be fetched: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** The bytes behind a data: URL, taken apart here: a strict policy for connections would stop fetch. */
async function unpack(url: URL): Promise<BufferSource> {
  const packed = Uint8Array.from(atob(url.pathname.slice(url.pathname.indexOf(",") + 1)), (c) => c.charCodeAt(0));
  if (!url.pathname.startsWith("application/gzip")) return packed;
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** The bytes of unisono.wasm. */
export async function wasm_bytes({ wasmUrl, wasmBinary }: LoadOptions): Promise<BufferSource> {
  if (wasmBinary) return wasmBinary;
  const base = (globalThis as { location?: { href: string } }).location?.href;
  const url = wasmUrl === undefined ? wasm_url() : new URL(wasmUrl, base);
  if (url.protocol === "file:") return read_file(url);
  return url.protocol === "data:" ? unpack(url) : fetch_bytes(url);
}

function begun(instance: WebAssembly.Instance, memory: WebAssembly.Memory): CoreExports {
  const exports = { ...instance.exports, memory } as unknown as CoreExports & { _initialize?: () => void };
  exports._initialize?.();
  return exports;
}

/** Starts a compiled module at once, where waiting is impossible: in an audio worklet. */
export function start_core_now(module: WebAssembly.Module): CoreExports {
  const memory = make_memory(false);
  return begun(new WebAssembly.Instance(module, imports(memory)), memory);
}

/** Compiles and starts the core. */
export async function load_core(options: LoadOptions = {}): Promise<Memory> {
  const threads = options.module ? 1 : possible_threads(options.threads ?? 1);
  const memory = make_memory(threads > 1);
  const bytes = options.module ? null : await wasm_bytes(options);
  const module =
    options.module ?? (await WebAssembly.compile(threads > 1 ? with_shared_memory(bytes!) : bytes!));
  const exports = begun(await WebAssembly.instantiate(module, imports(memory)), memory);
  if (threads > 1) await start_helpers(exports, module, memory, () => start_worker(options.workerUrl), threads - 1);
  return new Memory(exports);
}
