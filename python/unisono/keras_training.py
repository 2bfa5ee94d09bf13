"""Training by Keras on TensorFlow (``--engine tensorflow``): the core's windows, batches and random numbers.

The core analyses the clip, gives the initial weights and keeps the model; TensorFlow computes losses, gradients and
steps. After each epoch everything goes back into the core, so that saving, resuming (by either engine) and generating
are the same as ever. The two engines differ by rounding only; TensorFlow's bits are its own.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._ops import MagnetModel, magnitude, stft
from .errors import TrainingError
from .keras_network import NETWORKS, layers_of, require_keras, set_layer

__all__ = ["KerasTraining", "device", "keras_training"]

Tensors = dict[str, NDArray[Any]]

# Streams of random numbers by purpose, as in the core: see its streams.h.
SHUFFLE, DROPOUT, NOISE = 1 << 28, 2 << 28, 3 << 28
STEPS = 1 << 20  # the part of a stream's number that a step or an epoch takes


@dataclass(frozen=True)
class Adam:
    """The optimiser's constants; `inside` is Keras' place for epsilon, before the bias correction."""

    rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    decay: float = 0.0  # times the weight, added to the gradient
    inside: bool = False

    def factors(self, step: int, rate: float) -> tuple[float, float]:
        """Return (a, b) of ``value -= a * m / (sqrt(v) * b + epsilon)`` for step 1, 2 ..."""
        first, root = 1.0 - self.beta1**step, math.sqrt(1.0 - self.beta2**step)
        return (rate * root / first, 1.0) if self.inside else (rate / first, 1.0 / root)


@dataclass
class Parameter:
    """A trained array of the core: TensorFlow's variable for it, Adam's moments, and how it lies in Keras."""

    name: str
    variable: Any
    transposed: bool
    m: Any = field(init=False)
    v: Any = field(init=False)

    def __post_init__(self) -> None:
        _, tf = require_keras()
        zeros = np.zeros(self.variable.shape, self.variable.dtype.as_numpy_dtype)
        self.m, self.v = tf.Variable(zeros), tf.Variable(zeros)

    def arrays(self) -> list[tuple[str, Any]]:
        """Return the names in the model file and the variables."""
        return [(self.name, self.variable), (f"adam.m.{self.name}", self.m), (f"adam.v.{self.name}", self.v)]


class KerasTraining(ABC):
    """What `unisono.train` asks of an engine: steps, and the core brought up to date at the end of each epoch."""

    adam: Adam

    def __init__(self, core: MagnetModel, preset: str, seed: int, dtype: str) -> None:
        self.core, self.preset, self.seed, self.dtype = core, preset, seed, dtype
        self._places = {core.tensor_name(i): i for i in range(core.tensor_count())}
        self._steps_per_epoch = core.steps_per_epoch()
        self._step = core.step()
        self._progress = self.read("progress")
        self.layers = layers_of(preset, dtype=dtype)
        self._update = require_keras()[1].function(self._adam, autograph=False)
        self._build()
        kept = {name: self.read(name) for name in self._places}
        for prefix, layer in self.layers.items():
            set_layer(layer, prefix, kept)
        self.parameters = [p for prefix in self.layers for p in self._parameters_of(prefix)]
        for parameter in self.parameters:
            for name, variable in parameter.arrays():
                variable.assign(kept[name].T if parameter.transposed else kept[name])
        self.trainable = [v.value for layer in self.layers.values() for v in layer.trainable_variables]

    @abstractmethod
    def _build(self) -> None:
        """Build the layers for their inputs."""

    @abstractmethod
    def loss_and_gradient(self, step: int) -> tuple[Any, list[Any]]:
        """Return the loss of batch `step` and the gradients of `parameters`, in their order; state moves on."""

    def read(self, name: str) -> NDArray[Any]:
        """Return one of the core's tensors."""
        i = self._places[name]
        return np.asarray(self.core.tensor(i)).reshape(tuple(self.core.tensor_shape(i))).astype(self.dtype)

    def write(self, name: str, value: Any) -> None:
        """Replace one of the core's tensors."""
        self.core.set_tensor(self._places[name], np.ascontiguousarray(value, np.float32).reshape(-1))

    def _parameters_of(self, prefix: str) -> list[Parameter]:
        _, tf = require_keras()
        layer = self.layers[prefix]
        kind = type(layer).__name__
        if kind == "BatchNormalization":
            return [
                Parameter(f"{prefix}.weight", layer.gamma.value, False),
                Parameter(f"{prefix}.bias", layer.beta.value, False),
            ]
        if kind == "Dense":
            return [
                Parameter(f"{prefix}.weight", layer.kernel.value, True),
                Parameter(f"{prefix}.bias", layer.bias.value, False),
            ]
        cell = layer.cell
        found = [
            Parameter(f"{prefix}.weight_ih", cell.kernel.value, True),
            Parameter(f"{prefix}.weight_hh", cell.recurrent_kernel.value, True),
        ]
        if not NETWORKS[self.preset].two_biases:
            return [*found, Parameter(f"{prefix}.bias_ih", cell.bias.value, False)]
        zeros = np.zeros(cell.bias.shape, self.dtype)  # the layer's own bias is their sum, see _sum_biases
        return [*found, *(Parameter(f"{prefix}.bias_{which}", tf.Variable(zeros), False) for which in ("ih", "hh"))]

    def _sum_biases(self) -> None:
        if not NETWORKS[self.preset].two_biases:
            return
        by_name = {p.name: p.variable for p in self.parameters}
        for prefix, layer in self.layers.items():
            if prefix.startswith("lstm"):
                layer.cell.bias.assign(by_name[f"{prefix}.bias_ih"] + by_name[f"{prefix}.bias_hh"])

    def by_parameter(self, gradients: list[Any]) -> list[Any]:
        """Return the gradients of `trainable` in the order of `parameters`: two biases share one."""
        variables = [v.ref() for v in self.trainable]
        if not NETWORKS[self.preset].two_biases:
            return [gradients[variables.index(p.variable.ref())] for p in self.parameters]
        found = []
        for p in self.parameters:
            prefix, _, name = p.name.rpartition(".")
            shared = name.startswith("bias_")
            variable = self.layers[prefix].cell.bias.value if shared else p.variable
            found.append(gradients[variables.index(variable.ref())])
        return found

    def learning_rate(self, step: int) -> float:
        """Return the rate of step 0, 1 ..."""
        return self.adam.rate

    def gradient_scale(self, gradients: list[Any]) -> Any:
        """Return what the gradients are multiplied with."""
        return 1.0

    def apply(self, gradients: list[Any], step: int) -> None:
        """Let the optimiser take step 0, 1 ... with the gradients of that batch."""
        _, tf = require_keras()
        rate, root = self.adam.factors(step + 1, self.learning_rate(step))
        scale = self.gradient_scale(gradients)
        numbers = [tf.constant(float(x), self.dtype) for x in (rate, root, scale)]
        self._update(gradients, *numbers)

    def _adam(self, gradients: list[Any], rate: Any, root: Any, scale: Any) -> None:
        _, tf = require_keras()
        adam = self.adam
        for p, gradient in zip(self.parameters, gradients, strict=True):
            g = gradient * scale + adam.decay * p.variable
            m, v = p.m + (g - p.m) * (1.0 - adam.beta1), p.v + (g * g - p.v) * (1.0 - adam.beta2)
            p.m.assign(m)
            p.v.assign(v)
            p.variable.assign_sub(rate * m / (tf.sqrt(v) * root + adam.epsilon))
        self._sum_biases()

    # What `unisono.train` calls, under the core's names --------------------------------------------------------------

    def step(self) -> int:
        """Return the number of steps done."""
        return self._step

    def epoch_loss(self) -> float:
        """Return the mean loss of the last epoch that was finished."""
        return float(self._progress[1])

    def train_step(self) -> float:
        """Do one step, and at the end of an epoch bring the core up to date. Returns the loss."""
        loss, gradients = self.loss_and_gradient(self._step)
        self.apply(gradients, self._step)
        self._step += 1
        self._progress[0] += float(loss)
        if self._step % self._steps_per_epoch == 0:
            self._progress[:] = 0.0, self._progress[0] / self._steps_per_epoch
            self.write_back()
        return float(loss)

    def write_back(self) -> None:
        """Put weights, moments and state into the core."""
        for parameter in self.parameters:
            for name, variable in parameter.arrays():
                value = variable.numpy()
                if not np.isfinite(value).all():
                    raise TrainingError("the training left the range of finite numbers; what was saved before is good")
                self.write(name, value.T if parameter.transposed else value)
        for name, value in self.state().items():
            self.write(name, value)
        self.write("progress", self._progress)
        self.core.set_step(self._step)

    @abstractmethod
    def state(self) -> Tensors:
        """Return the tensors that are neither weights nor moments and that training changes."""


def frames_of(samples: NDArray[np.float32], *, win_length: int, pad_mode: Any) -> NDArray[np.float32]:
    """Return magnitudes as the core sees them, [frames][bins]."""
    return magnitude(stft(samples, n_fft=2048, hop_length=512, win_length=win_length, pad_mode=pad_mode))


def keras_training(
    core: MagnetModel, samples: NDArray[np.float32], *, preset: str, sr: int, seed: int, dtype: str = "float32"
) -> KerasTraining:
    """Return the training of a core that has its clip, from the step where it stands."""
    from .keras_streams import StreamTraining
    from .keras_windows import WindowTraining

    if preset == "default":
        return StreamTraining(core, samples, sr=sr, seed=seed, dtype=dtype)
    return WindowTraining(core, samples, preset=preset, seed=seed, dtype=dtype)


def device(threads: int | None = None) -> str:
    """Set TensorFlow up before its first operation, and say where it will compute and in which version."""
    keras, tf = require_keras()
    graphics = tf.config.list_physical_devices("GPU")
    with suppress(RuntimeError):  # TensorFlow has already begun: it stays as it is
        if threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        for one in graphics:
            tf.config.experimental.set_memory_growth(one, True)
    where = f"GPU ({len(graphics)})" if graphics else "CPU"
    return f"TensorFlow {tf.__version__}, Keras {keras.__version__}, on {where}"
