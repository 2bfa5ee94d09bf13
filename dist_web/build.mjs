// Makes dist, which the package consists of, out of src and of what tsc wrote into lib: each entry as one minified module,
// the inline build, and the types; and site, the studio and the gallery.
import { build } from "esbuild";
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const WASM = here("wasm/unisono.wasm");
const HEAD = "// Unisono, MIT licence\n";

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

const COMMON = { bundle: true, format: "esm", target: "es2022", minify: true, legalComments: "none", banner: { js: HEAD } };
const source = (entry) => here(`src/${entry}.ts`);

/** One entry with all that it imports, as text. */
async function alone(entry, plugins = []) {
  const { outputFiles } = await build({ ...COMMON, entryPoints: [source(entry)], write: false, plugins });
  return outputFiles[0].text;
}

/** Copies the types from lib, which tsc wrote, and from src, where codegen did. */
function copy_types(from) {
  const chosen = (path) => statSync(path).isDirectory() || path.endsWith(".d.ts");
  cpSync(here(from), here(from === "lib" ? "dist" : "dist/generated"), { recursive: true, filter: chosen });
}

cpSync(here("src/generated"), here("lib/generated"), { recursive: true }); // JavaScript already, so tsc leaves it alone
for (const made of ["dist", "site"]) rmSync(here(made), { recursive: true, force: true });
copy_types("lib");
copy_types("src/generated");
// The page's module and the worker share what they have in common; a worklet must be one file.
const together = { splitting: true, chunkNames: "shared", entryPoints: [source("index"), source("worker")] };
await build({ ...COMMON, ...together, outdir: here("dist") });
const worklet = await alone("worklet");
writeFileSync(here("dist/worklet.js"), worklet);
if (existsSync(WASM)) {
  const texts = {
    WASM_GZIP: gzipSync(readFileSync(WASM), { level: 9 }).toString("base64"),
    WORKER_JS: await alone("worker"),
    WORKLET_JS: worklet,
  };
  writeFileSync(here("dist/unisono.inline.js"), await alone("index", [in_place_of("assets", "assets_inline"), inlined(texts)]));
} else {
  console.warn("dist_web/wasm/unisono.wasm is missing: run `python -m codegen wasm` to build it");
}

// The studio and the gallery: a folder that any static host can serve.
cpSync(here("dist"), here("site/unisono/dist"), { recursive: true, filter: (path) => !path.endsWith(".d.ts") && !path.endsWith("inline.js") });
if (existsSync(WASM)) cpSync(WASM, here("site/unisono/wasm/unisono.wasm"));
const PAGES = {
  studio: { to: "site", up: ".", files: ["index.html", "studio.css", "icon.svg"] },
  gallery: { to: "site/gallery", up: "..", files: ["index.html", "gallery.css", "photos"] },
};
for (const [name, { to, up, files }] of Object.entries(PAGES)) {
  for (const file of files) cpSync(here(`${name}/${file}`), here(`${to}/${file}`), { recursive: true });
  const beside = {
    name: "beside",
    setup: (b) => b.onResolve({ filter: /^unisono$/ }, () => ({ path: `${up}/unisono/dist/index.js`, external: true })),
  };
  await build({ ...COMMON, entryPoints: [here(`${name}/${name}.ts`)], outfile: here(`${to}/${name}.js`), plugins: [beside] });
}
