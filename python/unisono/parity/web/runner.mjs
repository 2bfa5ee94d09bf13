// Runs plans in WebAssembly in any JavaScript engine: Node, Bun, a page, a Worker, an AudioWorklet. plan.py says what a plan is.
import { make_argument } from "./inputs.mjs";

const WASI_BAD_FILE = 8; // errno of a file descriptor that is not open: the core does no input or output
const BYTES = { f32: 4, c64: 8, i32: 4, i16: 2, u8: 1 };
const SCALARS = {
  i32: (view, at) => view.getInt32(at, true),
  u32: (view, at) => view.getUint32(at, true),
  f32: (view, at) => view.getFloat32(at, true),
  f64: (view, at) => view.getFloat64(at, true),
  bool: (view, at) => view.getInt32(at, true),
};

const MEMORY = { initial: 256, maximum: 32768 }; // pages, as the module is linked

class Refusal extends Error {}

/** The module, started: memory and calls. */
class Machine {
  #wasm;
  #kept = [];

  constructor(module) {
    const imports = {};
    for (const { module: room, name, kind } of WebAssembly.Module.imports(module)) {
      imports[room] ??= {};
      imports[room][name] = kind === "memory" ? new WebAssembly.Memory(MEMORY) : () => WASI_BAD_FILE;
    }
    this.#wasm = { ...new WebAssembly.Instance(module, imports).exports, memory: imports.env.memory };
    this.#wasm._initialize?.();
  }

  get view() {
    return new DataView(this.#wasm.memory.buffer);
  }

  bytes(address, size) {
    return new Uint8Array(this.#wasm.memory.buffer, address, size);
  }

  room(size) {
    const address = this.#wasm.malloc(Math.max(size, 16)) >>> 0;
    if (address === 0) throw new Error(`${size} bytes could not be allocated in WebAssembly`);
    this.#kept.push(address);
    return address;
  }

  put(array) {
    const address = this.room(array.byteLength);
    this.bytes(address, array.byteLength).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return address;
  }

  text_bytes(address) {
    const bytes = this.bytes(0, this.#wasm.memory.buffer.byteLength);
    return bytes.slice(address, bytes.indexOf(0, address));
  }

  call(name, ...args) {
    return this.#wasm[`unisono_${name}`](...args);
  }

  check(status) {
    if (status !== 0) throw new Refusal(String.fromCharCode(...this.text_bytes(this.call("last_error"))));
  }

  release() {
    for (const address of this.#kept) this.#wasm.free(address);
    this.#kept.length = 0;
  }
}

/** A scalar result as a float64; there is one NaN. */
function scalar_bytes(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  if (value !== value) bytes.set([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
  return { type: "f64", bytes };
}

function argument(machine, arg) {
  return Array.isArray(arg) ? make_argument(arg[1]) : machine.put(make_argument(arg));
}

function construct(machine, step) {
  const args = step.args.map((arg) => argument(machine, arg));
  if (step.threads >= 0 && args[step.threads] >= 1 && args[step.threads] <= 64) args[step.threads] = machine.threads;
  const place = machine.room(4);
  machine.check(machine.call(step.f, place, ...args, ...step.sizes));
  return machine.view.getUint32(place, true);
}

/** The shape of each output; scalars have none. */
function shapes_of(machine, step, args) {
  const dims = step.outs.reduce((sum, [, count]) => sum + count, 0);
  if (dims === 0) return step.outs.map(() => []);
  const place = machine.room(4 * dims);
  machine.check(machine.call(`${step.f}_sizes`, place, ...args));
  const flat = Array.from({ length: dims }, (_, i) => machine.view.getInt32(place + 4 * i, true));
  return step.outs.map(([, count]) => flat.splice(0, count));
}

const size_of = (kind, shape) => (shape.length ? BYTES[kind] * shape.reduce((a, b) => a * b, 1) : 8);

function result(machine, [kind, dims], shape, place) {
  if (dims) return { type: kind === "c64" ? "f32" : kind, bytes: machine.bytes(place, size_of(kind, shape)).slice() };
  if (kind === "str") return { type: "text", bytes: machine.text_bytes(machine.view.getUint32(place, true)) };
  return scalar_bytes(SCALARS[kind](machine.view, place));
}

function call(machine, step, instance) {
  const first = step.kind === "op" ? [] : [instance];
  const args = step.args.map((arg) => argument(machine, arg));
  if (step.kind === "hot") return [scalar_bytes(machine.call(step.f, ...first, ...args))];
  const scalars = args.filter((_, i) => Array.isArray(step.args[i]));
  const shapes = shapes_of(machine, step, [...first, ...scalars, ...step.sizes]);
  const rooms = step.outs.map(([kind], i) => machine.room(size_of(kind, shapes[i])));
  machine.check(machine.call(step.f, ...first, ...rooms, ...args, ...step.sizes));
  return step.outs.map((out, i) => result(machine, out, shapes[i], rooms[i]));
}

/** What each step of a plan gives. */
function* outputs(machine, plan) {
  let instance = 0;
  try {
    for (const step of plan.steps) {
      const results = [];
      for (let i = 0; i < (step.repeat ?? 1); i++) {
        if (step.kind === "new") instance = construct(machine, step);
        else results.push(...call(machine, step, instance));
        machine.release();
      }
      yield results;
    }
  } finally {
    machine.release();
    if (instance) machine.call(plan.free, instance);
  }
}

/** What the steps of a plan gave, as far as that is asked for, and the text of a refusal; told.mjs makes a line of it. */
function run(machine, plan) {
  const done = { plan: { id: plan.id, op: plan.op, dump: plan.dump }, steps: [] };
  try {
    for (const results of outputs(machine, plan)) {
      done.steps.push(results);
      if (done.steps.length > plan.dump) break;
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw new Error(`case ${plan.id}: ${error}`, { cause: error });
    done.error = error.message;
  }
  return done;
}

/** Runs plans with a compiled module, one after the other. */
export function* runs(module, plans, threads = 1) {
  const machine = new Machine(module);
  machine.threads = threads;
  for (const plan of plans) yield run(machine, plan);
}
