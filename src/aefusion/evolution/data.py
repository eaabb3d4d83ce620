"""Reading the pairs of a folder of data as gray pictures, in the range in which they are fused."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aefusion.evolution.index import pair_hash
from aefusion.image import read
from aefusion.image.colour import luminance
from aefusion.image.pair_tree import TreePair, tree
from aefusion.image.shown_files import Displays
from aefusion.image.shown_pairs import displays_of, read_grays
from aefusion.image.thermal import Range


def read_gray(path: Path) -> np.ndarray:
    """The luminance of a picture, float32 (H, W) in [0, 1]; of a pair see `read_grays`."""
    return luminance(read(path).pixels)


@dataclass(frozen=True)
class Source:
    """One pair of the data, looked at."""

    key: str
    """Hash of its pixels."""
    pair: TreePair
    displays: Displays
    """The ranges in which its pictures are shown."""


def look_at(root: Path, pattern: str | None = None, choice: Range = "auto") -> list[Source]:
    """All pairs, read once for their hashes; errors as `read_pairs` raises them."""
    return [Source(pair_hash(a, b), pair, displays) for pair, displays, a, b in _read(root, pattern, choice)]


def read_pairs(
    root: Path, pattern: str | None = None, choice: Range = "auto"
) -> Iterator[tuple[TreePair, np.ndarray, np.ndarray]]:
    """Every pair of `image.pair_tree` with its pictures, float32 (H, W) in [0, 1], one by one.

    ``pattern``: which files are pairs, see `image.pairs`. ``choice``: how thermal pictures are shown, see
    `image.shown_pairs.displays_of`.

    ValueError, one line, with all that is wrong with the folder: at once where `image.pair_tree` raises it, and after
    the last pair for pictures that cannot be read, or whose sizes differ.
    """
    for pair, _, a, b in _read(root, pattern, choice):
        yield pair, a, b


Looked = tuple[TreePair, Displays, np.ndarray, np.ndarray]


def _read(root: Path, pattern: str | None, choice: Range) -> Iterator[Looked]:
    wrong = []
    pairs = tree(root, pattern)
    for pair, displays in zip(pairs, displays_of(pairs, choice), strict=True):
        try:
            a, b = read_grays(pair, displays)
        except ValueError as error:
            wrong.append(str(error))
            continue
        if a.shape != b.shape:
            sizes = " and ".join(f"{x.shape[1]}x{x.shape[0]}" for x in (a, b))
            wrong.append(f"{pair.full_name}: a and b differ in size, {sizes}")
            continue
        yield pair, displays, a, b
    if wrong:
        more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise ValueError(f"{root}: {len(wrong)} bad pairs: {'; '.join(wrong[:10])}{more}")
