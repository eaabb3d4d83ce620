"""The pictures of a stack: read one by one and as often as wanted, checked, aligned."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from aefusion.fusion.notes import Notes
from aefusion.fusion.plan import Plan, plan
from aefusion.fusion.preparation import Align, Preparation
from aefusion.fusion.sources import Source
from aefusion.image import Picture
from aefusion.image.depth import deepest
from aefusion.image.plane import Plane
from aefusion.stack.counts import Range
from aefusion.stack.fill import fill
from aefusion.stack.series import Series

Frame = tuple[Picture, np.ndarray | None]
"""A picture and where it shows something: bool (H, W); None = everywhere."""


ALMOST = 4
"""Sizes that differ by no more are those of one series, cut or resized a little differently."""


class Pictures:
    """Sources as a stack: going through it reads each picture again, so that memory holds two at a time.

    ``sources``: paths, arrays or planes, see `Series`, which says in what order they are. ``align``: lay each picture
    onto the middle one: each has a plan with that one, which is made once. ``choice``: the values from black to white,
    see `counts.find_counts`. ``notes`` gets the warnings. ValueError where there are fewer than two, a file is given
    twice, or sizes differ and are not aligned.
    """

    def __init__(
        self,
        sources: Sequence[Source | Plane],
        align: Align = "none",
        notes: Notes | None = None,
        choice: Range = "none",
    ):
        self.notes = notes or Notes()
        self.series = Series(sources, self.notes, choice)
        self.sources, self.names = self.series.sources, self.series.names
        self.middle = len(self.sources) // 2
        """The one that the others are laid onto, and that shows what a series is like."""
        self.depth = np.dtype(np.uint8)
        """The deepest dtype so far; that of the stack after it was gone through once."""
        self.is_colour = False
        """Whether a picture so far has three channels."""
        self._size: tuple[int, ...] = ()
        # A stack keeps its values: no picture of it is shown in a range of its own.
        self._preparation = Preparation(range="none", align=align, view=None if align == "none" else 1)
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

    def follow(self, guide: "Pictures") -> None:
        """Lay these pictures onto each other as those of another channel, which have been gone through once."""
        self._plans = guide._plans

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, i: int) -> Picture:
        """One picture as it was read, in the values of the series."""
        picture = self.series[i]
        size = picture.pixels.shape[1::-1]
        self._size = self._size or size
        if size != self._size and not self._preparation.aligns:
            sizes = ["{}x{}".format(*one) for one in (size, self._size)]
            close = max(abs(one - other) for one, other in zip(size, self._size, strict=True)) <= ALMOST
            advice = 'lay them onto each other: `align="auto"`' if close else "a stack needs one size"
            raise ValueError(f"{self.names[i]} is {sizes[0]}, others are {sizes[1]}: {advice}")
        self.depth = deepest(self.depth, picture.pixels.dtype)
        self.is_colour = self.is_colour or picture.is_colour
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
