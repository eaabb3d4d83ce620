"""The pictures of a stack: read one by one and as often as wanted, checked, aligned."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Preparation
from aefusion.fusion.sources import Source
from aefusion.image import Picture
from aefusion.image.colour import luminance
from aefusion.image.depth import deepest
from aefusion.image.plane import Plane
from aefusion.image.transform import cropped, warp
from aefusion.stack.alignment import apart
from aefusion.stack.counts import Range
from aefusion.stack.fill import fill
from aefusion.stack.laid_pair import Small
from aefusion.stack.places import Places, places
from aefusion.stack.series import Series

Frame = tuple[Picture, np.ndarray | None]
"""A picture and where it shows something: bool (H, W); None = everywhere."""

ALMOST = 4
"""Sizes that differ by no more are those of one series, cut or resized a little differently."""
APART = 1.0
"""Neighbours that are further apart than this, in pixels, are told of."""
PLAIN = Preparation(range="none")
EDGE = 8
"""So many pixels beside the edge of a moved picture do not count."""


class Pictures:
    """Sources as a stack: going through it reads each picture again, so that memory holds two at a time.

    ``sources``: paths, arrays or planes, see `Series`, which says in what order they are. ``preparation``:
    whether and how they are laid onto each other, see `place`. ``choice``: the values from black to white, see
    `counts.find_counts`. ``notes`` gets the warnings. ValueError where there are fewer than two, a file is given
    twice, or sizes differ and are not aligned.
    """

    def __init__(
        self,
        sources: Sequence[Source | Plane],
        preparation: Preparation = PLAIN,
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
        self._preparation = preparation
        self.places: Places | None = None
        """Where the pictures go, once they were placed."""
        self._reference: Picture | None = None

    @property
    def aligns(self) -> bool:
        """Whether the pictures are to be laid onto each other."""
        return self._preparation.aligns

    @property
    def aligned(self) -> bool | None:
        """Whether all pictures that were to be aligned are; None if nobody asked."""
        return self.places.aligned if self.places else None

    def place(self, plain: bool, jobs: int) -> None:
        """Find where the pictures go, if they are to be aligned; else warn where they do not lie on each other.

        ``plain``: whether brightness says how they lie; False for exposures.
        """
        if self._preparation.aligns:
            self.places = places(self.__getitem__, self.names, self._preparation, plain, jobs, self.notes)
            self._reference = self[self.places.onto]
            return
        beside = [self.middle - 1, self.middle + 1] if len(self) > 2 else [0]
        middle = Small(luminance(self[self.middle].pixels))
        far = max(apart(middle, Small(luminance(self[i].pixels)), plain) for i in beside)
        if far >= APART:
            said = f"the pictures do not lie on each other, neighbours are up to {far:.1f} pixels apart"
            self.notes.warn(f'{said}: `align="auto"`')

    @property
    def size(self) -> tuple[int, ...]:
        """Width and height, known when a picture has been read."""
        return self._size

    def follow(self, guide: "Pictures") -> None:
        """Lay these pictures onto each other as those of another channel, which have been gone through once."""
        self.places = guide.places
        self._reference = self[self.places.onto] if self.places else None

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
            coming = pool.submit(self.frame, 0)
            for i in range(1, len(self) + 1):
                frame = coming.result()
                if i < len(self):
                    coming = pool.submit(self.frame, i)
                yield frame

    def frame(self, i: int) -> Frame:
        """One picture in its place, and where it shows something."""
        picture = self[i]
        covered = None
        if picture.alpha is not None:
            covered = picture.alpha > 0
            picture = replace(picture, pixels=fill(picture.pixels, covered))
        if self.places is None or self._reference is None:
            return picture, covered
        transform = self.places.transforms[i]
        if transform:
            # A copy: what is looked up in a transform, of the size of the picture, stays in it.
            picture, inside = warp(picture, replace(transform), self._reference)
            covered = within(inside) if picture.alpha is None else within(inside) & (picture.alpha > 0)
        if self.places.area:
            picture = cropped(picture, *self.places.area)
            covered = None if covered is None else covered[self.places.area]
        return picture, covered


def within(inside: np.ndarray) -> np.ndarray:
    """Where a moved picture counts: not at its own edges, which would be taken for sharp detail.

    ``inside``: bool (H, W), where it shows something. At the edges of the result nothing is left out.
    """
    import cv2

    size = 2 * EDGE + 1
    return cv2.erode(inside.astype(np.uint8), np.ones((size, size), np.uint8), borderValue=1).astype(bool)
