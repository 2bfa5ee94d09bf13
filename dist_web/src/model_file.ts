// How the bytes of a file become a model of whatever kind; they may come from Python, be damaged, or be made to harm.
import { ModelFileError, ParameterError } from "./errors.js";
import type { MagnetModel, PairsModel, WavenetModel } from "./generated/core.js";
import { type ModelFile, parse_model, type Tensor } from "./safetensors.js";
import { BITS } from "./version.js";

type AnyCore = MagnetModel | PairsModel | WavenetModel;
type Kinds = Record<string, (value: unknown) => boolean>;

export const is_text = (v: unknown) => typeof v === "string";
const COUNT = Number.isInteger;

/** What every model's options hold. */
interface CheckedOptions {
  sr: number;
  seed: number;
  step: number;
  losses: number[];
  [other: string]: unknown;
}

/** What the bytes of a model file of one of these kinds hold; a warning if other bits made it. */
export function model_file(content: Uint8Array | ArrayBuffer, ...kinds: string[]): ModelFile {
  if (!(content instanceof Uint8Array || content instanceof ArrayBuffer)) {
    throw new ParameterError("content must be a Uint8Array or an ArrayBuffer");
  }
  const file = parse_model(content instanceof ArrayBuffer ? new Uint8Array(content) : content, kinds);
  const { bits } = file.options;
  if (bits !== BITS) {
    console.warn(`this model was made with bits ${String(bits)}, this is bits ${BITS}: it sounds different here`);
  }
  return file;
}

/** A copy after checking the type and range of everything that code relies on; `length` is how long the training is. */
export function checked_options<O extends CheckedOptions>({ options: found }: ModelFile, kinds: Kinds, length = "epochs"): O {
  const all: Kinds = { ...kinds, sr: COUNT, seed: COUNT, step: COUNT, losses: Array.isArray, [length]: COUNT };
  for (const [key, fits] of Object.entries(all)) {
    if (!Object.hasOwn(found, key) || !fits(found[key])) {
      throw new ModelFileError(`is damaged: its option '${key}' is missing or of the wrong type`);
    }
  }
  const options = found as O;
  const { sr, seed, step, losses } = options;
  const total = options[length] as number;
  if (![sr, seed, step, total].every((count) => count >= 0 && count < 2 ** 32) || step >= 2 ** 31) {
    throw new ModelFileError("is damaged: an option is out of range");
  }
  if (losses.length > total || !losses.every((x) => Number.isFinite(x))) {
    throw new ModelFileError(`is damaged: its losses are not numbers, or more than its ${length}`);
  }
  return { ...options, losses: [...losses] };
}

/** A new core object with the tensors of a file, after checking them, and its step; errors speak of `place`. */
export function filled<M extends AnyCore>(make: () => M, file: ModelFile, step: number, place: string): M {
  const model = blaming_file("", make);
  try {
    fill(model, file, step, place);
  } catch (error) {
    model.free();
    throw error;
  }
  return model;
}

/** Runs something whose refusal is the file's fault. */
function blaming_file<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ParameterError) throw new ModelFileError(`is damaged: ${where}${error.message}`);
    throw error;
  }
}

function fill(model: AnyCore, file: ModelFile, step: number, place: string): void {
  const names = Array.from({ length: model.tensor_count() }, (_, i) => model.tensor_name(i));
  const odd = [...names.filter((n) => !file.tensors.has(n)), ...[...file.tensors.keys()].filter((n) => !names.includes(n))];
  if (odd.length > 0) {
    const name = JSON.stringify(odd.sort()[0]!.slice(0, 60)).slice(1, -1);
    throw new ModelFileError(`is damaged: tensor '${name}' is missing or has no place in ${place}`);
  }
  names.forEach((name, i) => set_tensor(model, i, name, file.tensors.get(name)!));
  blaming_file("", () => model.set_step(step));
}

function set_tensor(model: AnyCore, i: number, name: string, { shape, data }: Tensor): void {
  const wanted = Array.from(model.tensor_shape(i));
  if (wanted.length !== shape.length || wanted.some((size, d) => size !== shape[d])) {
    const tuple = (sizes: number[]) => (sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`);
    throw new ModelFileError(`is damaged: tensor ${name} has shape ${tuple(shape)}, not ${tuple(wanted)}`);
  }
  blaming_file(`tensor ${name}: `, () => model.set_tensor(i, data));
}
