"""Whole files written at once or not at all: a temporary file beside the target, then one rename."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .errors import AudioFileError

__all__ = ["atomic_write", "check_readable", "check_writable"]


def check_writable(path: str | os.PathLike[str]) -> Path:
    """Say now, rather than after minutes of work, that `path` cannot be written.

    Returns
    -------
    Path
        The target with symbolic links followed, so that a rename replaces the file and not the link.

    Raises
    ------
    OSError
        If `path` is a directory, its folder is missing, or the folder may not be written to.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder {target.parent} does not exist")
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(f"the folder {target.parent} may not be written to")
    return target


def atomic_write(path: str | os.PathLike[str], content: bytes | Iterable[bytes]) -> None:
    """Write `content`, in one piece or more: a reader of `path` finds the old file or the new one, never a part.

    The bytes are on the disk before the rename, so a crash or a kill leaves the old file whole.
    Something that is not a plain file (``/dev/null``, a pipe) is written to directly: a rename would replace it.

    Raises
    ------
    OSError
        If the file cannot be written; the temporary file is removed.
    """
    target = check_writable(path)
    pieces = [content] if isinstance(content, bytes) else content
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            file.writelines(pieces)
        return
    temporary = target.with_name(f".{target.name[:200]}.{os.urandom(4).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:  # also an interrupt: leave nothing behind
        temporary.unlink(missing_ok=True)
        raise


def check_readable(path: Path) -> None:
    """Raise AudioFileError unless `path` is a plain, non-empty file that may be opened."""
    try:
        if not path.is_file():
            what = "is a folder, not a sound file" if path.is_dir() else "does not exist"
            raise AudioFileError(f"{path} {what}")
        with path.open("rb") as file:
            if not file.read(1):
                raise AudioFileError(f"{path} is empty")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise AudioFileError(f"{path!s} cannot be opened ({getattr(error, 'strerror', None) or error})") from error
