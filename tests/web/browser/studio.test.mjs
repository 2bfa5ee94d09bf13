// The studio from end to end, as `unisono web` serves it: a recording is dropped, trained on, heard, saved, reloaded, resumed
// and shared; on a desk and on a phone, by day and by night, with the keyboard alone.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { load } from "../../../dist_web/lib/index.js";
import { launch } from "./driver.mjs";
import { colours, downloaded, exported, floats, hash, open_studio, picture, RECORDING, says, serve_studio, wav_data } from "./studio_page.mjs";

let browser, context, served;

before(async () => {
  served = await serve_studio();
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
});

after(async () => {
  await browser?.close();
  served?.stop();
});

const studio = (where = context, fragment = "") => open_studio(served.address, where, fragment);

/** Drops a file on the page, as the system does. */
async function drop(page, path) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await session.send("Input.dispatchDragEvent", { type, x: 400, y: 300, data });
  await session.detach();
}

test("a recording is dropped, trained on, played and saved; a link to it gives the very same samples", async () => {
  const page = await studio();
  if (existsSync(RECORDING)) await drop(page, RECORDING);
  else await page.click("#built-in");
  await says(page, "clip-facts", "44.1 kHz");
  await page.fill("#epochs", "6");
  await page.check("#preview");
  await page.click("#train");
  await says(page, "train-facts", "Trained: 6 epochs");
  assert.ok((await colours(page, "clip-picture")) > 30);
  assert.ok((await colours(page, "loss-picture")) > 3);

  await page.locator("#slider-temperature").fill("1.5");
  await page.fill("#seed", "7");
  await page.click("#play");
  await says(page, "play-facts", "Playing, \\d+ ms from slider to ear, (no|\\d+) gaps");
  await page.waitForTimeout(2500);
  assert.ok((await colours(page, "play-picture")) > 30);
  await picture(page, "desktop");
  await page.click("#play");

  const sound = await exported(page, 3);
  const file = await downloaded(page, "save");
  await page.click("#link");
  const link = new URL(page.url()).hash;
  assert.match(link, /^#model=[0-9a-f]{64}&seed=7&temperature=1\.5/);
  const u = await load();
  const model = u.load_model(file);
  const wanted = model.core.generate(3 * 44100, { seed: 7, temperature: 1.5, phase: "live" });
  const heard = floats(sound);
  assert.equal(heard.length, wanted.length);
  assert.equal(heard.findIndex((x, i) => !Object.is(x, wanted[i])), -1);
  assert.ok(heard.some((x) => Math.abs(x) > 0.01));

  const elsewhere = await browser.newContext();
  const other = await studio(elsewhere, link);
  assert.equal(await other.getAttribute("#play", "aria-pressed"), "false", "a link opens stopped");
  await other.setInputFiles("#file", { name: "shared.unisono", mimeType: "application/octet-stream", buffer: file });
  await says(other, "play-facts", "shared.unisono: ready");
  assert.equal(hash(wav_data(await exported(other, 3))), hash(wav_data(sound)));
  assert.deepEqual([...page.faults, ...other.faults], []);
  await elsewhere.close();
  await page.close();
});

test("a training survives a reload, and ends where one without it ends", async () => {
  const own = await browser.newContext();
  const page = await studio(own);
  const train = async () => {
    await page.click("#built-in");
    await page.fill("#epochs", "5");
    await page.click("#train");
  };
  await train();
  await says(page, "train-facts", "Epoch [123] of 5");
  await page.click("#pause");
  await says(page, "train-facts", "Paused, and kept");
  await page.reload();
  await page.waitForSelector("body[data-ready]");
  await page.click("#resume");
  await says(page, "train-facts", "Trained: 5 epochs");
  const resumed = await downloaded(page, "save");
  await page.evaluate(() => indexedDB.deleteDatabase("unisono"));
  await page.reload();
  await page.waitForSelector("body[data-ready]");
  await train();
  await says(page, "train-facts", "Trained: 5 epochs");
  assert.equal(hash(resumed), hash(await downloaded(page, "save")));
  assert.deepEqual(page.faults, []);
  await own.close();
});

test("every control has a name and is reached by the keyboard; what is wrong is said where it is heard", async () => {
  const page = await studio();
  const nameless = await page.$$eval("button, input, select, canvas, progress", (all) =>
    all.filter((e) => !(e.labels?.[0]?.textContent.trim() || e.textContent.trim() || e.getAttribute("aria-label"))).map((e) => e.id),
  );
  assert.deepEqual(nameless, []);
  const reached = new Set();
  for (let i = 0; i < 24; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id));
  }
  for (const id of ["file", "record", "built-in", "kind", "epochs", "train-seed", "preview", "seed", "slider-pitch", "seconds", "format"]) assert.ok(reached.has(id), id);
  await page.setInputFiles("#file", { name: "bad.unisono", mimeType: "", buffer: Buffer.from("nonsense") });
  await page.waitForSelector("#problem:not([hidden])");
  assert.match(await page.textContent("#problem"), /not a model|damaged|too short|is /);
  assert.equal(await page.getAttribute("#problem", "role"), "alert");
  await page.close();
});

test("on a phone and in the dark nothing is cut off, and the contrast is enough", async () => {
  for (const [name, options] of Object.entries({
    phone: { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "light" },
    "phone-dark": { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "dark" },
    "desktop-dark": { viewport: { width: 1280, height: 1000 }, colorScheme: "dark" },
  })) {
    const own = await browser.newContext(options);
    const page = await studio(own);
    await page.click("#built-in");
    await page.waitForTimeout(800);
    await picture(page, name);
    const { wide, small, faint } = await page.evaluate(() => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[\d.]+/g).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (e) => {
        const { backgroundColor } = getComputedStyle(e);
        return /, 0\)$/.test(backgroundColor) ? ground(e.parentElement) : backgroundColor;
      };
      const contrast = (e) => {
        const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05); // WCAG 2.1, 1.4.3
      };
      const shown = [...document.querySelectorAll("h1, h1 span, h2 span, p:not([hidden]), button:enabled:not([hidden]), label, output")];
      return {
        wide: document.documentElement.scrollWidth - innerWidth,
        small: [...document.querySelectorAll("button:not([hidden]), .button")].filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.id),
        faint: shown.filter((e) => contrast(e) < 4.5).map((e) => `${e.textContent.trim().slice(0, 20)} ${contrast(e).toFixed(1)}`),
      };
    });
    assert.ok(wide <= 0, `${name}: ${wide} px too wide`);
    assert.deepEqual([small, faint], [[], []], name);
    assert.deepEqual(page.faults, []);
    await own.close();
  }
});
