// The version of the package, and the version of its bits: the latter changes when any result changes. As in Python.
export { BITS } from "./generated/core.js";

export const VERSION = "0.1.0";
