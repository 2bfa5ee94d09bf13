// Runs the plans of one job within process(), where a browser may have told the processor to flush subnormals.
// Their results are hashed in the page: a worklet has no Web Crypto.
import { runs } from "./runner.mjs";

const PLANS_A_BLOCK = 8; // few, so that audio lives

registerProcessor(
  "parity",
  class extends AudioWorkletProcessor {
    constructor({ processorOptions: { bytes, plans } }) {
      super();
      this.runs = runs(new WebAssembly.Module(bytes), plans);
    }

    process() {
      try {
        for (let i = 0; i < PLANS_A_BLOCK; i++) {
          const { value, done } = this.runs.next();
          if (done) return this.#end({});
          this.port.postMessage({ run: value });
        }
        return true;
      } catch (error) {
        return this.#end({ error: String(error?.cause ?? error) });
      }
    }

    #end(result) {
      this.port.postMessage(result);
      return false;
    }
  },
);
