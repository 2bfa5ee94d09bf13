// What an audio worklet's global scope offers, and the core in it: one instance for all processors of the scope.
import type { Core } from "./generated/core.js";
import { bind } from "./generated/worklet_core.js";
import type { Memory } from "./memory.js";
import { start_now } from "./start.js";

/** The base class that the scope supplies. */
export interface Processor {
  readonly port: MessagePort;
}

export interface WorkletScope {
  AudioWorkletProcessor: new () => Processor;
  registerProcessor(name: string, processor: unknown): void;
  sampleRate: number;
  currentFrame: number;
}

export const scope = globalThis as unknown as WorkletScope;

export interface ScopeCore {
  /** No more of it than processors use: see codegen/views/nodes.py. */
  core: Core;
  memory: Memory;
}

let started: ScopeCore | null = null;

/** The scope's core, started from the first node's module. */
export function scope_core(module: WebAssembly.Module): ScopeCore {
  if (started === null) {
    const memory = start_now(module);
    started = { core: bind(memory), memory };
  }
  return started;
}

/** An array in the core's memory. The memory may move when it grows; the view follows, and is else the same object. */
export class Place {
  readonly at: number;
  readonly #memory: Memory;
  readonly #length: number;
  #view: Float32Array;

  constructor(memory: Memory, length: number) {
    this.at = memory.alloc(4 * length);
    this.#memory = memory;
    this.#length = length;
    this.#view = new Float32Array(memory.buffer, this.at, length);
  }

  get view(): Float32Array {
    if (this.#view.buffer !== this.#memory.buffer) {
      this.#view = new Float32Array(this.#memory.buffer, this.at, this.#length);
    }
    return this.#view;
  }

  free(): void {
    this.#memory.free(this.at);
  }
}

/** Runs a processor's set-up and tells the page how it went. */
export function greet(port: MessagePort, set_up: () => unknown): void {
  try {
    port.postMessage({ ready: set_up() ?? null });
  } catch (error) {
    const { name, message } = error as Error;
    port.postMessage({ error: { name, message } });
  }
}
