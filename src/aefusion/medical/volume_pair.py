"""Two volumes or three on one grid, and how each of them is shown."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from aefusion.image.colour import Colour
from aefusion.medical.colormap import COLORMAPS
from aefusion.medical.ends import check_ends
from aefusion.medical.grid import Grid
from aefusion.medical.match import Resample, check_patients, check_spaces, on_one_grid
from aefusion.medical.open import open_volume
from aefusion.medical.overlay import check_opacity
from aefusion.medical.register import Registered, registered
from aefusion.medical.shown import Shown
from aefusion.medical.units import Units
from aefusion.medical.view import View, seen
from aefusion.medical.volume import Volume
from aefusion.medical.wanted import Form, Wanted
from aefusion.medical.window import Window

Ends = tuple[float, float]
"""The centre and the width of a window."""
_NAMES = ("first", "second", "third")


@dataclass(frozen=True)
class VolumePair:
    """What is to be fused: two sources, or three."""

    sources: tuple[Shown, ...]
    colour: Colour
    """Whose colour the result has: "a", "b", "auto" for that of all, "gray" for none."""
    resample: Resample | None = None
    """Whose grid stays, if something was brought onto another grid."""
    different: tuple[str, ...] = ()
    """What the headers state differently although it should be one: "patients", "patient positions"."""
    opacity: float | None = None
    """Of the last source, over the fusion of the others; None if it is fused with them."""
    view: View | None = None
    registered: tuple[Registered, ...] = ()
    """What was registered onto the first source, and how."""

    @property
    def a(self) -> Shown:
        """The first source."""
        return self.sources[0]

    @property
    def b(self) -> Shown:
        """The second source."""
        return self.sources[1]

    @property
    def placed(self) -> Volume:
        """The one whose position in the patient the result has."""
        volumes = [shown.volume for shown in self.sources]
        if self.resample == "a-to-b":
            volumes[:2] = volumes[1::-1]
        return next((volume for volume in volumes if volume.grid), volumes[0])

    @property
    def grid(self) -> Grid | None:
        """The grid of all, or of those that state a position."""
        return self.placed.grid

    @property
    def count(self) -> int:
        """How many slices there are."""
        return self.a.volume.count

    @property
    def in_words(self) -> str:
        """What is fused and how it is shown, in a sentence without names."""
        *others, last = [shown.in_words for shown in self.sources]
        moved = ""
        if self.resample:
            stays = 0 if self.resample == "b-to-a" else 1
            names = " and ".join(name for i, name in enumerate(_NAMES[: len(self.sources)]) if i != stays)
            moved = f", the {names} resampled onto the grid of the {_NAMES[stays]}"
        moved += "".join(f", the {one.name} registered ({one.in_words})" for one in self.registered)
        laid = (
            f", the {_NAMES[len(others)]} laid over with opacity {self.opacity:g}" if self.opacity is not None else ""
        )
        view = f", {self.view} view" if self.view else ""
        forced = f"; of different {' and '.join(self.different)} by their headers" if self.different else ""
        return f"{', '.join(others)} and {last}{moved}{laid}{view}{forced}"


@contextmanager
def open_pair(
    a: str | PathLike[str],
    b: str | PathLike[str],
    c: str | PathLike[str] | None = None,
    *,
    window_a: Ends | None = None,
    window_b: Ends | None = None,
    window_c: Ends | None = None,
    colormap: str | None = None,
    opacity: float | None = None,
    units: Units = "file",
    resample: Resample | None = None,
    register: Sequence[str] = (),
    view: View | None = None,
    series_a: int | str | None = None,
    series_b: int | str | None = None,
    series_c: int | str | None = None,
    volume: int | Sequence[int] | None = None,
    form: Form | None = None,
    force: bool = False,
    warn: Callable[[str], object] = warnings.warn,
) -> Iterator[VolumePair]:
    """Two volumes or slices, or three, checked and on one grid, while the context lasts.

    ``window_a``, ``window_b``, ``window_c``: centre and width in the file's units (Hounsfield units of CT) or in
    ``units``; else the file's own window, else percentiles; see `Volume.own_window`. ``colormap``: a name in
    `COLORMAPS` for the last source. ``opacity``, 0 to 1: lay the last source over the fusion of the others, instead of
    fusing it. ``units``: "suv" for PET, "real" for real world values; see `units.measure_of`. ``resample``: "b-to-a"
    brings the others onto the grid of the first, "a-to-b" onto that of the second; it is not needed, and nothing is
    resampled, where the grids are one. ``register``: "b", "c" or both: lay these onto the first by a rigid
    registration, see `registered`; they are then resampled onto it. ``view``: "axial", "coronal" or "sagittal" slices.
    ``series_a`` to ``form``: what is meant, see `Wanted`; ``volume`` is one number, for the sources that hold several
    volumes, or one for each source. ``force``: fuse what is of two patients, by their headers, all the same. ``warn``:
    is called with what was noticed. Raises ValueError or FileError, one line.
    """
    if colormap and colormap not in COLORMAPS:
        raise ValueError(f"colour map {colormap!r}: expected {', '.join(COLORMAPS)}")
    check_opacity(opacity)
    paths = [Path(path) for path in (a, b, c) if path is not None]
    count = len(paths)
    if c is None and (window_c or series_c is not None):
        raise ValueError("`window_c` and `series_c` are of a third source: there is none")
    moving = _moving(register, count, resample)
    windows = [Window(*window) if window else None for window in (window_a, window_b, window_c)][:count]
    colours = [None] * (count - 1) + [colormap]
    with ExitStack() as opened:
        wanted = _wanted((series_a, series_b, series_c)[:count], volume, form, units)
        volumes = [opened.enter_context(open_volume(path, one, warn)) for path, one in zip(paths, wanted, strict=True)]
        if any(one.lenient and one.volume != 1 for one in wanted) and all(one.of == 1 for one in volumes):
            raise ValueError(f"volume {volume}: each source holds one volume: leave `volume` out")
        if units == "suv" and not any(one.unit == "SUV" for one in volumes):
            raise ValueError('`units="suv"`: none of the sources is a PET in DICOM: leave it out')
        different = dict.fromkeys(
            what for other in volumes[1:] for what in check_patients(volumes[0], other, force, warn)
        )
        for i, other in enumerate(volumes[1:], 1):
            if i not in moving:
                check_spaces(volumes[0], other, warn)
        for one, window, colour in zip(volumes, windows, colours, strict=True):
            if one.colour and (window or colour):
                raise ValueError(f"{one.name}: is in colour: windows and colour maps are for gray values")
        results = [replace(registered(volumes[0], volumes[i]), name=_NAMES[i]) for i in moving]
        placed = list(volumes)
        for i, result in zip(moving, results, strict=True):
            placed[i] = result.volume
        on_grid = on_one_grid(placed, "b-to-a" if moving else resample, warn)
        moved = any(one is not other for one, other in zip(on_grid, volumes, strict=True))
        shown = []
        for turned, one, window, colour in zip(seen(on_grid, view), volumes, windows, colours, strict=True):
            look = None if one.colour else window or one.own_window(warn)
            if window or one.window:  # what was chosen by percentiles suits
                check_ends(one, look, warn)
            shown.append(Shown(turned, look, colour))
        has = [bool(colour) or one.shows_colour() for one, colour in zip(volumes, colours, strict=True)]
        of_pair: Colour = "auto" if all(has[:2]) else "a" if has[0] else "b"
        yield VolumePair(
            tuple(shown), "gray" if not any(has) else of_pair if count == 2 else "auto",
            ("b-to-a" if moving else resample) if moved else None, tuple(different), opacity, view, tuple(results),
        )  # fmt: skip


def _wanted(
    series: Sequence[int | str | None], volume: int | Sequence[int] | None, form: Form | None, units: Units
) -> list[Wanted]:
    """What is meant of each source."""
    if volume is None or isinstance(volume, int):
        numbers = [volume] * len(series)
    elif len(volume) == 1:
        return _wanted(series, volume[0], form, units)
    elif len(volume) == len(series):
        numbers = list(volume)
    else:
        raise ValueError(f"volume {tuple(volume)}: give one number, or one for each of the {len(series)} sources")
    lenient = isinstance(volume, int)
    return [Wanted(one, number, lenient, form, units) for one, number in zip(series, numbers, strict=True)]


def _moving(register: Sequence[str], count: int, resample: Resample | None) -> list[int]:
    """Which sources are registered onto the first, by their position."""
    known = ("b", "c")[: count - 1]
    if wrong := [one for one in register if one not in known]:
        raise ValueError(f"register {wrong[0]!r}: expected {' or '.join(known)}: the first stays where it is")
    if register and resample == "a-to-b":
        raise ValueError('`register` lays the others onto the first: give `resample="b-to-a"`, or leave it out')
    return [known.index(one) + 1 for one in dict.fromkeys(register)]
