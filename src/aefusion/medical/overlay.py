"""The last source laid over the fusion of the others, by its opacity; and the bar of its colours."""

import numpy as np

from aefusion.image.depth import to_depth
from aefusion.image.palette import bar_beside
from aefusion.medical.shown import Shown
from aefusion.medical.window import Window


def check_opacity(opacity: float | None) -> None:
    """ValueError if an opacity is not from 0 to 1."""
    if opacity is not None and not 0 <= opacity <= 1:
        raise ValueError(f"opacity {opacity}: expected 0 (not to be seen) to 1 (nothing else to be seen)")


def laid_over(below: np.ndarray, above: np.ndarray, where: np.ndarray, opacity: float) -> np.ndarray:
    """(1 - opacity) of what is below and opacity of what is above, where there is something above; else what is below.

    `below` and `above`: gray (H, W) or RGB (H, W, 3), uint8, uint16, or float32 in [0, 1]; `where`: (H, W) bool.
    float32 in [0, 1], (H, W, 3) if one of them is RGB.
    """
    one, other = (to_depth(x, np.float32) for x in (below, above))
    if one.ndim != other.ndim:
        one, other = (x if x.ndim == 3 else np.dstack([x] * 3) for x in (one, other))
    share = (np.float32(opacity) * where).astype(np.float32)
    share = share[..., None] if one.ndim == 3 else share
    return one + share * (other - one)


def check_bar(shown: Shown) -> None:
    """ValueError unless a source has a scale of colours from one value to another."""
    if not shown.colormap:
        raise ValueError(f"{shown.volume.name}: has no scale of colours: give `colormap` for a bar")
    if not isinstance(shown.window, Window) or shown.window.function == "SIGMOID":
        raise ValueError(f"{shown.volume.name}: its window is no straight line: give one of your own for a bar")


def with_colour_bar(pixels: np.ndarray, shown: Shown) -> np.ndarray:
    """A picture, uint8 RGB, with the colours of a source at its right side, and the values that they stand for."""
    check_bar(shown)
    assert isinstance(shown.window, Window)  # which check_bar made sure of
    low, high = shown.window.ends
    unit = f" {shown.volume.unit}" if shown.volume.unit else ""
    return bar_beside(pixels, low, high, unit, shown.colours)
