"""The paper's Table VII and figure 10: the blocks R, their quality, time and size."""

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from aefusion.bench.contestants import Contestant, contestants
from aefusion.bench.data import AnyPath, Folders, describe, find, first
from aefusion.bench.measure import measure
from aefusion.bench.paper import TABLE_VII, TABLE_VII_COLUMNS
from aefusion.bench.quality import upgrade
from aefusion.bench.ranks import rank
from aefusion.bench.results import Progress, Results, finite, summary
from aefusion.bench.tables import Table, failures, milliseconds, origin, text
from aefusion.bench.timing import time_pairs, write_pairs
from aefusion.image.thermal import Range
from aefusion.network import MODELS
from aefusion.quality.e2_combined import LARGEST_PSNR

SIZE, PAIRS, SECONDS, TURNS = 400, 60, 30, 6
MEASURED = ("NIQE", "SSIM", "EN", "PSNR", "BRENNER", "VIFF", "NMI")


def bench_variants(
    data: Folders,
    *,
    weights: Iterable[AnyPath] = (),
    pairs: int = 0,
    pattern: str | None = None,
    range: Range = "auto",
    jobs: int = 1,
    results: AnyPath | None = None,
    fresh: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> Results:
    """Measure every network on pairs, its time and its size; those without weights are rows that say so.

    ``data``, the pairs: see `data.find`. ``weights``: files to take instead of the shipped ones. ``pairs``: the first
    so many of each dataset; 0 for all. ``pattern``, ``range``: as in `bench_quality`. ``jobs``: processes of one thread
    each, for the pairs; the time is measured before, with all cores. ``results``: a folder in which rows are kept as
    they come; those that are there are not measured again, unless ``fresh``. ``progress``: called before each turn, and
    after each pair. The rows {method, task} hold the pairs, the rows {method} time, size and means.
    """
    chosen = networks(weights)
    every = find(data, pattern)
    settings = {"pictures": describe(every), "pairs to time": PAIRS, "size to time": SIZE}
    settings |= {"convention": "paper", "range": range}
    with Results("variants", settings, folder=results, fresh=fresh, upgrade=upgrade) as kept:
        _time(kept, chosen, progress)
        trained = [network for network in chosen if network.weights]
        try:
            measure(kept, trained, first(every, pairs) if pairs else every, MEASURED, jobs, progress, range=range)
        finally:  # what an interrupted run has done can be shown
            for task in dict.fromkeys(pair.task for pair in every):
                rows = [row for row in kept.rows if row["key"].get("task") == task]
                rank(rows, [*MEASURED, "E2"], gradient="BRENNER")
            _mean(kept.rows)
    return kept


def networks(weights: Iterable[AnyPath]) -> list[Contestant]:
    """Every network in the order of Table VII, then the others; of the weights given where they are its own."""
    given = {c.model.name: c for c in contestants(map(str, weights))} if (weights := list(weights)) else {}
    names = [*TABLE_VII, *(name for name in MODELS if name not in TABLE_VII)]
    return [Contestant(name, "network", given[name].place if name in given else name) for name in names]


def _time(results: Results, chosen: Sequence[Contestant], progress: Progress) -> None:
    """Into rows {method}: time and size; the networks take turns, so that what slows one of them slows all."""
    todo = [network for network in chosen if not results.done({"method": network.name}, network.made_from)]
    fuses, failures = {}, {}
    times: dict[str, list[float]] = {network.name: [] for network in todo}
    with TemporaryDirectory(prefix="aefusion-") as folder:
        files = write_pairs(Path(folder), PAIRS, SIZE) if todo else []
        for number, (turn, network) in enumerate(product(range(TURNS), todo)):
            progress(number, TURNS * len(todo), f"time of {network.name}")
            if network.name in failures:
                continue
            try:
                if network.name not in fuses:
                    fuses[network.name] = network.start()
                times[network.name] += time_pairs(fuses[network.name], files[turn::TURNS], SECONDS / TURNS)[0]
            except Exception as error:  # whatever one network does, the rest goes on
                failures[network.name] = str(error) or type(error).__name__
    for network in todo:
        facts = {"title": network.model.title, "parameters": network.model.cost().parameters}
        measured = {}
        if network.name not in failures:
            measured = {"time": summary(times[network.name], "s")}
            runs_on = fuses[network.name].runs_on
            facts |= {"size (bytes)": Path(network.weights or "").stat().st_size, "runs on": runs_on}
        paper: dict[str, Any] = dict(zip(TABLE_VII_COLUMNS, TABLE_VII.get(network.name, ()), strict=False))
        results.add(
            {"method": network.name},
            facts=facts, measured=measured, paper=paper, failure=failures.get(network.name),
            made_from=network.made_from,
        )  # fmt: skip


def _mean(rows: Sequence[dict[str, Any]]) -> None:
    """Into the rows {method}: the mean over the tasks, each task with the same weight, in Table VII's form."""
    whole = {row["key"]["method"]: row["facts"] for row in rows if "task" not in row["key"]}
    for name, facts in whole.items():
        parts = [row for row in rows if "task" in row["key"] and row["key"]["method"] == name and row["samples"]]
        if parts:
            means = {metric: [part["measured"][metric]["mean"] for part in parts] for metric in parts[0]["measured"]}
            facts["means"] = {
                metric: None if None in values else finite(float(np.mean(values))) for metric, values in means.items()
            }
            facts["pairs"] = sum(part["facts"]["pairs"] for part in parts)
    trained = [facts["means"] for facts in whole.values() if "means" in facts]
    least = min((means["NIQE"] for means in trained if means["NIQE"]), default=None)
    for means in trained:
        means["NIQE'"] = finite(least / means["NIQE"]) if least and means["NIQE"] else None
        means["PSNR'"] = None if means["PSNR"] is None else finite(means["PSNR"] / LARGEST_PSNR)


COLUMNS = {"Combined": "E2", "NIQE": "NIQE'", "SSIM": "SSIM", "EN": "EN", "PSNR": "PSNR'"} | {
    name: name for name in ("BRENNER", "VIFF")
}
"""Heads of Table VII, and what stands for them in the means."""


def tables(content: dict[str, Any]) -> list[Table]:
    """Table VII, ours and in brackets the paper's."""
    rows = [row for row in content["rows"] if "task" not in row["key"]]
    heads = ("network", *(f"{head} (paper)" for head in COLUMNS), "time, ms (paper)", "size, kB (paper)", "pairs")
    table = Table("Table VII: the blocks R", heads)
    for row in rows:
        facts, paper = row["facts"], row["paper"]
        means, size = facts.get("means", {}), facts.get("size (bytes)")
        cells = [(text(means.get(name)), paper.get(head)) for head, name in COLUMNS.items()]
        cells.append((milliseconds(row["measured"].get("time"), quartiles=False), paper.get("Time(ms)")))
        cells.append((text(size / 1e3) if size else "-", f"{float(paper['Size(M)']) * 1e3:.0f}" if paper else None))
        table.add(
            facts["title"] + (": failed" if row["failure"] else ""),
            *(f"{own} ({printed})" if printed else own for own, printed in cells),
            text(facts.get("pairs")),
        )
    table.note = (
        "Means over the tasks, each task with the same weight. NIQE: the least of the table over each network's; PSNR: "
        f"over {LARGEST_PSNR} dB. Combined: E_2 with BRENNER as its gradient, here over the largest of a pair, so that "
        "it stays below 1; in the paper it is raw, of a unit that is not stated, as is BRENNER (ours: squared gray "
        "levels). Time: median of gray pairs of 400 x 400 in memory; the paper's on an RTX 2070, where Table V has 16 "
        "times as much. Size: ours the weights, the paper's a checkpoint for training, which holds them three times. "
        f"Measured on: {origin(content)}.{failures(rows, lambda row: row['facts']['title'])}"
    )
    return [table]
