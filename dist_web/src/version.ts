// The version of the package, and the version of its bits: the latter changes when any result changes. As in Python.

export const VERSION = "0.1.0";
export const BITS = 1;
