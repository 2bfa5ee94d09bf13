// What build.mjs inlines into unisono.inline.js.

export const WASM_GZIP: string;
export const WORKER_JS: string;
export const WORKLET_JS: string;
