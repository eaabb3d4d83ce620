"""The quality of one fused picture or of a folder of them: what ``aefusion score`` does."""

import csv
import io
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from aefusion.files import write_whole
from aefusion.quality.metric import Metric, check_convention
from aefusion.quality.score import TABLE_III, score, select

File = str | PathLike[str]


@dataclass(frozen=True)
class Scores:
    """The values of every pair, their mean, and which pairs failed."""

    metrics: tuple[Metric, ...]
    convention: str
    pairs: dict[str, dict[str, float]] = field(default_factory=dict)
    """Stem: metric: value."""
    failures: dict[str, str] = field(default_factory=dict)
    """Stem: what was wrong, one line. A pair that failed is in no mean."""

    @property
    def mean(self) -> dict[str, float]:
        """The mean of each metric over the pairs; empty if there is none."""
        count = len(self.pairs)
        if not count:
            return {}
        return {m.name: sum(values[m.name] for values in self.pairs.values()) / count for m in self.metrics}

    def table(self) -> str:
        """The mean as text, a line for each metric: name, value, which direction is better, what it is."""
        heading = f"mean of {len(self.pairs)}" if len(self.pairs) != 1 else next(iter(self.pairs))
        lines = [f"{'':10} {heading:>12}  better"]
        for metric in self.metrics if self.pairs else ():
            better = "higher" if metric.higher_is_better else "lower"
            lines.append(f"{metric.name:10} {self.mean[metric.name]:12.6g}  {better:6}  {metric.title}")
        return "\n".join(lines)

    def write_csv(self, path: File) -> None:
        """A row for each pair, one for the mean, one for each pair that failed; a column for each metric."""
        names = [metric.name for metric in self.metrics]
        file = io.StringIO(newline="")
        writer = csv.writer(file)
        writer.writerow(["pair", *names, "failure"])
        for stem, values in self.pairs.items():
            writer.writerow([stem, *(values[name] for name in names), ""])
        for stem, reason in self.failures.items():
            writer.writerow([stem, *("" for _ in names), reason])
        if self.pairs:
            writer.writerow(["mean", *self.mean.values(), ""])
        write_whole(Path(path), file.getvalue().encode())

    def json(self) -> str:
        """The same as JSON. A PSNR without end is the string "inf", since JSON has no such number."""
        content = {
            "convention": self.convention,
            "mean": _writable(self.mean),
            "pairs": {stem: _writable(values) for stem, values in self.pairs.items()},
            "failures": self.failures,
        }
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)

    def write_json(self, path: File) -> None:
        """Write it as JSON."""
        write_whole(Path(path), f"{self.json()}\n".encode())


def _writable(values: dict[str, float]) -> dict[str, float | str]:
    return {name: value if math.isfinite(value) else str(value) for name, value in values.items()}


def score_folders(
    a: File, b: File, fused: File, metrics: Iterable[str] | str = TABLE_III, convention: str = "paper"
) -> Scores:
    """The quality of ``fused``: three files, or three folders whose pictures are paired by stem.

    A pair that cannot be scored, or that lacks a partner, is listed in ``failures`` and does not stop the others.
    ValueError if the metrics or the convention are unknown, or the folders hold nothing to score.
    """
    chosen = tuple(select(metrics))
    check_convention(convention)
    scores = Scores(chosen, convention)
    triples = _triples(Path(a), Path(b), Path(fused), scores.failures)
    for stem, paths in triples.items():
        try:
            scores.pairs[stem] = score(*paths, metrics=[m.name for m in chosen], convention=convention)
        except ValueError as error:
            scores.failures[stem] = str(error)
    return scores


def _triples(a: Path, b: Path, fused: Path, failures: dict[str, str]) -> dict[str, tuple[Path, Path, Path]]:
    from aefusion.image import pairs

    folders = [path.is_dir() for path in (a, b, fused)]
    if not any(folders):
        return {fused.stem: (a, b, fused)}
    if not all(folders):
        raise ValueError(f"{a}, {b}, {fused}: give three files or three folders")
    sources, results = pairs(a, b), pairs(a, fused)
    second = {stem: path for stem, _, path in sources.pairs}
    third = {stem: path for stem, _, path in results.pairs}
    for path, missing in (
        *((path, b) for path in sources.only_a),
        *((path, a) for path in sources.only_b),
        *((path, fused) for path in results.only_a),
        *((path, a) for path in results.only_b),
    ):
        failures.setdefault(path.stem, f"{path}: no picture of this stem in {missing}: add it, or remove this one")
    return {stem: (path, second[stem], third[stem]) for stem, path, _ in sources.pairs if stem in third}
