// Reads each file of a folder as a model and prints one JSON line for each: its hash and its bytes' when written again, or the error.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { model_sha256, parse_model, write_model } from "../../dist_web/lib/safetensors.js";
import { sha256 } from "../../dist_web/lib/sha256.js";

const folder = process.argv[2];
for (const name of readdirSync(folder).sort()) {
  try {
    const { tensors, options } = parse_model(new Uint8Array(readFileSync(join(folder, name))));
    const written = sha256(write_model(tensors, options));
    console.log(JSON.stringify({ name, sha256: model_sha256(tensors), written }));
  } catch (error) {
    if (error.name !== "ModelFileError") throw error;
    console.log(JSON.stringify({ name, error: error.message }));
  }
}
