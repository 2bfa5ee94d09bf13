"""MAGNet's faithful presets in PyTorch, for the bench."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .training import BATCH, SEQUENCE

__all__ = ["epochs", "generations"]


class _Net(nn.Module):  # type: ignore[misc]
    """Batch norm, LSTMs of 128, dense; icmc2019 has three LSTMs with dropout and a tanh layer of 1025 more."""

    def __init__(self, preset: str, bins: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(bins)
        if preset == "magnet2024":
            self.lstm = nn.LSTM(bins, 128, 2, batch_first=True)
            self.head: nn.Module = nn.Linear(128, bins)
        else:
            self.lstm = nn.LSTM(bins, 128, 3, batch_first=True, dropout=0.2)
            self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(128, bins), nn.Tanh(), nn.Linear(bins, bins))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, time, bins = x.shape
        y, _ = self.lstm(self.norm(x.reshape(batch * time, bins)).reshape(batch, time, bins))
        return self.head(y[:, -1, :])


def epochs(preset: str, frames: NDArray[np.float32], threads: int) -> dict[str, Callable[[], Any]]:
    """Return the ways to run one epoch by name; windows are indexed, not copied out beforehand."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    net = _Net(preset, frames.shape[1])
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    data, offsets = torch.from_numpy(frames), torch.arange(SEQUENCE)
    windows = len(frames) - SEQUENCE - 1

    def epoch(net: Any = net) -> None:
        order = torch.randperm(windows)
        for first in range(0, windows, BATCH):
            starts = order[first : first + BATCH]
            optimiser.zero_grad()
            predicted = net(data[starts[:, None] + offsets])
            loss = nn.functional.mse_loss(predicted, data[starts + SEQUENCE])
            loss.backward()
            optimiser.step()

    # TorchInductor compiles when it is first called, in the runs that do not count
    compiled = torch.compile(net)

    def compiled_epoch() -> None:
        epoch(compiled)

    return {f"torch {torch.__version__}": epoch, f"torch {torch.__version__}, compiled": compiled_epoch}


def generations(preset: str, bins: int, n_frames: int, _threads: int) -> dict[str, Callable[[], Any]]:
    """Return the ways to predict frames one after another, on one thread; the work does not depend on the weights."""
    torch.manual_seed(0)
    net = _Net(preset, bins).eval()

    def stateful() -> torch.Tensor:
        torch.set_num_threads(1)
        frames, state = [torch.zeros(1, 1, bins)], None
        with torch.no_grad():
            for _ in range(n_frames):
                y, state = net.lstm(net.norm(frames[-1][:, 0])[:, None], state)
                frames.append(net.head(y))
        return torch.cat(frames)

    def sliding() -> torch.Tensor:
        torch.set_num_threads(1)
        frames = torch.zeros(1, SEQUENCE + n_frames, bins)
        with torch.no_grad():
            for i in range(n_frames):
                frames[:, SEQUENCE + i] = net(frames[:, i : SEQUENCE + i])
        return frames

    name = f"torch {torch.__version__}"
    return {f"{name}, stateful": stateful, f"{name}, sliding": sliding}
