"""Shows how a training goes: a live bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from .training import Progress

__all__ = ["TrainingProgress", "duration"]

_LOG_SECONDS = 5.0


def duration(seconds: float) -> str:
    """Say a length of time as people do: ``8 s``, ``2 min 05 s``, ``1 h 02 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


class TrainingProgress:
    """A context whose `update` is called after each epoch, or `show` after each of other parts."""

    def __init__(self, part: str = "epoch") -> None:
        self._part = part
        self._bar: Bar | None = None
        self._logged = -_LOG_SECONDS

    def __enter__(self) -> TrainingProgress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (self._part + " {task.completed}/{task.total}", "{task.fields[loss]}", "{task.fields[left]}")
            self._bar = Progress(
                TextColumn("training"), BarColumn(), *(TextColumn(c) for c in columns), console=Console(stderr=True)
            )
            self._bar.start()
            self._bar.add_task("training", total=None, loss="", left="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, progress: Progress[Any]) -> None:
        """Show the epoch just finished."""
        self.show(progress.epoch, progress.epochs, f"loss {progress.loss:.5g}", progress.seconds_left)

    def show(self, done: int, total: int, how: str, seconds_left: float) -> None:
        """Show how far the training is and how well it does."""
        left = f"{duration(seconds_left)} left"
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total, loss=how, left=left)
        elif done == total or time.monotonic() - self._logged >= _LOG_SECONDS:
            self._logged = time.monotonic()
            print(f"{self._part} {done}/{total}  {how}  {left}", file=sys.stderr, flush=True)
