// Runs a file of plans under Node or Bun: main.mjs PLAN.json --wasm FILE [--steps]
import { readFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { runs } from "./runner.mjs";
import { lines } from "./told.mjs";

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
for await (const line of lines(runs(module, plans, Number(flags.threads)), flags.steps)) {
  writeSync(1, JSON.stringify(line) + "\n");
}
