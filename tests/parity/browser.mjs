// Runs a file of plans in a browser: browser.mjs PLAN --browser chromium|firefox --where page|worker|worklet --wasm FILE [--steps]
import { readFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import puppeteer from "puppeteer-core";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    browser: { type: "string", default: "chromium" },
    where: { type: "string", default: "page" },
    wasm: { type: "string" },
    steps: { type: "boolean", default: false },
  },
});

const PROGRAMS = {
  chromium: { path: "/usr/bin/chromium", protocol: "cdp" },
  firefox: { path: "/usr/bin/firefox-esr", protocol: "webDriverBiDi" },
};
// prettier-ignore
const CHROMIUM_SWITCHES = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
];
const FIREFOX_SETTINGS = { "media.autoplay.default": 0, "media.autoplay.blocking_policy": 0, "media.cubeb.backend": "null" };

const RUNNER = new URL("../../python/unisono/parity/web/", import.meta.url);
const GATHER = `(async () => {
  const plans = await (await fetch("/plans")).json();
  const bytes = await (await fetch("/wasm")).arrayBuffer();
  return { plans, bytes, steps: ${flags.steps} };
})()`;
const TEXTS = {
  "/": ["text/html", "<!doctype html><meta charset=utf-8><title>parity</title>"],
  "/page.js": [
    "text/javascript",
    `import { lines } from "/runner.mjs";
     const { plans, bytes, steps } = await ${GATHER};
     globalThis.result = [...lines(new WebAssembly.Module(bytes), plans, { steps })];`,
  ],
  "/worker.js": [
    "text/javascript",
    `import { lines } from "/runner.mjs";
     const { plans, bytes, steps } = await ${GATHER};
     postMessage([...lines(new WebAssembly.Module(bytes), plans, { steps })]);`,
  ],
  // Within process(), where a browser may have set the processor to flush subnormals: a plan a block, so that audio lives.
  "/worklet.js": [
    "text/javascript",
    `import { lines } from "/runner.mjs";
     registerProcessor("parity", class extends AudioWorkletProcessor {
       constructor(options) {
         super();
         const { plans, bytes, steps } = options.processorOptions;
         this.lines = lines(new WebAssembly.Module(bytes), plans, { steps });
         this.done = [];
       }
       process() {
         for (let i = 0; i < 8; i++) {
           const { value, done } = this.lines.next();
           if (!done) this.done.push(value);
           else { this.port.postMessage(this.done); return false; }
         }
         return true;
       }
     });`,
  ],
};

function answer(request, response) {
  const path = request.url;
  const found = TEXTS[path];
  if (found) return send(response, found[0], found[1]);
  if (path === "/plans") return send(response, "application/json", readFileSync(positionals[0]));
  if (path === "/wasm") return send(response, "application/wasm", readFileSync(flags.wasm));
  if (/^\/\w+\.mjs$/.test(path)) return send(response, "text/javascript", readFileSync(new URL("." + path, RUNNER)));
  response.writeHead(404).end();
}

function send(response, type, content) {
  response.writeHead(200, { "content-type": type }).end(content);
}

/** What is run in the page to get the lines from the page itself, a Worker or an AudioWorklet. */
const STARTERS = {
  page: async () => {
    await import("/page.js");
    return JSON.stringify(globalThis.result);
  },
  worker: () =>
    new Promise((resolve, reject) => {
      const worker = new Worker("/worker.js", { type: "module" });
      worker.onmessage = ({ data }) => resolve(JSON.stringify(data));
      worker.onerror = (event) => reject(new Error(event.message));
    }),
  worklet: async (gather, live) => {
    const processorOptions = await (0, eval)(gather);
    const blocks = processorOptions.plans.length + 16; // where there is no sound device, time is rendered
    const context = live ? new AudioContext() : new OfflineAudioContext(1, 128 * blocks, 44100);
    await context.audioWorklet.addModule("/worklet.js");
    const node = new AudioWorkletNode(context, "parity", { processorOptions });
    node.connect(context.destination);
    const started = live ? context.resume() : context.startRendering();
    return new Promise((resolve, reject) => {
      started.catch(reject);
      node.port.onmessage = ({ data }) => resolve(JSON.stringify(data));
      node.onprocessorerror = () => reject(new Error("the processor failed"));
    });
  },
};

const server = createServer(answer);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const { path: executablePath, protocol } = PROGRAMS[flags.browser];
const browser = await puppeteer.launch({
  browser: flags.browser === "firefox" ? "firefox" : "chrome",
  executablePath,
  protocol,
  headless: true,
  protocolTimeout: 3_600_000,
  args: flags.browser === "chromium" ? CHROMIUM_SWITCHES : [],
  extraPrefsFirefox: FIREFOX_SETTINGS,
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const lines = JSON.parse(await page.evaluate(STARTERS[flags.where], GATHER, flags.browser === "chromium"));
  for (const line of lines) writeSync(1, JSON.stringify(line) + "\n");
} finally {
  await browser.close();
  server.close();
}
