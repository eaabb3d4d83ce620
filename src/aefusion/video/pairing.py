"""Pairs of frames that were taken at the same moment, and what is noticed on the way."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from queue import Empty
from time import monotonic

import numpy as np

from aefusion.video.ahead import Ahead, End, Newest
from aefusion.video.frame import Frame
from aefusion.video.nearest import nearest

Pair = tuple[Fraction, Frame, Frame]
STILL = 0.3
"""Seconds without a new picture, after which the second source stands still (and after three of its frames)."""
PATIENCE = 2
"""Frames of the first for which a frame of the second is waited for, where nothing may be late."""
RECENT = 8
"""Frames of the second among which the nearest is looked for, where nothing may be late."""


class Standing:
    """How long the second source brought nothing new: no frame, or the very same picture again and again.

    ``interval``: seconds from one of its frames to the next.
    """

    def __init__(self, interval: float):
        self.longest = max(STILL, 3 * interval)
        """Seconds that need not mean anything."""
        self.stale_after = max(STILL / 2, 1.5 * interval)
        """A picture that is older, or comes later, than so many seconds is not that of the moment."""
        self.count, self.seconds, self.stale = 0, 0.0, 0
        self._last: Frame | None = None
        self._since = Fraction(0)

    def brought(self, time: Fraction, frame: Frame) -> Fraction:
        """Since when what a frame shows has been seen; frames in their order."""
        if self._last is None or not same(self._last, frame):
            if self._last is not None:
                self._note(float(time - self._since))
            self._since = time
        self._last = frame
        return self._since

    def fused(self, time: Fraction, since: Fraction) -> None:
        """A frame of the first, of this time, got a picture that has been seen since a time."""
        self.stale += abs(float(time - since)) > self.stale_after

    def end(self, time: Fraction) -> None:
        """The last fused frame was of this time."""
        if self._last is not None:
            self._note(float(time - self._since))

    def _note(self, seconds: float) -> None:
        if seconds > self.longest:
            self.count += 1
            self.seconds += seconds


def same(one: Frame, other: Frame) -> bool:
    """Whether two frames show the same, pixel by pixel."""
    x, y = one.fusible.pixels, other.fusible.pixels
    return x.shape == y.shape and np.array_equal(x[::16], y[::16]) and np.array_equal(x, y)


def paired(
    first: Iterable[tuple[Fraction, Frame]],
    second: Iterable[tuple[Fraction, Frame]],
    offset: Callable[[], Fraction],
    duration: Fraction,
    standing: Standing,
) -> Iterator[Pair]:
    """Each frame of the first with that of the second that is nearest in time, see `nearest`.

    ``offset``: called for the seconds that are added to the times of the second. ``duration``: of its frames.
    """
    seen = ((time + offset(), (time + offset(), frame)) for time, frame in second)
    with_since = ((time, (standing.brought(time, frame), frame)) for _, (time, frame) in seen)
    last = None
    for last, a, (since, b) in nearest(first, with_since, duration):
        standing.fused(last, since)
        yield last, a, b
    if last is not None:
        standing.end(last)


def paired_at_once(
    first: Newest[tuple[Fraction, Frame]],
    second: Ahead[tuple[Fraction, Frame]],
    offset: Callable[[], Fraction],
    frame: Fraction,
    duration: Fraction,
    standing: Standing,
) -> Iterator[Pair]:
    """The same for live sources where nothing may be late: what the second has not brought in time is not waited for.

    ``frame``: seconds of a frame of the first. It is fused with the nearest frame of the second that arrived before, or
    within two frames of the first, and not even so long while the second brings nothing.
    """
    recent: deque[tuple[Fraction, Fraction, Frame]] = deque(maxlen=RECENT)
    lost = ended = False
    last = None

    def bring(seconds: float) -> bool:
        nonlocal ended
        try:
            time, b = second.take(seconds)
        except Empty:
            return False
        except End:
            ended = True
            return False
        time += offset()
        recent.append((time, standing.brought(time, b), b))
        return True

    for time, a in first:
        while bring(0):
            lost = False
        until = monotonic() + float(PATIENCE * frame) * (not lost)
        while not ended and (not recent or recent[-1][0] < time) and (left := until - monotonic()) > 0:
            lost = not bring(left)
        if not recent:
            if ended:
                return
            continue
        if ended and time >= recent[-1][0] + duration:
            break
        if time < recent[0][0] - duration / 2 and last is None:  # the second has not begun
            continue
        _, since, b = min(reversed(recent), key=lambda one: abs(one[0] - time))
        if last is None:
            first.dropped = 0
        last = time
        standing.fused(time, since)
        yield time, a, b
    if last is not None:
        standing.end(last)
