"""The version of the package, and the version of its bits: the latter changes when any result changes."""

from ._bits import BITS

__all__ = ["BITS", "__version__"]

__version__ = "0.1.0"
