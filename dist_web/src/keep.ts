// Keeps trainings in the browser's IndexedDB, so that they outlive a reload; works in the page and in Workers.
import type { Preset } from "./generated/core.js";
import type { Epochs } from "./magnet.js";
import type { Steps } from "./wavenet.js";

const DATABASE = "unisono";
const VERSION = 1;
const STORES = ["summaries", "clips", "models"] as const;

interface Kept {
  key: string;
  name: string;
  sr: number;
  seed: number;
  clip_sha256: string;
  clip_seconds: number;
  losses: number[];
  /** When it was kept, in ms since 1970. */
  saved: number;
}

/** What is known of a kept training without loading it. */
export type KeptTraining = Kept & (({ kind: "magnet"; preset: Preset } & Epochs) | ({ kind: "wavenet"; free: boolean } & Steps));

type Store = (typeof STORES)[number];

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name));
  return finished(request);
}

/** Runs requests in one transaction and closes the database when all of it is on disk. */
async function transact<T>(mode: IDBTransactionMode, work: (store: (name: Store) => IDBObjectStore) => T): Promise<T> {
  const database = await open();
  try {
    const transaction = database.transaction([...STORES], mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("the browser's storage is full"));
    });
    const result = work((name) => transaction.objectStore(name));
    await done;
    return result;
  } finally {
    database.close();
  }
}

async function read<T>(store: Store, key: string): Promise<T | undefined> {
  return (await transact("readonly", (open_store) => finished(open_store(store).get(key)))) as Promise<T | undefined>;
}

/** Keeps a training as it stands; the clip is written when it is given. */
export async function keep_training(summary: KeptTraining, file: Uint8Array, clip?: Float32Array): Promise<void> {
  await transact("readwrite", (store) => {
    store("summaries").put(summary, summary.key);
    store("models").put(file, summary.key);
    if (clip) store("clips").put(clip, summary.key);
  });
}

export async function kept_training(key: string): Promise<KeptTraining | undefined> {
  return read("summaries", key);
}

/** All kept trainings, the newest first. */
export async function kept_trainings(): Promise<KeptTraining[]> {
  const all = await transact("readonly", (store) => finished(store("summaries").getAll()));
  return ((await all) as KeptTraining[]).sort((a, b) => b.saved - a.saved);
}

/** The bytes of the model file as it was kept last. */
export async function kept_model(key: string): Promise<Uint8Array | undefined> {
  return read("models", key);
}

export async function kept_clip(key: string): Promise<Float32Array | undefined> {
  return read("clips", key);
}

export async function forget_training(key: string): Promise<void> {
  await transact("readwrite", (store) => STORES.forEach((name) => store(name).delete(key)));
}
