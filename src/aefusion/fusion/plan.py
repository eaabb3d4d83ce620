"""What the options of a preparation amount to for given pictures: found once, applied often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from aefusion.fusion.notes import Notes
from aefusion.fusion.onto_reference import ADVICE, onto_reference
from aefusion.fusion.preparation import Preparation, Resize
from aefusion.image.no_data import without_gaps
from aefusion.image.picture import Picture
from aefusion.image.resize import resize as resized
from aefusion.image.thermal import display_ranges, has_values, shown, unused_range
from aefusion.image.transform import Transform, common, cropped, warp, write_transforms

Display = tuple[float, float] | None
"""The lowest and the highest value shown; None for a picture that is shown as it is."""
Size = tuple[int, int]
"""Height and width."""


class ShownRange(NamedTuple):
    """The range in which a source is shown."""

    source: str
    """A letter: a, b, c ..."""
    low: float
    high: float
    unit: str
    """In words."""

    def __str__(self) -> str:
        return f"{self.source} from {self.low:g} to {self.high:g} {self.unit}"


@dataclass(frozen=True)
class Plan:
    """How the pictures of one result become pictures of one size and one view; see `plan`.

    Call it with pictures as those that it was made of: the pairs of frames of a video, the slices of two volumes.
    The steps are always the same: the display range, the transform onto the reference, the size, the area.
    """

    names: tuple[str, ...]
    """What errors and warnings call the pictures."""
    sizes: tuple[Size, ...]
    """Of the pictures as they came; one of another size is brought to it first."""
    displays: tuple[Display, ...]
    reference: int
    """The position of the picture that the others are laid onto, and whose size all get."""
    transforms: tuple[Transform | None, ...]
    """What lays each picture onto the reference; None where it stays as it is."""
    size: Size
    """Of all pictures, before they are cropped."""
    area: tuple[slice, slice] | None
    """The rows and columns that are kept; None for all."""
    ranges: tuple[ShownRange, ...] = ()
    warnings: tuple[str, ...] = ()
    aligned: bool | None = None
    """False where a picture was to be aligned and no transform was found; None if nobody asked."""

    def __call__(self, pictures: Sequence[Picture]) -> list[Picture]:
        """The pictures, prepared: all of one size and one view; where a thermal one has no data, another is seen."""
        thermal = [one.measured or display is not None for one, display in zip(pictures, self.displays, strict=True)]
        pictures = [self.shown(picture, i) for i, picture in enumerate(pictures)]
        pictures = [self.placed(picture, i, pictures[self.reference]) for i, picture in enumerate(pictures)]
        return without_gaps(pictures, thermal, self.reference)

    def shown(self, picture: Picture, position: int) -> Picture:
        """The picture of that position in its display range, and in the size that it had when this was planned."""
        return resized(shown(picture, self.displays[position]), *self.sizes[position])

    def placed(self, picture: Picture, position: int, reference: Picture) -> Picture:
        """A picture that is shown already, in its place; outside of it ``reference`` is seen, see `shown`."""
        transform = self.transforms[position]
        if transform:
            picture, _ = warp(picture, transform, reference)
        picture = resized(picture, *self.size)
        return cropped(picture, *self.area) if self.area else picture


def plan(
    pictures: Sequence[Picture],
    names: Sequence[str],
    preparation: Preparation = Preparation(),  # noqa: B008 (it is frozen)
    *,
    displays: Sequence[Display] | None = None,
    notes: Notes | None = None,
    even: bool = False,
    further: Iterable[Sequence[Picture]] = (),
) -> Plan:
    """Find what a preparation amounts to for pictures of one scene, two or more.

    ``names``: what errors and warnings call them. ``displays``: the display range of each, where that of a whole set
    is known already (see `image.thermal.display_ranges`); without it each picture is a set. ``notes``: gets the
    warnings, which are in the plan too. ``even``: the area begins at an even row and column, for video with chroma of
    half the size. ``further``: more pictures of the same cameras, as the later frames of a video: they are looked at
    one after the other where the ones before cannot be aligned. ValueError, one line, where sizes differ and nobody
    said what to do, where a transform was made for other sizes, and where no area is common.

    >>> pictures = [Picture(np.zeros((4, 6), np.uint8)), Picture(np.zeros((2, 3), np.uint8))]
    >>> planned = plan(pictures, "ab", Preparation(resize="b-to-a"))
    >>> [picture.pixels.shape for picture in planned(pictures)]
    [(4, 6), (4, 6)]
    """
    notes = notes or Notes()
    if displays is None:
        displays = display_ranges(preparation.range, [[picture] for picture in pictures], names, notes.warn)
    for picture, display, name in zip(pictures, displays, names, strict=True):
        if display is None and preparation.range != "none" and (wrong := unused_range(picture)):
            notes.warn(f"{name}: {wrong}")
    ranges = shown_ranges(pictures, displays)
    views = [
        shown(picture, display, partial(_tell, notes, name))
        for picture, display, name in zip(pictures, displays, names, strict=True)
    ]
    reference = len(views) - 1 if preparation.resize == "a-to-b" else 0
    more = ([shown(one, display) for one, display in zip(those, displays, strict=True)] for those in further)
    transforms, refused = onto_reference(views, names, preparation, reference, notes, more)
    if preparation.save_transform:
        _save(preparation.save_transform, [one for i, one in enumerate(transforms) if i != reference], refused)
    for one, name in zip(transforms, names, strict=True):
        if one and one.inside.mean() < 0.01:
            wrong = f"{name}: the transform moves it out of sight, it covers {one.inside.mean():.1%} of the result"
            notes.warn(f"{wrong}: check the transform")
    sizes = [cast(Size, view.pixels.shape[:2]) for view in views]
    after = [one.reference if one else size for one, size in zip(transforms, sizes, strict=True)]
    _check_sizes(after, names, preparation.resize, reference, refused, notes)
    moved = [one.inside for one in transforms if one]
    if preparation.crop and not moved:
        notes.add("not cropped, as nothing is aligned")
    area = _common(moved, even) if preparation.crop and moved else None
    return Plan(
        tuple(names), tuple(sizes), tuple(displays), reference, tuple(transforms), after[reference], area,
        ranges, tuple(notes.warnings), not refused if preparation.aligns else None,
    )  # fmt: skip


def _save(path: str | PathLike[str], transforms: Sequence[Transform | None], refused: Sequence[str]) -> None:
    """Write transforms to a file; ValueError where one was not found."""
    if not refused:
        write_transforms(path, cast(Sequence[Transform], transforms))
        return
    older = ", and the file of this name is an older one" if Path(path).exists() else ""
    raise ValueError(f"{fspath(path)}: not written{older}: {refused[0]}")


def _check_sizes(
    sizes: Sequence[Size],
    names: Sequence[str],
    resize: Resize | None,
    reference: int,
    refused: Sequence[str],
    notes: Notes,
) -> None:
    """ValueError where sizes differ and nobody said what to do; a warning where resizing distorts."""
    height, width = sizes[reference]
    for (h, w), name in zip(sizes, names, strict=True):
        if (h, w) == (height, width):
            continue
        told = [(names[reference], f"{width}x{height}"), (name, f"{w}x{h}")]
        (one, its_size), (other, size) = told[::-1] if resize == "a-to-b" else told
        if resize is None:
            why = refused[0].removesuffix(f": {ADVICE}") if refused else ""
            found = f"sizes differ, and {why}" if why else "sizes differ"
            raise ValueError(
                f"{one} is {its_size}, {other} is {size}: {found}: "
                'if both show the same field of view, resize one: `resize="b-to-a"`'
            )
        if abs(w * height / (width * h) - 1) > 0.02:
            notes.warn(f"{one} is {its_size}, {other} {size}: resizing distorts")


def _common(insides: Sequence[np.ndarray], even: bool) -> tuple[slice, slice]:
    rows, columns = common(insides)
    if not even:
        return rows, columns
    return slice(rows.start + rows.start % 2, rows.stop), slice(columns.start + columns.start % 2, columns.stop)


def _tell(notes: Notes, name: str, text: str) -> None:
    notes.warn(f"{name}: {text}")


def shown_ranges(pictures: Sequence[Picture], displays: Sequence[Display]) -> tuple[ShownRange, ...]:
    """The ranges in which pictures are shown, of those that have values to be shown in one."""
    return tuple(
        ShownRange(letter(i), *display, picture.unit or "counts")
        for i, (picture, display) in enumerate(zip(pictures, displays, strict=True))
        if display and has_values(picture)
    )


def letter(position: int) -> str:
    """What a source is called that has no name: a, b, c ...

    >>> letter(0), letter(27)
    ('a', 'b')
    """
    return chr(ord("a") + position % 26)


def ranges_in_words(ranges: Sequence[ShownRange]) -> str:
    """After a semicolon each; nothing where no picture is thermal."""
    return "".join(f"; {one}" for one in ranges)
