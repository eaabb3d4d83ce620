"""Counts and temperatures of thermal cameras as gray levels: one display range for a picture, a folder or a video."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from aefusion.image.dead_pixels import BORDER, cleaned
from aefusion.image.depth import to_depth
from aefusion.image.picture import Picture

Range = tuple[float, float] | Literal["auto", "set", "none"]
PERCENTILES = (0.1, 99.9)
"""The display range "auto" begins and ends at these percentiles of the values."""
ROBUST = (1, 99)
"""What lies between these percentiles says what kind of picture it is: nothing that is rare decides."""
BLACK = 655
"""What the lower end becomes, a hundredth of white. The network answers 0 otherwise than nearly 0 (over 0.5: 0.31 and
0.23), so that noise about the lower end would come out as blotches."""
FULL_SCALES = (4095, 16383, 65535)
"""The largest values of 12, 14 and 16 bits: where a sensor's range ends, whatever is hotter."""
_SAMPLED = 1 << 16
_VOTES = 5
"""After so many pictures of one opinion no further ones are asked."""


def display_range(pictures: Iterable[np.ndarray], kind: Literal["auto", "set"] = "auto") -> tuple[float, float]:
    """The range (low, high) in which all the pictures are shown, in their own unit.

    ``pictures``: (H, W) each, integers or floats of any range, of sizes that may differ; they are taken one after the
    other, so an iterator may read them. "set": the lowest and the highest value of all, so that nothing is clipped;
    "auto": percentiles 0.1 and 99.9 of all, so that a single dead pixel does not take the contrast (of pictures above
    65,536 pixels a regular part is counted). Where counts look thermal without 0 and the end of the sensor's range,
    those do not count. The range is never empty. ValueError if there is no picture.

    >>> display_range([np.array([[3000, 3100]]), np.array([[3050, 3900]])], "set")
    (3000.0, 3900.0)
    """
    samples, low, high = [], np.inf, -np.inf
    for pixels in pictures:
        low, high = min(low, float(pixels.min())), max(high, float(pixels.max()))
        samples.append(_meaningful(_sample(pixels), pixels.dtype))
    if not samples:
        raise ValueError("a display range needs a picture")
    if kind == "auto":
        low, high = map(float, np.percentile(np.concatenate(samples), PERCENTILES))
    return _not_empty(low, high)


def _not_empty(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _sample(pixels: np.ndarray) -> np.ndarray:
    # An odd step does not fall on the same columns in each row.
    return pixels.ravel()[:: max(1, pixels.size // _SAMPLED) | 1].astype(np.float32)


def _meaningful(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Finite values; of counts of a thermal camera those that are neither 0 nor the end of its range."""
    if dtype.kind == "f":
        return values[np.isfinite(values)]
    inside = _inside(values)
    return inside if _pedestal(inside) else values


def _inside(values: np.ndarray) -> np.ndarray:
    top = values.max(initial=0)
    return values[(values != 0) & (values != top)] if top in FULL_SCALES else values[values != 0]


def _pedestal(values: np.ndarray) -> bool:
    if not values.size:
        return False
    low, high = map(float, np.percentile(values, ROBUST))
    # An 8-bit picture that somebody made one of 16 bits holds multiples of 256 or 257.
    few = values[:4096]
    return looks_thermal(low, high) and not any(np.all(few % step == 0) for step in (256, 257))


def stretch(pixels: np.ndarray, low: float, high: float) -> np.ndarray:
    """The picture with ``low`` as nearly black and ``high`` as white, uint16; what lies beyond is clipped.

    ``pixels``: (H, W), integers or floats in the unit of ``low`` and ``high``. ValueError unless low < high.

    >>> stretch(np.array([[0.0, 20, 40, 60, 80]]), 20, 60).tolist()
    [[655, 655, 33095, 65535, 65535]]
    """
    check_range(low, high)
    share = np.clip((pixels.astype(np.float32) - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.rint(BLACK + share * (65535 - BLACK)).astype(np.uint16)


def check_range(low: float, high: float) -> None:
    """ValueError unless low < high."""
    if not low < high:
        raise ValueError(f"range {low:g} {high:g}: expected the lower value first, then the higher one")


def looks_thermal(low: float, high: float) -> bool:
    """Whether 16-bit values from ``low`` to ``high`` can only be those of a thermal camera.

    Those lie on a pedestal (counts, or hundredths of a kelvin): in a range narrower than an eighth of all values and
    than its distance from 0. A photograph of little light comes near black, one of too much light reaches white, and
    one of 10 or 12 bits stored in 16 begins at 0.

    >>> looks_thermal(3051, 4630), looks_thermal(40, 4095), looks_thermal(59000, 65535)
    (True, False, False)
    """
    return high - low < min(low, 65536 / 8) and high < 60000


def display_ranges(
    choice: Range,
    sources: Sequence[Iterable[Picture]],
    names: Sequence[str],
    warn: Callable[[str], object] = warnings.warn,
) -> list[tuple[float, float] | None]:
    """For each source the range in which its pictures are shown, or None where they stay as they are.

    A source is one picture, or all of a folder or a video, which then get one range. ``choice``: "auto" for
    `display_range` over what was measured by a thermal camera: `Picture.measured`, or counts that `looks_thermal` says
    of most pictures; "set", or (low, high) in the unit of the file, for those too, and where there is none of them for
    every 16-bit gray source; "none" for no source. Dead pixels and areas without data do not count, see
    `dead_pixels`, nor do pictures that show nothing, such as the closed shutter of a camera. ValueError if the range
    fits no source; ``names``: what it calls them. ``warn`` is called where nothing of a source lies in the given range.
    """
    if choice == "none":
        return [None] * len(sources)
    given = None if isinstance(choice, str) else choice
    looks = [_look(source, choice) for source in sources]
    thermal = [look.thermal for look in looks]
    wanted = thermal if choice == "auto" or any(thermal) else [bool(look.pictures) for look in looks]
    if choice != "auto" and not any(wanted):
        raise ValueError(f"range: neither 16-bit gray nor of a thermal camera: {', '.join(names)}: leave it out")
    ranges: list[tuple[float, float] | None] = []
    for look, yes, name in zip(looks, wanted, names, strict=True):
        if yes and given and not look.hit:
            warn(f"{name}: {outside([np.array([look.lowest, look.highest])], given)}")
        ranges.append((given or look.range(choice)) if yes else None)
    return ranges


@dataclass
class _Look:
    """What the pictures of a source say of its range."""

    pictures: int = 0
    """How many may hold counts or temperatures."""
    measured: bool = False
    votes: list[tuple[float, bool]] = field(default_factory=list)
    """Of each picture: how wide its range is, and whether it looks thermal."""
    samples: list[np.ndarray] = field(default_factory=list)
    lowest: float = np.inf
    highest: float = -np.inf
    hit: bool = False
    """Whether a value lies in the range that was given."""

    def add(self, picture: Picture, choice: Range) -> None:
        pixels, empty = picture.pixels, without_data(picture)
        self.pictures += 1
        self.measured = self.measured or picture.measured
        yes = picture.measured or counts_look_thermal(pixels)
        if yes:
            clean = cleaned(pixels, empty)
            pixels = clean.pixels if clean.empty is None else clean.pixels[~clean.empty]
        sample = _sample(pixels)
        inside = _inside(sample) if pixels.dtype == np.uint16 else sample
        if not inside.size:
            return
        low, high = map(float, np.percentile(inside, ROBUST))
        self.votes.append((high - low, yes))
        if choice == "auto":
            self.samples.append(inside if yes else sample)
            return
        self.lowest, self.highest = min(self.lowest, float(pixels.min())), max(self.highest, float(pixels.max()))
        if not (choice == "set" or self.hit):
            self.hit = bool(np.any((pixels >= choice[0]) & (pixels <= choice[1])))

    @property
    def enough(self) -> bool:
        """Whether all pictures so far say that this is not thermal."""
        return len(self.votes) >= _VOTES and not self.measured and not any(yes for _, yes in self.votes)

    @property
    def seen(self) -> list[bool]:
        """Which pictures show something: they use a tenth of what is usual, or more."""
        usual = np.median([width for width, _ in self.votes]) if self.votes else 0
        return [width > usual / 10 for width, _ in self.votes]

    @property
    def thermal(self) -> bool:
        """The opinion of most pictures; of those that show something, if there are any."""
        votes = [yes for (_, yes), seen in zip(self.votes, self.seen, strict=True) if seen or not any(self.seen)]
        return bool(votes) and (self.measured or 2 * sum(votes) >= len(votes))

    def range(self, choice: Range) -> tuple[float, float]:
        if choice == "set":
            return _not_empty(self.lowest, self.highest)
        samples = [one for one, seen in zip(self.samples, self.seen, strict=True) if seen or not any(self.seen)]
        return _not_empty(*map(float, np.percentile(np.concatenate(samples), PERCENTILES)))


def _look(source: Iterable[Picture], choice: Range) -> _Look:
    """Goes through the pictures of a source, as far as it takes."""
    look = _Look()
    for picture in source:
        if has_values(picture):
            look.add(picture, choice)
        # A source of other pictures is not read to its end, nor one whose answer is known.
        done = look.hit and len(look.votes) >= _VOTES
        if done or not look.pictures or (choice == "auto" and look.enough):
            break
    return look


def outside(pictures: Iterable[np.ndarray], display: tuple[float, float]) -> str:
    """In words, that no value of the pictures lies in a range; nothing where one does: no more are taken then."""
    lowest, highest = np.inf, -np.inf
    for pixels in pictures:
        lowest, highest = min(lowest, float(pixels.min())), max(highest, float(pixels.max()))
        if np.any((pixels >= display[0]) & (pixels <= display[1])):
            return ""
    wrong = f"nothing of it lies in the range {display[0]:g} to {display[1]:g}"
    return f"{wrong}: its values are {lowest:.6g} to {highest:.6g}: see `range`"


def unused_range(picture: Picture) -> str:
    """In words, that 16-bit values use so little of their range that they should be stretched; nothing if they do not.

    Of gray less than half, of colour less than a sixteenth: more can be a photograph of little contrast.
    """
    if picture.pixels.dtype != np.uint16:
        return ""
    limit = 65536 // (16 if picture.is_colour else 2)
    low, high = int(picture.pixels.min()), int(picture.pixels.max())
    if high - low >= limit and not picture.is_colour:  # by a dead pixel, perhaps
        low, high = np.percentile(_sample(picture.pixels), PERCENTILES).round().astype(int)
    if not 0 < high - low < limit:
        return ""
    how = "stretch them first" if picture.is_colour else f"`range=({low}, {high})` stretches them"
    return f"its values, {low} to {high}, are a small part of 0 to 65535: {how}"


def counts_look_thermal(pixels: np.ndarray) -> bool:
    """Whether 16-bit gray can only be counts, by the values that are neither rare, 0, nor at the border."""
    whole = min(pixels.shape) < 8 * BORDER
    inner = pixels if whole else pixels[BORDER:-BORDER, BORDER:-BORDER]
    step = max(1, min(inner.shape) // 64)
    return _pedestal(_inside(inner[::step, ::step].ravel().astype(np.float32)))


def without_data(picture: Picture) -> np.ndarray | None:
    """Where a picture has no data by its alpha channel: bool (H, W); None if it has them everywhere."""
    empty = None if picture.alpha is None else picture.alpha == 0
    return empty if empty is not None and empty.any() else None


def has_values(picture: Picture) -> bool:
    """Whether a picture may hold counts or temperatures: measured values, or 16-bit gray."""
    return picture.measured or (picture.pixels.dtype == np.uint16 and not picture.is_colour)


def shown(
    picture: Picture, display: tuple[float, float] | None, warn: Callable[[str], object] | None = None
) -> Picture:
    """The picture in a display range, 16 bit; as it is where there is none, or where it holds no such values.

    Dead pixels of what looks thermal are filled from their neighbours, and ``warn`` is called with one line that says
    how many. Areas without data become transparent, and so does a picture that is all 0: the shutter was closed.
    """
    if display is None and picture.measured:
        display = display_ranges("auto", [[picture]], [""])[0]
    if display is None or not has_values(picture):
        return picture
    pixels, empty = picture.pixels, without_data(picture)
    if picture.measured or counts_look_thermal(pixels) or not pixels.any():
        pixels, empty, filled = cleaned(pixels, empty)
        if filled and warn:
            warn(f"{filled} dead pixel{'s' * (filled > 1)} filled from the neighbours")
    alpha = None if picture.alpha is None else to_depth(picture.alpha, np.uint16)
    if empty is not None:
        alpha = np.full(pixels.shape, 65535, np.uint16) if alpha is None else alpha.copy()
        alpha[empty] = 0
    return replace(picture, pixels=stretch(pixels, *display), alpha=alpha, measured=False, unit="")
