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

/** What was given: an argument by itself, or the one of this name among options, which may be left out. */
function given(name: string, from: unknown, otherwise: unknown): unknown {
  return otherwise === undefined ? from : ((from as Record<string, unknown>)[name] ?? otherwise);
}

export function as_i32(name: string, from: unknown, otherwise?: number): number {
  return integer(name, given(name, from, otherwise), -I32_MAX - 1, I32_MAX);
}

export function as_u32(name: string, from: unknown, otherwise?: number): number {
  return integer(name, given(name, from, otherwise), 0, U32_MAX);
}

/** A float: the core checks its range, so NaN and infinities pass here. */
export function as_float(name: string, from: unknown, otherwise?: number): number {
  const value = given(name, from, otherwise);
  if (typeof value !== "number") throw refusal(name, value, "a number");
  return value;
}

export function as_bool(name: string, from: unknown, otherwise?: boolean): number {
  const value = given(name, from, otherwise);
  if (typeof value !== "boolean") throw refusal(name, value, "true or false");
  return value ? 1 : 0;
}

/** The index of a named value, as enums travel. */
export function as_enum(name: string, values: readonly string[], from: unknown, otherwise?: string): number {
  const value = given(name, from, otherwise);
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
