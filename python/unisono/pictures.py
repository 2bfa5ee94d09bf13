"""Picture files: PNG, JPEG and WebP of any kind in, as the RGB pixels that the core makes sound of."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import _ops
from .errors import PictureFileError
from .files import atomic_write

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["mark_corners", "picture_sha256", "read_picture"]

Pixels = NDArray[np.uint8]

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""Endings of picture files."""

_FORMATS = ("PNG", "JPEG", "WEBP")
_MAX_PIXELS = 1 << 26  # 67 megapixels, 200 MB of RGB: a header can promise anything
_MARK = 2  # pixels on each side of a feature pixel


def read_picture(path: str | os.PathLike[str]) -> Pixels:
    """Read a picture file as sRGB pixels, the right way up.

    The orientation in its EXIF data is applied, grey is repeated three times, 16 bits become 8 by dropping the lower
    ones, what is transparent shows white, and of several pictures in a file the first is taken. Decoding happens in
    Pillow, outside the promise of equal bits, which begins at the pixels returned.

    Parameters
    ----------
    path : path
        A PNG, JPEG or WebP file.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Rows from the top.

    Raises
    ------
    PictureFileError
        If the file is missing, is no such picture, is damaged, or has more than 67 megapixels.
    """
    path = Path(path)
    if not path.is_file():
        raise PictureFileError(f"{path} {'is a folder, not a picture' if path.is_dir() else 'does not exist'}")
    if path.stat().st_size == 0:
        raise PictureFileError(f"{path} is empty")
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata, and sizes that are refused below
            with Image.open(path, formats=_FORMATS) as picture:
                _check_size(picture, path)
                return _pixels(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        fault = "is too large" if isinstance(error, Image.DecompressionBombError) else "is no PNG, JPEG or WebP picture"
        raise PictureFileError(f"{path} {fault}") from error
    except PermissionError as error:
        raise PictureFileError(f"{path} may not be read") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise PictureFileError(f"{path} is damaged ({str(error).rstrip('.') or type(error).__name__})") from error


def _check_size(picture: Image.Image, path: Path) -> None:
    width, height = picture.size
    if width * height > _MAX_PIXELS or max(width, height) > 1 << 15:
        raise PictureFileError(f"{path} is too large: {width} x {height} pixels; at most {_MAX_PIXELS} can be read")


def _pixels(picture: Image.Image) -> Pixels:
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # 16 bits of grey
        grey = (np.asarray(upright).astype(np.int64).clip(0, 65535) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(upright if upright.mode == "RGB" else upright.convert("RGB"))


def picture_sha256(pixels: Pixels) -> str:
    """Return the SHA-256, in hex, of the pixels' bytes, rows from the top, red first."""
    import hashlib  # loads OpenSSL: not when the package is imported

    return hashlib.sha256(np.ascontiguousarray(pixels, np.uint8).data).hexdigest()


def mark_corners(path: str | os.PathLike[str], pixels: Pixels) -> int:
    """Write the picture as the classic mapping sees it, its feature pixels marked in red; return how many there are.

    Parameters
    ----------
    path : path
        The picture to write; its format follows from the name's ending: .png, .jpg, .jpeg or .webp.
    pixels : ndarray of uint8, shape (height, width, 3)
        The picture, of any size.

    Raises
    ------
    PictureFileError
        If the name has another ending.
    OSError
        If the file cannot be written.
    """
    import io

    from PIL import Image

    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    suffix = Path(path).suffix.lower()
    if suffix not in formats:
        raise PictureFileError(f"{path}: a picture is written as PNG, JPEG or WebP; give a name that ends in .png")
    scaled = np.array(_ops.scale_picture(pixels))
    corners, count = _ops.find_corners(scaled)
    for x, y in np.asarray(corners)[:count].tolist():
        scaled[max(y - _MARK, 0) : y + _MARK + 1, max(x - _MARK, 0) : x + _MARK + 1] = (255, 0, 0)
    content = io.BytesIO()
    Image.fromarray(scaled).save(content, formats[suffix])
    atomic_write(path, content.getvalue())
    return int(count)
