// What all jobs of the package's worker have in common: the worker's scope, and the core in it.
import { bind, type Core } from "./generated/core.js";
import { bytes_at, start_bytes } from "./start.js";

/** The scope of a dedicated worker, as far as this package uses it. */
export interface WorkerScope {
  readonly location: { href: string };
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void, options?: { once: boolean }): void;
}

/** Starts the core in the worker; helpers run the worker's own file, wherever a bundler has put it. */
export async function start_in_worker(scope: WorkerScope, wasm_url: string, threads: number): Promise<Core> {
  const helper = () => new Worker(scope.location.href, { type: "module", name: "unisono" });
  return bind(await start_bytes(await bytes_at(new URL(wasm_url)), threads, helper));
}
