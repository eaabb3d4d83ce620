"""Reading the pairs of a folder of data as gray pictures."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aefusion.image import read
from aefusion.image.colour import luminance
from aefusion.image.pair_tree import TreePair, tree


def read_gray(path: Path) -> np.ndarray:
    """The luminance of a picture, float32 (H, W) in [0, 1]."""
    return luminance(read(path).pixels)


def read_pairs(root: Path) -> Iterator[tuple[TreePair, np.ndarray, np.ndarray]]:
    """Every pair of ``root/<task>/<dataset>/{a,b}/<stem>.*`` with its pictures, float32 (H, W) in [0, 1], one by one.

    ValueError, one line, with all that is wrong with the folder: at once where `image.pair_tree` raises it, and after
    the last pair for pictures that cannot be read, or whose sizes differ.
    """
    wrong = []
    for pair in tree(root):
        try:
            a, b = read_gray(pair.a), read_gray(pair.b)
        except ValueError as error:
            wrong.append(str(error))
            continue
        if a.shape != b.shape:
            sizes = " and ".join(f"{x.shape[1]}x{x.shape[0]}" for x in (a, b))
            wrong.append(f"{pair.full_name}: a and b differ in size, {sizes}")
            continue
        yield pair, a, b
    if wrong:
        more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise ValueError(f"{root}: {len(wrong)} bad pairs: {'; '.join(wrong[:10])}{more}")
