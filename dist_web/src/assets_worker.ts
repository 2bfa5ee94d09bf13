// In the package's worker this stands for assets.ts: it is told where the core lies, and starts helpers from its own file.

export function wasm_url(): URL {
  throw new Error("the page must say where unisono.wasm lies");
}

/** Starts another worker of the given file. */
export function start_worker(url?: string | URL): Worker {
  return new Worker(url!, { type: "module", name: "unisono" });
}
