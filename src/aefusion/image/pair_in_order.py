"""Pairs in the order of names or of times, where neither says what belongs together."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.natural_order import natural
from aefusion.image.pair import Pair, Pairs
from aefusion.image.sides import Match
from aefusion.image.taken import taken


def pair_in_order(folder: Path, a: Sequence[Match], b: Sequence[Match], by_time: bool = False) -> Pairs:
    """The first picture of one side with the first of the other, the second with the second; named as the first side.

    In the natural order of their names (2 before 10), or, ``by_time``, of the times at which they were taken.
    FileError, which names ``folder``, where the sides differ in number: all pairs behind the gap would be wrong.
    """
    ones, others = _ordered(folder, a, by_time), _ordered(folder, b, by_time)
    if len(ones) != len(others):
        wrong = f"{len(ones)} pictures on the first side and {len(others)} on the second: in order they would shift"
        raise FileError(folder, wrong, 'move those without partner away, or pair by time: `pattern="time"`')
    return Pairs([Pair(one.name, one.path, other.path) for one, other in zip(ones, others, strict=True)], [], [])


def pair_in_turn(folder: Path, a: Sequence[Match], b: Sequence[Match], by_time: bool = False) -> Pairs:
    """The pairs of one folder in which the two sides take turns, as DJI_0001_R.JPG, DJI_0002.JPG; named as the first.

    The side that begins is the one whose pictures are followed by one of the other side most often, by the next number
    where names are numbered. What has no such neighbour has no partner.
    """
    side = {one.path: number for number, ones in enumerate((a, b)) for one in ones}
    row = _ordered(folder, [*a, *b], by_time)
    steps = [(one, other) for one, other in pairwise(row) if side[one.path] != side[other.path]]
    steps = [(one, other) for one, other in steps if one.path.parent == other.path.parent]
    begins = Counter((side[one.path], _step(one, other)) for one, other in steps).most_common(1)
    pairs: list[Pair] = []
    used: set[Path] = set()
    for one, other in steps:
        if begins and (side[one.path], _step(one, other)) == begins[0][0] and one.path not in used:
            first, second = (one, other) if side[one.path] == 0 else (other, one)
            pairs.append(Pair(first.name, first.path, second.path))
            used |= {one.path, other.path}
    return Pairs(pairs, *([one.path for one in ones if one.path not in used] for ones in (a, b)))


def _ordered(folder: Path, ones: Sequence[Match], by_time: bool) -> list[Match]:
    if not by_time:
        return sorted(ones, key=lambda one: natural(one.path))
    clocks: dict[Path, float] = {}
    for one in ones:
        if (when := taken(one.path)) is None:
            wrong = f"{one.path.name} does not say when it was taken, neither in EXIF nor in its name"
            raise FileError(folder, wrong, 'pair in the order of the names: `pattern="order"`')
        clocks[one.path] = when.clock
    return sorted(ones, key=lambda one: (clocks[one.path], natural(one.path)))


def _step(one: Match, other: Match) -> int | None:
    """By how much the number of the second name is larger; None where they are not numbered, or by a clock."""
    numbers = [re.findall(r"\d+", match.path.stem) for match in (one, other)]
    if not all(numbers) or max(len(found[-1]) for found in numbers) > 5:
        return None
    return int(numbers[1][-1]) - int(numbers[0][-1])
