// Prints the names of all operations and classes that JavaScript users can call, without what is not the core's.
import { load } from "../../dist_web/lib/index.js";

const OURS = ["train", "verify", "sonify", "load_model", "load_pairs", "train_wavenet", "load_wavenet", "wav", "read_recipe"];
const u = await load();
const names = Object.keys(u).filter((name) => typeof u[name] === "function" && !OURS.includes(name));
console.log(JSON.stringify({ names }));
