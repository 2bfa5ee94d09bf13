// Links: seed, sliders and the model's name by content, after the #, so that no server ever sees them.
import type { LiveName } from "unisono";

export interface Shared {
  model: string;
  seed: number;
  values: Partial<Record<LiveName, number>>;
}

const NAMES: readonly LiveName[] = ["temperature", "gain", "density", "pitch", "formant", "morph"];

export function to_link({ model, seed, values }: Shared): string {
  const parts = new URLSearchParams({ model, seed: String(seed) });
  for (const name of NAMES) if (values[name] !== undefined) parts.set(name, String(values[name]));
  return `${location.origin}${location.pathname}#${parts}`;
}

/** What the page's address asks for, or null. */
export function from_link(hash: string): Shared | null {
  const parts = new URLSearchParams(hash.slice(1));
  const model = parts.get("model") ?? "";
  const seed = Number(parts.get("seed"));
  if (!/^[0-9a-f]{64}$/.test(model) || !(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) return null;
  const given = NAMES.filter((name) => parts.has(name) && Number.isFinite(Number(parts.get(name))));
  return { model, seed, values: Object.fromEntries(given.map((name) => [name, Number(parts.get(name))])) };
}
