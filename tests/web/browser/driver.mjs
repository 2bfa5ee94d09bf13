// Drives a real Chromium for the tests: opens pages on a local server and runs functions in a page, Worker or AudioWorklet.
//
//   const server = await serve({ "/": "dist_web" });
//   const browser = await launch();
//   const page = await open(browser, server);
//   const sum = await run(page, server, "worker", (x, { u }) => u.load().then(...), { arg, imports: { u: "/lib/index.js" } });
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export { ISOLATED, serve, STRICT_CSP } from "./server.mjs";

const CHROMIUM = process.env.UNISONO_CHROMIUM ?? "/usr/bin/chromium";

// prettier-ignore
const SWITCHES = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
  "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
];

/** Starts a headless Chromium; `close()` it when done. */
export async function launch(switches = []) {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is absent: apt-get install chromium`);
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...SWITCHES, ...switches] });
}

/** Opens a page of the server. What goes wrong in it is kept in `page.faults`, for the test to find empty. */
export async function open(browser, server, path = "/", options = {}) {
  const page = await browser.newPage(options);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.faults.push(message.text());
  });
  await page.goto(server.url + path);
  return page;
}

let modules = 0;

/**
 * Runs `work(arg, imports)` in a "page", module "worker" or audio "worklet" of the page and returns its result, which must
 * survive the way out: JSON values and typed arrays. `imports` are { name: path on the server }, imported statically
 * because worklets can do no other. The function's text is sent, so it sees nothing of the test around it.
 */
export async function run(page, server, where, work, { arg, imports = {} } = {}) {
  const path = `/run${modules++}.js`;
  const names = Object.keys(imports);
  const lines = names.map((name) => `import * as ${name} from ${JSON.stringify(imports[name])};`);
  server.put(path, [...lines, `const work = ${work};`, `const given = { ${names.join(", ")} };`, ENDINGS[where](path)].join("\n"));
  return decoded(await page.evaluate(STARTERS[where], { path, arg: encoded(arg) }));
}

/** Runs in the page, to start the module there and pass on what it returns. */
const STARTERS = {
  page: async ({ path, arg }) => (await import(path)).default(arg),
  worker: ({ path, arg }) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(path, { type: "module" });
      worker.onmessage = ({ data }) => {
        if (data.started) return worker.postMessage({ run: arg });
        worker.terminate();
        return data.error ? reject(new Error(data.error)) : resolve(data.result);
      };
      worker.onerror = (event) => reject(new Error(event.message || `${path} cannot be loaded`));
    }),
  worklet: async ({ path, arg }) => {
    const context = new OfflineAudioContext(1, 128, 44100);
    await context.audioWorklet.addModule(path);
    const node = new AudioWorkletNode(context, path);
    return new Promise((resolve, reject) => {
      node.port.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.result));
      node.onprocessorerror = () => reject(new Error(`the processor of ${path} failed`));
      node.port.postMessage({ run: arg });
    });
  },
};

// What stands at the end of the module: how it takes its argument and gives its result. Arrays travel as text.
const CODEC = `
const types = { Float32Array, Float64Array, Int16Array, Int32Array, Uint8Array, Uint32Array };
const text = (bytes, step = 8192) => Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) => String.fromCharCode(...bytes.subarray(i * step, (i + 1) * step))).join("");
const bytes = (text) => { const out = new Uint8Array(text.length); for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i); return out; };
const pack = (v) => ArrayBuffer.isView(v) ? { array: v.constructor.name, bytes: text(new Uint8Array(v.buffer, v.byteOffset, v.byteLength)) }
  : Array.isArray(v) ? v.map(pack) : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, pack(x)])) : v;
const unpack = (v) => v?.array && types[v.array] ? new types[v.array](bytes(v.bytes).buffer)
  : Array.isArray(v) ? v.map(unpack) : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, unpack(x)])) : v;
const answer = async (arg) => pack(await work(unpack(arg), given));
const reply = (port, arg) => answer(arg).then((result) => port.postMessage({ result }), (error) => port.postMessage({ error: String(error?.stack ?? error) }));
`;
const { pack: encoded, unpack: decoded } = await import(`data:text/javascript,${encodeURIComponent(`${CODEC} export { pack, unpack };`)}`);

const ENDINGS = {
  page: () => `${CODEC} export default answer;`,
  worker: () => `${CODEC} addEventListener("message", ({ data }) => "run" in data && reply(self, data.run)); postMessage({ started: true });`,
  worklet: (path) => `${CODEC}
registerProcessor(${JSON.stringify(path)}, class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.port.onmessage = ({ data }) => reply(this.port, data.run);
  }
  process() {
    return false;
  }
});`,
};
