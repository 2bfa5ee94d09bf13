"""Picture files that lie or are damaged: each gives one line that names the fault, and no memory for its promises."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unisono.errors import PictureFileError
from unisono.pictures import read_picture


def encoded(kind: str, **how: object) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (40, 50, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind, **how)
    return content.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, *rest: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(b"IHDR", header), *rest, chunk(b"IEND", b"")])


ATTACKS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "text": (b"Dear reader, this is no picture.\n" * 20, "is no PNG"),
    "sound": (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(200), "is no PNG"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no PNG"),
    "gif": (encoded("GIF"), "is no PNG"),
    "tiff": (encoded("TIFF"), "is no PNG"),
    "only a signature": (b"\x89PNG\r\n\x1a\n", "is no PNG|is damaged"),
    "bomb by header": (png(60000, 60000, chunk(b"IDAT", zlib.compress(bytes(1000)))), "is too large"),
    "bomb below Pillow's own limit": (png(10000, 8000, chunk(b"IDAT", zlib.compress(bytes(1000)))), "is too large"),
    "long and thin": (png(1 << 16, 1, chunk(b"IDAT", zlib.compress(bytes(1000)))), "is too large"),
    "no pixels": (png(40, 50), "is damaged"),
    "too few pixels": (png(400, 500, chunk(b"IDAT", zlib.compress(bytes(1000)))), "is damaged"),
    "no compressed data": (png(40, 50, chunk(b"IDAT", b"no zlib here")), "is damaged"),
    "text bomb": (png(4, 4, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000), 9))), "is damaged"),
    "size nought": (png(0, 5, chunk(b"IDAT", zlib.compress(bytes(10)))), "is no PNG|is damaged"),
    "half a PNG": (encoded("PNG")[:3000], "is damaged"),
    "half a JPEG": (encoded("JPEG")[:900], "is damaged"),
    "half a WebP": (encoded("WEBP", lossless=True)[:900], "is damaged|is no PNG"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_each_attack_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    content, fault = ATTACKS[name]
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(PictureFileError, match=fault) as caught:
        read_picture(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(PictureFileError, match="is a folder"):
        read_picture(tmp_path)
    with pytest.raises(PictureFileError, match="does not exist"):
        read_picture(tmp_path / "x.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_flipped_bytes_give_pixels_or_one_error(tmp_path: Path, kind: str) -> None:
    good, rng = encoded(kind), random.Random(1)
    path = tmp_path / "x"
    refused = 0
    for _ in range(150):
        bad = bytearray(good)
        for _ in range(rng.randrange(1, 6)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        path.write_bytes(bad)
        try:
            pixels = read_picture(path)
        except PictureFileError as error:
            assert "\n" not in str(error)
            refused += 1
        else:
            assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    assert refused > 0
