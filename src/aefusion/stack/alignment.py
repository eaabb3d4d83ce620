"""How the pictures of a stack lie on each other: found through neighbours, then refined against the middle one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aefusion.image.align import LEAST_INLIERS
from aefusion.image.geometry import farthest, stretching
from aefusion.image.laying import Kind
from aefusion.image.similarity import inliers
from aefusion.stack.laid_pair import JUDGED, LaidPair, Small

STILL = 0.25
"""A transform that moves no corner further than this, in pixels of the small pictures, is none."""
LEAST_GAIN, PER_PIXEL, MOST_PIXELS = 0.05, 0.03, 3
"""The share of what the edges lack of being the same that a transform must add, and how much more for each pixel by
which it moves a corner: blurred pictures gain a little by transforms that are wrong by many pixels."""
COMPARABLE = 0.4
"""With less similarity than this to the middle one, what the neighbours say is not refined against it."""


@dataclass(frozen=True)
class Found:
    """How one picture of a stack lies on the middle one."""

    matrix: np.ndarray
    """(3, 3) float64: the place in the picture of each place (x, y, 1) in the middle one, in pixels of both."""
    kind: Kind = "translation"
    before: float = 1.0
    """The similarity of the edges to the middle one (see `image.similarity`), without alignment."""
    after: float = 1.0
    why: str = ""
    """Why the picture could not be aligned, in words."""


def alignment(smalls: Sequence[Small], kind: Kind | Literal["auto"], plain: bool, jobs: int = 1) -> list[Found]:
    """How each picture lies on the middle one of a stack.

    Each is laid onto its neighbour first, since the ends of a stack are too blurred, or too dark, to be compared with
    the middle; the product of these is refined against the middle one. To stay where it is is always a candidate, and
    a transform must be clearly better; see `worth`. ``kind``: that of the transforms; "auto" takes the simplest that
    does. ``plain``: by brightness (`laid_pair.LaidPair`), for all but exposures. ``jobs``: so many threads.
    """
    middle = len(smalls) // 2
    smalls[middle].keep()
    outward = [*range(middle + 1, len(smalls)), *range(middle - 1, -1, -1)]

    def beside(i: int) -> int:
        return i - 1 if i > middle else i + 1

    with ThreadPoolExecutor(max(1, jobs), thread_name_prefix="aefusion-align") as pool:
        steps = pool.map(lambda i: _step(smalls[beside(i)], smalls[i], kind, plain), outward)
        step = dict(zip(outward, steps, strict=True))
        ways: dict[int, _Laid] = {middle: _Laid(np.eye(3))}
        for i in outward:
            ways[i] = _product(ways[beside(i)], step[i])
        refined = pool.map(lambda i: _refined(smalls[middle], smalls[i], ways[i], kind, plain), outward)
        final = dict(zip(outward, refined, strict=True))
    result: dict[int, _Laid] = {middle: _Laid(np.eye(3))}
    for i in outward:
        # What could not be refined follows its neighbour, which perhaps was.
        followed = _product(result[beside(i)], step[i])
        result[i] = followed if final[i] is None and not followed.why else final[i] or ways[i]
    return [_found(smalls[middle], smalls[i], result[i]) for i in range(len(smalls))]


def apart(one: Small, other: Small, plain: bool) -> float:
    """By how many pixels of the first two pictures of a stack clearly lie apart at a corner, quickly found; else 0."""
    if one.empty or other.empty:
        return 0.0
    pair = LaidPair(one, other, plain)
    matrix = pair.nothing
    for side in [side for side in pair.sides if side <= JUDGED] or pair.sides:
        matrix = pair.refined(matrix, "affine", side)
    before, after = (pair.score(x, JUDGED) for x in (pair.nothing, matrix))
    if not worth(before, after, farthest(matrix, pair.nothing, one.shape)) or _wrong(pair, matrix):
        return 0.0
    return farthest(_in_full(matrix, one, other), stretching(one.full, other.full), one.full)


def worth(before: float, after: float, moved: float) -> bool:
    """Whether what the similarity gained justifies moving a corner so far, in pixels of the small pictures.

    >>> worth(0.456, 0.469, 7.6), worth(0.75, 0.783, 0.4), worth(0.92, 0.95, 1.1)
    (False, True, True)
    """
    return after - before >= (1 - before) * (LEAST_GAIN + PER_PIXEL * min(moved, MOST_PIXELS))


@dataclass(frozen=True)
class _Laid:
    """A matrix between two small pictures, its kind, and why there is none."""

    matrix: np.ndarray
    kind: Kind = "translation"
    why: str = ""
    before: float = 1.0
    after: float = 1.0


def _product(first: _Laid, second: _Laid) -> _Laid:
    """The second after the first."""
    kinds: tuple[Kind, ...] = ("translation", "affine", "homography")
    kind = kinds[max(kinds.index(first.kind), kinds.index(second.kind))]
    return _Laid(second.matrix @ first.matrix, kind, first.why or second.why)


def _step(one: Small, other: Small, kind: Kind | Literal["auto"], plain: bool) -> _Laid:
    """How a picture lies on its neighbour; no transform where none is worth it."""
    pair = LaidPair(one, other, plain)
    if one.empty or other.empty:
        return _Laid(pair.nothing, why="it shows nothing to align by")
    matrix, chosen = pair.finish(pair.start("translation" if kind == "translation" else "affine"), kind)
    before, after = (pair.score(x, JUDGED) for x in (pair.nothing, matrix))
    moved = farthest(matrix, pair.nothing, one.shape)
    if moved >= STILL and worth(before, after, moved) and not (why := _wrong(pair, matrix)):
        return _Laid(matrix, chosen, "", before, after)
    why = _wrong(pair, pair.nothing)
    return _Laid(pair.nothing, why=why, before=before, after=before)


def _refined(middle: Small, small: Small, way: _Laid, kind: Kind | Literal["auto"], plain: bool) -> _Laid | None:
    """What the neighbours say, refined against the middle picture; None where that cannot be said to be better."""
    pair = LaidPair(middle, small, plain)
    if way.why:  # the way is broken: from here on by itself
        return _step(middle, small, kind, plain)
    family: Kind = way.kind if kind == "auto" else kind
    still = farthest(way.matrix, pair.nothing, middle.shape) < STILL
    matrix = pair.refined(way.matrix, "affine" if still and kind == "auto" else family, pair.sides[-1])
    before, after = (pair.score(x, JUDGED) for x in (way.matrix, matrix))
    moved = farthest(matrix, way.matrix, middle.shape)
    if after < COMPARABLE or (still and not worth(before, after, moved)) or after <= before or _wrong(pair, matrix):
        return None
    return _Laid(matrix, "affine" if still and kind == "auto" else family, "", before, after)


def _wrong(pair: LaidPair, matrix: np.ndarray) -> str:
    """Why a matrix cannot be that of two pictures of one scene; nothing where it can."""
    share, blocks = inliers(*pair.laid(matrix, JUDGED))
    if why := pair.wild(matrix):
        return why
    if share < LEAST_INLIERS + 1 / np.sqrt(max(blocks, 1)):
        return f"only {share:.0%} of the picture agrees with the best transform"
    return ""


def _found(middle: Small, small: Small, laid: _Laid) -> Found:
    matrix = _in_full(laid.matrix, middle, small)
    if small is middle:
        return Found(matrix)
    pair = LaidPair(middle, small, True)
    before, after = (pair.score(x, JUDGED) for x in (pair.nothing, laid.matrix))
    return Found(matrix, laid.kind, before, after, laid.why)


def _in_full(matrix: np.ndarray, one: Small, other: Small) -> np.ndarray:
    """A matrix between two small pictures as one between the full ones."""
    full = np.linalg.inv(stretching(other.full, other.shape)) @ matrix @ stretching(one.full, one.shape)
    return full / full[2, 2]
