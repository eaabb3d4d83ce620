"""The values of a series: which of them is white, and the way back to what the files hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from aefusion.image.depth import to_depth, white
from aefusion.image.formats import WRITTEN
from aefusion.image.picture import Picture

Range = tuple[float, float] | Literal["auto", "set", "none"]
PERCENTILES = (0.1, 99.9)
"""Of all values, the lowest and the highest that "auto" shows."""
SAMPLES = 1 << 16
"""So many values of a picture are looked at for "auto"."""

SHOWN = "shown"
"""The kind of a float picture in [0, 1]."""


@dataclass(frozen=True)
class Counts:
    """The values of a series from black to white, found once in all its pictures.

    Pictures are brought to the whole range of their depth, so that fusing goes by their own contrast; the result is
    brought back to counts, unless a range was asked for.
    """

    low: float
    high: float
    kind: str
    """The dtype of the files by its name: uint16, or that of measured values."""
    back: bool
    """Whether the result has counts as the files have; else the range is stretched."""

    def spread(self, picture: Picture) -> Picture:
        """A picture with low as black and high as white: uint16 for uint16 pictures, float32 for measured ones."""
        if picture.pixels.dtype == np.uint8 or (self.kind == "uint16" and (self.low, self.high) == (0, 65535)):
            return picture
        values = (picture.pixels.astype(np.float32) - np.float32(self.low)) * np.float32(1 / (self.high - self.low))
        np.clip(values, 0, 1, out=values)
        if self.kind == "uint16" and not picture.measured:
            values = to_depth(values, np.uint16)
        alpha = None if picture.alpha is None else to_depth(picture.alpha, values.dtype)
        return replace(picture, pixels=values, alpha=alpha, measured=False, kind="")

    def restored(self, picture: Picture) -> Picture:
        """A result as counts: uint16, or measured values of the files' kind."""
        if not self.back:
            return replace(picture, pixels=to_depth(picture.pixels, np.uint16)) if self.kind != "uint16" else picture
        if self.kind == "uint16" and (self.low, self.high) == (0, 65535):
            return picture
        values = to_depth(picture.pixels, np.float32) * np.float32(self.high - self.low) + np.float32(self.low)
        if self.kind == "uint16":
            return replace(picture, pixels=np.rint(values).astype(np.uint16))
        alpha = None if picture.alpha is None else to_depth(picture.alpha, np.float32)
        return replace(picture, pixels=values, alpha=alpha, measured=True, kind=self.kind)


def find_counts(pictures: Iterable[Picture], choice: Range = "none", names: Sequence[str] = ()) -> Counts | None:
    """The values of a series; None where its pictures are shown as they are: 8 bits, floats in [0, 1].

    "none" takes, for 16 bits, the number of bits that are used in any picture, and for measured values the lowest and
    the highest. (low, high) are given; "set" is the lowest and the highest of all, "auto" the percentiles `PERCENTILES`
    of all. ``names``: those of the pictures. ValueError where a range does not fit, and for counts beside pictures.
    """
    low, high, kinds, samples = np.inf, -np.inf, set(), []
    for i, picture in enumerate(pictures):
        kinds.add(_kind(picture))
        if len(kinds) > 1 and picture.measured and kinds & {"uint8", "uint16"}:
            raise beside_pictures(picture, names[i] if names else "a picture")
        if "uint8" in kinds:
            break
        known = picture.pixels if picture.alpha is None or picture.is_colour else picture.pixels[picture.alpha > 0]
        if not known.size:
            continue
        low, high = min(low, float(known.min())), max(high, float(known.max()))
        if choice == "none" and kinds == {"uint16"} and high > 32767:
            break  # all bits are used, whatever follows
        if choice == "auto":
            flat = known.ravel()
            samples.append(flat[:: max(1, flat.size // SAMPLES)])
    # Dark pictures of counts may lie in [0, 1] by chance; beside 16 bits such a picture is one in [0, 1].
    own = kinds - {SHOWN}
    if "uint8" in own or not own or (SHOWN in kinds and "uint16" in own):
        if choice in ("none", "auto"):
            return None
        raise ValueError("a range is for 16-bit pictures and counts, here are others: leave `range` out")
    kind = own.pop() if len(own) == 1 else "float32"
    if not isinstance(choice, str):
        return Counts(float(choice[0]), float(choice[1]), kind, back=False)
    if choice == "set":
        return Counts(*_not_empty(low, high), kind, back=False)
    if choice == "auto":
        return Counts(*_not_empty(*map(float, np.percentile(np.concatenate(samples), PERCENTILES))), kind, back=False)
    if kind == "uint16":
        return Counts(0, 2 ** max(8, int(high).bit_length()) - 1 if high < white(np.uint16) else 65535, kind, back=True)
    return Counts(*_not_empty(min(0.0, low), high), kind, back=True)


def keeps_counts(path: str | PathLike[str]) -> bool:
    """Whether the format of a file has room for measured values."""
    return WRITTEN.get(Path(path).suffix.lower()) == "tiff"


def beside_pictures(picture: Picture, name: str) -> ValueError:
    """The error for measured values in a stack of pictures."""
    low, high = np.nanmin(picture.pixels), np.nanmax(picture.pixels)
    kind = picture.kind.rstrip("0123456789") or "measured"
    return ValueError(f"{name}: {kind} values from {low:g} to {high:g} beside pictures: save all in one way")


def _kind(picture: Picture) -> str:
    if picture.pixels.dtype == np.float32 and not picture.measured:
        return SHOWN
    return picture.kind or picture.pixels.dtype.name


def _not_empty(low: float, high: float) -> tuple[float, float]:
    return low, high if high > low else low + 1
