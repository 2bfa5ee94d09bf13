// Receipts of trainings, the same JSON as Python's: what went in, and a hash of the model after every epoch.
import { ReceiptError } from "./errors.js";
import type { Core, Preset } from "./generated/core.js";
import { type Model, train } from "./magnet.js";
import { clip_sha256 } from "./model.js";
import { BITS, VERSION } from "./version.js";

const FORMAT = "unisono-receipt";

export interface Receipt {
  format: "unisono-receipt";
  /** The versions of the package and of the bits that made it. */
  unisono: string;
  bits: number;
  clip: string;
  clip_sha256: string;
  preset: Preset;
  sr: number;
  seed: number;
  /** The model's SHA-256 after each epoch: weights, optimiser and all. */
  epochs: string[];
}

export interface Verdict {
  /** How many epochs were trained again. */
  epochs: number;
  /** The first epoch, from 1, after which the model was another; null if there is none. */
  differs: number | null;
  /** The model's SHA-256 after that epoch, or after the last: in the receipt, and here. */
  wanted: string;
  found: string;
}

export interface VerifyOptions {
  /** Called, and awaited, after each epoch that agrees. */
  on_epoch?: (epoch: number) => unknown;
  signal?: AbortSignal;
}

/** The receipt of a training: collect `progress.model.sha256` of every epoch, from the first on. */
export function receipt_of(model: Model, epochs: readonly string[]): Receipt {
  const { clip, clip_sha256: hash } = model.options;
  const { preset, sr, seed } = model;
  const made = { unisono: VERSION, bits: BITS, clip, clip_sha256: hash };
  return { format: FORMAT, ...made, preset, sr, seed, epochs: [...epochs] };
}

/** Thrown inside a training to end it at the first epoch that differs. */
class Different extends Error {}

/** Trains as a receipt says, on the same samples, and compares the model with it after every epoch. */
export async function verify(
  core: Core,
  receipt: Receipt,
  samples: Float32Array,
  { on_epoch, signal }: VerifyOptions = {},
): Promise<Verdict> {
  check(receipt, samples);
  const { sr, preset, seed, epochs } = receipt;
  let verdict: Verdict = { epochs: 0, differs: null, wanted: "", found: "" };
  let model: Model | undefined;
  try {
    model = await train(core, samples, {
      sr,
      preset,
      seed,
      epochs: epochs.length,
      ...(signal && { signal }),
      on_epoch: async (progress) => {
        model = progress.model;
        const { epoch } = progress;
        verdict = { epochs: epoch, differs: null, wanted: epochs[epoch - 1] ?? "", found: model.sha256 };
        if (verdict.found !== verdict.wanted) throw new Different();
        await on_epoch?.(epoch);
      },
    });
  } catch (error) {
    if (!(error instanceof Different)) throw error;
    verdict.differs = verdict.epochs;
  } finally {
    model?.free();
  }
  return verdict;
}

function check(receipt: Receipt, samples: Float32Array): void {
  if (receipt?.format !== FORMAT || !Array.isArray(receipt.epochs)) throw new ReceiptError("this is not a receipt of a training");
  if (receipt.bits !== BITS) {
    throw new ReceiptError(`the receipt was made with bits ${String(receipt.bits)}, this is bits ${BITS}: they need not agree`);
  }
  if (receipt.clip_sha256 !== clip_sha256(samples)) {
    throw new ReceiptError("this is not the clip of the receipt: the hash of its samples is another");
  }
  if (receipt.epochs.length === 0) throw new ReceiptError("the receipt holds no epochs: there is nothing to verify");
}
