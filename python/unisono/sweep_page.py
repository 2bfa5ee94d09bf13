"""The results of a sweep in one folder: a table for people with players and spectrograms, and two for programs."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from .files import atomic_write
from .sweep_job import Job, JobResult

__all__ = ["write_results"]

_FIGURES = {
    "loss": ("loss", "of the last epoch", "{:.4g}"),
    "spectral_distance": ("distance", "dB between the mean log-mel spectra", "{:.2f}"),
    "nearest_distance": ("nearest", "dB from frames to the nearest of the other, both ways", "{:.2f}"),
    "rms_low": ("quietest", "dB beside the clip's quietest 5 s; within 6 is the aim", "{:+.1f}"),
    "rms_high": ("loudest", "dB beside the clip's loudest 5 s; within 6 is the aim", "{:+.1f}"),
    "flux_ratio": ("flux", "of the clip's; 0.5 to 2 is the aim", "{:.2f}"),
    "copy_share": ("copied", "share in runs of half a second or more", "{:.0%}"),
}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #2b2733; background: #fbfaf8; margin: 2rem auto; max-width: 70rem;
  padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { padding: 0.3rem 0.6rem; text-align: right; border-bottom: 1px solid #d9d5de; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
article { margin: 2.5rem 0; } img { width: 100%; } audio { width: 100%; } .pair { display: grid; gap: 1rem;
  grid-template-columns: 1fr 1fr; } code { font-size: 0.85rem; } .error { color: #a01c3a; }
"""

Row = tuple[Job, JobResult]


def write_results(out: Path, rows: Sequence[Row], waiting: int) -> None:
    """Write index.html, results.csv and results.json; `waiting` jobs have no result yet."""
    good = [(job, result) for job, result in rows if "error" not in result]
    bad = [(job, result) for job, result in rows if "error" in result]
    atomic_write(out / "index.html", _page(good, bad, waiting).encode())
    listed = [{"folder": job.folder, "source": job.clip, **result} for job, result in rows]
    atomic_write(out / "results.json", json.dumps(listed, indent=1, sort_keys=True).encode())
    atomic_write(out / "results.csv", _csv(good).encode())


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    columns = ["clip", "preset", "seed", "epochs", *_FIGURES, "seconds", "model"]
    table.writerow(["folder", *columns])
    for job, result in rows:
        table.writerow([job.folder, *(result[name] for name in columns)])
    return text.getvalue()


def _page(good: Sequence[Row], bad: Sequence[Row], waiting: int) -> str:
    head = "".join(f'<th title="{html.escape(what)}">{name}</th>' for name, what, _ in _FIGURES.values())
    lines = "".join(_line(job, result) for job, result in good)
    faults = "".join(
        f'<p class="error">{html.escape(job.clip)}, {job.preset}: {html.escape(result["error"])}</p>'
        for job, result in bad
    )
    unfinished = f"<p>{waiting} jobs are not done yet: the same command goes on with them.</p>" if waiting else ""
    sounds = "".join(_article(job, result) for job, result in good)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Unisono sweep</title>'
        f"<style>{_STYLE}</style><h1>Unisono sweep</h1><p>{len(good)} models.</p>{unfinished}{faults}"
        f"<table><tr><th>clip</th><th>configuration</th>{head}</tr>{lines}</table>{sounds}</html>\n"
    )


def _configuration(result: JobResult) -> str:
    return f"{result['preset']}, {result['epochs']} epochs, seed {result['seed']}"


def _line(job: Job, result: JobResult) -> str:
    figures = "".join(f"<td>{form.format(result[name])}</td>" for name, (_, _, form) in _FIGURES.items())
    link = f'<a href="#{html.escape(job.key)}">{html.escape(result["clip"])}</a>'
    return f"<tr><td>{link}</td><td>{html.escape(_configuration(result))}</td>{figures}</tr>"


def _article(job: Job, result: JobResult) -> str:
    folder = quote(job.folder)
    return (
        f'<article id="{html.escape(job.key)}"><h2>{html.escape(result["clip"])}, '
        f"{html.escape(_configuration(result))}</h2>"
        f'<div class="pair"><div>the clip<audio controls preload="none" src="{folder}/clip.wav"></audio></div>'
        f'<div>the new sound<audio controls preload="none" src="{folder}/sound.wav"></audio></div></div>'
        f'<img loading="lazy" src="{folder}/picture.png" alt="Loss, and the spectrograms of clip and sound">'
        f'<p><a href="{folder}/model.unisono">model.unisono</a> <code>{html.escape(result["model"])}</code></p>'
        "</article>"
    )
