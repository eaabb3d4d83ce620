"""Heat in colours: the palettes of thermal cameras, and the bar that says which colour is which temperature."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

Palette = Literal["iron", "arctic", "rainbow", "gray"]
PALETTES = get_args(Palette)
_MAPS = {"iron": "COLORMAP_INFERNO", "arctic": "COLORMAP_CIVIDIS", "rainbow": "COLORMAP_TURBO"}
"""OpenCV's maps that come nearest to what cameras call so; gray needs none."""
_FIRST = {"iron": 20}
"""The level at which a map begins, if not at 0: on black no detail of what is cold would be seen."""
STEPS = 5
"""How many values stand beside a bar."""


def check_palette(palette: str | None) -> None:
    """ValueError unless a palette is known, or None."""
    if palette is not None and palette not in PALETTES:
        raise ValueError(f"palette {palette!r}: expected {', '.join(PALETTES)}")


def coloured(shares: np.ndarray, palette: Palette) -> np.ndarray:
    """uint8 RGB (H, W, 3) of shares of the range, float (H, W): 0 is the coldest, 1 the hottest, beyond is clipped.

    >>> coloured(np.array([[0.0, 1.0]]), "gray").tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    import cv2

    check_palette(palette)
    first = _FIRST.get(palette, 0)
    levels = np.rint(first + np.clip(shares, 0, 1) * (255 - first)).astype(np.uint8)
    if palette == "gray":
        return cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB)
    return np.ascontiguousarray(cv2.applyColorMap(levels, getattr(cv2, _MAPS[palette]))[..., ::-1])


def with_bar(pixels: np.ndarray, low: float, high: float, unit: str, palette: Palette) -> np.ndarray:
    """A picture, uint8 RGB, with a bar at its right side: the colours from ``low`` to ``high``, and values beside them.

    ``unit``: in words; of "degrees Celsius" a C is written. The picture becomes wider by about an eighth of its height,
    and by 40 pixels at least.
    """
    short = " C" if unit.startswith("degrees C") else ""
    return bar_beside(pixels, low, high, short, lambda shares: coloured(shares, palette))


def bar_beside(
    pixels: np.ndarray, low: float, high: float, suffix: str, colours: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """The same with any colours: a function from float (H, W) in [0, 1] to uint8 RGB; ``suffix`` follows each value."""
    import cv2

    height = pixels.shape[0]
    size = max(0.35, height / 1000)
    thick = max(1, round(1.5 * size))
    digits = max(0, min(3, 2 - int(np.floor(np.log10(max(high - low, 1e-9) / 2)))))
    texts = [f"{value:.{digits}f}{suffix}" for value in np.linspace(high, low, STEPS)]
    wide, tall = np.max([cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)[0] for text in texts], axis=0)
    gap, broad = max(4, round(10 * size)), max(8, round(24 * size))
    side = np.full((height, int(3 * gap + broad + wide), 3), 24, np.uint8)
    top, bottom = min(gap + tall // 2, height // 3), max(height - gap - tall // 2, 2 * height // 3)
    shares = np.repeat(np.linspace(1, 0, bottom - top)[:, None], broad, axis=1)
    side[top:bottom, gap : gap + broad] = colours(shares)
    for text, at in zip(texts, np.linspace(top, bottom - 1, STEPS), strict=True):
        place = (2 * gap + broad, int(at + tall / 2))
        if STEPS * 1.5 * tall < height or text in (texts[0], texts[-1]):
            cv2.putText(side, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (235, 235, 235), thick, cv2.LINE_AA)
    return np.hstack([pixels, side])
