"""Photo to sound: pictures of every kind are read the right way up, the command keeps its word, photos stay apart."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from PIL import Image

import unisono
from unisono.pictures import mark_corners
from unisono.sonify import sonify_recipe
from unisono.sonify_evaluate import VERSIONS, evaluate_mappings, retrieval_table
from unisono.verify import verify_picture_sound

Pixels = NDArray[np.uint8]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
SR = 44100


def photo(seed: int, *, height: int = 90, width: int = 120) -> Pixels:
    """A picture with areas of colour, gradients, texture and dots that differ from seed to seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    picture = np.zeros((height, width, 3))
    for _ in range(4):
        wave = np.sin(2 * np.pi * (rng.uniform(-3, 3) * x + rng.uniform(-3, 3) * y) + rng.uniform(0, 6))
        picture += rng.uniform(0, 60, 3) * wave[:, :, None]
    picture += rng.uniform(40, 200, 3) + rng.normal(0, rng.uniform(0, 40), (height, width, 1))
    picture[rng.random((height, width)) < 0.02] = rng.uniform(0, 255, 3)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["x.png", "x.webp"])
def test_lossless_files_give_the_pixels_that_were_written(tmp_path: Path, name: str) -> None:
    pixels = photo(1)
    Image.fromarray(pixels).save(tmp_path / name, lossless=True)
    assert np.array_equal(unisono.read_picture(tmp_path / name), pixels)


def test_jpeg_is_near_what_was_written_and_turned_upright(tmp_path: Path) -> None:
    pixels = np.repeat(np.repeat(photo(2, height=12, width=9), 16, 0), 16, 1)
    tags = Image.Exif()
    tags[0x0112] = 6  # the camera was held on its side: to be shown a quarter turn clockwise
    Image.fromarray(pixels).save(tmp_path / "x.jpg", quality=95, subsampling=0, exif=tags)
    read = unisono.read_picture(tmp_path / "x.jpg")
    assert read.shape == (144, 192, 3)
    assert np.abs(read.astype(int) - np.rot90(pixels, -1)).mean() < 3


def test_grey_palette_alpha_and_16_bits_become_rgb(tmp_path: Path) -> None:
    pixels = photo(3)
    grey = pixels[:, :, 0]
    opacity = np.where(np.arange(120) < 60, 255, 0).astype(np.uint8)[None].repeat(90, 0)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(pixels).quantize(16).save(tmp_path / "palette.png")
    Image.fromarray(np.dstack([pixels, opacity])).save(tmp_path / "alpha.png")
    assert np.array_equal(unisono.read_picture(tmp_path / "grey.png"), np.dstack([grey] * 3))
    assert np.array_equal(unisono.read_picture(tmp_path / "deep.png"), np.dstack([grey] * 3))
    palette = np.array(Image.fromarray(pixels).quantize(16).convert("RGB"))
    assert np.array_equal(unisono.read_picture(tmp_path / "palette.png"), palette)
    seen = unisono.read_picture(tmp_path / "alpha.png")
    assert np.array_equal(seen[:, :60], pixels[:, :60]) and (seen[:, 60:] == 255).all()


def test_a_file_and_its_pixels_sound_alike_in_every_form(tmp_path: Path) -> None:
    pixels = photo(4)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    how: dict[str, Any] = {"seconds": 0.5, "seed": 3}
    sound = unisono.sonify(tmp_path / "x.png", **how)
    assert sound.shape == (22050, 2) and sound.dtype == np.float32
    opaque = np.dstack([pixels, np.full((90, 120), 255, np.uint8)])
    for same in (str(tmp_path / "x.png"), pixels, opaque, pixels[:, ::-1][:, ::-1]):
        assert np.array_equal(unisono.sonify(same, **how), sound)
    assert not np.array_equal(unisono.sonify(pixels, seconds=0.5, seed=4), sound)
    classic = unisono.sonify(pixels, mapping="classic", **how)
    assert classic.shape == (22050,)
    assert np.array_equal(classic, unisono.sonify_classic(pixels, 22050, seed=3))


@pytest.mark.parametrize("mapping", ["perceptual", "classic"])
def test_endless_sound_is_the_offline_one_in_blocks(mapping: Any) -> None:
    pixels = photo(6)
    endless = unisono.PictureSound(mapping=mapping, seed=5)
    with pytest.raises(unisono.StateError, match="set_picture"):
        endless.process(1)
    endless.set_picture(pixels)
    sound = np.concatenate([endless.process(n) for n in (1, 0, 127, 128, 4000, 1744)])
    if mapping == "classic":
        assert np.array_equal(sound, np.repeat(unisono.sonify_classic(pixels, 6000, seed=5)[:, None], 2, axis=1))
    else:  # the offline one fades over its last quarter
        assert np.array_equal(sound, unisono.sonify_perceptual(pixels, 8000, seed=5)[:6000])
    endless.set_picture(pixels)
    assert np.array_equal(endless.process(100), sound[:100])


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"seconds": 0.0}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"seconds": 4000.0}, "seconds"),
        ({"mapping": "learned"}, "mapping"),
        ({"seed": -1}, "seed"),
        ({"sr": 10}, "sr"),
        ({"image": np.zeros((5, 5, 2), np.uint8)}, "image"),
        ({"image": np.zeros((5, 5, 3), np.float32)}, "image"),
        ({"image": np.zeros((0, 5, 3), np.uint8)}, "pixels"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], fault: str) -> None:
    with pytest.raises(unisono.ParameterError, match=fault):
        unisono.sonify(**{"image": photo(1), **arguments})


def test_classic_frequencies_are_the_means_of_the_feature_pixels() -> None:
    """Dots of five greys: the spectrum of the sound without drift has its peaks where 20 to 500 Hz say."""
    pixels = np.zeros((60, 300, 3), np.uint8)
    greys = [60, 110, 160, 210, 255]
    for k, grey in enumerate(greys):
        pixels[30, 30 + 60 * k] = (grey, grey, grey)
    corners, count = unisono.find_corners(pixels)
    assert count == 5 and corners[:5].tolist() == [[30 + 60 * k, 30] for k in range(5)]
    sound = unisono.sonify_classic(pixels, 4 * SR, drift=0.0)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    expected = [20 + 480 * grey / 255 for grey in greys]
    loud = np.flatnonzero((spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] > spectrum[2:])) + 1
    peaks = sorted(loud[np.argsort(spectrum[loud])[-5:]] / 4)
    assert np.allclose(peaks, expected, atol=0.3)


def test_the_command_writes_the_sound_its_recipe_and_the_plot(tmp_path: Path, unisono_command: Run) -> None:
    pixels = photo(5)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    for mapping, channels in (("classic", 1), ("perceptual", 2)):
        made = unisono_command(
            "sonify",
            tmp_path / "x.png",
            "-o",
            tmp_path / "out.wav",
            "--seconds",
            "0.5",
            "--mapping",
            mapping,
            "--seed",
            "7",
        )
        assert made.returncode == 0, made.stderr
        written, sr = soundfile.read(tmp_path / "out.wav", dtype="int16", always_2d=True)
        assert sr == SR and written.shape == (22050, channels)
        recipe = unisono.read_recipe(tmp_path / "out.wav")
        assert recipe is not None and recipe["picture"] == "x.png" and recipe["picture_size"] == [120, 90]
        again = unisono.sonify(pixels, **{key: recipe[key] for key in ("seconds", "mapping", "seed", "sr")})
        assert np.array_equal(unisono.to_pcm16(again.reshape(-1)), written.reshape(-1))
    plotted = unisono_command(
        "sonify", tmp_path / "x.png", "-o", tmp_path / "o.wav", "--mapping", "classic", "--seconds", "0.1",
        "--plot", tmp_path / "p.png",
    )  # fmt: skip
    assert plotted.returncode == 0, plotted.stderr
    marked = np.array(Image.open(tmp_path / "p.png"))
    corners, count = unisono.find_corners(pixels)
    assert count > 0 and f"{count} feature pixels" in plotted.stdout
    assert all((marked[y, x] == (255, 0, 0)).all() for x, y in corners[:count].tolist())


@pytest.mark.parametrize("mapping", ["classic", "perceptual"])
def test_a_wav_is_confirmed_from_its_picture_or_the_difference_named(
    tmp_path: Path, unisono_command: Run, mapping: str
) -> None:
    picture, wav = tmp_path / "x.png", tmp_path / "o.wav"
    Image.fromarray(photo(5)).save(picture)
    made = unisono_command("sonify", picture, "-o", wav, "--seconds", "0.5", "--mapping", mapping, "--seed", "7")
    assert made.returncode == 0, made.stderr
    done = unisono_command("verify", wav, "--picture", picture)
    assert done.returncode == 0 and f"all {22050 if mapping == 'classic' else 44100} samples" in done.stdout
    content = bytearray(wav.read_bytes())
    content[44 + 2 * 9000] ^= 1
    wav.write_bytes(content)
    done = unisono_command("verify", wav, "--picture", picture)
    assert done.returncode == 1 and "DIFFERS at sample 9000" in done.stdout


def test_what_a_verification_lacks_is_said(tmp_path: Path, unisono_command: Run) -> None:
    picture, other, wav = tmp_path / "x.png", tmp_path / "y.png", tmp_path / "o.wav"
    for path, seed in ((picture, 5), (other, 6)):
        Image.fromarray(photo(seed)).save(path)
    assert unisono_command("sonify", picture, "-o", wav, "--seconds", "0.2").returncode == 0

    def refused(*arguments: str | Path) -> str:
        result = unisono_command("verify", wav, *arguments)
        assert result.returncode == 2 and len(result.stderr.splitlines()) == 1, result.stderr
        return result.stderr

    assert "made of a picture: give it too, --picture 'x.png'" in refused()
    assert "--picture 'x.png'" in refused("--model", other)
    assert "other pixels: of 'x.png' (120 x 90)" in refused("--picture", other)
    assert "does not exist" in refused("--picture", tmp_path / "z.png")
    sound = unisono.sonify(picture, seconds=0.2)
    unisono.write_wav(wav, sound, sr=SR, recipe={"bits": unisono.read_recipe(wav)["bits"], "made_by": "generate"})  # type: ignore[index]
    assert "give the model that made it" in refused("--picture", picture)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"seconds": "long"}, "cannot be followed"),
        ({"seconds": 1e9}, "seconds"),
        ({"mapping": "loud"}, "mapping"),
        ({"mapping": ["classic"]}, "mapping"),
        ({"seed": None}, "seed"),
        ({"sr": 48000}, "48000 Hz: it was converted"),
        ({"seconds": 0.1}, "its recipe makes 4410"),
        ({"bits": 0}, "bits 0"),
    ],
)
def test_a_recipe_that_was_changed_is_refused(tmp_path: Path, changes: dict[str, Any], fault: str) -> None:
    pixels, wav = photo(5), tmp_path / "o.wav"
    recipe = sonify_recipe(pixels, "x.png", seconds=0.2, mapping="classic", seed=0)
    unisono.write_wav(wav, unisono.sonify(pixels, seconds=0.2, mapping="classic"), sr=SR, recipe={**recipe, **changes})
    with pytest.raises((unisono.UnisonoError, unisono.ParameterError), match=fault):
        verify_picture_sound(wav, pixels)


def test_large_pictures_are_marked_in_their_scaled_form(tmp_path: Path) -> None:
    mark_corners(tmp_path / "p.png", np.zeros((100, 2500, 3), np.uint8))
    assert Image.open(tmp_path / "p.png").size == (1024, 41)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ([], "give a picture"),
        (["x.png"], "--output"),
        (["x.png", "-o", "x.mp3"], "ends in .wav"),
        (["x.png", "-o", "x.wav", "--mapping", "loud"], "loud"),
        (["x.png", "-o", "x.wav", "--plot", "p.png"], "--mapping classic"),
        (["x.png", "-o", "x.wav", "--mapping", "classic", "--plot", "p.gif"], "ends in .png"),
        (["x.png", "-o", "x.wav", "--seconds", "-1"], "seconds"),
        (["nothing.png", "-o", "x.wav"], "does not exist"),
        (["--evaluate", "nothing"], "not a folder"),
        (["--evaluate", "."], "holds 1 pictures"),
        (["x.png", "--evaluate", "."], "--evaluate"),
    ],
)
def test_the_command_refuses_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unisono_command: Run, arguments: list[str], fault: str
) -> None:
    Image.fromarray(photo(1)).save(tmp_path / "x.png")
    monkeypatch.chdir(tmp_path)
    result = unisono_command("sonify", *arguments)
    assert result.returncode == 2 and fault in result.stderr
    assert len(result.stderr.splitlines()) == 1 and "Traceback" not in result.stderr


def test_perceptual_keeps_pictures_apart_where_classic_does_not() -> None:
    """The measurement of the page, on pictures that are more alike than photos and half as much sound."""
    pictures = [photo(seed, height=240, width=320) for seed in range(5)]
    perceptual, classic = evaluate_mappings(pictures, seconds=10.0, mappings=("perceptual", "classic"))
    assert perceptual.accuracy >= 0.85 and perceptual.nearest >= 0.95
    assert classic.accuracy <= 0.6 and classic.nearest < perceptual.nearest
    table = retrieval_table([perceptual, classic])
    assert len(table) == len(VERSIONS) + 4 and len({line.count("|") for line in table}) == 1
