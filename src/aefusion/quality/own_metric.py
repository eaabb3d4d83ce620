"""Metrics of one's own: a function in a file, or one that is given."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from aefusion.files import function_at, is_place
from aefusion.quality import METRICS
from aefusion.quality.metric import Metric


def metric_of(name: str | Metric | Callable[..., float]) -> Metric:
    """The metric of that name in METRICS, in any case; that of ``path/to/file.py:function``; or that of a function.

    A function of one's own takes (a, b, fused), or (fused) alone: float32 (H, W) in [0, 1]. It returns a number, higher
    for better unless it has an attribute ``higher_is_better`` that is false. ValueError if there is no such metric.

    >>> metric_of("qabf").name, metric_of(lambda fused: fused.max()).needs_sources
    ('Qabf', False)
    """
    if isinstance(name, Metric):
        return name
    if callable(name):
        return own_metric(getattr(name, "__name__", "metric"), name)
    if not isinstance(name, str):
        raise ValueError(f"a {type(name).__name__} for a metric: give a name, or a function f(a, b, fused)")
    name = name.strip()
    if is_place(name):
        return own_metric(name, function_at(name))
    known = {metric.lower(): metric for metric in METRICS}
    if name.lower() not in known:
        raise ValueError(f"no metric {name!r}: known are {', '.join(METRICS)}; or give file.py:function")
    return METRICS[known[name.lower()]]


def own_metric(name: str, function: Callable[..., float]) -> Metric:
    """The function as a row of METRICS, its results checked; ``name`` is what tables and errors call it."""
    if not callable(function):
        raise ValueError(f"{name} is {type(function).__name__}, not a function f(a, b, fused)")
    try:
        parameters = inspect.signature(function).parameters.values()
        needed = sum(one.default is one.empty and one.kind in (0, 1) for one in parameters)
    except (TypeError, ValueError):  # a builtin without a signature
        needed = 3
    if needed not in (1, 3):
        raise ValueError(f"{name} takes {needed} pictures: let it take (a, b, fused), or (fused) alone")
    title = (inspect.getdoc(function) or name).splitlines()[0]
    better = bool(getattr(function, "higher_is_better", True))
    return OwnMetric(name, name, title, needed == 3, "own", better, "own", own=function)


@dataclass(frozen=True)
class OwnMetric(Metric):
    """A metric that is no part of the package; what it returns is checked."""

    own: Callable[..., float] = lambda *pictures: math.nan

    @property
    def function(self) -> Callable[..., float]:
        def checked(*pictures: np.ndarray, **parameters: Any) -> float:
            try:
                value = float(self.own(*(picture.copy() for picture in pictures), **parameters))
            except Exception as error:
                raise ValueError(f"{self.name} raised {type(error).__name__}: {error}") from error
            if math.isnan(value):
                raise ValueError(f"{self.name} gave NaN")
            return value

        return checked
