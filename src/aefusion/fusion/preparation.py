"""What the user asks to be done to the sources before they are fused."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Literal

from aefusion.image.align import KINDS, check_view
from aefusion.image.points import Points, read_points
from aefusion.image.thermal import Range, check_range
from aefusion.image.transform import Transform, read_transforms

Resize = Literal["b-to-a", "a-to-b"]
Align = Literal["none", "auto", "translation", "affine", "homography"]


@dataclass(frozen=True)
class Preparation:
    """The steps between the sources as they were read and what is fused.

    `plan.plan` looks at pictures and finds what these options amount to. ValueError, one line, for options that do not
    go together; FileError for a file of transforms that cannot be read.

    >>> Preparation(align="auto", crop=True).aligns
    True
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
    """Write the transforms that ``align`` found, or ``points`` gave, to this file; without any, ValueError."""
    resize: Resize | None = None
    """Sizes that differ: "b-to-a" brings every picture to the size of the first, "a-to-b" to that of the last; without
    it they are an error."""
    crop: bool = False
    """Of aligned pictures keep the area that all of them show; otherwise, outside of a picture that was moved, the one
    that it was laid onto is seen."""
    rendered: bool = False
    """Of radiometric JPEG files take the picture that the camera made of its temperatures, not those."""
    view: float | None = None
    """How many times wider the first picture sees than the others, for ``align``, to about 20 %; below 1 where it sees
    less. Without it: what the files say of their focal lengths; else it is searched, up to 4.2 to 1."""
    points: str | PathLike[str] | Sequence[Sequence[float]] | Points | None = None
    """The transform of two pictures by places that somebody marked in both: a CSV file, or rows of x and y in the first
    and x and y in the second. ``align`` may say of which kind; see `image.points`."""

    def __post_init__(self):
        if not isinstance(self.range, str):
            check_range(*self.range)
        elif self.range not in ("auto", "set", "none"):
            raise ValueError(f"range {self.range!r}: expected auto, set, or two values")
        if self.align not in ("none", "auto", *KINDS):
            raise ValueError(f"align {self.align!r}: expected none, auto, {', '.join(KINDS)}")
        if self.align != "none" and self.transform is not None:
            raise ValueError("align and transform: give one of them")
        if self.points is not None and self.transform is not None:
            raise ValueError("points and transform: give one of them")
        if self.save_transform and self.align == "none" and self.points is None:
            raise ValueError("`save_transform` needs `align`")
        if self.crop and not self.aligns:
            raise ValueError("`crop` needs `align`")
        check_view(self.view)
        if self.view and self.align == "none" and self.points is None:
            raise ValueError("`view` needs `align`")
        if self.save_transform and not fspath(self.save_transform).endswith(".json"):
            raise ValueError(f"{fspath(self.save_transform)}: a transform is JSON: let the name end in .json")
        if isinstance(self.transform, str | PathLike):
            object.__setattr__(self, "transform", tuple(read_transforms(self.transform)))
        if self.points is not None and not isinstance(self.points, Points):
            object.__setattr__(self, "points", read_points(self.points))
        if self.resize not in (None, "b-to-a", "a-to-b"):
            raise ValueError(f"resize {self.resize!r}: expected b-to-a or a-to-b")

    @property
    def aligns(self) -> bool:
        """Whether pictures are laid onto one of them, by a transform that is found or known."""
        return self.align != "none" or self.transform is not None or self.points is not None
