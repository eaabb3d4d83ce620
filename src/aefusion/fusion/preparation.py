"""What happens to the sources before they are fused: all that makes of them pictures of one size and one view."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from typing import Literal, cast

import numpy as np

from aefusion.image import Picture
from aefusion.image.align import KINDS, Kind, align
from aefusion.image.colour import luminance
from aefusion.image.resize import resize as resized
from aefusion.image.thermal import Range, check_range, display_ranges, has_values, shown
from aefusion.image.transform import Transform, common, cropped, read_transforms, warp, write_transforms

Resize = Literal["b-to-a", "a-to-b"]
Align = Literal["none", "auto", "translation", "affine", "homography"]


@dataclass
class Found:
    """What preparing the pictures of one result came upon, for whoever reports it; `Preparation` fills it in."""

    warnings: list[str] = field(default_factory=list)
    aligned: bool = True
    """False where a picture was to be aligned and no transform was found."""
    ranges: list[tuple[str, float, float, str]] = field(default_factory=list)
    """The display ranges: a letter for the source, low, high, and their unit in words."""

    def warn(self, text: str) -> None:
        self.warnings.append(text)
        warnings.warn(text, stacklevel=3)

    @property
    def ranges_in_words(self) -> str:
        """After a semicolon each; nothing where no picture is thermal."""
        return "".join(f"; {name} from {low:g} to {high:g} {unit}" for name, low, high, unit in self.ranges)


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
    align: Align = "none"
    """Lay every picture onto the first (with resize="a-to-b" onto the last): by a transform of this kind, or "auto" for
    the simplest that does; see `image.align`. Where none is found: a warning, and the picture stays as it is."""
    transform: str | PathLike[str] | Sequence[Transform] | None = None
    """The same by transforms that are known, one for each picture but the one that they are laid onto: for cameras that
    are fixed to each other. A file that ``save_transform`` wrote; it is read once."""
    save_transform: str | PathLike[str] | None = None
    """Write the transforms that ``align`` found to this file; without any, ValueError."""
    resize: Resize | None = None
    """Sizes that differ: "b-to-a" brings every picture to the size of the first, "a-to-b" to that of the last; without
    it they are an error."""
    crop: bool = False
    """Of aligned pictures keep the area that all of them show; otherwise, outside of a picture that was moved, the one
    that it was laid onto is seen."""

    displays: tuple[tuple[float, float] | None, ...] | None = None
    """What ``range`` amounts to for each source of a set, as `for_set` finds it; without it each picture is a set."""

    def __post_init__(self):
        if not isinstance(self.range, str):
            check_range(*self.range)
        elif self.range not in ("auto", "set"):
            raise ValueError(f"range {self.range!r}: expected auto, set, or two values")
        if self.align not in ("none", "auto", *KINDS):
            raise ValueError(f"align {self.align!r}: expected none, auto, {', '.join(KINDS)}")
        if self.align != "none" and self.transform is not None:
            raise ValueError("align and transform: give one of them")
        if self.align == "none" and (self.save_transform or (self.crop and self.transform is None)):
            raise ValueError(f"{'--save-transform' if self.save_transform else '--crop'}: needs --align")
        if self.save_transform and not fspath(self.save_transform).endswith(".json"):
            raise ValueError(f"{fspath(self.save_transform)}: a transform is JSON: let the name end in .json")
        if isinstance(self.transform, str | PathLike):
            object.__setattr__(self, "transform", tuple(read_transforms(self.transform)))
        if self.resize not in (None, "b-to-a", "a-to-b"):
            raise ValueError(f"resize {self.resize!r}: expected b-to-a or a-to-b")

    def __call__(self, pictures: Sequence[Picture], names: Sequence[str], found: Found | None = None) -> list[Picture]:
        """The pictures, prepared: all of one size. ``names``: what errors and warnings call them."""
        found = found or Found()
        displays = self.displays or display_ranges(self.range, [[picture] for picture in pictures], names, found.warn)
        for picture, display, name in zip(pictures, displays, names, strict=True):
            if display is None:
                warn_of_unused_range(picture, name)
        found.ranges += [
            (chr(ord("a") + i % 26), *display, unit(picture, name))
            for i, (picture, display, name) in enumerate(zip(pictures, displays, names, strict=True))
            if display and has_values(picture)
        ]
        pictures = [shown(picture, display) for picture, display in zip(pictures, displays, strict=True)]
        if self.align == "none" and self.transform is None:
            return to_one_size(pictures, names, self.resize)
        transforms = self.transforms(pictures, names, found)
        if self.save_transform:
            if None in transforms:
                raise ValueError(f"{fspath(self.save_transform)}: not written, as there is no transform to keep")
            write_transforms(self.save_transform, [one for one in transforms if one])
        target = self._target(pictures)
        transforms.insert(target, None)
        insides = []
        for i, transform in enumerate(transforms):
            if transform:
                pictures[i], inside = warp(pictures[i], transform, pictures[target])
                insides.append(inside)
                warn_if_out_of_sight(inside, names[i], found)
        if self.crop and not insides:
            found.warnings.append("not cropped, as nothing is aligned")
        pictures = to_one_size(pictures, names, self.resize)
        return [cropped(picture, *common(insides)) for picture in pictures] if self.crop and insides else pictures

    def transforms(
        self, pictures: Sequence[Picture], names: Sequence[str], report: Found | None = None
    ) -> list[Transform | None]:
        """What lays each picture, but the one that they are laid onto, onto that one; None where nothing was found."""
        target = self._target(pictures)
        others = [i for i in range(len(pictures)) if i != target]
        if self.transform is None:
            kind = "auto" if self.align == "none" else self.align
            return [onto(pictures[target], pictures[i], (names[target], names[i]), kind, report) for i in others]
        found = cast(Sequence[Transform], self.transform)
        if len(found) != len(others):
            held = f"{len(found)} transform{'s' * (len(found) != 1)}"
            raise ValueError(f"{found[0].name}: holds {held}, but {len(others)} are needed")
        for one, i in zip(found, others, strict=True):
            one.check(pictures[target], pictures[i], (names[target], names[i]))
        return list(found)

    def _target(self, pictures: Sequence[Picture]) -> int:
        return len(pictures) - 1 if self.resize == "a-to-b" else 0

    def for_set(self, sources: Sequence[Iterable[Picture]], names: Sequence[str]) -> "Preparation":
        """The same with one display range for all pictures of each source: folders, videos, or examples of them."""
        return replace(self, displays=tuple(display_ranges(self.range, sources, names)))


def onto(
    reference: Picture,
    moving: Picture,
    names: Sequence[str],
    kind: Kind | Literal["auto"] = "auto",
    report: Found | None = None,
) -> Transform | None:
    """The transform that lays a picture onto another; where none is to be trusted, a warning and None."""
    report = report or Found()
    found = align(luminance(reference.pixels), luminance(moving.pixels), kind)
    if not found.ok:
        report.aligned = False
        report.warn(f"{names[1]}: not aligned to {names[0]}: {found.why}")
        return None
    return Transform(found.matrix, reference.pixels.shape[:2], moving.pixels.shape[:2], found.kind)


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


def warn_if_out_of_sight(inside: np.ndarray, name: str, report: Found | None = None) -> None:
    """Warn of a picture that a transform moved away. ``inside``: where it is, bool (H, W)."""
    if inside.mean() < 0.01:
        wrong = f"{name}: the transform moves it out of sight, it covers {inside.mean():.1%} of the result"
        (report or Found()).warn(f"{wrong}: check the transform")


def unit(picture: Picture, name: str) -> str:
    """What the values of a thermal picture are, in words; ``name``: its path."""
    if not picture.measured:
        return "counts"
    return "degrees Celsius" if name.lower().endswith((".jpg", ".jpeg")) else "in the unit of the file"


def warn_of_unused_range(picture: Picture, name: str) -> None:
    """Warn of a 16-bit picture that uses little of its range, such as 12 bits stored in 16: it would show nothing."""
    if picture.pixels.dtype == np.uint16:
        low, high = int(picture.pixels.min()), int(picture.pixels.max())
        if 0 < high - low < 65536 // 16:
            how = "stretch them first" if picture.is_colour else f"--range {low} {high} stretches them"
            warnings.warn(f"{name}: its values, {low} to {high}, are a small part of 0 to 65535: {how}", stacklevel=3)
