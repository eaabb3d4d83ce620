"""The frequency wedges of the curvelet transform by wrapping, with curvelets at the finest scale.

E. Candès, L. Demanet, D. Donoho, L. Ying, 2006, Fast discrete curvelet transforms. A curvelet band is the
picture's spectrum under a smooth window on one wedge of frequencies, wrapped into a small rectangle, where
the inverse Fourier transform gives the coefficients. Here the wedges of a picture size are worked out once:
for each, the places of the spectrum that go into its rectangle, and the window there. Since the picture is
real, the wedges of the upper and the right quadrant do: their complex coefficients are the cosine and the
sine curvelets. With the low-pass window, the squares of all windows and of their mirror images sum to one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

COARSE_ANGLES = 16


@dataclass(frozen=True)
class Wedge:
    """One wedge's rectangle: ``places`` (h, w) index the flat spectrum, ``window`` (h, w) is float32.

    The place one past the spectrum's end means: nothing.
    """

    places: np.ndarray
    window: np.ndarray


@lru_cache(maxsize=2)  # some 30 bytes a pixel
def curvelet_frame(height: int, width: int, scales: int) -> tuple[np.ndarray, list[Wedge]]:
    """The window (H, W) of the low-pass band, and the wedges from fine to coarse.

    ``height`` and ``width`` at least 6 * 2**(scales - 1). A band edge stands for the frequencies up to
    which its low-pass window is one, in rows and in columns; the window falls to zero at twice that.
    """
    shape = (height, width)
    edge = (height / 3, width / 3)
    low_pass = [_low_pass(side / 3, is_finest=side % 3 == 0) for side in shape]
    wedges = []
    for scale in range(scales, 1, -1):
        inner = (edge[0] / 2, edge[1] / 2)
        inner_low_pass = [_low_pass(half) for half in inner]
        ring = _ring(low_pass, inner_low_pass)
        angles = COARSE_ANGLES * 2 ** ((scale - 1) // 2) // 4
        wedges += [
            *_quadrant(inner, angles, True, ring, shape),
            *_quadrant(inner, angles, False, ring, shape),
        ]
        edge, low_pass = inner, inner_low_pass
    rows, columns = (window(np.fft.fftfreq(n, 1 / n)) for window, n in zip(low_pass, shape, strict=True))
    return np.outer(rows, columns).astype(np.float32), wedges


def _rise(x: np.ndarray) -> np.ndarray:
    """From 0 at x = 0 to 1 at x = 1, infinitely smooth, with _rise(x)**2 + _rise(1 - x)**2 = 1."""

    def fall(x: np.ndarray) -> np.ndarray:
        x = np.clip(x, 1e-9, 1 - 1e-9)
        return np.exp(1 + 1 / np.expm1(1 - 1 / x))

    rising, falling = fall(1 - x), fall(x)
    return np.where(x <= 0, 0, np.where(x >= 1, 1, rising / np.hypot(rising, falling)))


def _low_pass(edge: float, is_finest: bool = False) -> Callable[[np.ndarray], np.ndarray]:
    first, last = int(edge) + 1, int(2 * edge) - is_finest
    return lambda frequency: _rise((last - np.abs(frequency)) / (last - first))


def _ring(outer: list[Callable], inner: list[Callable]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The window of one scale: inside the outer low-pass, outside the inner one."""

    def window(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        inside = inner[0](rows) * inner[1](columns)
        return outer[0](rows) * outer[1](columns) * np.sqrt(1 - inside**2)

    return window


def _quadrant(
    edge: tuple[float, float], angles: int, is_upper: bool, ring: Callable, shape: tuple[int, int]
) -> Iterator[Wedge]:
    """The wedges of the upper or of the right quadrant, clockwise.

    A wedge is seen with its quadrant upwards: ``up`` and ``across`` are its frequencies, up to ``top`` and
    ``side``. Its borders are rays, named by where they meet the quadrant's outer edge.
    """
    along, other = edge if is_upper else edge[::-1]
    top, side = int(4 * along), int(4 * other)
    half = np.floor(np.arange(1, angles, 2) / angles * side + 0.5).astype(int)
    rays = np.concatenate([half, 2 * side - half[::-1]]) - side
    rays = np.concatenate([[-2 * side - rays[0]], rays, [2 * side + rays[0]]])
    corner = int(top / angles + 0.5)
    for left, middle, right in zip(rays[:-2], rays[1:-1], rays[2:], strict=True):
        is_left, is_right = middle == rays[1], middle == rays[-2]
        height = top - int(along) + (corner // 4 + 1 if is_left or is_right else 0)
        down = np.arange(height)[:, None]
        up = top - down
        across = np.floor(left - middle * down / top + 0.5).astype(int) + np.arange(right - left + 1)
        ray = across * (top / up)
        window = (across >= -side) & (across <= side)
        window = window * (
            _over_the_corner(across / side, up / top, rays[1] / side, corner / top)
            if is_left
            else _rise((ray - left) / (middle - left))
        )
        window = window * (
            _over_the_corner(-across / side, up / top, rays[1] / side, corner / top)
            if is_right
            else _rise((right - ray) / (right - middle))
        )
        rows, columns = (-up, across) if is_upper else (across, up)
        size = across.shape if is_upper else across.shape[::-1]
        yield _wrap(rows, columns, size, window * ring(rows, columns), shape)


def _over_the_corner(across: np.ndarray, up: np.ndarray, ray: float, corner: float) -> np.ndarray:
    """The rise over the diagonal, from the last ray of the quadrant before to the first of this one."""
    turn = np.divide(across + up, up - across, where=up > across, out=np.full(across.shape, np.inf))
    start, end = -corner / (2 - corner), (1 + ray) / (1 - ray)
    return _rise((turn - start) / (end - start))


def _wrap(
    rows: np.ndarray, columns: np.ndarray, size: tuple[int, int], window: np.ndarray, shape: tuple[int, int]
) -> Wedge:
    """Puts frequencies into a rectangle of the wedge's own size, periodically: no two meet."""
    nothing = shape[0] * shape[1]
    places = np.where(window > 0, rows % shape[0] * shape[1] + columns % shape[1], nothing)
    wrapped = np.empty(size, np.int32 if nothing < 2**31 else np.int64), np.empty(size, np.float32)
    wrapped[0][rows % size[0], columns % size[1]] = places
    wrapped[1][rows % size[0], columns % size[1]] = window
    return Wedge(*wrapped)
