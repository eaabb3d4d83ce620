"""Whether one method is better than another, from the values of each pair: Wilcoxon's signed-rank test."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aefusion.bench.tables import Table, text
from aefusion.quality.own_metric import metric_of

FEWEST = 6
"""With fewer pairs that differ, no outcome of the test is below 0.05 on less luck than one toss in 32."""


class Paired(NamedTuple):
    """Two methods on the same pairs, by one metric."""

    pairs: int
    better: int
    """Pairs on which the first is better."""
    worse: int
    difference: float
    """The median of first less second."""
    p: float | None
    """Of no difference, both sides; None where too few pairs differ."""


def paired_test(first: Sequence[float], second: Sequence[float], *, higher_is_better: bool = True) -> Paired:
    """Compare the values of the same pairs, in the same order, by Wilcoxon's signed-rank test (both sides).

    Pairs without difference are left out, as Wilcoxon has it. ValueError where the numbers differ, or without SciPy,
    the extra lab.

    >>> found = paired_test([3, 4, 5, 6, 7, 8, 9], [1, 1, 1, 1, 1, 1, 1])
    >>> found.better, round(found.p, 4)
    (7, 0.0156)
    """
    x, y = np.array(first, float), np.array(second, float)
    if x.shape != y.shape:
        raise ValueError(f"{x.size} and {y.size} values: a paired test needs the same pairs")
    usable = np.isfinite(x) & np.isfinite(y)
    difference = (x - y)[usable]
    sign = difference if higher_is_better else -difference
    better, worse = int((sign > 0).sum()), int((sign < 0).sum())
    p = None
    if better + worse >= FEWEST:
        try:
            from scipy.stats import wilcoxon
        except ModuleNotFoundError:
            raise ValueError("a paired test needs scipy: pip install 'aefusion[lab]'") from None
        p = float(wilcoxon(difference[difference != 0])[1])  # pyright: ignore[reportArgumentType, reportIndexIssue]
    median = float(np.median(difference)) if difference.size else float("nan")
    return Paired(difference.size, better, worse, median, p)


def compare(content: Mapping[str, Any], first: str, second: str) -> list[Table]:
    """Two methods of the results of `bench_quality`, a table for each task; ValueError for one that is not there.

    With many metrics some differences are small by luck: p times their number is the cautious (Bonferroni) figure.
    """
    rows = {(row["key"]["method"], row["key"]["task"]): row for row in content["rows"] if row["samples"]}
    methods = list(dict.fromkeys(method for method, _ in rows))
    for name in (first, second):
        if name not in methods:
            raise ValueError(f"no values of {name}: there are those of {', '.join(methods)}")
    found = []
    for task in dict.fromkeys(task for _, task in rows):
        one, other = (rows.get((name, task)) for name in (first, second))
        if not one or not other:
            continue
        names = [name for name in one["samples"] if name in other["samples"]]
        heads = ("metric", "pairs", f"{first} better", f"{second} better", "median difference", "p (Wilcoxon)")
        table = Table(f"{task}: {first} against {second}", heads)
        for metric in content["settings"]["metrics"]:
            values = [[row["samples"][name].get(metric) for name in names] for row in (one, other)]
            numbers = [[np.nan if value is None else value for value in of] for of in values]
            better = metric_of(metric).higher_is_better
            result = paired_test(*numbers, higher_is_better=better)
            p = "-" if result.p is None else f"{result.p:.2g}"
            cells = (
                str(result.pairs),
                str(result.better),
                str(result.worse),
                text(result.difference if np.isfinite(result.difference) else None),
                p,
            )
            table.add(metric, *cells, bold=result.p is not None and result.p < 0.05)
        table.note = (
            f"Wilcoxon's signed-rank test over the pairs that both have, both sides; - where fewer than {FEWEST} "
            f"differ. Of {len(table.rows)} metrics one is below 0.05 by luck in up to "
            f"{1 - 0.95 ** len(table.rows):.0%} of such tables."
        )
        found.append(table)
    return found
