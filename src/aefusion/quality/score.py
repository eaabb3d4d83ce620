"""The quality of one fused picture."""

from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from aefusion.quality.metric import CONVENTIONS

if TYPE_CHECKING:
    from aefusion.quality.metric import Metric

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
    return {metric.name: metric(*pictures, convention=convention) for metric in chosen}


def select(metrics: Iterable[str] | str) -> "list[Metric]":
    """The rows of METRICS with these names, whatever their case; "all" gives every one."""
    from aefusion.quality import METRICS

    if isinstance(metrics, str):
        metrics = METRICS if metrics == "all" else metrics.split(",")
    known = {name.lower(): metric for name, metric in METRICS.items()}
    chosen = []
    for name in metrics:
        if name.strip().lower() not in known:
            raise ValueError(f"no metric {name!r}: known are {', '.join(METRICS)}")
        chosen.append(known[name.strip().lower()])
    return chosen


def check_convention(convention: str) -> None:
    if convention not in CONVENTIONS:
        raise ValueError(f"no convention {convention!r}: known are {', '.join(CONVENTIONS)}")


def prepare(a: Source, b: Source, fused: Source) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three pictures as the metrics want them: gray, float32 (H, W) in [0, 1], checked, of one size."""
    pictures = gray(a, "a"), gray(b, "b"), gray(fused, "fused")
    if len({picture.shape for picture in pictures}) > 1:
        sizes = ", ".join(
            f"{name} is {picture.shape[1]}x{picture.shape[0]}"
            for name, picture in zip(("a", "b", "fused"), pictures, strict=True)
        )
        raise ValueError(f"{sizes}: all three must have one size")
    return pictures


def gray(picture: Source, name: str = "the picture") -> np.ndarray:
    """One picture, array or path, as gray float32 (H, W) in [0, 1]. ``name`` stands in the errors."""
    from aefusion.image import read
    from aefusion.image.colour import luminance

    if isinstance(picture, str | PathLike):
        name, picture = str(picture), read(picture).pixels
    pixels = np.asarray(picture)
    if pixels.ndim not in (2, 3) or 0 in pixels.shape or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise ValueError(f"{name} has shape {pixels.shape}: expected (H, W) or (H, W, 3), not empty")
    if pixels.dtype.kind == "f":
        return luminance(_checked(pixels, name))
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"{name} has dtype {pixels.dtype}: expected uint8, uint16, or float in [0, 1]")
    return luminance(pixels)


def _checked(pixels: np.ndarray, name: str) -> np.ndarray:
    least, largest = float(pixels.min()), float(pixels.max())
    if not np.isfinite([least, largest]).all():
        count = int(np.count_nonzero(~np.isfinite(pixels)))
        raise ValueError(f"{name} has {count} values that are NaN or infinite: replace them first")
    if least < -1e-6 or largest > 1 + 1e-6:
        raise ValueError(f"{name} has values from {least:g} to {largest:g}: scale to [0, 1], or give uint8")
    return np.clip(pixels, 0, 1, dtype=np.float32, casting="unsafe")
