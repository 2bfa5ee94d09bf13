// Runs the plans of one job in a Worker.
import { lines } from "./runner.mjs";

onmessage = ({ data: { bytes, plans, steps } }) => postMessage([...lines(new WebAssembly.Module(bytes), plans, { steps })]);
