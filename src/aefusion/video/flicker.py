"""Brightness from frame to frame: how much it changes, and how to let it change slowly."""

from fractions import Fraction
from math import exp

import numpy as np

from aefusion.image.depth import to_depth

STILL = 3 / 255
"""How far a pixel may leave a source's common change of brightness and still count as showing nothing that moves."""
CUT = 0.6
"""Two frames whose thumbnails correlate less show different scenes."""
THUMBNAIL = 32


class Flicker:
    """How much brightness changes from frame to frame, in the sources and in the result, in levels of 255.

    Two measures for each of a, b and fused, as mean and maximum over all steps from a frame to the next. ``mean``: how
    far the mean of the frame changes. ``still``: how far pixels change, on average, where nothing moves: where each
    source is a line of what it was (gain times value plus offset, by least squares) within 3 levels. What moves is in
    neither source's line, and a gain that jumps is in both measures.
    """

    def __init__(self):
        self._last: dict[str, np.ndarray] = {}
        self._steps: list[dict[str, float]] = []

    def add(self, a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> None:
        """The next frame, (H, W) each, of any depth."""
        now = {name: to_depth(x, np.float32) for name, x in (("a", a), ("b", b), ("fused", fused))}
        if self._last:
            still = np.logical_and(*(_residual(self._last[name], now[name]) <= STILL for name in ("a", "b")))
            step: dict[str, float] = {"area": float(still.mean())}
            for name in now:
                change = now[name] - self._last[name]
                step[f"mean {name}"] = 255 * abs(float(change.mean()))
                step[f"still {name}"] = 255 * float(np.abs(change[still]).mean()) if still.any() else 0.0
            self._steps.append(step)
        self._last = now

    def figures(self) -> dict[str, float]:
        """The measures, such as "still fused, maximum"; "area": the mean share of pixels where nothing moves."""
        if not self._steps:
            return {}
        columns = {key: [step[key] for step in self._steps] for key in self._steps[0]}
        found = {"area": float(np.mean(columns.pop("area")))}
        for key, values in columns.items():
            found |= {f"{key}, mean": float(np.mean(values)), f"{key}, maximum": float(max(values))}
        return found


class Steady:
    """Lets the brightness of a video change slowly: a gain brings the mean of each frame to its moving average.

    ``seconds``: the time constant of the average, which is exponential and looks back only. The gain is between 1/2 and
    2. A cut to another scene starts anew: there thumbnails do not correlate; they do where only a gain jumps.
    """

    def __init__(self, seconds: float):
        if seconds <= 0:
            raise ValueError(f"steady {seconds:g}: expected seconds, more than 0")
        self.seconds = seconds
        self._average = self._time = 0.0
        self._thumbnail: np.ndarray | None = None

    def __call__(self, time: Fraction, gray: np.ndarray) -> np.ndarray:
        """The frame, (H, W) of any depth, at a time in seconds, with its gain."""
        import cv2

        small = cv2.resize(gray, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA).astype(np.float32)
        mean = float(small.mean())
        if self._thumbnail is None or _correlation(self._thumbnail, small) < CUT:
            self._average = mean
        else:
            self._average += (mean - self._average) * (1 - exp((self._time - float(time)) / self.seconds))
        self._thumbnail, self._time = small, float(time)
        gain = min(2.0, max(0.5, self._average / mean)) if mean else 1.0
        if abs(gain - 1) < 1e-3:
            return gray
        if gray.dtype == np.float32:
            return np.minimum(gray * np.float32(gain), 1)
        return cv2.convertScaleAbs(gray, alpha=gain) if gray.dtype == np.uint8 else _gained(gray, gain)


def _gained(gray: np.ndarray, gain: float) -> np.ndarray:
    return np.rint(np.minimum(gray * np.float32(gain), 65535)).astype(np.uint16)


def _residual(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """How far each pixel is from the line that leads from the one frame to the other."""
    mean_before, mean_now = float(before.mean()), float(now.mean())
    spread = before - mean_before
    variance = float((spread * spread).mean())
    gain = float((spread * (now - mean_now)).mean()) / variance if variance else 0.0
    return np.abs(now - mean_now - np.float32(gain) * spread)


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / size if size else 1.0
