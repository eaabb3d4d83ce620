"""Who is best: the combined evaluation E_2 among all that are compared, and ranks pair by pair."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from aefusion.bench.measure import PAPER
from aefusion.bench.results import finite, summary
from aefusion.quality.e2_combined import MEASURED, combined
from aefusion.quality.own_metric import metric_of

Row = dict[str, Any]


def rank(rows: Sequence[Row], metrics: Iterable[str], gradient: str = "AG") -> None:
    """Write into the rows of one task what follows from all of them: E_2 of each pair, summaries, ranks, places.

    E_2 is `quality.e2_combined.combined` of a pair, with ``gradient`` in the place of AG. Rank: 1 for the best
    of a pair in a metric, ties share; the mean rank is that over pairs and metrics. Place: 1 for the smallest mean rank
    of the task. Rows of different pairs are ranked on those that all have; where there is none, each on its own
    ("ranked on" is then 0).
    """
    metrics = list(metrics)
    rows = [row for row in rows if row["samples"]]
    names = dict.fromkeys(name for row in rows for name in row["samples"])
    common = {name for name in names if all(name in row["samples"] for row in rows)}
    ranks: dict[int, dict[str, list[float]]] = {id(row): {metric: [] for metric in metrics} for row in rows}
    for name in names:
        there = [row for row in rows if name in row["samples"]]
        if "E2" in metrics and all(_has_all(row["samples"][name], gradient) for row in there):
            values = combined_evaluation([row["samples"][name] for row in there], gradient)
            for row, value in zip(there, values, strict=True):
                row["samples"][name]["E2"] = finite(value)
        for metric in metrics if name in common or not common else ():
            if not any(metric in row["samples"][name] for row in there):
                continue  # it is not defined for this pair
            sign = 1 if metric_of(metric).higher_is_better else -1
            quality = np.array([_quality(row["samples"][name], metric, sign) for row in there])
            for row, own in zip(there, quality, strict=True):
                place = 1 + np.count_nonzero(quality > own) + (np.count_nonzero(quality == own) - 1) / 2
                ranks[id(row)][metric].append(place)
    means = {id(row): _mean([place for of in ranks[id(row)].values() for place in of]) for row in rows}
    for row in rows:
        values = row["samples"].values()
        row["measured"] = {
            metric: summary(v for sample in values if (v := sample.get(metric)) is not None)
            for metric in dict.fromkeys([*metrics, *(key for sample in values for key in sample)])
        }
        row["facts"] |= {
            "mean rank": finite(means[id(row)]),
            "ranks": {metric: finite(_mean(of)) for metric, of in ranks[id(row)].items()},
            "place": 1 + sum(other < means[id(row)] for other in means.values()),
            "of": len(rows),
            "ranked on": len(common),
        }


def _quality(sample: Mapping[str, float | None], metric: str, sign: int) -> float:
    """Higher for better; worst where the metric is not defined. None stands for infinity."""
    if metric not in sample:
        return -np.inf
    value = sample[metric]
    return sign * (np.inf if value is None else value)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else np.nan


def _has_all(sample: Mapping[str, float | None], gradient: str) -> bool:
    return all(_key(sample, gradient if name == "AG" else name) in sample for name in MEASURED)


def _key(sample: Mapping[str, float | None], name: str) -> str:
    """Where the value under the convention of the paper stands."""
    return f"{PAPER}{name}" if f"{PAPER}{name}" in sample else name


def combined_evaluation(samples: Sequence[Mapping[str, float | None]], gradient: str = "AG") -> np.ndarray:
    """E_2 of the fused pictures of one pair from their measured values, float64 (pictures,).

    None stands for infinity, which JSON has no number for: NIQE of a picture without texture, PSNR of equal pictures.

    >>> values = {"EN": 4, "SSIM": 0.5, "VIFF": 0.5, "NIQE": 2, "PSNR": 24.065, "NMI": 1, "AG": 3}
    >>> combined_evaluation([values, values | {"AG": 6, "NIQE": None}]).round(4).tolist()
    [0.5714, 0.5]
    """
    names = [gradient if name == "AG" else name for name in MEASURED]
    rows = [[x[_key(x, name)] for name in names] for x in samples]
    return combined(np.array([[np.inf if value is None else value for value in row] for row in rows], float))
