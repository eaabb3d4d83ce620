"""Pictures from files as fusion shows them: counts and temperatures of thermal cameras in a display range.

What measures, ranks or learns from the sources of a fusion reads them here, so that it sees what was fused.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path

from aefusion.image.flir import is_flir
from aefusion.image.no_data import without_gaps
from aefusion.image.picture import Picture
from aefusion.image.read import read, read_both
from aefusion.image.thermal import Range, display_ranges, shown

Display = tuple[float, float] | None
"""The lowest and the highest value shown; None for a picture that is shown as it is."""
Displays = tuple[Display, Display]
"""Those of the first and of the second picture of a pair."""
EXAMPLES = 64
"""Pairs, evenly spread, that say in which range all of a folder are shown."""
Warn = Callable[[str], object]


def folder_displays(
    pairs: Sequence[tuple[Path, Path]],
    choice: Range = "auto",
    *,
    rendered: bool = False,
    warn: Warn = warnings.warn,
) -> Displays:
    """One display range for all first pictures, and one for all second ones; see `thermal.display_ranges`.

    "set" reads every picture that may be thermal; "auto" at most EXAMPLES, evenly spread. Files that cannot be read are
    passed over. ``rendered``: see `read`.
    """
    examples = pairs if choice == "set" else pairs[:: -(-len(pairs) // EXAMPLES) or 1]

    def readable(side: int) -> Iterator[Picture]:
        for pair in examples:
            try:
                # The photograph inside of a file that holds both is 8 bit.
                if side == 1 or pair[0] != pair[1]:
                    yield read(pair[side], measured=True, rendered=rendered)
            except ValueError:
                continue

    names = [str(path.parent) for path in pairs[0]] if pairs else ["a", "b"]
    first, second = display_ranges(choice, [readable(0), readable(1)], names, warn)
    return first, second


def read_shown(
    a: str | PathLike[str], b: str | PathLike[str], displays: Displays | None = None, *, warn: Warn = warnings.warn
) -> tuple[Picture, Picture]:
    """Two sources as they are fused, uint8 or uint16 or float32; see `as_shown`. FileError as `read` raises it.

    ``displays``: those of the folders that the files are of, see `folder_displays`; without it each has its own.
    """
    return as_shown(read_sources(a, b, warn=warn), [str(a), str(b)], displays, warn=warn)


def read_sources(
    a: str | PathLike[str], b: str | PathLike[str], *, warn: Warn = warnings.warn
) -> tuple[Picture, Picture]:
    """Two sources as they are read for fusion: what thermal files measured is not yet a picture.

    A radiometric FLIR JPEG that is given twice is its photograph and its temperatures.
    """
    if Path(a) == Path(b) and Path(a).is_file() and is_flir(Path(a).read_bytes()):
        return read_both(a, warn=warn)
    return read(a, measured=True, warn=warn), read(b, measured=True, warn=warn)


def as_shown(
    pictures: Sequence[Picture],
    names: Sequence[str],
    displays: Displays | None = None,
    *,
    choice: Range = "auto",
    warn: Warn = warnings.warn,
) -> tuple[Picture, Picture]:
    """Two pictures of one size in their display ranges; where a thermal one has no data, the other is seen.

    Pictures of different sizes are given as they are. ``choice``: the range, where ``displays`` are not known.

    >>> import numpy as np
    >>> counts = Picture(np.uint16(np.linspace(7000, 8000, 4096)).reshape(64, 64))
    >>> a, b = as_shown([Picture(np.zeros((64, 64), np.uint8)), counts], "ab")
    >>> a.pixels.dtype, int(b.pixels.min()), int(b.pixels.max())
    (dtype('uint8'), 655, 65535)
    """
    known = display_ranges(choice, [[picture] for picture in pictures], names, warn) if displays is None else displays
    thermal = [one.measured or display is not None for one, display in zip(pictures, known, strict=True)]
    first, second = (shown(picture, display) for picture, display in zip(pictures, known, strict=True))
    if first.pixels.shape[:2] == second.pixels.shape[:2]:
        first, second = without_gaps([first, second], thermal, 0)
    return first, second
