"""The quality of one fused picture."""

from collections.abc import Iterable
from os import PathLike

import numpy as np

from aefusion.image.gray import grays
from aefusion.image.read import read
from aefusion.quality import METRICS
from aefusion.quality.metric import Metric, check_convention

TABLE_III = ("EN", "AG", "SSIM", "VIFF", "NIQE", "PSNR", "MI")
"""The seven metrics of the paper's Table III."""

Source = np.ndarray | str | PathLike[str]


def score(
    a: Source,
    b: Source,
    fused: Source,
    metrics: Iterable[str] | str = TABLE_III,
    convention: str = "paper",
) -> dict[str, float]:
    """The value of each metric for one fused picture.

    ``a``, ``b``, ``fused``: arrays or paths of one size; gray (H, W) or RGB (H, W, 3), of which the luminance
    counts; uint8, uint16, or float in [0, 1]. ``metrics``: names in METRICS, or ``"all"``. ``convention``:
    ``"paper"`` for the textbook definition; ``"vifb"``, ``"linfeng-tang"``, ``"liu"`` for the value that
    toolbox gives; a metric that the toolbox does not compute otherwise keeps its definition.

    Raises ValueError, one line that says what to do, if a picture cannot be read, holds NaN, is smaller
    than a metric's window, or if sizes differ. Values are finite, but PSNR of three equal pictures is infinite.

    >>> x = np.uint8(np.random.default_rng(0).integers(0, 256, (64, 64)))
    >>> {name: round(value, 4) for name, value in score(x, x, x, metrics=["SSIM", "SD", "PSNR"]).items()}
    {'SSIM': 1.0, 'SD': 74.5979, 'PSNR': inf}
    """
    chosen = select(metrics)
    check_convention(convention)
    pictures = prepare(a, b, fused)
    return {metric.name: metric.value(*pictures, convention=convention) for metric in chosen}


def select(metrics: Iterable[str] | str) -> list[Metric]:
    """The rows of METRICS with these names, in any case; "all" gives every one. ValueError for an unknown name."""
    if isinstance(metrics, str):
        metrics = METRICS if metrics == "all" else metrics.split(",")
    known = {name.lower(): metric for name, metric in METRICS.items()}
    chosen = []
    for name in metrics:
        if name.strip().lower() not in known:
            raise ValueError(f"no metric {name!r}: known are {', '.join(METRICS)}")
        chosen.append(known[name.strip().lower()])
    return chosen


def prepare(a: Source, b: Source, fused: Source) -> list[np.ndarray]:
    """The three pictures, arrays or paths, as `Metric.value` wants them: float32 (H, W) in [0, 1], of one size."""
    pictures, names = [], []
    for source, name in ((a, "a"), (b, "b"), (fused, "fused")):
        is_path = isinstance(source, str | PathLike)
        pictures.append(read(source).pixels if is_path else source)
        names.append(str(source) if is_path else name)
    return grays(pictures, names)
