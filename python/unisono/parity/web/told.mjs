// What is printed for a plan that was run: hashes, by Web Crypto, which everything but worklets has.
import { runs } from "./runner.mjs";

const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

const size_of = (parts) => parts.reduce((sum, { length }) => sum + length, 0);

async function sha256(parts) {
  const whole = new Uint8Array(size_of(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", whole)));
}

/** The line of a run: a hash, each step's if they are wanted, or the outputs of the step that is to be dumped. */
export async function told({ plan, steps, error }, wants_steps = false) {
  const head = { case: plan.id, op: plan.op };
  if (plan.dump < steps.length) return { ...head, outputs: steps[plan.dump].map(({ type, bytes }) => ({ type, hex: hex(bytes) })) };
  const parts = steps.map((results) => results.map(({ bytes }) => bytes));
  const all = parts.flat();
  if (error !== undefined) head.error = error;
  else Object.assign(head, { bytes: size_of(all), sha256: await sha256(all) });
  if (wants_steps) head.steps = (await Promise.all(parts.map(sha256))).map((text) => text.slice(0, 16));
  return head;
}

/** The lines of runs, one after the other. */
export async function* lines(runs, wants_steps) {
  for (const run of runs) yield told(run, wants_steps);
}

/** All lines of a job of browser.py. */
export async function job_lines({ bytes, plans, steps }) {
  const found = [];
  for await (const line of lines(runs(new WebAssembly.Module(bytes), plans), steps)) found.push(line);
  return found;
}
