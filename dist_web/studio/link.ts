// Links: seed, sliders, their moves and the models' names by content, after the #, so that no server ever sees them.
import { morphs, moves_from, moves_text, NAMES, short, type Take } from "./take.js";

export interface Shared {
  model: string;
  /** The model that morph leads to, if that is heard. */
  second: string | null;
  seed: number;
  take: Take;
}

const HASH = /^[0-9a-f]{64}$/;

export function to_link({ model, second, seed, take }: Shared): string {
  const parts = new URLSearchParams({ model });
  if (second !== null && morphs(take)) parts.set("second", second);
  parts.set("seed", String(seed));
  for (const name of NAMES) if (take.values[name] !== undefined) parts.set(name, short(take.values[name]));
  if (take.moves.length > 0) parts.set("moves", moves_text(take.moves));
  return `${location.origin}${location.pathname}#${parts}`;
}

/** What the page's address asks for, or null. */
export function from_link(hash: string): Shared | null {
  const parts = new URLSearchParams(hash.slice(1));
  const model = parts.get("model") ?? "";
  const second = parts.get("second");
  const seed = Number(parts.get("seed"));
  const moves = moves_from(parts.get("moves") ?? "");
  const is_seed = Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32;
  if (!HASH.test(model) || (second !== null && !HASH.test(second)) || !is_seed || moves === null) return null;
  const given = NAMES.filter((name) => parts.has(name) && Number.isFinite(Number(parts.get(name))));
  return { model, second, seed, take: { values: Object.fromEntries(given.map((name) => [name, Number(parts.get(name))])), moves } };
}
