// The studio as `unisono web` serves it, and what tests do with it.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const OWN_PYTHON = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const PYTHON = process.env.UNISONO_PYTHON ?? (existsSync(OWN_PYTHON) ? OWN_PYTHON : "python3");
const SITE = fileURLToPath(new URL("../../../dist_web/site/", import.meta.url));
const SCREENSHOTS = process.env.UNISONO_SCREENSHOTS;

export const RECORDING = join(process.env.UNISONO_RECORDINGS ?? "/usr/share/sonic-pi/samples", "loop_safari.flac");

export const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Starts `unisono web`; `stop()` it when done. Its folder is for what the tests write. */
export async function serve_studio() {
  const folder = mkdtempSync(join(tmpdir(), "unisono-studio-"));
  const served = spawn(PYTHON, ["-m", "unisono", "web", "--no-open", "--port", "0"], { env: { ...process.env, UNISONO_SITE: SITE }, cwd: folder });
  const address = await new Promise((resolve, reject) => {
    served.stdout.once("data", (text) => resolve(/http:\S+/.exec(text)[0]));
    served.stderr.on("data", (text) => reject(new Error(String(text))));
  });
  const stop = () => {
    served.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { address, folder, stop };
}

/** Runs the command line's `unisono`; what it prints. */
export function unisono(...words) {
  const done = spawnSync(PYTHON, ["-m", "unisono", ...words], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`unisono ${words.join(" ")}: ${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** Opens the studio. What goes wrong in it, or leaves the machine, is kept in `page.faults`, for the test to find empty. */
export async function open_studio(address, where, fragment = "") {
  const page = await where.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  page.on("request", (request) => request.url().startsWith(address) || /^(blob|data):/.test(request.url()) || page.faults.push(`went to ${request.url()}`));
  await page.goto(address + fragment);
  await page.waitForSelector("body[data-ready]");
  return page;
}

export const says = (page, id, text) =>
  page.waitForFunction(([id, text]) => new RegExp(text).test(document.getElementById(id).textContent), [id, text], { timeout: 60_000 });

export async function picture(page, name) {
  if (!SCREENSHOTS) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

export async function downloaded(page, id) {
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: 60_000 }), page.click(`#${id}`)]);
  return readFileSync(await download.path());
}

/** Saves so many seconds in a format. */
export async function exported(page, seconds, format = "float") {
  await page.fill("#seconds", String(seconds));
  await page.selectOption("#format", format);
  return downloaded(page, "export");
}

/** The bytes of a WAV's samples. */
export function wav_data(wav) {
  for (let at = 12; ; at += 8 + wav.readUInt32LE(at + 4)) {
    if (wav.toString("latin1", at, at + 4) === "data") return wav.subarray(at + 8, at + 8 + wav.readUInt32LE(at + 4));
  }
}

export const floats = (wav) => new Float32Array(Uint8Array.from(wav_data(wav)).buffer);

/** How many different colours a canvas shows. */
export const colours = (page, id) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id);
    return new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
  }, id);
