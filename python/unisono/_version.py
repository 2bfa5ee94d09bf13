"""The version of the package, and the version of its bits: the latter changes when any result changes."""

__version__ = "0.1.0"
BITS = 1
