"""The bench counts right: operations beside other ways to count, shares of ceilings, slopes. No speed is asserted."""

from __future__ import annotations

import json
import math
import re
import subprocess

import numpy as np
import pytest

from unisono import MagnetModel
from unisono.bench import compiled, growth, limits
from unisono.bench.timing import Case, Contender, measure

CEILINGS = limits.Ceilings(flops=100.0, bytes=10.0, lanes=8, threads=1)


def test_a_product_is_counted_as_its_loops_run() -> None:
    operations = 0
    for _ in range(3):
        for _ in range(5):
            for _ in range(4):
                operations += 2
    work = limits.matmul(3, 4, 5)
    assert work.flops == operations and work.bytes == 4 * (3 * 4 + 4 * 5 + 3 * 5)


def test_transforms_are_counted_by_the_usual_formula_and_add_up() -> None:
    one = limits.rfft(2048)
    assert one.flops == 2.5 * 2048 * 11 and one.bytes == 4 * 2048 + 8 * 1025
    assert (one * 256).flops == 256 * one.flops and (one + one).bytes == 2 * one.bytes
    sweeps = limits.griffin_lim(100, 2048, 32)
    assert 2 * 100 * 32 * one.flops < sweeps.flops < 2.6 * 100 * 32 * one.flops


def test_lws_counts_the_bins_that_each_sweep_updates() -> None:
    rng = np.random.default_rng(0)
    magnitude = np.exp(3 * rng.standard_normal((7, 9))).astype(np.float32)
    updates = 0
    for alpha, beta, sweeps, often in ((1.0, 0.1, 1, 1), (1.0, 0.1, 10, 7), (1.0, 0.2, 16, 1)):
        for sweep in range(sweeps):
            threshold = alpha * float(magnitude.mean()) * math.exp(-beta * sweep)
            updates += often * sum(bool(x > threshold) for x in magnitude.flat)
    work = limits.lws(magnitude)
    assert work.flops == (updates + magnitude.size) * (3 * 64 + 24) and work.bytes == 12 * magnitude.size
    assert limits.lws(magnitude, overlap=2).flops < work.flops
    assert 0 < limits.lws(magnitude, of_model=True).flops < work.flops / 2  # 10 sweeps alone


@pytest.mark.parametrize(("frames", "steps", "batch"), [(60, 8, 5), (776, 40, 64)])
def test_the_frames_of_a_batch_are_as_many_as_draws_find(frames: int, steps: int, batch: int) -> None:
    count = frames - steps - 1
    rng = np.random.default_rng(0)
    drawn = [
        len(np.unique(rng.permutation(count)[:batch, None] + np.arange(steps))) for _ in range(400)
    ]  # windows without repetition
    expected = limits._unique(frames, count, batch, steps)
    assert expected == pytest.approx(np.mean(drawn), abs=5 * np.std(drawn) / math.sqrt(400))


def test_an_epoch_of_windows_is_counted_as_the_network_is() -> None:
    """Against a count that goes through the tensors of the model itself, with every frame in one window only."""
    model = MagnetModel(preset="magnet2024")
    shapes = {model.tensor_name(i): tuple(model.tensor_shape(i)) for i in range(model.tensor_count())}
    frames, steps, batch = 42, 40, 64
    work = limits.windows(frames, 1025, (128, 2), tanh_layer=False, batches=(batch, steps), threads=2)
    flops = 0
    weights = 0
    for name, shape in shapes.items():
        if len(shape) != 2 or not name.startswith(("lstm", "dense")):
            continue
        size = int(np.prod(shape))
        weights += size
        if "dense" in name:
            flops += 3 * 2 * size
        else:
            flops += steps * (2 if name == "lstm.0.weight_ih" else 3) * 2 * size
    assert work.flops == flops + 12 * weights and work.threads == 2


def test_the_nearer_ceiling_is_the_one_that_is_told() -> None:
    busy = limits.judge(limits.Work(50e9, 1e9), 1.0, CEILINGS)
    assert busy["of"] == "arithmetic" and busy["share"] == 0.5 and busy["gflops"] == 50
    fetching = limits.judge(limits.Work(1e9, 8e9), 1.0, CEILINGS)
    assert fetching["of"] == "memory" and fetching["share"] == 0.8
    none = limits.judge(limits.Work(1e9, 1e9), 1.0, "there is no C++ compiler")
    assert none["missing"] == "there is no C++ compiler" and "share" not in none


def test_a_case_with_counted_work_says_its_share_and_one_without_says_nothing() -> None:
    counted = measure(Case("t", [Contender("unisono", lambda: None)], work=limits.Work(1.0, 1.0)), repeats=1)
    assert counted.limit is not None and counted.limit["flops"] == 1.0
    assert "missing" in counted.limit or counted.limit["ceilings"]["flops"] > 0
    assert measure(Case("t", [Contender("unisono", lambda: None)]), repeats=1).limit is None


def test_what_is_done_once_is_done_once() -> None:
    calls: list[int] = []
    row = measure(Case("t", [Contender("unisono", lambda: calls.append(1))], once=True), repeats=5).rows[0]
    assert len(calls) == len(row.times) == 1


@pytest.mark.parametrize(("long", "runs"), [(0.0, 1), (1e9, 3)])
def test_what_takes_long_is_measured_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], long: float, runs: int
) -> None:
    monkeypatch.setattr(growth, "_LONG", long)
    growth._measure("bank", 1, 3)
    assert len(json.loads(capsys.readouterr().out)["seconds"]) == runs


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_growth_is_the_slope_of_the_larger_half(power: float) -> None:
    points = [(1.0, 5.0), *((float(n), 3.0 * n**power) for n in (10, 100, 1000))]
    assert growth.exponent(points) == pytest.approx(power, abs=1e-9)


def test_every_axis_does_its_work_and_larger_sizes_are_more_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    smallest = {name: axis for name, axis in growth.AXES.items() if name in ("stream", "hidden", "bank")}
    monkeypatch.setattr(
        growth, "AXES", {n: growth.Axis(a.grows, a.unit, a.sizes[:2], a.prepare) for n, a in smallest.items()}
    )
    for result in growth.results(1):
        assert [row.size for row in result.rows] == sorted(row.size or 0 for row in result.rows)
        for row in result.rows:
            assert not row.missing and row.median is not None and row.median > 0 and row.memory is not None
        assert "grows like" in result.rows[-1].note


def test_the_ceiling_of_arithmetic_is_seven_products_and_seven_sums() -> None:
    library = compiled.loops()
    assert not isinstance(library, str), library
    code = subprocess.run(["objdump", "-d", library._name], capture_output=True, text=True, check=True).stdout
    loop = code.partition("multiply_add>:")[2].partition("\n\n")[0]
    assert len(re.findall(r"\b(?:v?mulps|fmul)\b", loop)) >= 7
    assert len(re.findall(r"\b(?:v?addps|fadd)\b", loop)) >= 7 + 13  # and all together in the end
