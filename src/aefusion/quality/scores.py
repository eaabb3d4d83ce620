"""The values of every pair of a folder, their mean and standard deviation; as text, CSV and JSON."""

import csv
import io
import json
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.files import write_whole
from aefusion.quality.metric import Metric

File = str | PathLike[str]
PAUSE = 1.0
"""Seconds between two writings of a file, at least."""


@dataclass(frozen=True)
class Scores:
    """The values of every pair, their mean, and which pairs failed."""

    metrics: tuple[Metric, ...]
    convention: str
    pairs: dict[str, dict[str, float]] = field(default_factory=dict)
    """Stem: metric: value; NaN where the metric is not defined for the pair."""
    failures: dict[str, str] = field(default_factory=dict)
    """Stem: what was wrong, one line. A pair that failed is in no mean."""
    undefined: dict[str, dict[str, str]] = field(default_factory=dict)
    """Stem: metric: why it is not defined, one line. Such a value is in no mean."""
    made_from: dict[str, str] = field(default_factory=dict)
    """Stem: a digest of the files and the settings, by which a run that was stopped knows what it has done."""
    _written: list[float] = field(default_factory=list)

    def values(self, metric: str) -> np.ndarray:
        """The values of one metric over the pairs for which it is defined, float64."""
        found = [values[metric] for values in self.pairs.values() if not math.isnan(values[metric])]
        return np.array(found, np.float64)

    @property
    def mean(self) -> dict[str, float]:
        """The mean of each metric over the pairs, NaN where it is defined for none; empty if there is no pair."""
        if not self.pairs:
            return {}
        return {
            m.name: float(values.mean()) if (values := self.values(m.name)).size else math.nan for m in self.metrics
        }

    @property
    def deviation(self) -> dict[str, float]:
        """The standard deviation of each metric over the pairs (n - 1); NaN where it is defined for fewer than two."""
        found = {}
        for metric in self.metrics if self.pairs else ():
            values = self.values(metric.name)
            usable = values.size > 1 and np.isfinite(values).all()
            found[metric.name] = float(values.std(ddof=1)) if usable else math.nan
        return found

    def table(self) -> str:
        """The mean as text, a line for each metric: name, value, which direction is better, what it is."""
        many = len(self.pairs) != 1
        heading = f"mean of {len(self.pairs)}" if many else next(iter(self.pairs))
        lines = [
            f"{'':10} {heading:>12}  {'std':>10}  better" if len(self.pairs) > 1 else f"{'':10} {heading:>12}  better"
        ]
        mean, deviation = self.mean, self.deviation
        for metric in self.metrics if self.pairs else ():
            better = "higher" if metric.higher_is_better else "lower"
            count = self.values(metric.name).size
            of = f"  (of {count})" if count < len(self.pairs) > 1 else ""
            value = f"{mean[metric.name]:12.6g}" if count else f"{'-':>12}"
            spread = f"  {_short(deviation[metric.name]):>10}" if len(self.pairs) > 1 else ""
            lines.append(f"{metric.name:10} {value}{spread}  {better:6}  {metric.title}{of}")
        return "\n".join(lines)

    def write(self, path: File) -> None:
        """As CSV or JSON, by its suffix."""
        (self.write_csv if Path(path).suffix.lower() == ".csv" else self.write_json)(path)

    def keep(self, path: Path, *, last: bool) -> None:
        """Write what is there, unless that was done a moment ago; the last time is that of the caller."""
        now = time.monotonic()
        if not last and (not self._written or now - self._written[-1] > PAUSE):
            self._written[:] = [now]
            self.write(path)

    def in_order(self, stems: Iterable[str]) -> None:
        """Put the pairs into this order, whichever was done first."""
        order = {stem: place for place, stem in enumerate(stems)}
        for stem in sorted(self.pairs, key=lambda stem: order.get(stem, len(order))):
            self.pairs[stem] = self.pairs.pop(stem)
            if stem in self.undefined:
                self.undefined[stem] = self.undefined.pop(stem)

    def write_csv(self, path: File) -> None:
        """A row for each pair, one for the mean, one for each pair that failed; a column for each metric.

        What is not defined is an empty cell, and the column `undefined` says why.
        """
        names = [metric.name for metric in self.metrics]
        file = io.StringIO(newline="")
        writer = csv.writer(file)
        writer.writerow(["pair", *names, "failure", "undefined", "made from"])
        for stem, values in self.pairs.items():
            cells = ["" if math.isnan(values[name]) else values[name] for name in names]
            why = "; ".join(self.undefined.get(stem, {}).values())
            writer.writerow([stem, *cells, "", why, self.made_from.get(stem, "")])
        for stem, reason in self.failures.items():
            writer.writerow([stem, *("" for _ in names), reason, "", ""])
        if self.pairs:
            cells = ["" if math.isnan(value) else value for value in self.mean.values()]
            writer.writerow(["mean", *cells, "", "", ""])
        write_whole(Path(path), file.getvalue().encode())

    def json(self) -> str:
        """The same as JSON. A PSNR without end is the string "inf", since JSON has no such number."""
        content = {
            "convention": self.convention,
            "mean": _writable(self.mean),
            "std": _writable(self.deviation),
            "pairs": {stem: _writable(values) for stem, values in self.pairs.items()},
            "undefined": self.undefined,
            "failures": self.failures,
            "made from": {stem: self.made_from[stem] for stem in self.pairs if stem in self.made_from},
        }
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)

    def write_json(self, path: File) -> None:
        """Write it as JSON."""
        write_whole(Path(path), f"{self.json()}\n".encode())


def same_as_before(scores: Scores, path: Path) -> None:
    """Take over what a file holds of an earlier run: the pairs whose files, metrics and settings are the same."""
    try:
        text = path.read_text(encoding="utf-8")
        before = _from_json(text) if path.suffix.lower() == ".json" else _from_csv(text)
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return
    names = {metric.name for metric in scores.metrics}
    for stem, (made_from, values, undefined) in before.items():
        if scores.made_from.get(stem) == made_from and values.keys() == names:
            missing = {name for name, value in values.items() if math.isnan(value)}
            if missing and not undefined:
                continue
            scores.pairs[stem] = values
            if missing:
                scores.undefined[stem] = {
                    name: undefined.get(name) or "; ".join(undefined.values()) for name in missing
                }


Before = dict[str, tuple[str, dict[str, float], dict[str, str]]]


def _from_json(text: str) -> Before:
    content = json.loads(text)
    return {
        stem: (made_from, {name: _read(value) for name, value in content["pairs"][stem].items()},
               content.get("undefined", {}).get(stem, {}))
        for stem, made_from in content["made from"].items()
    }  # fmt: skip


def _from_csv(text: str) -> Before:
    found = {}
    for row in csv.DictReader(text.splitlines()):
        made_from = row.pop("made from")
        stem, failure, undefined = row.pop("pair"), row.pop("failure"), row.pop("undefined")
        if made_from and not failure:
            values = {name: _read(value) for name, value in row.items()}
            found[stem] = made_from, values, {"": undefined} if undefined else {}
    return found


def _read(value: str | float | None) -> float:
    return math.nan if value in ("", None) else float(value)  # pyright: ignore[reportArgumentType]


def _short(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"


def _writable(values: dict[str, float]) -> dict[str, float | str | None]:
    return {
        name: value if math.isfinite(value) else None if math.isnan(value) else str(value)
        for name, value in values.items()
    }
