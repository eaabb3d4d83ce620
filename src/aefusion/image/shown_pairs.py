"""The pairs of data sets as gray pictures, in the ranges in which they are fused."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from aefusion.image.colour import luminance
from aefusion.image.pair_tree import TreePair
from aefusion.image.read import read
from aefusion.image.shown_files import Display, Displays, folder_displays, read_shown
from aefusion.image.thermal import Range, check_range, unused_range

Warn = Callable[[str], object]


def read_grays(pair: TreePair, displays: Displays | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The luminances of both pictures of a pair as they are fused, float32 (H, W) in [0, 1].

    ``displays``: the ranges in which thermal pictures of its folders are shown, see `displays_of`. FileError for a
    picture that cannot be read.
    """
    a, b = read_shown(pair.a, pair.b, displays)
    return luminance(a.pixels), luminance(b.pixels)


def displays_of(pairs: Iterable[TreePair], choice: Range = "auto", warn: Warn = warnings.warn) -> list[Displays]:
    """For each pair the ranges in which thermal pictures are shown: one for all pairs of the same two folders.

    So they are shown as those folders are fused. ``choice``: see `thermal.display_ranges`; ValueError for one that fits
    none of the folders. ``warn`` is called once for a folder of 16-bit pictures that use a small part of their range.
    """
    if not isinstance(choice, str):
        check_range(*choice)
    pairs, found, wrong = list(pairs), {}, []
    groups: dict[tuple[Path, Path], list[tuple[Path, Path]]] = {}
    for pair in pairs:
        groups.setdefault((pair.a.parent, pair.b.parent), []).append((pair.a, pair.b))
    for folders, files in groups.items():
        try:
            found[folders] = folder_displays(files, choice, warn=warn)
        except ValueError as error:
            found[folders] = None, None
            wrong.append(error)
        if choice != "none":
            _tell_unused(files[0], found[folders], warn)
    if wrong and len(wrong) == len(groups):
        raise wrong[0]
    return [found[pair.a.parent, pair.b.parent] for pair in pairs]


def _tell_unused(files: tuple[Path, Path], displays: Sequence[Display], warn: Warn) -> None:
    for path, display in zip(files, displays, strict=True):
        try:
            unused = "" if display else unused_range(read(path, measured=True))
        except ValueError:  # whoever reads it next says so
            continue
        if unused:
            warn(f"{path}: {unused}")
