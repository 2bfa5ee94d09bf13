// Checks what JavaScript hands over as a scalar before it is silently converted at the border to WebAssembly.
import { ParameterError } from "./errors.js";

const I32_MAX = 2147483647;
const U32_MAX = 4294967295;

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function integer(name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new ParameterError(`${name} must be an integer, got ${show(value)}`);
  }
  if (value < low || value > high) {
    throw new ParameterError(`${name} must be between ${low} and ${high}, got ${value}`);
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
  if (typeof value !== "number") throw new ParameterError(`${name} must be a number, got ${show(value)}`);
  return value;
}

export function as_bool(name: string, value: unknown): number {
  if (typeof value !== "boolean") throw new ParameterError(`${name} must be true or false, got ${show(value)}`);
  return value ? 1 : 0;
}

/** The index of a named value, as enums travel. */
export function as_enum(name: string, value: unknown, values: readonly string[]): number {
  const index = values.indexOf(value as string);
  if (index < 0) throw new ParameterError(`${name} must be one of ${values.join(", ")}, got ${show(value)}`);
  return index;
}

/** Refuses options that the operation does not have: a misspelt one must not be ignored. */
export function check_options(operation: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new ParameterError(`${operation} has no option ${name}`);
  }
}
