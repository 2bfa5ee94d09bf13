// Makes dist, which the package consists of, out of src and of what tsc wrote into lib: each entry as one minified module,
// the inline build, and the types.
import { build } from "esbuild";
import { cpSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const WASM = here("wasm/unisono.wasm");
const HEAD = "// Unisono, MIT licence; the sources are in the package's repository.\n";

/** Puts one module in the place of another. */
function in_place_of(module, other) {
  return {
    name: "in-place-of",
    setup: (b) => b.onResolve({ filter: new RegExp(`/${module}\\.js$`) }, () => ({ path: here(`src/${other}.ts`) })),
  };
}

/** Supplies the module inlined.js: what the inline build carries with it. */
function inlined(texts) {
  const contents = Object.entries(texts).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};`).join("\n");
  return {
    name: "inlined",
    setup: (b) => {
      b.onResolve({ filter: /\/inlined\.js$/ }, () => ({ path: "inlined", namespace: "inlined" }));
      b.onLoad({ filter: /.*/, namespace: "inlined" }, () => ({ contents, loader: "js" }));
    },
  };
}

/** One entry bundled into one ES module. */
async function bundle(entry, out, plugins = []) {
  const common = { bundle: true, format: "esm", target: "es2022", minify: true, legalComments: "none", banner: { js: HEAD } };
  await build({ ...common, entryPoints: [here(`src/${entry}.ts`)], outfile: here(`dist/${out}.js`), plugins });
}

/** Copies the types from lib, which tsc wrote, and from src, where codegen did. */
function copy_types(from) {
  const chosen = (path) => statSync(path).isDirectory() || path.endsWith(".d.ts");
  cpSync(here(from), here(from === "lib" ? "dist" : "dist/generated"), { recursive: true, filter: chosen });
}

cpSync(here("src/generated"), here("lib/generated"), { recursive: true }); // JavaScript already, so tsc leaves it alone
rmSync(here("dist"), { recursive: true, force: true });
copy_types("lib");
copy_types("src/generated");
await bundle("index", "index");
await bundle("worker", "worker", [in_place_of("assets", "assets_worker")]);
await bundle("worklet", "worklet", [in_place_of("assets", "assets_worker")]);
if (existsSync(WASM)) {
  const texts = {
    WASM_GZIP: gzipSync(readFileSync(WASM), { level: 9 }).toString("base64"),
    WORKER_JS: readFileSync(here("dist/worker.js"), "utf8"),
    WORKLET_JS: readFileSync(here("dist/worklet.js"), "utf8"),
  };
  await bundle("index", "unisono.inline", [in_place_of("assets", "assets_inline"), inlined(texts)]);
} else {
  console.warn("dist_web/wasm/unisono.wasm is missing: run `python -m codegen wasm` to build it");
}
