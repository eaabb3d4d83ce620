"""Results of the benchmarks: one JSON file for each suite and machine, written row by row, so that a run can go on.

``<folder>/<version>/<suite>--<machine>.json``, in the form of `results.schema.json` beside this file.
"""

import json
import math
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from aefusion._version import __version__
from aefusion.bench.machine import libraries, machine, machine_name
from aefusion.files import FileError, make_folder, write_whole

Progress = Callable[[int, int, str], None]
"""Called with how many are done, how many there are, and what is next."""
SCHEMA = Path(__file__).with_name("results.schema.json")
PAUSE = 1.0
"""Seconds between two writings of a file, at least."""


class Interrupted(KeyboardInterrupt):
    """A run was stopped by Ctrl-C; ``results`` holds the rows that it has measured."""

    def __init__(self, results: "Results"):
        super().__init__()
        self.results = results


class Results:
    """The rows of one suite on this machine; use it as a context, which writes the file at its end whatever happens.

    ``folder``: where the file lies, and is written row by row; without it nothing is written. ``settings``: all that
    makes two runs comparable (sizes, number of pairs ...). A file with the same settings is gone on with: rows that are
    in it need not be measured again (see `done`). With others it is refused (ValueError), unless ``fresh``, which
    begins anew. ``seeds``: those of everything random in the run. ``needed``: without it, a file that cannot be written
    is a warning: for what takes no time to measure again. ``upgrade`` brings the content of an older file to the
    present form, in place. Ctrl-C inside the context becomes `Interrupted`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Results("speed", {"size": 400}, folder=Path(folder)) as results:
    ...         _ = results.add({"method": "lp"}, measured={"time": summary([0.2, 0.1, 0.3], "s")})
    ...     again = Results("speed", {"size": 400}, folder=Path(folder))
    ...     again.done({"method": "lp"})["measured"]["time"]["median"]
    0.2
    """

    def __init__(
        self,
        suite: str,
        settings: Mapping[str, Any],
        *,
        seeds: Iterable[int] = (),
        folder: str | PathLike[str] | None = None,
        fresh: bool = False,
        needed: bool = True,
        upgrade: Callable[[dict[str, Any]], None] = lambda content: None,
    ):
        self.needed, self.unkept = needed, folder is None
        self.path = Path(folder) / __version__ / f"{suite}--{machine_name()}.json" if folder else None
        settings = json.loads(json.dumps(settings))
        self.content: dict[str, Any] = {
            "suite": suite,
            "version": __version__,
            "machine": machine(),
            "libraries": libraries(),
            "date": now(),
            "seeds": list(seeds),
            "settings": settings,
            "rows": [],
        }
        if self.path and self.path.exists() and not fresh:
            before = read(self.path)
            upgrade(before)
            if before["settings"] != settings:
                raise ValueError(
                    f"{self.path}: measured with other settings ({before['settings']}, now {settings}): "
                    "repeat those, or begin anew with `fresh`, or give another folder as `results`"
                )
            self.content["rows"] = before["rows"]
        self._written = -math.inf

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_) -> None:
        self.save()
        if kind and issubclass(kind, KeyboardInterrupt):
            raise Interrupted(self) from None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows, in the order in which they were first added."""
        return self.content["rows"]

    def done(self, key: Mapping[str, Any], made_from: str = "") -> dict[str, Any] | None:
        """The row of that key if it was measured without failure, and from the same (weights, for example)."""
        row = self._row(key)
        return row if row and not row["failure"] and row["made_from"] == made_from else None

    def add(
        self,
        key: Mapping[str, str | int],
        *,
        facts: Mapping[str, Any] | None = None,
        measured: Mapping[str, Mapping[str, Any]] | None = None,
        paper: Mapping[str, Any] | None = None,
        samples: Mapping[str, Mapping[str, float]] | None = None,
        failure: str | None = None,
        made_from: str = "",
    ) -> dict[str, Any]:
        """Put a row in the place of the one with the same key, or at the end; the file, if any, is written now or soon.

        ``key``: what the row is about (method, size, threads ...). ``facts``: what is known and not measured, and
        single figures; numbers, strings, lists, None. ``measured``: see `summary`. ``paper``: what the paper prints for
        the same. ``samples``: single values, of each pair for example. ``failure``: why there is nothing, one line.
        """
        row = {
            "key": dict(key),
            "facts": dict(facts or {}),
            "measured": {name: dict(value) for name, value in (measured or {}).items()},
            "paper": dict(paper or {}),
            "samples": {name: {k: finite(v) for k, v in values.items()} for name, values in (samples or {}).items()},
            "failure": " ".join(failure.split()) if failure else None,
            "made_from": made_from,
            "date": now(),
        }
        before = self._row(key)
        if before:
            self.rows[self.rows.index(before)] = row
        else:
            self.rows.append(row)
        if time.monotonic() - self._written > PAUSE:
            self.save()
        return row

    def save(self) -> None:
        """Write the file, if there is a folder for it: whole, a line a row."""
        if self.path is None:
            return
        try:
            self._save(self.path)
        except FileError as error:
            if self.needed:
                raise
            if not self.unkept:
                warnings.warn(f"{error}; the results are shown, but not kept", stacklevel=3)
            self.unkept = True

    def _save(self, path: Path) -> None:
        make_folder(path.parent)
        self.content["date"] = max((row["date"] for row in self.rows), default=self.content["date"])
        head, _, _ = json.dumps(self.content | {"rows": []}, indent=1, allow_nan=False).rpartition("[]")
        rows = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in self.rows)
        write_whole(path, f"{head}[\n{rows}\n]\n}}\n".encode())
        self._written = time.monotonic()

    def _row(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        return next((row for row in self.rows if row["key"] == key), None)


def summary(values: Iterable[float], unit: str = "") -> dict[str, Any]:
    """Count, mean, median and quartiles of measured values, to six digits; those not finite are left out.

    >>> summary([1, 2, 3, 4, float("inf")], "s")
    {'unit': 's', 'count': 4, 'mean': 2.5, 'median': 2.5, 'low': 1.75, 'high': 3.25}
    """
    array = np.array([value for value in values if math.isfinite(value)], np.float64)
    if not array.size:
        return {"unit": unit, "count": 0, "mean": None, "median": None, "low": None, "high": None}
    low, median, high = np.percentile(array, (25, 50, 75))
    figures = {"mean": array.mean(), "median": median, "low": low, "high": high}
    return {"unit": unit, "count": len(array)} | {name: finite(value) for name, value in figures.items()}


def finite(value: float | None) -> float | None:
    """The value to six digits; None if it is not finite, as JSON has no such number."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def read(path: Path) -> dict[str, Any]:
    """The content of a file of results; ValueError if it is none."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read as results ({error}): remove it and measure again") from None
    if not isinstance(content, dict) or not {"suite", "settings", "rows"} <= content.keys():
        raise ValueError(f"{path}: not a file of results: remove it and measure again")
    return content


def now() -> str:
    """The time, UTC, to seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")
