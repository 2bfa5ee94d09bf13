// JSON out exactly as Python's json.dumps writes it, so that files are equal byte for byte; JSON in that refuses twins.

/** A number that is a float in Python even when it is whole: 3 is written 3.0. */
export class Float {
  constructor(readonly value: number) {}
}

/** Text as Python's repr of the same double: exponents below 1e-4 and from 1e16, at least two digits of exponent. */
function float_text(x: number): string {
  const [digits = "0", exponent = "0"] = Math.abs(x).toExponential().split("e");
  const power = Number(exponent);
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  if (x !== 0 && (power < -4 || power >= 16)) {
    return `${sign}${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const mantissa = digits.replace(".", "");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${mantissa}`;
  const whole = mantissa.padEnd(power + 1, "0");
  return `${sign}${whole.slice(0, power + 1)}.${whole.slice(power + 1) || "0"}`;
}

function number_text(x: number): string {
  if (!Number.isFinite(x)) throw new TypeError(`${x} cannot be written as JSON`);
  return Number.isSafeInteger(x) && !Object.is(x, -0) ? String(x) : float_text(x);
}

function string_text(text: string): string {
  const code = (c: string) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0");
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, code);
}

/** `json.dumps(value, sort_keys=sorted)`, or with separators `","` and `":"` when compact. */
export function dump_json(value: unknown, style: { sorted?: boolean; compact?: boolean } = {}): string {
  const [comma, colon] = style.compact ? [",", ":"] : [", ", ": "];
  const write = (v: unknown): string => {
    if (v instanceof Float) return float_text(v.value);
    if (typeof v === "number") return number_text(v);
    if (typeof v === "string") return string_text(v);
    if (v === null || typeof v === "boolean") return String(v);
    if (Array.isArray(v)) return `[${v.map(write).join(comma)}]`;
    const keys = Object.keys(v as object).filter((key) => (v as Record<string, unknown>)[key] !== undefined);
    if (style.sorted) keys.sort();
    return `{${keys.map((key) => string_text(key) + colon + write((v as Record<string, unknown>)[key])).join(comma)}}`;
  };
  return write(value);
}

/** Why a text is refused that may well be JSON. */
export class JsonError extends Error {}

const DEEPEST = 900; // Python's parser gives up near a thousand

/**
 * Parses JSON as a careful reader wants it: no name twice in one object, no nesting without end (JsonError), and in place
 * of every number that is not written as a whole one null if `whole` is set. Throws SyntaxError when it is no JSON.
 */
export function parse_json(text: string, style: { whole?: boolean } = {}): unknown {
  check_depth(text);
  const value: unknown = JSON.parse(text);
  if (has_twin(text)) throw new JsonError("names something twice");
  if (!style.whole) return value;
  return JSON.parse(text.replace(STRING_OR_FRACTION, (token) => (token.startsWith('"') ? token : "null")));
}

// A string (unrolled, so that a long one costs no stack), or the punctuation that tells names from values.
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;
const STRING_OR_FRACTION = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)/g;

function check_depth(text: string): void {
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth > DEEPEST) throw new JsonError("is nested too deeply");
  }
}

/** Whether a name occurs twice in one object of a valid JSON text. */
function has_twin(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token !== ":") last = JSON.parse(token) as string;
    else {
      const names = open[open.length - 1];
      if (names?.has(last)) return true;
      names?.add(last);
    }
  }
  return false;
}
