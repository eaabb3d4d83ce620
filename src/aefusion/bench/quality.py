"""The paper's figure 6: means of the quality indices of every method and network on each task, and their ranks."""

from collections.abc import Iterable, Sequence
from typing import Any

from aefusion.bench.contestants import contestants
from aefusion.bench.data import AnyPath, Folders, describe, find, first
from aefusion.bench.measure import PAPER, measure
from aefusion.bench.ranks import rank
from aefusion.bench.results import Progress, Results
from aefusion.bench.tables import Table, failures, origin, text
from aefusion.image.pair_tree import TreePair
from aefusion.image.thermal import Range
from aefusion.quality.e2_combined import MEASURED
from aefusion.quality.metric import check_convention
from aefusion.quality.own_metric import metric_of
from aefusion.quality.score import select

INDICES = ("EN", "AG", "SSIM", "VIFF", "NIQE", "PSNR", "MI", "E2", "Qabf")
"""The paper's eight (Table III) and Qabf."""


def bench_quality(
    data: Folders,
    *,
    methods: Iterable[str] = (),
    fused: Iterable[str] = (),
    tasks: Iterable[str] = (),
    metrics: Iterable[str] = INDICES,
    convention: str = "paper",
    pairs: int = 0,
    pattern: str | None = None,
    range: Range = "auto",
    jobs: int = 1,
    results: AnyPath | None = None,
    fresh: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> Results:
    """Measure methods, networks (all, if none is named) and folders of fused pictures; a row a method and task.

    ``data``, the pairs: see `data.find`. ``fused``: ``NAME=DIR``, what others fused: ``[<task>/][<dataset>/]<stem>.*``.
    ``tasks``: only these of the data. ``metrics``: names in METRICS, or ``file.py:function``. ``convention``: see
    `quality.metric`; E_2 is always that of the paper. ``pairs``: the first so many of each dataset; 0 for all.
    ``pattern``: which files are pairs, see `image.pairs`. ``range``: how thermal pictures are shown, one range for a
    folder, as `aefusion.fuse_folders` shows them. ``jobs``: processes of one thread each. ``results``: a folder in
    which rows are kept as they come; those that are there are not measured again, unless ``fresh``, and all are
    compared. ``progress``: called after each pair.
    ValueError for data, methods, tasks and metrics that there are not.
    """
    chosen = contestants(methods, fused)
    names = [metric.name for metric in select(metrics)]
    check_convention(convention)
    every = find(data, pattern)
    settings = {"pictures": describe(every), "metrics": names, "convention": convention, "range": range}
    wanted = of_tasks(every, tasks)
    of_e2 = [name if convention == "paper" else f"{PAPER}{name}" for name in MEASURED] if "E2" in names else []
    raw = [name for name in dict.fromkeys([*names, *of_e2]) if name != "E2"]
    with Results("quality", settings, folder=results, fresh=fresh, upgrade=upgrade) as kept:
        try:
            some = first(wanted, pairs) if pairs else wanted
            measure(kept, chosen, some, raw, jobs, progress, convention=convention, range=range)
        finally:  # what an interrupted run has done can be shown
            for task in dict.fromkeys(row["key"]["task"] for row in kept.rows):
                rank([row for row in kept.rows if row["key"]["task"] == task], names)
    return kept


def upgrade(content: dict[str, Any]) -> None:
    """Results of a time when NMI was half of what it is now, and when there was one convention."""
    if "convention" in content["settings"]:
        return
    content["settings"] |= {"convention": "paper", "range": "auto"}
    for row in content["rows"]:
        for sample in row["samples"].values():
            if sample.get("NMI") is not None:
                sample["NMI"] *= 2


def of_tasks(pairs: Sequence[TreePair], tasks: Iterable[str]) -> list[TreePair]:
    """The pairs of these tasks, of all if none is named; ValueError for a task that there is not."""
    tasks, there = list(tasks), list(dict.fromkeys(pair.task for pair in pairs))
    unknown = [task for task in tasks if task not in there]
    if unknown:
        raise ValueError(f"no task {', '.join(unknown)}: the data have {', '.join(there)}")
    return [pair for pair in pairs if pair.task in (tasks or there)]


def tables(content: dict[str, Any]) -> list[Table]:
    """The place of each network among all methods, then each task with all methods, best mean rank first."""
    rows, metrics = content["rows"], content["settings"]["metrics"]
    if any(row["samples"] and not row["measured"] for row in rows):
        raise ValueError("the results of bench quality are those of a run that was killed: run it again to go on")
    tasks = list(dict.fromkeys(row["key"]["task"] for row in rows))
    return [places(content, tasks), *(of_task(content, task, metrics) for task in tasks)]


def places(content: dict[str, Any], tasks: Sequence[str]) -> Table:
    rows = {(row["key"]["method"], row["key"]["task"]): row for row in content["rows"]}
    kinds = {row["key"]["method"]: row["facts"]["kind"] for row in content["rows"]}
    table = Table("Figure 6: the place of each network among all", ("network", *tasks, "mean rank"))
    found = []
    for method, kind in kinds.items():
        own = [rows.get((method, task)) for task in tasks]
        ranked = [row["facts"]["mean rank"] for row in own if row and row["samples"]]
        if kind != "method" and ranked:
            cells = [
                f"{row['facts']['place']} of {row['facts']['of']} ({row['facts']['mean rank']:.1f})"
                if row and row["samples"]
                else "-"
                for row in own
            ]
            found.append((sum(ranked) / len(ranked), (method, *cells), kind == "network"))
    for mean, cells, bold in sorted(found):
        table.add(*cells, f"{mean:.2f}", bold=bold)
    table.note = (
        "Place by mean rank, in brackets the mean rank itself: over all pairs of the task and the indices "
        f"{', '.join(content['settings']['metrics'])}; 1 is the best. Last: the mean over the tasks. Measured on: "
        f"{origin(content)}."
    )
    return table


def of_task(content: dict[str, Any], task: str, metrics: Sequence[str]) -> Table:
    rows = [row for row in content["rows"] if row["key"]["task"] == task]
    marks = [f"{name} {'↑' if metric_of(name).higher_is_better else '↓'}" for name in metrics]
    table = Table(f"Figure 6, {task}: means of the indices", ("method", "place", "mean rank", *marks, "pairs"))
    for row in sorted((row for row in rows if row["samples"]), key=lambda row: row["facts"]["mean rank"]):
        facts = row["facts"]
        table.add(
            row["key"]["method"], str(facts["place"]), f"{facts['mean rank']:.1f}",
            *(text(row["measured"][name]["mean"]) for name in metrics), str(facts["pairs"]),
            bold=facts["kind"] == "network",
        )  # fmt: skip
    parts = {
        f"{row['key']['method']} on {name}": why
        for row in rows if row["samples"] for name, why in row["facts"]["failed"].items()
    }  # fmt: skip
    table.note = (
        f"{of_different_pairs(rows)}↑ higher is better, ↓ lower. E2 compares all methods of the table."
        + _other(content["settings"])
        + not_defined(rows)
        + failures(rows, _method)
        + "".join(f" Left out: {name}: {why}." for name, why in parts.items())
    )
    return table


def _other(settings: dict[str, Any]) -> str:
    convention = settings.get("convention", "paper")
    return "" if convention == "paper" else f" Convention: {convention}."


def not_defined(rows: Iterable[dict[str, Any]]) -> str:
    """Which metrics are not defined for some pictures, and why."""
    reasons: dict[str, str] = {}
    for row in rows:
        reasons |= row["facts"].get("undefined", {})
    return "".join(f" Not defined for some pictures: {why}." for why in dict.fromkeys(reasons.values()))


def of_different_pairs(rows: Iterable[dict[str, Any]]) -> str:
    """A warning where the rows of one task were not all measured on the same pairs."""
    counts: dict[int, list[str]] = {}
    rows = [row for row in rows if row["samples"]]
    for row in rows:
        counts.setdefault(len(row["samples"]), []).append(_method(row))
    if len({frozenset(row["samples"]) for row in rows}) < 2:
        return ""
    most = max(counts, key=lambda count: len(counts[count]))
    fewer = "; ".join(f"{', '.join(names)}: {count}" for count, names in counts.items() if count != most)
    common = rows[0]["facts"].get("ranked on", 0)
    on = f"ranks and places are those on the {common} that all have" if common else "they have none in common"
    different = f"most on {most}, {fewer}" if fewer else f"{most} each"
    return f"WARNING: not all are measured on the same pairs ({different}): {on}, means are not comparable. "


def card(content: dict[str, Any], name: str) -> Table:
    """One method or network on every task."""
    metrics = content["settings"]["metrics"]
    table = Table(f"{name}: means of the indices", ("task", "pairs", "place", "mean rank", *metrics))
    for row in content["rows"]:
        if row["key"]["method"] == name and row["samples"]:
            facts = row["facts"]
            means = (text(row["measured"][metric]["mean"]) for metric in metrics)
            place = f"{facts['place']} of {facts['of']}"
            table.add(row["key"]["task"], str(facts["pairs"]), place, f"{facts['mean rank']:.1f}", *means)
    return table


def _method(row) -> str:
    return row["key"]["method"]
