// Copies the generated wrapper next to what tsc wrote: it is JavaScript already, so tsc leaves it alone.
import { cpSync, existsSync } from "node:fs";

const here = (path) => new URL(path, import.meta.url);

cpSync(here("src/generated"), here("lib/generated"), { recursive: true });
if (!existsSync(here("wasm/unisono.wasm"))) {
  console.warn("dist_web/wasm/unisono.wasm is missing: run `python -m codegen wasm` to build it");
}
