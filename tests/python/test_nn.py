"""The layers against plain NumPy in double, and the matrix product's order of summation against a loop in float32."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import unisono

Floats = NDArray[np.float32]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def normal(rng: np.random.Generator, *shape: int) -> Floats:
    return rng.standard_normal(shape).astype(np.float32)


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize(("m", "k", "n"), [(1, 1, 1), (7, 130, 33), (64, 700, 17)])
def test_matmul_sums_over_k_in_order(rng: np.random.Generator, m: int, k: int, n: int) -> None:
    a, b = normal(rng, m, k), normal(rng, k, n)
    c = np.zeros((m, n), np.float32)
    for i in range(k):
        c = c + a[:, i : i + 1] * b[i]
    assert np.array_equal(unisono.matmul(a, b), c)


def test_matmul_of_infinities_gives_the_canonical_nan() -> None:
    big = np.full((1, 2), 3e38, np.float32)
    c = unisono.matmul(big, np.array([[2.0], [-2.0]], np.float32))
    assert c.view(np.uint32)[0, 0] == 0x7FC00000


def test_dense(rng: np.random.Generator) -> None:
    x, weight, bias = normal(rng, 9, 30), normal(rng, 20, 30), normal(rng, 20)
    wanted = x.astype(np.float64) @ weight.T.astype(np.float64) + bias
    np.testing.assert_allclose(unisono.dense(x, weight, bias), wanted, rtol=0, atol=1e-5)


def test_lstm(rng: np.random.Generator) -> None:
    steps, rows, n_in, size = 12, 5, 7, 9
    x = normal(rng, steps, rows, n_in)
    weight_ih, weight_hh, bias = normal(rng, 4 * size, n_in), normal(rng, 4 * size, size), normal(rng, 4 * size)
    h, c, wanted = np.zeros((rows, size)), np.zeros((rows, size)), []
    for frame in x.astype(np.float64):
        i, f, g, o = np.split(frame @ weight_ih.T + h @ weight_hh.T + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        wanted.append(h)
    np.testing.assert_allclose(unisono.lstm(x, weight_ih, weight_hh, bias), wanted, rtol=0, atol=1e-5)


def test_batch_norm(rng: np.random.Generator) -> None:
    x, weight, bias = 5 + 3 * normal(rng, 50, 40), normal(rng, 40), normal(rng, 40)
    wide = x.astype(np.float64)
    wanted = (wide - wide.mean(0)) / np.sqrt(wide.var(0) + 1e-5) * weight + bias
    np.testing.assert_allclose(unisono.batch_norm(x, weight, bias, epsilon=1e-5), wanted, rtol=0, atol=1e-5)


def test_dropout_keeps_the_mean_and_depends_on_the_index_only(rng: np.random.Generator) -> None:
    x = np.ones(20000, np.float32)
    y = unisono.dropout(x, rate=0.2, seed=3, stream=4)
    assert set(np.unique(y)) == {np.float32(0), np.float32(1) / np.float32(0.8)}
    assert abs(float(y.mean()) - 1) < 0.02
    assert np.array_equal(unisono.dropout(x[:777], rate=0.2, seed=3, stream=4), y[:777])
    assert not np.array_equal(unisono.dropout(x, rate=0.2, seed=3, stream=5), y)


def test_mean_squared_error(rng: np.random.Generator) -> None:
    prediction, target = normal(rng, 1000), normal(rng, 1000)
    loss, gradient = unisono.mean_squared_error(prediction, target)
    difference = prediction.astype(np.float64) - target
    assert loss == pytest.approx((difference**2).mean(), rel=1e-6)
    np.testing.assert_allclose(gradient, 2 * difference / 1000, rtol=1e-5, atol=1e-9)


def test_adam_finds_the_minimum_of_a_bowl() -> None:
    centre = np.array([1.0, -2.0, 3.0], np.float32)
    value = m = v = np.zeros(3, np.float32)
    for step in range(1, 3001):
        value, m, v = unisono.adam(value, m, v, 2 * (value - centre), step=step, learning_rate=0.01)
    np.testing.assert_allclose(value, centre, atol=1e-3)


def test_adam_first_step_has_the_size_of_the_learning_rate() -> None:
    gradient = np.array([1e-3, -50.0], np.float32)
    zero = np.zeros(2, np.float32)
    value, m, v = unisono.adam(zero, zero, zero, gradient, step=1, learning_rate=0.01)
    np.testing.assert_allclose(value, -0.01 * np.sign(gradient), rtol=1e-4)
    np.testing.assert_allclose(m, 0.1 * gradient, rtol=1e-5)
    np.testing.assert_allclose(v, 0.001 * gradient.astype(np.float64) ** 2, rtol=1e-4)
