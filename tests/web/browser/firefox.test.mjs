// The core journey in Firefox: a real clip is dropped on the studio, trained on, heard, saved; the command line, natively, comes to
// the same model and the same samples.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "puppeteer-core";
import { load } from "../../../dist_web/lib/index.js";
import { RECORDING, serve_studio, unisono } from "./studio_page.mjs";

const FIREFOX = process.env.UNISONO_FIREFOX ?? "/usr/bin/firefox-esr";

let browser, served, downloads, device;

/** A sound device that leads nowhere, for Firefox is silent for ever where there is none. Resolves with its address. */
async function start_device(folder) {
  const socket = join(folder, "pulse");
  const modules = ["-L", "module-null-sink", "-L", `module-native-protocol-unix socket=${socket} auth-anonymous=1`];
  const env = { ...process.env, HOME: folder, PULSE_RUNTIME_PATH: folder };
  device = spawn("pulseaudio", ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", ...modules], { env, stdio: "ignore" });
  const failed = new Promise((_, reject) => device.once("error", () => reject(new Error("pulseaudio is absent: apt-get install pulseaudio"))));
  const ready = (async () => {
    while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
  })();
  await Promise.race([ready, failed]);
  return `unix:${socket}`;
}

before(async () => {
  if (!existsSync(FIREFOX)) throw new Error(`${FIREFOX} is absent: apt-get install firefox-esr`);
  served = await serve_studio();
  downloads = join(served.folder, "downloads");
  mkdirSync(downloads);
  browser = await launch({
    browser: "firefox",
    executablePath: FIREFOX,
    headless: true,
    env: { ...process.env, PULSE_SERVER: await start_device(served.folder) },
    extraPrefsFirefox: {
      "media.autoplay.default": 0, // sound may begin without a click
      "browser.download.folderList": 2,
      "browser.download.dir": downloads,
      "browser.helperApps.neverAsk.saveToDisk": "audio/wav,application/octet-stream",
    },
  });
});

after(async () => {
  await browser?.close();
  device?.kill();
  served?.stop();
});

/** The clip as the file that is dropped: a recording, or a piece made here where there is none. */
async function clip() {
  if (existsSync(RECORDING)) return RECORDING;
  const u = await load();
  const path = join(served.folder, "clip.wav");
  const tone = new u.Saw({ sr: 44100 }).process(new Float32Array(3 * 44100).map((_, i) => 110 + (i % 44100) / 200));
  writeFileSync(path, u.wav(tone.map((x) => 0.3 * x), { sr: 44100 }));
  return path;
}

/** Drops a file's content on the page: an event with a true DataTransfer. */
const drop = (page, path) =>
  page.evaluate(
    (name, base64) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    path.split("/").pop(),
    readFileSync(path).toString("base64"),
  );

/** Waits until an element says so. If it never does, the fault says what the page says, where it still answers. */
async function says(page, id, text) {
  const said = (id, text) => new RegExp(text).test(document.getElementById(id).textContent);
  try {
    await page.waitForFunction(said, { timeout: 60_000, polling: 100 }, id, text);
  } catch (error) {
    const silence = new Promise((resolve) => setTimeout(resolve, 5000, "nothing: it stands still"));
    const page_says = await Promise.race([page.evaluate(() => document.body.innerText), silence]);
    throw new Error(`#${id} never said "${text}"; the page says:\n${page_says}`, { cause: error });
  }
}

/** Clicks on Play, and again, as a person would, while Firefox says that its sound device does not answer yet. */
async function play(page) {
  const text = (id) => page.$eval(`#${id}`, (found) => found.textContent);
  for (let tries = 0; tries < 5; tries++) {
    await page.click("#play");
    await page.waitForFunction(
      () => /Playing, \d+ ms from slider to device/.test(document.getElementById("play-facts").textContent) || !document.getElementById("problem").hidden,
      { timeout: 60_000, polling: 100 },
    );
    if ((await text("play-facts")).startsWith("Playing")) return;
    assert.match(await text("problem"), /No sound device answers/);
  }
  assert.fail("Firefox has no sound device");
}

/** Clicks, and gives the path of the file that is saved by it. */
async function downloaded(page, id, suffix) {
  await page.click(`#${id}`);
  for (;;) {
    const found = readdirSync(downloads);
    const name = found.find((file) => file.endsWith(suffix));
    if (name && !found.some((file) => file.endsWith(".part")) && readFileSync(join(downloads, name)).length > 0) return join(downloads, name);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a clip is dropped, trained on, heard and saved in Firefox; natively it is the same model, and the same sound", async () => {
  const path = await clip();
  const page = await browser.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(served.address);
  await page.waitForSelector("body[data-ready]");
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  await drop(page, path);
  await says(page, "clip-facts", "44.1 kHz");
  await page.type("#epochs", "2");
  await page.click("#train");
  await says(page, "train-facts", "Trained: 2 epochs");
  await play(page);
  await page.waitForFunction(() => {
    const { width, height } = document.getElementById("play-picture");
    const { data } = document.getElementById("play-picture").getContext("2d").getImageData(0, 0, width, height);
    return new Set(new Uint32Array(data.buffer)).size > 30; // what is heard is drawn
  }, { timeout: 60_000, polling: 250 });
  await page.click("#play");
  await says(page, "play", "Play");
  await page.$eval("#seconds", (input) => (input.value = "5"));
  const sound = await downloaded(page, "export", ".wav");
  const model = await downloaded(page, "save", ".unisono");
  const native = join(served.folder, "native.unisono");
  unisono("train", path, "-o", native, "--epochs", "2");
  const name_of = (file) => JSON.parse(unisono("info", file, "--json")).model_sha256;
  assert.equal(name_of(model), name_of(native));
  assert.match(unisono("verify", sound, "--model", native), /confirmed, all 220500 samples/);
  assert.deepEqual(faults, []);
  await page.close();
});
