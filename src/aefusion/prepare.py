"""What happens to the sources before they are fused: all that makes of them pictures of one size and one view."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from aefusion.image import Picture
from aefusion.image.resize import resize as resized
from aefusion.image.thermal import Range, check_range, display_ranges, shown

Resize = Literal["b-to-a", "a-to-b"]


@dataclass(frozen=True)
class Preparation:
    """The steps from the sources as they were read to what is fused, in the order of the fields.

    >>> a, b = Picture(np.zeros((4, 6), np.uint8)), Picture(np.zeros((2, 3), np.uint8))
    >>> [picture.pixels.shape for picture in Preparation(resize="b-to-a")([a, b], ["a", "b"])]
    [(4, 6), (4, 6)]
    """

    range: Range = "auto"
    """Which values of thermal pictures become black and white: (low, high) in the unit of the file, "set" for the
    lowest and highest there are, "auto" for percentiles of what is clearly thermal; see `image.thermal`."""
    resize: Resize | None = None
    """Sizes that differ: "b-to-a" brings every picture to the size of the first, "a-to-b" to that of the last; without
    it they are an error."""

    displays: tuple[tuple[float, float] | None, ...] | None = None
    """What ``range`` amounts to for each source of a set, as `for_set` finds it; without it each picture is a set."""

    def __post_init__(self):
        if not isinstance(self.range, str):
            check_range(*self.range)
        elif self.range not in ("auto", "set"):
            raise ValueError(f"range {self.range!r}: expected auto, set, or two values")
        if self.resize not in (None, "b-to-a", "a-to-b"):
            raise ValueError(f"resize {self.resize!r}: expected b-to-a or a-to-b")

    def __call__(self, pictures: Sequence[Picture], names: Sequence[str]) -> list[Picture]:
        """The pictures, prepared: all of one size. ``names``: what errors and warnings call them."""
        displays = self.displays or display_ranges(self.range, [[picture] for picture in pictures], names)
        pictures = [shown(picture, display) for picture, display in zip(pictures, displays, strict=True)]
        for picture, name in zip(pictures, names, strict=True):
            warn_of_unused_range(picture, name)
        return to_one_size(pictures, names, self.resize)

    def for_set(self, sources: Sequence[Iterable[Picture]], names: Sequence[str]) -> "Preparation":
        """The same with one display range for all pictures of each source: folders, videos, or examples of them."""
        return replace(self, displays=tuple(display_ranges(self.range, sources, names)))


def to_one_size(pictures: Sequence[Picture], names: Sequence[str], resize: Resize | None) -> list[Picture]:
    """The pictures in one size; ValueError where they differ and nobody said what to do."""
    target = len(pictures) - 1 if resize == "a-to-b" else 0
    height, width = pictures[target].pixels.shape[:2]
    for picture, name in zip(pictures, names, strict=True):
        h, w = picture.pixels.shape[:2]
        if (h, w) == (height, width):
            continue
        sizes = [(names[target], f"{width}x{height}"), (name, f"{w}x{h}")]
        (one, its_size), (other, size) = sizes[::-1] if resize == "a-to-b" else sizes
        if resize is None:
            raise ValueError(
                f"{one} is {its_size}, {other} is {size}: "
                "sizes differ: if both show the same field of view, resize one: --resize b-to-a"
            )
        if abs(w * height / (width * h) - 1) > 0.02:
            warnings.warn(f"{one} is {its_size}, {other} {size}: resizing distorts", stacklevel=3)
    return [resized(picture, height, width) for picture in pictures]


def warn_of_unused_range(picture: Picture, name: str) -> None:
    """Warn of a 16-bit picture that uses little of its range, such as 12 bits stored in 16: it would show nothing."""
    if picture.pixels.dtype == np.uint16:
        low, high = int(picture.pixels.min()), int(picture.pixels.max())
        if high - low < 65536 // 16:
            how = "stretch them first" if picture.is_colour else f"--range {low} {high} stretches them"
            warnings.warn(f"{name}: its values, {low} to {high}, are a small part of 0 to 65535: {how}", stacklevel=3)
