"""Who is best: the combined evaluation E_2 among all that are compared, and ranks pair by pair."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from aefusion.bench.results import finite, summary
from aefusion.quality import METRICS
from aefusion.quality.evaluation import LARGEST_PSNR

Row = dict[str, Any]
TERMS = ("EN", "SSIM", "VIFF", "NIQE", "PSNR", "NMI")
"""What E_2 is made of, beside the gradient."""


def compare(rows: Sequence[Row], metrics: Iterable[str], gradient: str = "AG") -> None:
    """Write into the rows of one task what follows from all of them: E_2 of each pair, summaries, ranks, places.

    E_2: the mean of seven terms, the gradient and 1 / NIQE over their largest among the compared; see
    `quality.evaluation`. Rank: 1 for the best of a pair in a metric, ties share; the mean rank is that over pairs and
    metrics. Place: 1 for the smallest mean rank of the task. Rows of different pairs are ranked on those that all have;
    where there is none, each on its own ("ranked on" is then 0).
    """
    metrics = list(metrics)
    rows = [row for row in rows if row["samples"]]
    names = dict.fromkeys(name for row in rows for name in row["samples"])
    common = {name for name in names if all(name in row["samples"] for row in rows)}
    ranks: dict[int, dict[str, list[float]]] = {id(row): {metric: [] for metric in metrics} for row in rows}
    for name in names:
        there = [row for row in rows if name in row["samples"]]
        if "E2" in metrics:
            for row, value in zip(there, combined([row["samples"][name] for row in there], gradient), strict=True):
                row["samples"][name]["E2"] = finite(value)
        for metric in metrics if name in common or not common else ():
            sign = 1 if METRICS[metric].higher_is_better else -1
            values = [row["samples"][name].get(metric) for row in there]
            quality = np.array([-np.inf if value is None else sign * value for value in values])
            for row, own in zip(there, quality, strict=True):
                rank = 1 + np.count_nonzero(quality > own) + (np.count_nonzero(quality == own) - 1) / 2
                ranks[id(row)][metric].append(rank)
    means = {id(row): float(np.mean([rank for of in ranks[id(row)].values() for rank in of])) for row in rows}
    for row in rows:
        values = row["samples"].values()
        row["measured"] = {
            metric: summary(v for sample in values if (v := sample.get(metric)) is not None)
            for metric in dict.fromkeys([*metrics, *next(iter(values))])
        }
        row["facts"] |= {
            "mean rank": finite(means[id(row)]),
            "ranks": {metric: finite(float(np.mean(of))) for metric, of in ranks[id(row)].items()},
            "place": 1 + sum(other < means[id(row)] for other in means.values()),
            "of": len(rows),
            "ranked on": len(common),
        }


def combined(samples: Sequence[Mapping[str, float | None]], gradient: str = "AG") -> np.ndarray:
    """E_2 of the fused pictures of one pair from their measured terms, float64 (pictures,).

    >>> terms = {"EN": 4, "SSIM": 0.5, "VIFF": 0.5, "NIQE": 2, "PSNR": 24.065, "NMI": 0.5, "AG": 3}
    >>> combined([terms, terms | {"AG": 6, "NIQE": 1}]).round(4).tolist()
    [0.5, 0.6429]
    """
    entropy, ssim, viff, niqe, psnr, information = (np.array([x[term] for x in samples], float) for term in TERMS)
    slope = np.array([x[gradient] for x in samples], float)
    natural = np.nan_to_num(1 / niqe)
    shared = entropy / 8 + ssim + viff + np.minimum(psnr / LARGEST_PSNR, 1) + information
    return (shared + _relative(slope) + _relative(natural)) / 7


def _relative(values: np.ndarray) -> np.ndarray:
    largest = values.max(initial=0)
    return values / largest if largest > 0 else values
