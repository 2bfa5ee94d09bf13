"""Live playing from Python: streams against the whole, players against generate, and the command with changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import unisono
from unisono.audio import read_recipe
from unisono.live import PARAMETERS
from unisono.model_file import read_model_file

Samples = NDArray[np.float32]
GRID = {"n_fft": 2048, "hop_length": 512}


@pytest.fixture(scope="module")
def models(tone: Samples) -> list[unisono.Model]:
    return [unisono.train(sound, sr=44100, epochs=3, seed=3) for sound in (tone, tone[::-1].copy())]


@pytest.fixture(scope="module")
def faithful(tone: Samples) -> unisono.Model:
    return unisono.train(tone, sr=44100, preset="magnet2024", epochs=2, seed=3)


def parts(n: int, seed: int) -> list[slice]:
    cuts = np.sort(np.random.default_rng(seed).integers(0, n + 1, 9))
    return [slice(a, b) for a, b in zip([0, *cuts], [*cuts, n])]


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("pad_mode", ["constant", "reflect"])
def test_streams_in_blocks_of_any_size_are_the_whole(center: bool, pad_mode: Any) -> None:
    grid: dict[str, Any] = {"n_fft": 400, "hop_length": 90, "win_length": 333, "center": center}
    x = np.random.default_rng(1).standard_normal(5003).astype(np.float32)
    whole = unisono.stft(x, pad_mode=pad_mode, **grid)
    forward = unisono.StftStream(pad_mode=pad_mode, **grid)
    frames = [forward.process(x[part]) for part in parts(len(x), 2)]
    assert forward.remaining() > 0 or not center
    assert np.concatenate([*frames, forward.finish()]).tobytes() == whole.tobytes()
    inverse = unisono.IstftStream(**grid)
    samples = [inverse.process(whole[part]) for part in parts(len(whole), 3)]
    assert np.concatenate([*samples, inverse.finish()]).tobytes() == unisono.istft(whole, **grid).tobytes()
    magnitude, live = unisono.magnitude(whole), unisono.RtpghiStream(**grid)
    found = [live.process(magnitude[part]) for part in parts(len(whole), 4)]
    assert sum(map(len, found)) == len(whole) - live.latency()
    assert np.concatenate([*found, live.finish()]).tobytes() == unisono.rtpghi(magnitude, **grid).tobytes()


def test_streams_refuse_what_does_not_fit() -> None:
    stream = unisono.RtpghiStream(n_fft=64)
    with pytest.raises(unisono.ParameterError, match=r"bins\(\), which is 33"):
        stream.process(np.zeros((2, 32), np.float32))
    with pytest.raises(unisono.ParameterError, match="magnitude"):
        stream.process(-np.ones((2, 33), np.float32))
    with pytest.raises(unisono.ParameterError, match="64"):
        unisono.RtpghiStream(n_fft=1024, hop_length=8)
    assert stream.process(np.zeros((0, 33), np.float32)).shape == (0, 33)


@pytest.mark.parametrize(
    ("name", "least"), [("guit_em9", 24), ("loop_garzul", 19), ("loop_tabla", 33), ("ambi_lunar_land", 19)]
)
def test_live_phases_come_near_those_of_the_whole(recordings: Path, name: str, least: float) -> None:
    samples, sr = soundfile.read(recordings / f"{name}.flac", dtype="float32", always_2d=True)
    wanted = unisono.magnitude(unisono.stft(np.ascontiguousarray(samples.mean(axis=1)[: 3 * sr]), **GRID))
    live = unisono.consistency(unisono.rtpghi(wanted, **GRID), **GRID)
    assert live > least
    online = unisono.lws(wanted, batch_iterations=0, look_ahead=4, **GRID)  # 10 iterations
    assert live > unisono.consistency(online, **GRID) - 1.0
    assert live > unisono.consistency(unisono.lws(wanted, **GRID), **GRID) - 8.0


def test_a_player_plays_what_generate_makes(models: list[unisono.Model]) -> None:
    made = models[0].player()
    with pytest.raises(unisono.StateError, match="start"):
        made.process(1)
    made.start(seed=7)
    blocks = [made.process(n) for n in (1, 127, 128, 5000, 13000, 44100 - 18256)]
    whole = models[0].generate(1.0, seed=7, phase="live")
    assert np.concatenate(blocks).tobytes() == whole.tobytes()
    assert models[0].core.generate(44100, seed=7, phase="live").tobytes() == whole.tobytes()
    assert np.sqrt(np.mean(whole**2)) > 1e-3
    assert models[0].generate(2.0, seed=7, phase="live")[:44100].tobytes() == whole.tobytes()
    assert made.latency() == 8 * made.hop_length()


@pytest.mark.parametrize("window_stride", [0, 7])
def test_windows_that_begin_seldom_are_played_as_generated_and_verified(
    faithful: unisono.Model, window_stride: int, unisono_command: Any, tmp_path: Path
) -> None:
    made = faithful.player()
    made.start(seed=7, window_stride=window_stride)
    whole = faithful.generate(1.0, seed=7, phase="live", window_stride=window_stride)
    assert made.process(44100).tobytes() == whole.tobytes()
    assert whole.tobytes() != faithful.generate(1.0, seed=7, phase="live").tobytes()
    with pytest.raises(unisono.ParameterError, match="window_stride: got -1"):
        faithful.generate(0.1, window_stride=-1)
    model, out = tmp_path / "m.unisono", tmp_path / "o.wav"
    faithful.save(model)
    given = ("generate", model, "-o", out, "--seconds", "0.5", "--window-stride", str(window_stride))
    assert unisono_command(*given).returncode == 0
    assert read_recipe(out)["window_stride"] == window_stride
    assert unisono_command("verify", out, "--model", model).returncode == 0


def test_default_carries_one_state_always(models: list[unisono.Model]) -> None:
    assert models[0].generate(0.5, window_stride=0).tobytes() == models[0].generate(0.5).tobytes()


def test_changes_by_hand_are_changes_in_a_list(models: list[unisono.Model]) -> None:
    made = models[0].player(models[1])
    made.start(seed=2)
    changes: list[tuple[int, Any, float]] = []
    blocks = []
    for i, (name, value) in enumerate(
        [("temperature", 3.0), ("morph", 0.5), ("pitch", 7.0), ("gain", 0.5), ("formant", -4.5), ("density", 9.0)]
    ):
        made.set(name, value)  # type: ignore[arg-type]
        changes.append((made.frame(), name, value))
        blocks.append(made.process(3000 + i))
    played = np.concatenate(blocks)
    again = models[0].generate(
        len(played) / 44100, seed=2, phase="live", automation=changes[::-1], second=models[1]
    )  # in any order: no two at one frame
    assert again.tobytes() == played.tobytes()
    assert again.tobytes() != models[0].generate(len(played) / 44100, seed=2, phase="live").tobytes()


def test_density_scales_how_often_the_faithful_presets_begin_anew(tone: Samples) -> None:
    model = unisono.train(tone, sr=44100, preset="magnet2024", epochs=1)
    sounds = [
        model.generate(0.7, temperature=t, phase="live", automation=[(0, "density", d)])
        for t, d in ((1.0, 4.0), (4.0, 1.0), (4.0, 0.0))
    ]
    assert sounds[0].tobytes() == sounds[1].tobytes()  # only the product counts
    assert sounds[0].tobytes() != sounds[2].tobytes()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ([(0, "gain", 5.0)], "gain must be from 0 to 4"),
        ([(0, "gain", 1.0), (-1, "gain", 1.0)], "change 1: the frame"),
        ([(0.5, "gain", 1.0)], "the frame"),
        ([(0, "volume", 1.0)], "must be one of temperature, gain"),
        ([(0, ["gain"], 1.0)], "must be one of"),
        ([(0, "pitch", float("nan"))], "pitch must be"),
        ([(0, "pitch")], "a frame, a parameter and a value"),
        ([(0, "morph", 0.5)], "second model"),
    ],
)
def test_changes_that_make_no_sense_are_refused(models: list[unisono.Model], changes: list[Any], fault: str) -> None:
    with pytest.raises(unisono.ParameterError, match=fault):
        models[0].generate(0.1, phase="live", automation=changes)


def test_changes_need_the_live_phase_and_a_second_model_the_same_preset(
    models: list[unisono.Model], tone: Samples
) -> None:
    with pytest.raises(unisono.ParameterError, match="live"):
        models[0].generate(0.1, automation=[(0, "gain", 1.0)])
    other = unisono.train(tone, sr=44100, preset="magnet2024", epochs=1)
    with pytest.raises(unisono.ParameterError, match="preset"):
        models[0].generate(0.1, phase="live", second=other)


def test_every_parameter_has_its_range() -> None:
    made = unisono.MagnetPlayer()
    for name in PARAMETERS:
        assert made.lowest(name) <= made.initial(name) <= made.highest(name)  # type: ignore[arg-type]
        assert made.get(name) == made.initial(name)  # type: ignore[arg-type]


def test_the_command_plays_with_changes(tmp_path: Path, models: list[unisono.Model], unisono_command: Any) -> None:
    for i, model in enumerate(models):
        model.save(tmp_path / f"{i}.unisono")
    changes = [[4, "morph", 0.4], [10, "pitch", -3], [12, "gain", 0.5]]
    (tmp_path / "changes.json").write_text(json.dumps(changes))
    out, given = tmp_path / "out.wav", ("--second", tmp_path / "1.unisono", "--automation", tmp_path / "changes.json")
    made = unisono_command("generate", tmp_path / "0.unisono", "-o", out, "--seconds", "0.5", "--seed", "5", *given)
    assert made.returncode == 0, made.stderr
    expected = models[0].generate(0.5, seed=5, phase="live", automation=changes, second=models[1])
    assert soundfile.read(out, dtype="int16")[0].tobytes() == unisono.to_pcm16(expected).tobytes()
    recipe = unisono.read_recipe(out)
    assert recipe is not None
    assert recipe["automation"] == changes
    assert (recipe["phase"], recipe["second_sha256"]) == ("live", models[1].sha256)
    verified = unisono_command("verify", out, "--model", tmp_path / "0.unisono", *given[:2])
    assert verified.returncode == 0 and "confirmed, all 22050 samples" in verified.stdout, verified.stderr
    verified = unisono_command("verify", out, "--model", tmp_path / "0.unisono")
    assert verified.returncode == 2 and "--second FILE" in verified.stderr
    (tmp_path / "changes.json").write_text(json.dumps(changes[1:]))
    made = unisono_command("generate", tmp_path / "0.unisono", "-o", out, "--seconds", "0.5", *given[2:])
    assert made.returncode == 0, made.stderr
    assert read_model_file(tmp_path / "0.unisono").options["preset"] == "default"
    verdict = unisono.verify_sound(out, unisono.load(tmp_path / "0.unisono"))
    assert verdict.differs is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [("{", "is not JSON"), ("{}", "list of changes"), ('[[0, "gain"]]', "change 0"), ("[" * 100_000, "is not JSON")],
)
def test_the_command_refuses_bad_changes(
    tmp_path: Path, models: list[unisono.Model], unisono_command: Any, text: str, fault: str
) -> None:
    models[0].save(tmp_path / "m.unisono")
    (tmp_path / "changes.json").write_text(text)
    made = unisono_command(
        "generate", tmp_path / "m.unisono", "-o", tmp_path / "o.wav", "--automation", tmp_path / "changes.json"
    )
    assert made.returncode == 2
    assert fault in made.stderr
    assert len(made.stderr.splitlines()) == 1


@pytest.mark.parametrize("preset", ["default", "icmc2019", "magnet2024"])
def test_models_made_to_harm_play_finite_sound_the_same_as_generate(preset: Any) -> None:
    random = np.random.default_rng(9)
    wild = np.array([3e38, -3e38, 1e20, -1.0, 0.0, 1e-45], np.float32)
    model, made = unisono.MagnetModel(preset=preset), unisono.MagnetPlayer(preset=preset)
    for i in range(model.tensor_count()):
        values = random.choice(wild, model.tensor(i).shape)
        if model.tensor_name(i) == "loop.frames":
            values[:] = 900.5  # a loop as long as it may be takes 200 MB to play
        model.set_tensor(i, values)
        made.set_tensor(0, i, values)
    made.set("density", 20.0)
    made.start(seed=1)
    sound = made.process(6000)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0
    made.set("density", 1.0)
    made.start(seed=1)
    assert made.process(6000).tobytes() == model.generate(6000, seed=1, phase="live").tobytes()
    made.set("pitch", 5.0)
    assert np.isfinite(made.process(6000)).all()
