// The package's worker: what a page starts for training, for playing, and for threads. It waits for one message that says
// which; imported anywhere else it does nothing.
import type { WorkerScope } from "./job.js";
import { begin_playing } from "./job_play.js";
import { begin_training } from "./job_train.js";
import type { HelperMessage, PlayMessage, TrainMessage } from "./messages.js";
import { imports } from "./start.js";
import { help } from "./threads.js";

async function begin(scope: WorkerScope, message: HelperMessage | PlayMessage | TrainMessage): Promise<void> {
  if (message.to === "train") return begin_training(scope, message);
  if (message.to === "play") return begin_playing(scope, message);
  const instance = await WebAssembly.instantiate(message.module, imports(message.memory));
  help(instance.exports, message.stack, () => scope.postMessage("ready"));
}

const here = globalThis as unknown as WorkerScope & { DedicatedWorkerGlobalScope?: unknown };
if (here.DedicatedWorkerGlobalScope) {
  here.addEventListener("message", ({ data }) => void begin(here, data), { once: true });
}
