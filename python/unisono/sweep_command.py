"""The command ``unisono sweep``: a model for every clip and configuration, on Dask's workers."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any

import typer

from ._ops import Preset
from .cli_common import quoted
from .errors import MissingPackageError, TrainingError
from .facts import plain
from .progress import duration
from .sweep_job import Job, JobResult, file_sha256, finished, run_job
from .sweep_page import write_results

__all__ = ["run"]

_SOUNDS = {".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff"}
_PAGE_SECONDS = 10.0
_RESTART_SECONDS = 30.0


def run(
    folder: Path,
    out: Path,
    *,
    presets: Sequence[Preset],
    epochs: Sequence[int | None],
    seeds: Sequence[int],
    seconds: float,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Do what is not done yet, and write the page; exit code 1 if a job failed."""
    out = out.resolve()
    jobs = _jobs(folder, out, product(presets, epochs, seeds), seconds)
    out.mkdir(parents=True, exist_ok=True)
    with _alone_in(out):
        done: dict[str, JobResult] = {job.key: found for job in jobs if (found := finished(job, out))}
        left = [job for job in jobs if job.key not in done]
        print(f"{len(jobs)} jobs, {len(done)} done before", file=sys.stderr)
        try:
            if left:
                with _client(scheduler, workers, len(left)) as (client, threads):
                    _work(client, left, done, jobs, out, threads)
        except KeyboardInterrupt:
            print(f"\nStopped after {len(done)} of {len(jobs)} jobs; the same command goes on.", file=sys.stderr)
            raise typer.Exit(130) from None
        finally:
            write_results(out, [(job, done[job.key]) for job in jobs if job.key in done], len(jobs) - len(done))
    failed = sum("error" in result for result in done.values())
    print(f"{quoted(out / 'index.html')}: {len(done) - failed} models" + (f", {failed} jobs failed" if failed else ""))
    if failed:
        raise typer.Exit(1)


def _jobs(folder: Path, out: Path, configurations: Iterable[tuple[Any, ...]], seconds: float) -> list[Job]:
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")
    jobs: dict[str, Job] = {}
    combinations = list(configurations)
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SOUNDS and p.is_file()):
        if path.resolve().is_relative_to(out):
            continue  # results of an earlier sweep in a folder among the clips
        content = file_sha256(path)
        for preset, epochs, seed in combinations:
            job = Job(str(path.resolve()), content, preset, epochs, seed, seconds)
            if (twin := jobs.setdefault(job.key, job)) is not job and twin.clip != job.clip:
                print(f"{plain(str(path))} is the same file as {plain(twin.clip)}: left out", file=sys.stderr)
                break
    if not jobs:
        raise FileNotFoundError(f"no sound files ({', '.join(sorted(_SOUNDS))}) in {folder}")
    return list(jobs.values())


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """Refuse two sweeps that write into the same folder on this machine."""
    import fcntl

    with (out / ".sweep.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OSError(f"another sweep is writing into {out}") from None
        yield


@contextmanager
def _client(scheduler: str | None, workers: int | None, n_jobs: int) -> Iterator[tuple[Any, int]]:
    """Yield a Dask client and the threads that a job may use: of the cluster at an address, or of one made here."""
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingPackageError(f"Dask is needed ({error}); install it with: pip install 'unisono[sweep]'") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if scheduler:
        try:
            client = Client(scheduler, timeout="15s")
        except (OSError, ValueError, TimeoutError) as error:
            raise TrainingError(f"no Dask scheduler answers at {scheduler} ({type(error).__name__})") from None
        with client:
            yield client, 1
        return
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    n = min(workers or processors, n_jobs)
    how: dict[str, Any] = {"dashboard_address": None, "silence_logs": logging.CRITICAL, "memory_limit": None}
    with (
        LocalCluster(n_workers=n, threads_per_worker=1, processes=True, **how) as cluster,
        Client(cluster) as client,
    ):
        yield client, max(1, processors // n)
        with suppress(TimeoutError):  # one that is just being started anew, in place of one that died, cannot be closed
            client.wait_for_workers(n, timeout=_RESTART_SECONDS)


def _work(client: Any, left: list[Job], done: dict[str, JobResult], jobs: list[Job], out: Path, threads: int) -> None:
    """Run what is left; Dask gives a dead worker's jobs to another one, which goes on from the last epoch."""
    clock = shown = time.monotonic()

    def keep(job: Job, result: JobResult) -> None:
        nonlocal shown
        done[job.key] = result
        _say(job, result, len(done), len(jobs), time.monotonic() - clock)
        if time.monotonic() - shown > _PAGE_SECONDS:
            shown = time.monotonic()
            write_results(out, [(j, done[j.key]) for j in jobs if j.key in done], len(jobs) - len(done))

    suspects = []
    for job, future in _completed(client, left, str(out), threads, alone=False):
        if future.status == "finished":
            keep(job, future.result())
        else:
            suspects.append(job)
    for job, future in _completed(client, suspects, str(out), threads, alone=True):
        keep(job, future.result() if future.status == "finished" else {"key": job.key, "error": _fault(future)})


def _completed(client: Any, jobs: Sequence[Job], out: str, threads: int, *, alone: bool) -> Iterator[tuple[Job, Any]]:
    """Yield jobs with their futures as they end, no more at a time than the workers have threads, or one.

    Dask blames a worker's death on every job that it held, waiting ones too, and gives up those that were blamed four
    times. So none waits there; and whichever is given up all the same gets another chance alone, which only a job that
    does kill its workers loses.
    """
    from distributed import as_completed

    waiting, ended = list(reversed(jobs)), as_completed()
    futures: dict[Any, Job] = {}
    while waiting or futures:
        room = 1 if alone else max(1, sum(client.nthreads().values()))
        while waiting and len(futures) < room:
            job = waiting.pop()
            key = f"{job.key}-alone" if alone else job.key
            future = client.submit(run_job, job, out, threads, key=key, pure=False)
            futures[future] = job
            ended.add(future)
        future = next(ended)
        yield futures.pop(future), future


def _fault(future: Any) -> str:
    error = future.exception()
    if type(error).__name__ == "KilledWorker":
        return "every worker that took this job died (out of memory?)"
    return " ".join(str(error).split())[:300] or type(error).__name__


def _say(job: Job, result: JobResult, n: int, total: int, seconds: float) -> None:
    what = f"{Path(job.clip).name} {job.preset} seed {job.seed}"
    found = result.get("error") or f"loss {result['loss']:.4g}, nearest {result['nearest_distance']:.2f} dB"
    print(f"{n}/{total}  {plain(what)}: {plain(found)}  ({duration(seconds)})", file=sys.stderr, flush=True)
