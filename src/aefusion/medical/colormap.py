"""The colour maps of nuclear medicine."""

from functools import cache

import numpy as np

COLORMAPS = {
    "hot-iron": "1.2.840.10008.1.5.1",
    "pet": "1.2.840.10008.1.5.2",
    "hot-metal-blue": "1.2.840.10008.1.5.3",
    "pet-20-step": "1.2.840.10008.1.5.4",
}
"""DICOM's well-known palettes (PS3.6, annex B) by name: the UID."""


def coloured(gray: np.ndarray, name: str) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a gray (H, W) in [0, 1]."""
    return _palette(name)[np.rint(gray * 255).astype(np.uint8)]


@cache
def _palette(name: str) -> np.ndarray:
    """(256, 3) uint8."""
    from pydicom.pixels.processing import apply_color_lut

    if name not in COLORMAPS:
        raise ValueError(f"colour map {name!r}: expected {', '.join(COLORMAPS)}")
    return apply_color_lut(np.arange(256, dtype=np.uint8), palette=COLORMAPS[name])
