// Threads for the core: helpers are Web Workers that run the same module on the same memory. The bits never change.
import { worker_error } from "./errors.js";
import type { CoreExports } from "./memory.js";

const PAGE = 65536;
const MEMORY_PAGES = { initial: 256, maximum: 32768 }; // as codegen/wasm.py links it
const HELPER_STACK = 1 << 18; // bytes
const MEMORY_IMPORT = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2]; // "env" "memory", a memory
const HAS_MAXIMUM = 1;
const SHARED = 2;

/** What a helper is told: `to` says which part of the worker it is for. */
export interface HelperMessage {
  to: "help";
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  stack: number;
}

/** Starts a helper with what it is told; resolves when it listens. */
export type StartHelper = (order: HelperMessage) => Promise<void>;

/** How many threads make sense: none but this one unless memory may be shared and this thread may wait. */
export function possible_threads(wanted: number | "auto"): number {
  const scope = globalThis as { crossOriginIsolated?: boolean; WorkerGlobalScope?: unknown; navigator?: Navigator };
  if (scope.crossOriginIsolated !== true || scope.WorkerGlobalScope === undefined) return 1;
  const most = Math.max(1, scope.navigator?.hardwareConcurrency ?? 1);
  return wanted === "auto" ? Math.min(most, 8) : Math.max(1, Math.min(wanted, 64));
}

export function make_memory(shared: boolean): WebAssembly.Memory {
  return new WebAssembly.Memory({ ...MEMORY_PAGES, shared });
}

/** A copy of the module that wants its memory shared: one file serves both, and differs in one bit of that import. */
export function with_shared_memory(wasm: BufferSource): Uint8Array<ArrayBuffer> {
  const bytes = ArrayBuffer.isView(wasm)
    ? new Uint8Array(wasm.buffer as ArrayBuffer, wasm.byteOffset, wasm.byteLength).slice()
    : new Uint8Array(wasm).slice();
  for (let at = 0; at < Math.min(bytes.length, PAGE); at++) {
    if (MEMORY_IMPORT.every((byte, i) => bytes[at + i] === byte)) {
      bytes[at + MEMORY_IMPORT.length] = HAS_MAXIMUM | SHARED;
      return bytes;
    }
  }
  throw new Error("unisono.wasm does not import a memory: it was not built for this package");
}

/** Starts the helpers and waits until all of them listen; then the core may count on them. */
export async function start_helpers(
  exports: CoreExports,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  start: StartHelper,
  count: number,
): Promise<void> {
  const ready = Array.from({ length: count }, () => {
    const stack = exports.malloc(HELPER_STACK) >>> 0; // a multiple of 16, as compilers count on
    return start({ to: "help", module, memory, stack: stack + HELPER_STACK });
  });
  await Promise.all(ready);
  (exports["unisono_set_helpers"] as (count: number) => void)(count);
}

/** Makes a helper of the package's worker. */
export function make_helper(worker: Worker, order: HelperMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(worker_error(event));
    worker.postMessage(order);
  });
}

/** In a helper: runs the core's tasks as they come, and never returns. */
export function help(exports: Record<string, unknown>, stack: number, ready: () => void): void {
  (exports["stackRestore"] as (top: number) => void)(stack);
  ready();
  (exports["unisono_help"] as () => void)();
}
