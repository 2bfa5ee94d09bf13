// The ring between the worker that makes sound and the worklet that plays it: after a gap more is kept ready, and no sample is
// lost or played twice.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { load } from "../../dist_web/lib/index.js";
import { begin_playing } from "../../dist_web/lib/job_play.js";
import { LIVE_PARAMETERS, Ring } from "../../dist_web/lib/ring.js";

const SR = 44100;
const WASM = new URL("../../dist_web/wasm/unisono.wasm", import.meta.url).href;
const QUANTUM = 128; // samples that a worklet plays at a time
const AHEAD = 2048;
const MOST = 3 * AHEAD;

let model, file;

before(async () => {
  const u = await load();
  const saw = new u.Saw({ sr: SR });
  model = await u.train(saw.process(new Float32Array(SR).fill(220)), { sr: SR, epochs: 1 });
  file = model.save();
});

/** A worker's scope that keeps what is posted; `end()` stops the job, which would play for ever. */
function scope_of() {
  const posted = [];
  let heard = () => {};
  let ended = false;
  const postMessage = (message) => {
    if (ended) throw new Error("ended");
    posted.push(message);
    heard();
  };
  const next = async () => {
    while (posted.length === 0) await new Promise((resolve) => (heard = resolve));
    return posted.shift();
  };
  return { location: { href: "" }, postMessage, addEventListener: () => {}, next, end: () => (ended = true) };
}

/** The two ways to the worklet: memory that is shared, or messages. Each gives the reader's ring and tells what it has read. */
const WAYS = {
  shared: () => {
    const memory = new SharedArrayBuffer(Ring.bytes_for(MOST + 4096));
    return { ring: new Ring(memory), order: { ring: memory, port: null }, report: () => {}, close: () => {} };
  },
  messages: () => {
    const { port1, port2 } = new MessageChannel();
    const ring = new Ring(new ArrayBuffer(Ring.bytes_for(MOST + 4096)));
    port1.onmessage = ({ data }) => ring.write(data);
    const report = () => port1.postMessage({ read: ring.read_in_all, underruns: ring.underruns });
    return { ring, order: { ring: null, port: port2 }, report, close: () => port1.close() };
  },
};

const rest = () => new Promise((resolve) => setTimeout(resolve, 1));

for (const [way, begin] of Object.entries(WAYS)) {
  test(`by ${way}: a gap doubles what is kept ready, up to the most; the sound goes on where it was`, async () => {
    const { ring, order, report, close } = begin();
    const scope = scope_of();
    const values = LIVE_PARAMETERS.map(({ defaultValue }) => defaultValue);
    ring.values.set(values);
    const rest_of_order = { to: "play", wasmUrl: WASM, models: [file], sr: SR, seed: 3, values, automation: [], ahead: AHEAD, most_ahead: MOST };
    const job = begin_playing(scope, { ...rest_of_order, ...order });
    assert.equal((await scope.next()).is, "playing");
    const played = [];
    const out = new Float32Array(QUANTUM);
    const aheads = [];
    for (const wanted of [AHEAD, 2 * AHEAD, MOST, MOST]) {
      while (ring.readable < wanted) await rest();
      assert.ok(ring.readable < wanted + 512, "no more is made than is wanted");
      const { underruns } = ring;
      while (ring.underruns === underruns) {
        const there = Math.min(QUANTUM, ring.readable);
        ring.read(out); // faster than anybody makes it, until nothing is left
        played.push(...out.subarray(0, there));
      }
      report();
      const answer = await scope.next();
      assert.equal(answer.is, "ahead");
      aheads.push(answer.ahead);
    }
    assert.deepEqual(aheads, [2 * AHEAD, MOST, MOST, MOST]);
    const wanted = model.core.generate(played.length, { seed: 3, phase: "live" });
    assert.equal(played.findIndex((x, i) => !Object.is(x, wanted[i])), -1);
    scope.end();
    while (ring.readable < MOST) await rest();
    while (ring.readable > 0) ring.read(out);
    ring.read(out);
    report();
    await assert.rejects(job, /ended/);
    close();
  });
}
