// A worklet for the tests: keeps what it hears, passes it on, and hands all of it out when asked.
registerProcessor(
  "recorder",
  class extends AudioWorkletProcessor {
    #heard = new Float32Array(sampleRate * 90);
    #length = 0;

    constructor() {
      super();
      this.port.onmessage = () => this.port.postMessage(this.#heard.slice(0, this.#length));
    }

    process([[input]], [[output]]) {
      if (!input) return true;
      this.#heard.set(input, this.#length);
      this.#length += input.length;
      output.set(input);
      return true;
    }
  },
);
