// Verifies a receipt in WebAssembly under Node and prints the verdict as JSON: verify_node.mjs RECEIPT.json CLIP.f32
import { readFileSync } from "node:fs";
import { load } from "../../dist_web/lib/index.js";

const [receipt, clip] = process.argv.slice(2);
const bytes = readFileSync(clip);
const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const u = await load();
console.log(JSON.stringify(await u.verify(JSON.parse(readFileSync(receipt, "utf8")), samples)));
