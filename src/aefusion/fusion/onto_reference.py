"""What lays pictures onto one of them: transforms that are known, given by points, or found."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import cast

from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Preparation
from aefusion.image.align import Alignment, align
from aefusion.image.colour import luminance
from aefusion.image.picture import Picture
from aefusion.image.points import Points
from aefusion.image.transform import Transform
from aefusion.image.views import stated_view

ADVICE = (
    "perhaps the views differ too much: if you know how much wider the first sees, give `view`; "
    "places marked in both can be given as `points`"
)


def onto_reference(
    pictures: Sequence[Picture],
    names: Sequence[str],
    preparation: Preparation,
    reference: int,
    notes: Notes,
    further: Iterable[Sequence[Picture]] = (),
) -> tuple[list[Transform | None], list[str]]:
    """The transform of each picture onto the reference, None for itself and where there is none; and why there is none.

    ``further``: see `plan.plan`. A transform that is not found is a warning; ValueError where those that are known, or
    the points, do not fit the pictures.
    """
    transforms: list[Transform | None] = [None] * len(pictures)
    refused: list[str] = []
    others = [i for i in range(len(pictures)) if i != reference]
    if preparation.transform is not None:
        return _known(pictures, names, preparation, reference, others), refused
    if preparation.points is not None:
        transforms[others[0]] = _by_points(pictures, preparation, reference, notes)
        return transforms, refused
    if preparation.align == "none":
        return transforms, refused
    for i in others:
        result = _aligned(pictures, further, preparation, reference, i)
        if isinstance(result, Transform):
            transforms[i] = result
        else:
            refused.append(f"{names[i]}: not aligned to {names[reference]}: {result}")
            notes.warn(refused[-1])
    return transforms, refused


def _known(
    pictures: Sequence[Picture], names: Sequence[str], preparation: Preparation, reference: int, others: Sequence[int]
) -> list[Transform | None]:
    known = cast(Sequence[Transform], preparation.transform)
    if len(known) != len(others):
        held = f"{len(known)} transform{'s' * (len(known) != 1)}"
        raise ValueError(f"{known[0].name}: holds {held}, but {len(others)} are needed")
    transforms: list[Transform | None] = [None] * len(pictures)
    for i, one in zip(others, known, strict=True):
        one.check(pictures[reference], pictures[i], (names[reference], names[i]))
        transforms[i] = one
    return transforms


def _by_points(pictures: Sequence[Picture], preparation: Preparation, reference: int, notes: Notes) -> Transform:
    points = cast(Points, preparation.points)
    if len(pictures) != 2:
        raise ValueError(f"{points.name}: points are those of two pictures, here are {len(pictures)}: give two")
    kind = "auto" if preparation.align == "none" else preparation.align
    shapes = [one.pixels.shape[:2] for one in pictures]
    transform, how_far_off = points.transform(
        shapes[reference], shapes[1 - reference], kind, _view(preparation, reference, 1 - reference), reference == 0
    )
    if how_far_off:
        notes.warn(how_far_off)
    return transform


def _aligned(
    pictures: Sequence[Picture],
    further: Iterable[Sequence[Picture]],
    preparation: Preparation,
    reference: int,
    moving: int,
) -> Transform | str:
    """The transform that lays a picture onto the reference, or why none is to be trusted.

    The further pictures are tried in turn until there is one.
    """
    sizes = pictures[reference].pixels.shape[:2], pictures[moving].pixels.shape[:2]
    view = _view(preparation, reference, moving)
    refused = []
    for those in chain([pictures], further):
        one, other = those[reference], those[moving]
        if (one.pixels.shape[:2], other.pixels.shape[:2]) != sizes:
            continue
        result = _attempt(one, other, preparation, view)
        if result.ok:
            return Transform(result.matrix, *sizes, result.kind)
        refused.append(result)
    why = max(refused, key=lambda result: result.after).why
    also = f" (the best of {len(refused)} tries at different times)" if len(refused) > 1 else ""
    return f"{why}{also}" if view else f"{why}{also}: {ADVICE}"


def _attempt(one: Picture, other: Picture, preparation: Preparation, view: float | None) -> Alignment:
    """An alignment by the view that is known; else by that which the files state; else whatever it may be."""
    kind = "auto" if preparation.align == "none" else preparation.align
    grays = luminance(one.pixels), luminance(other.pixels)
    stated = None if view else stated_view(one, other)
    if stated and 1 / 20 <= stated <= 20:
        result = align(*grays, kind, stated)
        if result.ok:
            return result
    return align(*grays, kind, view)


def _view(preparation: Preparation, reference: int, moving: int) -> float | None:
    """How many times wider the reference sees, where it is known; all but the first picture see the same."""
    if preparation.view is None:
        return None
    return preparation.view if reference == 0 else 1 / preparation.view if moving == 0 else 1.0
