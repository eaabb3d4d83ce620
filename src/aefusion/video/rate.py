"""The frame rate of a source that states none, or one that cannot be meant: from the times of its first frames."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

LARGEST_RATE = 1000
"""A stated rate above this is believed only where the clock of the source is finer."""
LEAST = 12
"""So many intervals between frames say the rate."""
BURST, LONG_ENOUGH = Fraction(1, 2), Fraction(3, 2)
"""Seconds of arrivals that do not count, and that are looked at."""
USUAL = [Fraction(rate) for rate in (*range(1, 61), 72, 75, 90, 100, 120, 144, 200, 240)] + [
    Fraction(rate, 1001) for rate in (24000, 30000, 60000)
]


def plausible(rate: Fraction | None, time_base: Fraction | None) -> bool:
    """Whether a stated rate can be one: RTSP says 90000 a second where it knows none, the tick of its clock.

    >>> plausible(Fraction(25), Fraction(1, 90000)), plausible(Fraction(90000), Fraction(1, 90000))
    (True, False)
    """
    return bool(rate) and (rate <= LARGEST_RATE or (time_base is not None and rate * time_base <= Fraction(1, 2)))


def rate_of(stamps: Sequence[Fraction], tolerance: float = 0.01) -> Fraction | None:
    """The rate of frames with these times in seconds, in any order; a usual rate where one is within the tolerance.

    None of fewer than three different times.

    >>> rate_of([Fraction(i * 3000 + i % 2, 90000) for i in range(9)])
    Fraction(30, 1)
    """
    times = sorted(set(stamps))
    if len(times) < 3:
        return None
    steps = [float(later - earlier) for earlier, later in pairwise(times)]
    usual = median(steps)
    return _usual(sum(max(1, round(step / usual)) for step in steps) / sum(steps), tolerance)


def rate_of_arrival(arrivals: Sequence[tuple[Fraction, bool]], tolerance: float = 0.05) -> Fraction | None:
    """The same of times at which frames arrived, each with whether it had to be waited for.

    A sender may begin with a burst, so the first BURST seconds do not count; nor does what had arrived before the first
    frame that had to be waited for. None of too few.
    """
    late = [one for one in arrivals if one[0] - arrivals[0][0] >= BURST]
    awaited = [i for i, (_, waited) in enumerate(late) if waited]
    if len(awaited) < 3:
        return None
    first, last = awaited[0], awaited[-1]
    return _usual((last - first) / float(late[last][0] - late[first][0]), tolerance)


def _usual(rate: float, tolerance: float) -> Fraction:
    best = min(USUAL, key=lambda one: abs(float(one) - rate))
    return best if abs(float(best) / rate - 1) <= tolerance else Fraction(rate).limit_denominator(1000)
