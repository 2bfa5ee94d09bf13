// Runs plans in a browser for browser.py: asks for a job, runs it in the page, a Worker or an AudioWorklet, sends the lines.
import { job_lines, told } from "./told.mjs";

const RUNNERS = {
  page: job_lines,

  worker: (job) => {
    const worker = new Worker("worker.mjs", { type: "module" });
    const done = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
    worker.postMessage(job);
    return done.finally(() => worker.terminate());
  },

  worklet: async (job) => {
    const blocks = job.plans.length + 16; // where nothing may play unasked, time is rendered
    const context = job.live ? new AudioContext() : new OfflineAudioContext(1, 128 * blocks, 44100);
    await context.audioWorklet.addModule("worklet.mjs");
    const node = new AudioWorkletNode(context, "parity", { processorOptions: job });
    node.connect(context.destination);
    const lines = [];
    const done = new Promise((resolve, reject) => {
      node.port.onmessage = ({ data: { run, error } }) => {
        if (run) lines.push(told(run, job.steps));
        else if (error) reject(new Error(error));
        else resolve(Promise.all(lines));
      };
      node.onprocessorerror = () => reject(new Error("the processor failed"));
      (job.live ? context.resume() : context.startRendering()).catch(reject);
    });
    return done.finally(() => job.live && context.close());
  },
};

async function result(job) {
  try {
    job.bytes = await (await fetch(job.wasm)).arrayBuffer();
    return { lines: await RUNNERS[job.where](job) };
  } catch (error) {
    return { error: String(error?.cause ?? error) };
  }
}

for (;;) {
  const reply = await fetch("job");
  if (reply.status === 200) await fetch("result", { method: "POST", body: JSON.stringify(await result(await reply.json())) });
}
