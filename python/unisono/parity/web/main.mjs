// Runs a file of plans under Node or Bun: main.mjs PLAN.json --wasm FILE [--steps]
import { readFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { lines } from "./runner.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    wasm: { type: "string" },
    threads: { type: "string", default: "1" },
    steps: { type: "boolean" },
  },
});

const plans = JSON.parse(readFileSync(positionals[0], "utf8"));
const module = new WebAssembly.Module(readFileSync(flags.wasm));
for (const line of lines(module, plans, { ...flags, threads: Number(flags.threads) })) {
  writeSync(1, JSON.stringify(line) + "\n");
}
