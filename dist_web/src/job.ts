// What all jobs of the package's worker have in common: the worker's scope, and the core in it.
import { bind, type Core } from "./generated/core.js";
import type { HelperRequest } from "./messages.js";
import { bytes_at, start_bytes } from "./start.js";
import type { HelperMessage } from "./threads.js";

/** The scope of a dedicated worker, as far as this package uses it. */
export interface WorkerScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void, options?: { once: boolean }): void;
}

/** Starts the core in the worker. The page starts its helpers: Firefox at times never returns from `new Worker` in a worker. */
export async function start_in_worker(scope: WorkerScope, wasm_url: string, threads: number): Promise<Core> {
  const ask = (order: HelperMessage) =>
    new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      const request: HelperRequest = { is: "help", order, port: port2 };
      scope.postMessage(request, [port2]);
    });
  return bind(await start_bytes(await bytes_at(new URL(wasm_url)), threads, ask));
}
