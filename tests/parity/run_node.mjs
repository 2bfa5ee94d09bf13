// Runs parity cases in WebAssembly under Node and prints one JSON line for each: node run_node.mjs [cases.json] [--case ID] [--dump]
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { load } from "../../dist_web/lib/index.js";
import { make_argument } from "../../python/unisono/parity/web/inputs.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { case: { type: "string" }, dump: { type: "boolean" } },
});

/** An argument as JavaScript callers pass it: arrays of several dimensions travel with their shape. */
function argument(spec) {
  const value = make_argument(spec);
  return ArrayBuffer.isView(value) && spec.shape.length !== 1 ? { data: value, shape: spec.shape } : value;
}

function named(options = {}) {
  return Object.fromEntries(Object.entries(options).map(([name, spec]) => [name, argument(spec)]));
}

/** The outputs of one call in order: several results come as the values of an object. */
function outputs(result) {
  if (result === undefined) return [];
  if (typeof result !== "object" || ArrayBuffer.isView(result)) return [result];
  if ("data" in result && "shape" in result) return [result.data];
  return Object.values(result).flatMap(outputs);
}

function bytes_of(value) {
  if (typeof value === "string") return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const scalar = Buffer.alloc(8);
  scalar.writeDoubleLE(Number(value));
  return scalar;
}

function type_of(value) {
  if (typeof value === "string") return "text";
  return { Float32Array: "f32", Int32Array: "i32", Int16Array: "i16", Uint8Array: "u8" }[value.constructor.name] ?? "f64";
}

function call(target, name, { args = [], options }) {
  const given = args.map(argument);
  return outputs(options ? target[name](...given, named(options)) : target[name](...given));
}

/** A new object: what its constructor must be given comes first, the rest as options. */
function made(Class, given = {}) {
  const entries = Object.entries(given);
  const required = entries.slice(0, Class.length).map(([, spec]) => argument(spec));
  return new Class(...required, named(Object.fromEntries(entries.slice(Class.length))));
}

/** Runs a case: an operation, or a class with a sequence of calls whose outputs are joined. */
function run(u, one) {
  if (one.op) return call(u, one.op, one);
  const object = made(u[one.class], one.new);
  try {
    return one.calls.flatMap((step) => call(object, step.method, step));
  } finally {
    object.free();
  }
}

function line(u, one) {
  const head = { case: one.id, op: one.op ?? one.class };
  try {
    const results = run(u, one);
    if (flags.dump) return { ...head, outputs: results.map((r) => ({ type: type_of(r), hex: bytes_of(r).toString("hex") })) };
    const bytes = Buffer.concat(results.map(bytes_of));
    return { ...head, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  } catch (error) {
    if (error.name !== "ParameterError" && error.name !== "StateError") throw new Error(`case ${one.id}`, { cause: error });
    return { ...head, error: error.message };
  }
}

const path = positionals[0] ?? new URL("cases.gen.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(path, "utf8"));
const u = await load();
const out = cases.filter((one) => !flags.case || one.id === flags.case).map((one) => JSON.stringify(line(u, one)) + "\n");
process.stdout.write(out.join(""));
