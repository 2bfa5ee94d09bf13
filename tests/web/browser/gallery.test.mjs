// The gallery in a real browser: the worklet makes the core's very samples, pictures fade into each other as one walks, nothing
// stops short; with keys, a finger, photos of one's own, and for those who want no motion.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load, rgb } from "../../../dist_web/lib/index.js";
import { ISOLATED, launch, open, run, serve } from "./driver.mjs";

const folder = (path) => fileURLToPath(new URL(`../../../dist_web/${path}`, import.meta.url));
// The policy of `unisono web`.
const POLICY = { "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; object-src 'none'; base-uri 'none'" };
const SCREENSHOTS = process.env.UNISONO_SCREENSHOTS;
const SR = 44100;

let browser, server;
before(async () => {
  server = await serve({ "/package/": folder(""), "/": folder("site/") }, { ...ISOLATED, ...POLICY });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Lets the test hear what the page hands to the loudspeaker. */
function overhear() {
  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      globalThis.heard = new AnalyserNode(to.context, { fftSize: 4096 });
      connect.call(this, globalThis.heard);
    }
    return connect.call(this, to, ...rest);
  };
}

async function gallery(options = {}) {
  const context = await browser.newContext({ viewport: { width: 800, height: 600 }, ...options });
  await context.addInitScript(overhear);
  const page = await open(context, server, "/gallery/");
  await page.waitForSelector("body[data-ready]", { timeout: 30_000 });
  await page.click("#enter");
  return page;
}

const loudness = (page) =>
  page.evaluate(() => {
    const block = new Float32Array(4096);
    heard.getFloatTimeDomainData(block);
    return Math.sqrt(block.reduce((sum, x) => sum + x * x, 0) / block.length);
  });
const sounds = (page) => page.waitForFunction(() => {
  const block = new Float32Array(4096);
  globalThis.heard?.getFloatTimeDomainData(block);
  return block.some((x) => Math.abs(x) > 0.003);
});
const level = (page, name) => page.evaluate((name) => {
  const button = [...document.querySelectorAll("#list button")].find((b) => b.textContent === name);
  return Number(button.querySelector("i").style.getPropertyValue("--level"));
}, name);
const picture_of = (page, id) => page.evaluate((id) => document.getElementById(id).toDataURL(), id);
const says = (page, text) => page.waitForFunction((text) => document.getElementById("status").textContent.includes(text), text, { timeout: 20_000 });

test("the node's sound is the core's, sample by sample, in both mappings; a pause leaves out nothing", async () => {
  const u = await load();
  const [width, height] = [96, 64];
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : Math.imul(i >> 5, 0x9e3779b1) >>> 24));
  server.put("/blank.html", "<!doctype html><html lang=en><title>blank</title></html>");
  const page = await open(browser, server, "/blank.html");
  for (const mapping of ["perceptual", "classic"]) {
    const [left, right] = await run(
      page,
      server,
      "page",
      async ({ data, width, height, mapping }, { u }) => {
        const context = new OfflineAudioContext(2, 2 * 44100, 44100);
        const picture = { data, width, height };
        const node = await u.PictureNode.create(context, { picture, mapping, seed: 7 });
        node.connect(context.destination);
        const at = async (seconds, work) => {
          await context.suspend(seconds);
          work();
          await new Promise((resolve) => setTimeout(resolve, 100));
          await context.resume();
        };
        const turns = [at(0.5, node.pause), at(1, node.play)];
        const sound = await context.startRendering();
        await Promise.all(turns);
        node.free();
        return [sound.getChannelData(0), sound.getChannelData(1)];
      },
      { arg: { data: new Uint8Array(data), width, height, mapping }, imports: { u: "/package/dist/index.js" } },
    );
    const wanted = new u.PictureSound({ mapping, sr: SR, seed: 7 });
    wanted.set_picture(rgb({ data, width, height }));
    const { data: samples } = wanted.process(2 * SR);
    const rest = left.findIndex((x, i) => x === 0 && right[i] === 0 && left.subarray(i, i + 2000).every((y) => y === 0));
    const on = rest + left.subarray(rest).findIndex((x) => x !== 0);
    assert.ok(rest > 20000 && on - rest > 20000, `${mapping}: silent from ${rest} to ${on}`);
    const begun = 128 * Math.floor(on / 128); // a first sample may well be zero
    const paused = 128 * Math.round(rest / 128);
    for (let i = 0; i < 2 * SR; i++) {
      if (i >= paused && i < begun) continue;
      const k = i < paused ? i : i - (begun - paused);
      if (!Object.is(left[i], samples[2 * k]) || !Object.is(right[i], samples[2 * k + 1])) assert.fail(`${mapping}: sample ${i}`);
    }
    assert.ok(left.some((x) => Math.abs(x) > 0.05));
  }
  const refusal = await run(page, server, "page", async (_, { u }) => {
    const context = new OfflineAudioContext(2, 128, 44100);
    return u.PictureNode.create(context, { picture: { data: new Uint8Array(4), width: 1, height: 1 }, mapping: "loud" }).catch((error) => `${error.name}: ${error.message}`);
  }, { imports: { u: "/package/dist/index.js" } });
  assert.match(refusal, /^ParameterError: mapping/);
  assert.deepEqual(page.faults, []);
  await page.close();
});

test("pictures sound as one walks, fade into each other, and nothing stops short", async () => {
  const page = await gallery();
  await says(page, "Before you: Galaxies.");
  await sounds(page);
  await page.click("#pictures");
  assert.ok((await level(page, "Galaxies")) > 0.5);
  assert.equal(await level(page, "Coffee"), 0);
  await page.click("#list button:has-text('Coffee')");
  const both = page.waitForFunction(() => {
    const level = (name) => Number([...document.querySelectorAll("#list button")].find((b) => b.textContent === name).querySelector("i").style.getPropertyValue("--level"));
    return level("Galaxies") > 0.05 && level("Galaxies") < 0.5 && [...document.querySelectorAll("#list i")].filter((i) => i.style.getPropertyValue("--level") > 0).length >= 2;
  }, undefined, { timeout: 20_000, polling: 50 });
  await both;
  const quietest = [];
  for (let i = 0; i < 40; i++) {
    await page.waitForTimeout(250);
    quietest.push(await loudness(page));
    if ((await page.textContent("#status")).startsWith("Before you: Coffee.") && i > 20) break;
  }
  await says(page, "Before you: Coffee.");
  assert.ok((await level(page, "Coffee")) > 0.5 && (await level(page, "Galaxies")) < 0.2);
  assert.ok(Math.min(...quietest) > 1e-4, "it is never silent on the way");
  await page.selectOption("#mapping", "classic");
  await page.waitForTimeout(3000);
  await sounds(page);
  const { underrunDuration, totalDuration } = await page.evaluate(() => heard.context.playbackStats.toJSON());
  // A busy machine may miss a block now and then; a sound that cannot be made in time misses most.
  assert.ok(totalDuration > 5 && underrunDuration < 0.02 * totalDuration, `${underrunDuration} s missing in ${totalDuration} s`);
  await page.click("#sound");
  await page.waitForFunction(() => {
    const block = new Float32Array(4096);
    heard.getFloatTimeDomainData(block);
    return block.every((x) => Math.abs(x) < 1e-4);
  });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("keys walk and turn, walls keep one out, and it wanders by itself until one acts", async () => {
  const page = await gallery();
  const positions = new Set();
  await page.keyboard.down("KeyW");
  for (let i = 0; i < 10; i++) {
    positions.add(await picture_of(page, "map"));
    await page.waitForTimeout(250);
  }
  assert.ok(positions.size > 3, "it moves");
  const at_wall = await picture_of(page, "map");
  await page.waitForTimeout(500);
  assert.ok((await picture_of(page, "map")) === at_wall, "a wall stops it");
  await page.keyboard.up("KeyW");
  await page.keyboard.down("ArrowRight");
  await page.waitForTimeout(700);
  await page.keyboard.up("ArrowRight");
  assert.ok((await picture_of(page, "map")) !== at_wall, "it turns");
  await page.click("#wander");
  await page.waitForFunction(() => document.getElementById("wander").getAttribute("aria-pressed") === "true");
  const before = await picture_of(page, "map");
  await page.waitForTimeout(1500);
  assert.ok((await picture_of(page, "map")) !== before, "it wanders");
  await page.focus("#view");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.getAttribute("#wander", "aria-pressed"), "false");
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("who wants no motion moves in steps, and arrives at once", async () => {
  const page = await gallery({ reducedMotion: "reduce" });
  await says(page, "Before you: Galaxies.");
  await page.waitForTimeout(700);
  const moment = async () => [await picture_of(page, "map"), await picture_of(page, "view")];
  const still = await moment();
  await page.waitForTimeout(300);
  assert.ok((await moment()).every((x, i) => x === still[i]), "nothing moves by itself");
  await page.keyboard.press("ArrowRight");
  await page.waitForTimeout(600); // the map follows every 100 ms, and a sharper picture comes after 250
  const turned = await moment();
  assert.ok(turned.every((x, i) => x !== still[i]), "a step");
  await page.waitForTimeout(300);
  assert.ok((await moment()).every((x, i) => x === turned[i]), "one key, one step");
  await page.click("#pictures");
  await page.click("#list button:has-text('Rocket')");
  await page.waitForFunction(() => document.getElementById("status").textContent.startsWith("Before you: Rocket."), undefined, { timeout: 2500 });
  await page.context().close();
});

test("a photo that is dropped hangs on the nearest wall and sounds; what is no picture is named", async () => {
  const page = await gallery({ hasTouch: true, reducedMotion: "reduce" });
  const drop = (name, text) =>
    page.evaluate(async ([name, text]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 700, height: 500 });
      const context = canvas.getContext("2d");
      for (let i = 0; i < 60; i++) {
        context.fillStyle = `hsl(${37 * i} 80% ${20 + i}%)`;
        context.fillRect((i * 97) % 640, (i * 61) % 460, 60, 40);
      }
      const blob = text ? new Blob([text]) : await new Promise((resolve) => canvas.toBlob(resolve));
      const data = new DataTransfer();
      data.items.add(new File([blob], name));
      document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }, [name, text]);
  await drop("my holiday.png");
  await says(page, "Before you: my holiday.");
  await page.click("#pictures");
  assert.ok((await level(page, "my holiday")) > 0.5);
  await sounds(page);
  await drop("notes.txt", "not a picture");
  await page.waitForFunction(() => /notes: this browser cannot read it as a picture/.test(document.getElementById("problem").textContent));
  await page.setInputFiles("#file", { name: "one.png", mimeType: "image/png", buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64") });
  await says(page, "Before you: one.");
  assert.equal(await page.isHidden("#problem"), true);
  await page.click("#pictures");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.waitForTimeout(300);
  const place = await picture_of(page, "map");
  await page.touchscreen.tap(20, 250);
  await page.waitForTimeout(300);
  assert.ok((await picture_of(page, "map")) !== place, "a tap leads there");
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("on a phone, by night and by day, all of it has a name, a size to touch, and a place", async () => {
  for (const [name, options] of Object.entries({
    phone: { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, colorScheme: "dark" },
    desk: { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  })) {
    const page = await gallery(options);
    await page.click("#pictures");
    const found = await page.evaluate(() => {
      const colours = (canvas) => new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
      const shown = [...document.querySelectorAll("button, select, label.button, a")].filter((e) => e.offsetParent);
      const small = shown.filter((e) => !e.closest("header") && e.getBoundingClientRect().height < 44).map((e) => e.textContent);
      const named = [...document.querySelectorAll("button, select, canvas:not([aria-hidden]), input")];
      const nameless = named.filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.[0]?.textContent.trim())).map((e) => e.id);
      return { small, nameless, wide: document.documentElement.scrollWidth - innerWidth, colours: colours(document.getElementById("view")) };
    });
    assert.deepEqual(found.small, []);
    assert.deepEqual(found.nameless, []);
    assert.ok(found.wide <= 0);
    assert.ok(found.colours > 1000);
    if (SCREENSHOTS) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `gallery-${name}.png`) });
    }
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});
