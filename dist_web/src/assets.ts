// Where the package's other files lie: next to this one. Bundlers find these URLs and copy the files; the inline build
// replaces this module by assets_inline.ts.

export function wasm_url(): URL {
  return new URL("../wasm/unisono.wasm", import.meta.url);
}

export function worklet_url(): URL {
  return new URL("./worklet.js", import.meta.url);
}

/** Starts the package's worker, from this package or from where the caller hosts it. */
export function start_worker(url?: string | URL): Worker {
  if (url !== undefined) return new Worker(url, { type: "module", name: "unisono" });
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "unisono" });
}
