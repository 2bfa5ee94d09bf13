// Times photo to sound in Chromium, and tracking.js there too: node bench_pictures.mjs PIXELS.rgb --peers FOLDER --width 1024
// prints one JSON object. Playwright comes from the folder of peers; Chromium is the machine's own.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { peers: { type: "string" }, width: { type: "string" }, repeats: { type: "string", default: "5" }, seconds: { type: "string", default: "20" } },
});
const HERE = fileURLToPath(new URL(".", import.meta.url));
const TRACKING = join(flags.peers, "node_modules/tracking/build/tracking.js");
const CHROMIUM = process.env.UNISONO_CHROMIUM ?? "/usr/bin/chromium";
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

function fail(text) {
  console.error(text);
  process.exit(1);
}

/** Serves the package, the pixels and the peer on this machine. */
function serve() {
  const special = { "/": "<!doctype html><title>bench</title>", "/pixels": readFileSync(positionals[0]) };
  if (existsSync(TRACKING)) special["/tracking.js"] = readFileSync(TRACKING);
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const file = join(HERE, path);
    if (!(path in special) && !existsSync(file)) return response.writeHead(404).end();
    response.setHeader("Content-Type", TYPES[extname(path) || ".html"] ?? "application/octet-stream");
    response.end(special[path] ?? readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Runs in the page. */
async function measure({ width, repeats, seconds }) {
  const package_ = await import("/dist/index.js");
  const u = await package_.load();
  const data = new Uint8Array(await (await fetch("/pixels")).arrayBuffer());
  const height = data.length / 3 / width;
  const picture = { data, shape: [height, width, 3] };
  const rgba = new Uint8ClampedArray((4 * data.length) / 3).fill(255);
  for (let i = 0; i < data.length; i++) rgba[4 * Math.floor(i / 3) + (i % 3)] = data[i];

  /** Milliseconds of each of the repeats, after one that is not counted. */
  function times(run) {
    run();
    return Array.from({ length: repeats }, () => {
      const began = performance.now();
      run();
      return performance.now() - began;
    });
  }
  async function share(mapping) {
    const all = [];
    for (let i = 0; i <= repeats; i++) {
      const context = new OfflineAudioContext(2, seconds * 44100, 44100);
      const node = await package_.PictureNode.create(context, { picture: { data: rgba, width, height }, mapping });
      node.connect(context.destination);
      const began = performance.now();
      await context.startRendering();
      all.push((performance.now() - began) / 10 / seconds);
      node.free();
    }
    return all.slice(1);
  }
  const n = seconds * 44100;
  const found = {
    classic: times(() => u.sonify_classic(picture, n)).map((ms) => ms / 1000),
    perceptual: times(() => u.sonify_perceptual(picture, n)).map((ms) => ms / 1000),
    corners: times(() => u.find_corners(picture)),
    count: u.find_corners(picture, { max_corners: 1 << 20 }).count,
    classic_share: await share("classic"),
    perceptual_share: await share("perceptual"),
    tracking: null,
  };
  if ((await fetch("/tracking.js")).ok) {
    await new Promise((resolve) => document.head.append(Object.assign(document.createElement("script"), { src: "/tracking.js", onload: resolve })));
    const theirs = () => tracking.Fast.findCorners(tracking.Image.grayscale(rgba, width, height), width, height);
    found.tracking = times(theirs);
    found.tracking_count = theirs().length / 2;
  }
  return found;
}

if (!existsSync(CHROMIUM)) fail("Chromium is not installed (or name it in UNISONO_CHROMIUM)");
const require = createRequire(join(flags.peers, "package.json"));
let playwright;
try {
  playwright = require("playwright-core");
} catch {
  fail("playwright-core is not installed (--install-peers)");
}
const server = await serve();
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await playwright.chromium.launch({ executablePath: CHROMIUM, headless: true, args });
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const found = await page.evaluate(measure, { width: Number(flags.width), repeats: Number(flags.repeats), seconds: Number(flags.seconds) });
  console.log(JSON.stringify({ version: browser.version().split(".")[0], ...found }));
} finally {
  await browser.close();
  server.close();
}
