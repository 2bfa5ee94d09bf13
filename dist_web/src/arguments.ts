// Checks what JavaScript hands over as a scalar before it is silently converted at the border to WebAssembly.
import { ParameterError } from "./errors.js";

const I32_MAX = 2147483647;
const U32_MAX = 4294967295;

function show(value: unknown): string {
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** The error in the words of the core and of Python. */
function refusal(name: string, value: unknown, wanted: string): ParameterError {
  return new ParameterError(`${name}: got ${show(value)}; must be ${wanted}`);
}

function integer(name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw refusal(name, value, "an integer");
  }
  if (value < low || value > high) {
    throw refusal(name, value, `an integer from ${low} to ${high}`);
  }
  return value;
}

export function as_i32(name: string, value: unknown): number {
  return integer(name, value, -I32_MAX - 1, I32_MAX);
}

export function as_u32(name: string, value: unknown): number {
  return integer(name, value, 0, U32_MAX);
}

/** A float: the core checks its range, so NaN and infinities pass here. */
export function as_float(name: string, value: unknown): number {
  if (typeof value !== "number") throw refusal(name, value, "a number");
  return value;
}

export function as_bool(name: string, value: unknown): number {
  if (typeof value !== "boolean") throw refusal(name, value, "true or false");
  return value ? 1 : 0;
}

/** The index of a named value, as enums travel. */
export function as_enum(name: string, value: unknown, values: readonly string[]): number {
  const index = values.indexOf(value as string);
  if (index < 0) throw refusal(name, value, `one of ${values.join(", ")}`);
  return index;
}

/** Refuses options that the operation does not have: a misspelt one must not be ignored. */
export function check_options(operation: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new ParameterError(`${operation} has no option ${name}`);
  }
}
