"""The WaveNet of this package in PyTorch, for the bench: same layers, crops, loss, optimiser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

__all__ = ["steps"]

_CHANNELS, _SKIPS, _LAYERS, _POSITION, _REACH = 16, 32, 20, 16, 2046
_CROPS, _SAMPLES, _HOP = 2, 4096, 20
_LEAST_LOG_SCALE = -9.0


class _Net(nn.Module):  # type: ignore[misc]
    """Time comes first, [time, crop, channel]: convolutions are then products, which PyTorch does fastest here."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.enter = nn.Linear(3, _CHANNELS)
        self.past = nn.ModuleList(nn.Linear(_CHANNELS, 2 * _CHANNELS, bias=False) for _ in range(_LAYERS))
        self.now = nn.ModuleList(nn.Linear(_CHANNELS, 2 * _CHANNELS) for _ in range(_LAYERS))
        self.place = nn.ModuleList(nn.Linear(_POSITION, 2 * _CHANNELS, bias=False) for _ in range(_LAYERS))
        self.residual = nn.ModuleList(nn.Linear(_CHANNELS, _CHANNELS) for _ in range(_LAYERS))
        self.skip = nn.Linear(_LAYERS * _CHANNELS, _SKIPS)
        self.hidden = nn.Linear(_SKIPS, _SKIPS)
        self.leave = nn.Linear(_SKIPS, 2)
        self.position = nn.Parameter(torch.rand(frames, _POSITION) - 0.5)

    def forward(self, inputs: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        at = (start + torch.arange(len(inputs))[:, None] - _REACH).clamp(min=0)
        frame, share = at // _HOP, (at % _HOP / _HOP)[..., None]
        crop = torch.arange(frame.shape[1])
        touched = frame[0] + torch.arange(len(inputs) // _HOP + 3)[:, None]
        position = self.position[touched.clamp(max=len(self.position) - 1)]
        frame = frame - frame[0]
        h, gated = self.enter(inputs), []
        for layer in range(_LAYERS):
            d = 1 << layer % 10
            place = self.place[layer](position)  # of each frame, then interpolated: fewer products
            n = len(h) - d
            here = place[frame[-n:], crop]
            z = self.past[layer](h[:-d]) + self.now[layer](h[d:])
            z = z + here + share[-n:] * (place[frame[-n:] + 1, crop] - here)
            g = torch.tanh(z[..., :_CHANNELS]) * torch.sigmoid(z[..., _CHANNELS:])
            gated.append(g[-_SAMPLES:])
            h = h[d:] + self.residual[layer](g)
        return self.leave(functional.relu(self.hidden(functional.relu(self.skip(torch.cat(gated, -1))))))


def steps(samples: int, threads: int) -> dict[str, Callable[[], Any]]:
    """Return the ways to do one step of the optimiser by name; the work does not depend on what the clip is."""
    torch.manual_seed(0)
    net = _Net((samples - 1) // _HOP + 2)
    optimiser = torch.optim.Adam(net.parameters(), lr=4e-3, betas=(0.9, 0.99))
    inputs, target = torch.randn(samples + _REACH, 3) * 0.1, torch.randn(samples) * 0.1

    def step() -> None:
        torch.set_num_threads(threads)
        start = torch.randint(0, samples - _SAMPLES, (_CROPS,))
        heard = torch.stack([inputs[s : s + _REACH + _SAMPLES] for s in start.tolist()], 1)
        wanted = torch.stack([target[s : s + _SAMPLES] for s in start.tolist()], 1)
        optimiser.zero_grad()
        out = net(heard, start)
        spread = functional.softplus(out[..., 1] - _LEAST_LOG_SCALE) + _LEAST_LOG_SCALE
        loss = (spread + 0.5 * ((wanted - out[..., 0]) * torch.exp(-spread)) ** 2).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()

    return {f"torch {torch.__version__}": step}
