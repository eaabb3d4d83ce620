"""The quality of one fused picture, or the means of a folder of them."""

import warnings
from os import PathLike
from pathlib import Path

from aefusion.image.thermal import Range
from aefusion.quality.metric import check_convention
from aefusion.quality.score_pair import TABLE_III, Names, Source, select, three

__all__ = ["TABLE_III", "Source", "score", "select"]


def score(
    a: Source,
    b: Source,
    fused: Source,
    metrics: Names = TABLE_III,
    convention: str = "paper",
    *,
    range: Range = "auto",
    pattern: str | None = None,
) -> dict[str, float]:
    """The value of each metric for one fused picture; for folders the mean over their pairs.

    ``a``, ``b``, ``fused``: arrays or paths of one size; gray (H, W) or RGB (H, W, 3), of which the luminance
    counts; uint8, uint16, or float in [0, 1]. Or three folders, see `score_folders`, which gives each pair.
    ``metrics``: names in METRICS, or ``"all"``; ``file.py:function``, or a function of (a, b, fused) or (fused).
    ``convention``: ``"paper"`` for the textbook definition; one of the others in CONVENTIONS for the value that toolbox
    gives; a metric that the toolbox does not compute otherwise keeps its definition. ``range``: in which thermal
    sources were shown when they were fused, see `aefusion.fuse`. ``pattern``: which files of folders belong together.

    A metric that is not defined for the pictures is NaN, with a warning that says why. ValueError, one line that says
    what to do, if none is defined, if a picture cannot be read or holds NaN, or if sizes differ. Other values are
    finite, but PSNR of three equal pictures is infinite.

    >>> import numpy as np
    >>> x = np.uint8(np.random.default_rng(0).integers(0, 256, (64, 64)))
    >>> {name: round(value, 4) for name, value in score(x, x, x, metrics=["SSIM", "SD", "PSNR"]).items()}
    {'SSIM': 1.0, 'SD': 74.5979, 'PSNR': inf}
    """
    if any(isinstance(source, str | PathLike) and Path(source).is_dir() for source in (a, b, fused)):
        return _of_folders(a, b, fused, metrics, convention, range, pattern)
    chosen = select(metrics)
    check_convention(convention)
    found = three(a, b, fused, range=range).score(chosen, convention)
    for name, why in found.undefined.items():
        warnings.warn(f"{name}: {why}", stacklevel=2)
    return found.values


def _of_folders(
    a: Source, b: Source, fused: Source, metrics: Names, convention: str, range: Range, pattern: str | None
) -> dict[str, float]:
    from aefusion.quality.score_folders import score_folders

    for source in (a, b, fused):
        if not isinstance(source, str | PathLike):
            raise ValueError("an array and a folder: give three folders, or three pictures")
    scores = score_folders(a, b, fused, metrics, convention, range=range, pattern=pattern)  # pyright: ignore
    for stem, why in scores.failures.items():
        warnings.warn(f"{stem}: {why}", stacklevel=3)
    if scores.undefined:
        stem, reasons = next(iter(scores.undefined.items()))
        more = f" (and {len(scores.undefined) - 1} more pairs)" if len(scores.undefined) > 1 else ""
        warnings.warn(f"{stem}: {'; '.join(reasons.values())}{more}", stacklevel=3)
    return scores.mean
