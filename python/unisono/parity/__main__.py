"""One engine of `unisono parity` in a process of its own."""

from . import _main

_main()
