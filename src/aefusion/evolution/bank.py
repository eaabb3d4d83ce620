"""The bank of optimal solutions: what each method made of each pair, and which of it is best."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.evolution.evaluations import evaluation as load_evaluation
from aefusion.evolution.evaluations import measure_version
from aefusion.evolution.index import open_index, pair_hash
from aefusion.evolution.pictures import picture_path, read_picture

Gray = np.ndarray


@dataclass(frozen=True)
class Optimum:
    """The candidates of one pair, and the best of them."""

    pair: str
    """Hash of the sources' pixels."""
    name: str
    task: str
    scores: dict[str, float]
    """E of each candidate, higher is better, by the method's name; comparable within the pair only."""
    candidates: dict[str, str]

    @property
    def method(self) -> str:
        return max(self.scores, key=lambda method: self.scores[method])


@dataclass(frozen=True)
class Target:
    """What a network shall make of a pair: `picture` is float32 (H, W) in [0, 1]."""

    pair: str
    name: str
    task: str
    method: str
    picture: Gray


class Bank:
    """A bank to read from; ``bank(a, b)`` gives the optimal solution of two sources as a fusion method would.

    `evaluation`: a name, if not the one that the bank was built with last. `methods`: only these may win, if given.
    """

    def __init__(self, path: Path | str, *, evaluation: str | None = None, methods: Sequence[str] | None = None):
        self.path = Path(path)
        settings = dict(self._ask("SELECT name, value FROM settings"))
        self.evaluation = load_evaluation(evaluation or settings.get("evaluation", "E2"))
        known = [method for (method,) in self._ask("SELECT method FROM methods ORDER BY method")]
        missing = [method for method in methods or () if method not in known]
        if missing:
            raise ValueError(f"{path}: no method {', '.join(missing)} in this bank; it has {', '.join(known)}")
        self.methods = [name for name in known if methods is None or name in methods]

    def __call__(self, a: Gray, b: Gray) -> Gray:
        """The optimal solution of two sources, float32 (H, W) in [0, 1]; ValueError if the pair is not in the bank."""
        return self.optimum((a, b))[0]

    def optimum(self, pair: str | tuple[Gray, Gray]) -> tuple[Gray, str]:
        """The optimal solution of a pair, and the method that made it; the pair by its name, or its two pictures."""
        key = pair if isinstance(pair, str) else pair_hash(*pair)
        best = self.optima.get(key) or self._by_name.get(key)
        if best is None:
            what = pair if isinstance(pair, str) else "a pair of these pixels"
            raise ValueError(
                f"{self.path}: {what} is not in the bank, or has no candidate that E could score: build it"
            )
        return self._picture(best), best.method

    def targets(self) -> Iterator[Target]:
        """Every pair with its optimal solution, by name; the pictures are read one by one."""
        for best in self.optima.values():
            yield Target(best.pair, best.name, best.task, best.method, self._picture(best))

    @cached_property
    def optima(self) -> dict[str, Optimum]:
        """The scores of every pair that has a candidate, by the pair's hash, sorted by name."""
        versions = [(name, measure_version(name)) for name in self.evaluation.metrics]
        wanted = "(" + " OR ".join("(metric = ? AND marks.version = ?)" for _ in versions) + ")"
        rows = self._ask(
            f"""SELECT pairs.pair, pairs.name, task, methods.method, candidate, metric, value
            FROM pairs JOIN candidates USING (pair) JOIN methods USING (method, version, parameters)
            JOIN marks USING (candidate) WHERE candidates.failure IS NULL AND value IS NOT NULL AND {wanted}
            ORDER BY pairs.name, pairs.pair, methods.method""",
            [word for pair in versions for word in pair],
        )
        pairs: dict[tuple[str, str, str], dict[tuple[str, str], dict[str, float]]] = {}
        for pair, name, task, method, candidate, metric, value in rows:
            if method in self.methods:
                pairs.setdefault((pair, name, task), {}).setdefault((method, candidate), {})[metric] = value
        optima = {}
        for key, candidates in pairs.items():
            whole = {c: marks for c, marks in candidates.items() if len(marks) == len(versions)}
            if whole:
                table = np.array([[marks[name] for name, _ in versions] for marks in whole.values()], np.float64)
                with np.errstate(divide="ignore", invalid="ignore"):
                    scores = np.nan_to_num(self.evaluation.combine(table), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
                by_method = {method: float(score) for (method, _), score in zip(whole, scores, strict=True)}
                optima[key[0]] = Optimum(*key, by_method, dict(whole.keys()))
        return optima

    @cached_property
    def _by_name(self) -> dict[str, Optimum]:
        return {best.name: best for best in self.optima.values()}

    def _ask(self, question: str, values: Sequence[str] = ()) -> list[tuple]:
        with closing(open_index(self.path)) as index:
            return index.execute(question, values).fetchall()

    def _picture(self, best: Optimum) -> Gray:
        return read_picture(picture_path(self.path, best.candidates[best.method]))


def optimum(bank: Path | str, pair: str | tuple[Gray, Gray], *, evaluation: str | None = None) -> tuple[Gray, str]:
    """The optimal solution of a pair, float32 (H, W) in [0, 1], and the method that made it; see `Bank`."""
    return Bank(bank, evaluation=evaluation).optimum(pair)


def show(
    bank: Path | str, *, evaluation: str | None = None, methods: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Who wins how often, per task: a row for each method, the most frequent winner first.

    ``mean E`` is the mean of its scores, ``failed`` the pairs it made no picture of, ``seconds`` its mean time on one
    thread. Another evaluation than the bank's can be asked for if the bank has measured what it needs.
    """
    opened = Bank(bank, evaluation=evaluation, methods=methods)
    optima = opened.optima.values()
    if not optima:
        raise ValueError(
            f"{bank}: nothing in it is evaluated by {opened.evaluation.name} with this version: build it again with "
            f"`evaluation={opened.evaluation.name!r}` and `methods={opened.methods}`; only what is missing is computed"
        )
    tasks = sorted({best.task for best in optima})
    facts = {
        method: (failed, seconds)
        for method, failed, seconds in opened._ask(
            "SELECT method, COUNT(failure), AVG(seconds) FROM candidates "
            "JOIN methods USING (method, version, parameters) JOIN pairs USING (pair) GROUP BY method"
        )
    }
    rows = []
    for method in opened.methods:
        if method not in facts:
            continue
        won = [best.task for best in optima if best.method == method]
        scores = [best.scores[method] for best in optima if method in best.scores]
        failed, seconds = facts[method]
        rows.append(
            {"method": method}
            | {task: won.count(task) for task in tasks}
            | {"all": len(won), "mean E": float(np.mean(scores)) if scores else None}
            | {"failed": failed, "seconds": seconds}
        )
    return sorted(rows, key=lambda row: (-row["all"], -(row["mean E"] or -np.inf), row["method"]))
