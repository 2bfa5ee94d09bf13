// Runs the plans of one job within process(), where a browser may have told the processor to flush subnormals.
import { lines } from "./runner.mjs";

const PLANS_A_BLOCK = 8; // few, so that audio lives

registerProcessor(
  "parity",
  class extends AudioWorkletProcessor {
    #done = [];

    constructor({ processorOptions: { bytes, plans, steps } }) {
      super();
      this.lines = lines(new WebAssembly.Module(bytes), plans, { steps });
    }

    process() {
      try {
        for (let i = 0; i < PLANS_A_BLOCK; i++) {
          const { value, done } = this.lines.next();
          if (done) return this.#tell({ lines: this.#done });
          this.#done.push(value);
        }
        return true;
      } catch (error) {
        return this.#tell({ error: String(error?.cause ?? error) });
      }
    }

    #tell(result) {
      this.port.postMessage(result);
      return false;
    }
  },
);
