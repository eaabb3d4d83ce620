"""Pairs by a pattern of their names."""

from collections.abc import Sequence
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.pair import Pair, Pairs
from aefusion.image.pair_by_time import nearest
from aefusion.image.sides import Match
from aefusion.image.taken import time_in

SAME_SHOT = 10.0
"""How many seconds lie at most between the times in two names, where several pictures have the same stem."""


def pair_by_pattern(folder: Path, a: Sequence[Match], b: Sequence[Match]) -> Pairs:
    """The files of equal stems, of those that fit either side.

    Several of one stem, as those of two flights, are kept apart by what ``*`` stands for: equal text, or a time that is
    SAME_SHOT seconds away at most. FileError, which names ``folder``, where that does not decide.
    """
    pairs: list[Pair] = []
    only_a: list[Path] = []
    only_b: list[Path] = []
    groups: dict[str, tuple[list[Match], list[Match]]] = {}
    for side, ones in enumerate((a, b)):
        for one in ones:
            groups.setdefault(one.stem, ([], []))[side].append(one)
    for ones, others in groups.values():
        for one, other in _partners(folder, ones, others):
            if one and other:
                pairs.append(Pair(one.name, one.path, other.path))
            elif one:
                only_a.append(one.path)
            elif other:
                only_b.append(other.path)
    return Pairs(pairs, only_a, only_b)


def _partners(folder: Path, a: list[Match], b: list[Match]) -> list[tuple[Match | None, Match | None]]:
    """The pairs of one stem, and those that are left over."""
    if len(a) <= 1 and len(b) <= 1:
        return [(a[0] if a else None, b[0] if b else None)]
    _check_differ(folder, a)
    _check_differ(folder, b)
    partner = {one.stars: one for one in b}
    rows: list[tuple[Match | None, Match | None]] = [(one, partner[one.stars]) for one in a if one.stars in partner]
    equal = {one.stars for one, _ in rows if one}
    a, b = ([one for one in side if one.stars not in equal] for side in (a, b))
    times = [[time_in(one.path.stem) for one in side] for side in (a, b)]
    if a and b and None in (*times[0], *times[1]):
        _refuse(folder, *(a[:2] if len(a) > 1 else b[:2] if len(b) > 1 else (a[0], b[0])))
    chosen = nearest(*times, SAME_SHOT) if a and b else []  # pyright: ignore
    rows += [(a[i], b[j]) for i, j in chosen]
    rows += [(one, None) for i, one in enumerate(a) if i not in {i for i, _ in chosen}]
    return rows + [(None, one) for j, one in enumerate(b) if j not in {j for _, j in chosen}]


def _check_differ(folder: Path, ones: Sequence[Match]) -> None:
    seen: dict[tuple[str, ...], Match] = {}
    for one in ones:
        if one.stars in seen:
            _refuse(folder, seen[one.stars], one)
        seen[one.stars] = one


def _refuse(folder: Path, one: Match, other: Match) -> None:
    wrong = f"two pictures with one stem, {one.path.name} and {other.path.name}"
    raise FileError(folder, wrong, 'rename or move one of them, or pair them by time: `pattern="time *_W:*_T"`')
