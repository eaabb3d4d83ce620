"""The evaluations E by name: what is measured of each candidate, and what score follows from it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aefusion.evolution.versions import metric_version, version
from aefusion.files import is_place
from aefusion.quality import METRICS
from aefusion.quality.e2_combined import LARGEST_PSNR, MEASURED, combined, relative
from aefusion.quality.metric_value import metric_value
from aefusion.quality.own_metric import metric_of

Gray = np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """What chooses the optimal solution among the candidates of a pair."""

    name: str
    metrics: tuple[str, ...]
    """Names in METRICS or `OWN`, or ``file.py:function``: measured for each candidate by itself, and kept."""
    combine: Callable[[np.ndarray], np.ndarray]
    """From (candidates, metrics), raw, all candidates of one pair, to (candidates,): the highest score wins."""
    about: str


def evaluation(name: str) -> Evaluation:
    """The evaluation of that name: in EVALUATIONS, any metric's, or ``path/to/file.py:function``.

    A function of one's own is called as ``f(a, b, fused)``, float32 (H, W) in [0, 1], and returns a number, higher for
    better unless it says otherwise, see `own_metric`. A metric that is lower for better counts with its sign turned.

    >>> evaluation("NIQE").combine(np.array([[3.0], [4.0]])).argmax()
    np.int64(0)
    """
    if name in EVALUATIONS:
        return EVALUATIONS[name]
    if name in METRICS:
        metric = METRICS[name]
        sign = 1 if metric.higher_is_better else -1
        return Evaluation(name, (name,), lambda rows: sign * rows[:, 0], metric.title)
    if is_place(name):
        own = metric_of(name)
        sign = 1 if own.higher_is_better else -1
        return Evaluation(name, (name,), lambda rows: sign * rows[:, 0], own.title)
    known = ", ".join(dict.fromkeys([*EVALUATIONS, *METRICS]))
    raise ValueError(f"no evaluation {name}: known are {known}; or give file.py:function")


def measure(name: str, a: Gray, b: Gray, fused: Gray) -> float:
    """The value of one metric; pictures float32 (H, W) in [0, 1]."""
    if name in OWN:
        return OWN[name](a, b, fused)
    return metric_value(name, a, b, fused)


def measure_version(name: str) -> str:
    """The version of a metric's code."""
    if name in METRICS:
        return metric_version(name)
    from pathlib import Path

    return version(Path(__file__ if name in OWN else name.rpartition(":")[0]).resolve())


def gradient_ratio(a: Gray, b: Gray, fused: Gray) -> float:
    """Mean gradient of `fused` over that of a picture which had, at each pixel, the longer one of the sources.

    1 where all edges are kept at their strength; above, the picture is sharper than both sources, or noisier.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> gradient_ratio(x, x, x), round(gradient_ratio(x, x, x / 2), 3)
    (1.0, 0.5)
    """
    of_a, of_b, of_fused = (np.hypot(*np.gradient(np.float64(x))) for x in (a, b, fused))
    strongest = np.maximum(of_a, of_b).mean()
    return float(of_fused.mean() / strongest) if strongest else 1.0


def e2_bounded(rows: np.ndarray) -> np.ndarray:
    """E_2 with bounded rewards: G is the gradient ratio r, or 1 / r above 1; VIFF counts up to 1; artefacts cost."""
    entropy, ratio, ssim, viff, niqe, psnr, information, artefacts = rows.T
    gradient = np.minimum(ratio, 1 / np.maximum(ratio, 1e-9))
    shared = [entropy / 8, ssim, np.minimum(viff, 1), relative(1 / niqe), np.minimum(psnr / LARGEST_PSNR, 1)]
    return (sum(shared) + information / 2 + gradient) / 7 - artefacts


OWN: dict[str, Callable[[Gray, Gray, Gray], float]] = {"gradient-ratio": gradient_ratio}

_TABLE = [
    Evaluation("E2", MEASURED, combined, "The paper's Combined: the mean of seven terms, as docs/metrics.md has it."),
    Evaluation(
        "E2-bounded",
        ("EN", "gradient-ratio", "SSIM", "VIFF", "NIQE", "PSNR", "NMI", "Nabf"),
        e2_bounded,
        "E_2 that rewards no gradient beyond the sources', no VIFF above 1, and takes artefacts off.",
    ),
]
EVALUATIONS: dict[str, Evaluation] = {row.name: row for row in _TABLE}
