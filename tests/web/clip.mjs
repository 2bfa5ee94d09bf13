// A real recording as float32 samples for the tests. Decoding is not this package's, so Python's soundfile does it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const RECORDINGS = process.env.UNISONO_RECORDINGS ?? "/usr/share/sonic-pi/samples";
const OWN_PYTHON = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const PYTHON = process.env.UNISONO_PYTHON ?? (existsSync(OWN_PYTHON) ? OWN_PYTHON : "python3");

const DECODE = `
import sys, soundfile
samples, sr = soundfile.read(sys.argv[1], dtype="float32", always_2d=True)
sys.stdout.buffer.write(samples[: 3 * sr].mean(axis=1, dtype="float32").astype("<f4").tobytes())
`;

/** Three seconds of a guitar at 44.1 kHz, or the reason why there are none. */
export function guitar() {
  const path = `${RECORDINGS}/guit_em9.flac`;
  if (!existsSync(path)) return { skip: `${path} is absent: apt-get install sonic-pi-samples` };
  const { status, stdout, error } = spawnSync(PYTHON, ["-c", DECODE, path], { maxBuffer: 1 << 24 });
  if (status !== 0) return { skip: `${PYTHON} with soundfile is needed to decode ${path}${error ? `: ${error.message}` : ""}` };
  return { samples: new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length)) };
}
