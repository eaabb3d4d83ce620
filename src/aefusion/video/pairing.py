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
Seen = tuple[Fraction, Frame]
"""The time since when a picture has been seen, and the picture."""
STILL = 0.3
"""Seconds without a new picture, after which the second source stands still (and after three of its frames)."""
PATIENCE = 2
"""Frames of the first for which a frame of the second is waited for, where nothing may be late."""
RECENT = 8
"""Frames of the second among which the nearest is looked for, where nothing may be late."""


ON_TIME, START = 3, 3.0
"""Frames, and seconds after which it begins in any case."""


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
        self._since: Fraction | None = None

    def watch(self, frames: Iterable[tuple[Fraction, Frame]]) -> Iterator[tuple[Fraction, Seen]]:
        """The frames as they come, each with the time since when its picture has been seen."""
        last, since = None, Fraction(0)
        for time, frame in frames:
            if last is None or not same(last, frame):
                if last is not None:
                    self._note(float(time - since))
                since = time
            self._since, last = since, frame
            yield time, (since, frame)

    def fused(self, time: Fraction, since: Fraction) -> None:
        """A frame of the first, of this time, got a picture that has been seen since a time."""
        self.stale += abs(float(time - since)) > self.stale_after

    def end(self, time: Fraction) -> None:
        """The last fused frame was of this time, as the second source counts it."""
        if self._since is not None:
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
    second: Iterable[tuple[Fraction, Seen]],
    offset: Callable[[], Fraction],
    duration: Fraction,
    standing: Standing,
) -> Iterator[Pair]:
    """Each frame of the first with that of the second that is nearest in time, see `nearest`.

    ``second``: as `Standing.watch` gives them. ``offset``: called for the seconds that are added to the times of the
    second. ``duration``: of its frames.
    """
    shifted = ((time + offset(), (since + offset(), frame)) for time, (since, frame) in second)
    last = None
    for last, a, (since, b) in nearest(first, shifted, duration):
        standing.fused(last, since)
        yield last, a, b
    if last is not None:
        standing.end(last - offset())


def paired_at_once(
    first: Newest[tuple[Fraction, Frame]],
    second: Ahead[tuple[Fraction, Seen]],
    offset: Callable[[], Fraction],
    frame: Fraction,
    duration: Fraction,
    standing: Standing,
    late: Callable[[Fraction], float] = lambda time: 0,
) -> Iterator[Pair]:
    """The same for live sources where nothing may be late: what the second has not brought in time is not waited for.

    ``frame``: seconds of a frame of the first. It is fused with the nearest frame of the second that arrived before, or
    within two frames of the first, and not even so long while the second brings nothing. ``late``: for how many seconds
    a frame of the first has been there; it begins with the first frame that is there for no longer than ON_TIME frames,
    as what came while the sources were opened is late already.
    """
    recent: deque[tuple[Fraction, Fraction, Frame]] = deque(maxlen=RECENT)
    lost = ended = False
    last, begin = None, monotonic() + START

    def bring(seconds: float) -> bool:
        nonlocal ended
        try:
            time, (since, b) = second.take(seconds)
        except Empty:
            return False
        except End:
            ended = True
            return False
        recent.append((time + offset(), since + offset(), b))
        return True

    for time, a in first:
        while bring(0):
            lost = False
        if last is None and late(time) > float(ON_TIME * frame) and monotonic() < begin:
            continue
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
        standing.end(last - offset())
