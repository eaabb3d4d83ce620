"""The pictures of a stack: in their order, read one by one and as often as wanted, checked, aligned."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.fusion.notes import Notes
from aefusion.fusion.plan import Plan, plan
from aefusion.fusion.preparation import Align, Preparation
from aefusion.fusion.sources import Source, called, check_list, load
from aefusion.image import Picture, read
from aefusion.image.depth import deepest
from aefusion.image.natural_order import natural
from aefusion.image.thermal import unused_range
from aefusion.stack.fill import fill

Frame = tuple[Picture, np.ndarray | None]
"""A picture and where it shows something: bool (H, W); None = everywhere."""


class Pictures:
    """Paths or arrays as a stack: going through it reads each picture again, so that memory holds two at a time.

    Files are put in the natural order of their paths (2.tif before 10.tif), whatever the order they are given in;
    arrays stay as they are given. ``align``: lay each picture onto the middle one: each has a plan with that one,
    which is made once. ``notes`` gets the warnings. ValueError where there are fewer than two, a file is given twice,
    or sizes differ.
    """

    def __init__(self, sources: Sequence[Source], align: Align = "none", notes: Notes | None = None):
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
        self.names = [called(source, i) for i, source in enumerate(sources)]
        self.middle = len(sources) // 2
        """The one that the others are laid onto, and that shows what a series is like."""
        self.depth = np.dtype(np.uint8)
        """The deepest dtype so far; that of the stack after it was gone through once."""
        self.is_colour = False
        """Whether a picture so far has three channels."""
        self._size: tuple[int, ...] = ()
        self.notes = notes or Notes()
        # A stack keeps its values: no picture of it is shown in a range of its own.
        self._preparation = Preparation(range="none", align=align, view=None if align == "none" else 1)
        self._unused: dict[int, str] = {}
        """In words, how little of its range a picture uses; of every picture so far."""
        self._plans: dict[int, Plan] = {}
        self._reference = self[self.middle] if align != "none" else None

    @property
    def aligned(self) -> bool | None:
        """Whether all pictures that were to be aligned so far are; None if nobody asked."""
        return all(one.aligned for one in self._plans.values()) if self._preparation.aligns else None

    @property
    def size(self) -> tuple[int, ...]:
        """Width and height, known when a picture has been read."""
        return self._size

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, i: int) -> Picture:
        """One picture as it was read."""
        source = self.sources[i]
        picture = (
            read(source, warn=self.notes.warn) if isinstance(source, str | PathLike) else load(source, self.names[i])
        )
        size = picture.pixels.shape[1::-1]
        self._size = self._size or size
        if size != self._size:
            sizes = ["{}x{}".format(*one) for one in (size, self._size)]
            raise ValueError(f"{self.names[i]} is {sizes[0]}, others are {sizes[1]}: a stack needs one size")
        self.depth = deepest(self.depth, picture.pixels.dtype)
        self.is_colour = self.is_colour or picture.is_colour
        self._unused[i] = unused_range(picture)
        return picture

    def __iter__(self) -> Iterator[Frame]:
        """The pictures in order; the next one is read and aligned while the caller works on this one."""
        with ThreadPoolExecutor(1, thread_name_prefix="aefusion-files") as pool:
            coming = pool.submit(self._frame, 0)
            for i in range(1, len(self) + 1):
                frame = coming.result()
                if i < len(self):
                    coming = pool.submit(self._frame, i)
                yield frame
        # The dark ones of an exposure series are meant to be dark.
        if all(self._unused[i] for i in range(len(self))):
            said = self._unused[self.middle].partition(": ")[0]
            self.notes.warn(f"{self.names[self.middle]}: {said}, and so it is in all: stretch them first")

    def _frame(self, i: int) -> Frame:
        picture = self[i]
        covered = None
        if picture.alpha is not None:
            covered = picture.alpha > 0
            picture = replace(picture, pixels=fill(picture.pixels, covered))
        if self._reference is None or i == self.middle:
            return picture, covered
        pair = [self._reference, picture]
        if i not in self._plans:
            names = [self.names[self.middle], self.names[i]]
            self._plans[i] = plan(pair, names, self._preparation, notes=self.notes)
        picture = self._plans[i].placed(picture, 1, self._reference)
        transform = self._plans[i].transforms[1]
        if transform is None:
            return picture, covered
        return picture, transform.inside if picture.alpha is None else transform.inside & (picture.alpha > 0)
