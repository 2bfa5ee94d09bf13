// A take: what was set and moved while a model played. As text it fits into a link.
import type { Change, LiveName } from "unisono";

export interface Take {
  /** What stood at the first frame, where that is not what the player begins with. */
  values: Partial<Record<LiveName, number>>;
  /** What changed while it played. */
  moves: readonly Change[];
}

export const NAMES: readonly LiveName[] = ["temperature", "gain", "density", "pitch", "formant", "morph"];
const LETTERS = NAMES.map((name) => name[0]!).join("");
const MOST_MOVES = 100_000;

export const take_of = (changes: readonly Change[]): Take => ({
  values: Object.fromEntries(changes.filter(([frame]) => frame === 0).map(([, name, value]) => [name, value])),
  moves: changes.filter(([frame]) => frame > 0),
});

/** The take as a player's automation. */
export const changes_of = ({ values, moves }: Take): Change[] => [
  ...NAMES.filter((name) => values[name] !== undefined).map((name): Change => [0, name, values[name]!]),
  ...moves,
];

export const morphs = (take: Take): boolean => changes_of(take).some(([, name, value]) => name === "morph" && value !== 0);

/** The fewest digits that are this number once it is a 32-bit float. */
export function short(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === Math.fround(value)) return text;
  }
  return String(value);
}

/** Frame, first letter of the name, value: "86t1.5_172p-3". */
export const moves_text = (moves: readonly Change[]): string =>
  moves.map(([frame, name, value]) => `${frame}${name[0]}${short(value)}`).join("_");

/** The moves in a text, or null when it holds anything else. */
export function moves_from(text: string): Change[] | null {
  const parts = text === "" ? [] : text.split("_");
  if (parts.length > MOST_MOVES) return null;
  const found = parts.map((part) => new RegExp(`^(\\d{1,9})([${LETTERS}])(-?\\d+(?:\\.\\d+)?(?:e-\\d+)?)$`).exec(part));
  if (found.includes(null)) return null;
  return found.map((move): Change => [Number(move![1]), NAMES[LETTERS.indexOf(move![2]!)]!, Number(move![3])]);
}
