// Every oscillator of the spec as an AudioWorkletNode: the core's samples, with parameters that change at every sample.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, open, run, serve } from "./driver.mjs";

const PACKAGE = fileURLToPath(new URL("../../../dist_web/", import.meta.url));
const imports = { u: "/package/dist/index.js", table: "/package/lib/generated/oscillators.js" };

let browser, server, page;

before(async () => {
  server = await serve({ "/package/": PACKAGE });
  browser = await launch();
  page = await open(browser, server);
});

after(async () => {
  assert.deepEqual(page.faults, []);
  await browser?.close();
  await server?.close();
});

test("each node makes the samples that the core makes from the same controls", async () => {
  const compared = await run(
    page,
    server,
    "page",
    async (_, { u, table }) => {
      const N = 4096;
      const core = await u.load();
      const curve = (low, high, name) => Float32Array.from({ length: N }, (_, i) => low + (high - low) * (((i * (7 + name.length)) % 1000) / 1000));
      const compared = {};
      for (const { name, controls } of table.OSCILLATORS) {
        const context = new OfflineAudioContext(1, N, 48000);
        const start = controls.length ? { phase: 0.25 } : { seed: 9 };
        const zero = Object.fromEntries(controls.map((c) => [c.name, 0]));
        const node = await u[`${name}Node`].create(context, { ...zero, ...start });
        const curves = {};
        for (const { name: control } of controls) {
          curves[control] = control === "frequency" ? curve(-300, 3000, name) : curve(0, 1, name);
          const buffer = new AudioBuffer({ length: N, sampleRate: 48000 });
          buffer.copyToChannel(curves[control], 0);
          const source = new AudioBufferSourceNode(context, { buffer });
          source.connect(node[control]);
          source.start();
        }
        node.connect(context.destination);
        const made = (await context.startRendering()).getChannelData(0);
        const object = new core[name]({ sr: 48000, ...start });
        const { frequency, ...rest } = curves;
        const wanted = object.process(frequency ?? N, rest);
        compared[name] = { differ: made.findIndex((v, i) => !Object.is(v, wanted[i])), sounds: new Set(made).size > 100 };
      }
      return compared;
    },
    { imports },
  );
  assert.ok(Object.keys(compared).length >= 8);
  for (const [name, { differ, sounds }] of Object.entries(compared)) {
    assert.equal(differ, -1, name);
    assert.ok(sounds || name === "Square", name);
  }
});

test("automation as the browser computes it is heard at every sample", async () => {
  const values = await run(
    page,
    server,
    "page",
    async (_, { u }) => {
      const context = new OfflineAudioContext(1, 1024, 44100);
      const node = await u.PhasorNode.create(context, { frequency: 0 });
      node.frequency.setValueAtTime(0, 0);
      node.frequency.setValueAtTime(4410, 300 / 44100);
      node.connect(context.destination);
      return (await context.startRendering()).getChannelData(0).slice(0, 320);
    },
    { imports },
  );
  assert.ok(values.subarray(0, 301).every((v) => v === 0));
  assert.ok(Math.abs(values[302] - 0.1) < 1e-6 || Math.abs(values[301] - 0.1) < 1e-6);
});

test("what is wrong is said by the node's maker; a node that was freed is silent", async () => {
  const [said, sound] = await run(
    page,
    server,
    "page",
    async (_, { u }) => {
      const context = new OfflineAudioContext(1, 1024, 44100);
      const complaint = (promise) => promise.then(() => "none", (error) => `${error.name}: ${error.message}`);
      const said = [await complaint(u.SawNode.create(context, { phase: 7 })), await complaint(u.SawNode.create(context, { pitch: 7 }))];
      const node = await u.SawNode.create(context, { frequency: 440 });
      node.connect(context.destination);
      node.free();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return [said, (await context.startRendering()).getChannelData(0)];
    },
    { imports },
  );
  assert.match(said[0], /^ParameterError: phase: got 7; must be/);
  assert.match(said[1], /^ParameterError: SawNode has no option pitch/);
  assert.ok(sound.every((v) => v === 0));
});
