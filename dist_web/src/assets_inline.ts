// The inline build's other files: they lie in this one as text, and become blobs when they are first needed.
import { WASM_GZIP, WORKER_JS, WORKLET_JS } from "./inlined.js"; // written by build.mjs

const urls = new Map<string, URL>();

function blob_url(name: string, make: () => Blob): URL {
  const known = urls.get(name) ?? new URL(URL.createObjectURL(make()));
  urls.set(name, known);
  return known;
}

export function wasm_url(): URL {
  return new URL(`data:application/gzip;base64,${WASM_GZIP}`);
}

export function worklet_url(): URL {
  return blob_url("worklet", () => new Blob([WORKLET_JS], { type: "text/javascript" }));
}

export function start_worker(url?: string | URL): Worker {
  const source = url ?? blob_url("worker", () => new Blob([WORKER_JS], { type: "text/javascript" }));
  return new Worker(source, { type: "module", name: "unisono" });
}
