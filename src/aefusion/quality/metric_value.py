import math
from typing import Any

import numpy as np

from aefusion.quality.own_metric import metric_of


def metric_value(name: str, a: np.ndarray, b: np.ndarray, fused: np.ndarray, convention: str = "paper") -> float:
    """What a metric gives one picture among many: a value for every picture that is large enough.

    It is ``METRICS[name](a, b, fused)``, or that of one's own (see `metric_of`), but for NIQE of a picture without
    texture. That is infinite and no error: the picture is as far from natural as can be. Pictures: as METRICS takes
    them.

    >>> flat = np.zeros((96, 96))
    >>> metric_value("NIQE", flat, flat, flat), metric_value("MSE", flat, flat, flat)
    (inf, 0.0)
    """
    parameters: dict[str, Any] = {"without_texture": math.inf} if name == "NIQE" else {}
    return metric_of(name)(a, b, fused, convention, **parameters)
