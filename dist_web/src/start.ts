// Starts the core's WebAssembly module from where its bytes lie; knows nothing of where this package's files are.
import { MemoryError } from "./errors.js";
import { type CoreExports, Memory } from "./memory.js";
import { make_memory, type StartHelper, start_helpers, with_shared_memory } from "./threads.js";

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

/** The bytes of the module at a URL. */
export async function bytes_at(url: URL): Promise<BufferSource> {
  if (url.protocol === "file:") return read_file(url);
  return url.protocol === "data:" ? unpack(url) : fetch_bytes(url);
}

function begun(instance: WebAssembly.Instance, memory: WebAssembly.Memory): CoreExports {
  const exports = { ...instance.exports, memory } as unknown as CoreExports & { _initialize?: () => void };
  exports._initialize?.();
  return exports;
}

/** Starts a compiled module at once, where waiting is impossible: in an audio worklet. */
export function start_now(module: WebAssembly.Module): Memory {
  const memory = make_memory(false);
  return new Memory(begun(new WebAssembly.Instance(module, imports(memory)), memory));
}

/** Starts a compiled module, for one thread. */
export async function start_module(module: WebAssembly.Module): Promise<Memory> {
  const memory = make_memory(false);
  return new Memory(begun(await WebAssembly.instantiate(module, imports(memory)), memory));
}

/** Compiles and starts the module with as many threads as are possible here. */
export async function start_bytes(bytes: BufferSource, threads: number, start_helper: StartHelper): Promise<Memory> {
  if (threads === 1) return start_module(await WebAssembly.compile(bytes));
  const memory = make_memory(true);
  const module = await WebAssembly.compile(with_shared_memory(bytes));
  const exports = begun(await WebAssembly.instantiate(module, imports(memory)), memory);
  await start_helpers(exports, module, memory, start_helper, threads - 1);
  return new Memory(exports);
}
