"""The sources of a stack: in their order, read as often as wanted, brought to one range, profile and orientation."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import cast

import numpy as np

from aefusion.fusion.notes import Notes
from aefusion.fusion.sources import Source, called, check_list, load
from aefusion.image import Picture, read
from aefusion.image.depth import to_depth
from aefusion.image.icc_convert import in_linear_light, in_profile
from aefusion.image.natural_order import natural
from aefusion.image.orientation import as_stored, upright
from aefusion.image.orientation_of import orientation_of
from aefusion.image.plane import Plane
from aefusion.image.scale import PRINTED
from aefusion.image.thermal import unused_range
from aefusion.stack.counts import Counts, Range, beside_pictures, find_counts


class Series:
    """Paths, arrays or planes of a file as the pictures of a stack; each is read again whenever it is asked for.

    Files are put in the natural order of their paths (2.tif before 10.tif), whatever the order they are given in;
    arrays and planes stay as they are given. ``choice``: the range of values from black to white, see `find_counts`.
    ``notes`` gets the warnings. ValueError where there are fewer than two, or a file is given twice.
    """

    def __init__(self, sources: Sequence[Source | Plane], notes: Notes, choice: Range = "none"):
        check_list(sources)
        if len(sources) < 2:
            raise ValueError(f"{len(sources)} picture{'s' * (not sources)}: a stack needs two or more")
        paths = [source for source in sources if isinstance(source, str | PathLike)]
        if len(paths) == len(sources):
            sources = paths = sorted(paths, key=natural)
        for path, following in pairwise(sorted(Path(path).resolve() for path in paths)):
            if path == following:
                raise ValueError(f"{path}: given twice: give each picture of the stack once")
        self.sources = list(sources)
        self.names = [_name(source, i) for i, source in enumerate(sources)]
        self.notes = notes
        self.linear = False
        """Whether pictures are brought to linear light: float32, raw files are developed so."""
        self.shown = False
        """Whether the result goes into a format of pictures, which has no room for counts."""
        self._choice: Range = choice
        self._counts: Counts | None = None
        self._known = False
        self._icc: bytes | None = None
        self._orientation = self._one_orientation()

    @property
    def of_planes(self) -> bool:
        """Whether these are the planes of a file."""
        return isinstance(self.sources[0], Plane)

    @property
    def counts(self) -> Counts | None:
        """The values from black to white; all pictures are read for it once, as far as it takes."""
        if not self._known:
            self._counts = find_counts((self._read(i) for i in range(len(self.sources))), self._choice, self.names)
            self._known = True
        return self._counts

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, i: int) -> Picture:
        """One picture, in the range and the profile of the series."""
        if self.linear:
            return in_linear_light(self._read(i))
        picture = self._in_profile(self._read(i), i)
        if not self._known and picture.pixels.dtype == np.uint8:  # the usual case needs no look at all of them
            self._known = self._choice in ("none", "auto")
        if picture.measured and (self.counts is None or self.counts.kind == "uint16"):
            raise beside_pictures(picture, self.names[i])
        return self.counts.spread(picture) if self.counts else picture

    def restored(self, picture: Picture) -> Picture:
        """A result in the values of the files."""
        if self.linear or self.counts is None:
            return picture
        if self.shown and self.counts.back and self.counts.kind != "uint16":
            low, high = self.counts.low, self.counts.high
            self.notes.warn(
                f"counts from {low:g} to {high:g} are shown from black to white: TIFF keeps them: see `range`"
            )
            return replace(picture, pixels=to_depth(picture.pixels, np.uint16))
        picture = self.counts.restored(picture)
        scale = picture.metadata.scale
        of_microscope = self.of_planes or (scale and scale.unit not in PRINTED)
        if self.counts.back and not picture.measured and not of_microscope and (wrong := unused_range(picture)):
            low, high = round(self.counts.low), round(self.counts.high)
            self.notes.warn(f"{wrong.partition(': ')[0]}: `range=({low}, {high})` stretches them")
        return picture

    def _read(self, i: int) -> Picture:
        source = self.sources[i]
        if isinstance(source, Plane):
            return source.read(self.notes.warn)
        if not isinstance(source, str | PathLike):
            return load(cast(Source, source), self.names[i])
        counts = Path(source).suffix.lower() in (".tif", ".tiff")
        picture = read(source, measured=counts, linear=self.linear, warn=self.notes.warn)
        if self._orientation and (own := self._orientation[0][i]) != (chosen := self._orientation[1]):
            picture = _turned(picture, lambda pixels: upright(as_stored(pixels, own), chosen))
        return picture

    def _in_profile(self, picture: Picture, i: int) -> Picture:
        """With its colours in the profile of the first colour picture that was read."""
        if not picture.is_colour:
            return picture
        if self._icc is None:
            first = picture if i == 0 else self._read(0)
            self._icc = first.metadata.icc if first.is_colour else picture.metadata.icc
        picture, how = in_profile(picture, self._icc)
        if how:
            self.notes.warn(f"{self.names[i]}: its colours were converted from the profile {how}, that of the first")
        return picture

    def _one_orientation(self) -> tuple[list[int], int] | None:
        """The orientation flag of each file and the one that most have, where they differ and sizes are equal."""
        if not all(isinstance(source, str | PathLike) for source in self.sources):
            return None
        flags = [orientation_of(cast(str, source)) for source in self.sources]
        if len(set(flags)) == 1:
            return None
        if len({_stored_shape(cast(str, path), flag) for path, flag in zip(self.sources, flags, strict=True)}) > 1:
            return None
        chosen = Counter(flags).most_common(1)[0][0]
        said = ", ".join(map(str, dict.fromkeys(flags)))
        self.notes.warn(f"the orientation flags of the pictures differ ({said}): {chosen} is taken for all")
        return flags, chosen


def _name(source: Source | Plane, i: int) -> str:
    return source.name if isinstance(source, Plane) else called(source, i)


def _stored_shape(path: str | PathLike[str], flag: int) -> tuple[int, ...] | None:
    """Height and width as stored; None for a file that cannot be read, which is told when it is its turn."""
    try:
        return as_stored(read(path, warn=lambda _: None).pixels, flag).shape[:2]
    except ValueError:
        return None


def _turned(picture: Picture, turn: Callable[[np.ndarray], np.ndarray]) -> Picture:
    scale = picture.metadata.scale
    if scale and scale.density and turn(picture.pixels).shape[:2] != picture.pixels.shape[:2]:
        scale = replace(scale, density=scale.density[::-1])
    alpha = None if picture.alpha is None else turn(picture.alpha)
    return replace(picture, pixels=turn(picture.pixels), alpha=alpha, metadata=replace(picture.metadata, scale=scale))
