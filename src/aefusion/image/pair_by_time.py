"""Pairs by the time at which they were taken."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.pair import Pair, Pairs
from aefusion.image.sides import Match
from aefusion.image.taken import Taken, taken


def pair_by_time(folder: Path, a: Sequence[Match], b: Sequence[Match], within: float, ahead: float = 0.0) -> Pairs:
    """The pictures that were taken within so many seconds, each with its nearest; the names are those of the first.

    ``ahead``: by how many seconds the clock of the second camera is ahead of that of the first. Clocks are compared in
    UTC where all files state a time zone, else as they are. Pictures without a time have no partner. FileError, which
    names ``folder``, where no picture of a side has a time, or none a partner.
    """
    times_a, times_b = ([(one, when) for one in side if (when := taken(one.path))] for side in (a, b))
    for side, times in ((a, times_a), (b, times_b)):
        if not times:
            wrong = f"no picture says when it was taken, as {side[0].path.name}, neither in EXIF nor in its name"
            raise FileError(folder, wrong, 'pair by name, or in order: `pattern="order"`')
    in_zones = all(when.zone is not None for _, when in (*times_a, *times_b))
    clock_a = [_seconds(when, in_zones) for _, when in times_a]
    clock_b = [_seconds(when, in_zones) - ahead for _, when in times_b]
    chosen = nearest(clock_a, clock_b, within)
    if not chosen:
        (i, j), apart = _closest(clock_a, clock_b)
        one, other = times_a[i][0].path.name, times_b[j][0].path.name
        wrong = f"no two pictures were taken within {within:g} seconds: {other} comes {apart:g} s after {one}"
        clocks = f'if one clock is ahead, say by how much: `pattern="time:{within:g}{ahead + apart:+g}"`'
        raise FileError(folder, wrong, clocks)
    pairs = [Pair(times_a[i][0].name, times_a[i][0].path, times_b[j][0].path) for i, j in chosen]
    used = {path for _, *both in pairs for path in both}
    left = ([one.path for one in side if one.path not in used] for side in (a, b))
    return Pairs(pairs, *left)


def nearest(a: Sequence[float], b: Sequence[float], within: float) -> list[tuple[int, int]]:
    """The positions of times that belong together, each at most once: the nearest two first; of equal ones, in order.

    >>> nearest([0.0, 10.0, 20.0], [11.0, 20.5, 19.0], 2.0)
    [(1, 0), (2, 1)]
    """
    order = sorted(range(len(b)), key=lambda j: b[j])
    times = [b[j] for j in order]
    rows = [
        (round(abs(time - b[j]), 3), i, j)
        for i, time in enumerate(a)
        for j in order[bisect_left(times, time - within - 1e-6) : bisect_right(times, time + within + 1e-6)]
    ]
    free_a, free_b, chosen = set(range(len(a))), set(range(len(b))), []
    for _, i, j in sorted(rows):
        if i in free_a and j in free_b:
            free_a.remove(i)
            free_b.remove(j)
            chosen.append((i, j))
    return sorted(chosen)


def _closest(a: Sequence[float], b: Sequence[float]) -> tuple[tuple[int, int], float]:
    """The positions of the two nearest times, and how much later the second is."""
    order = sorted([(time, 0, i) for i, time in enumerate(a)] + [(time, 1, j) for j, time in enumerate(b)])
    best: tuple[tuple[int, int], float] = ((0, 0), b[0] - a[0])
    for (one, side, i), (other, other_side, j) in pairwise(order):
        if side != other_side and other - one < abs(best[1]):
            best = ((i, j), other - one) if side == 0 else ((j, i), one - other)
    return best


def _seconds(when: Taken, in_zones: bool) -> float:
    return when.clock - (when.zone or 0.0) if in_zones else when.clock
