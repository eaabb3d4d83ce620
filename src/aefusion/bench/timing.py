"""The paper's protocol of timing: gray pairs of 8 bit and 400 x 400 from files, from the second on, never saving."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from aefusion.bench.demo import exposure_pair, focus_pair
from aefusion.image import Picture, read, write
from aefusion.image.colour import luminance
from aefusion.image.depth import to_depth
from aefusion.image.resize import resize

Files = Sequence[tuple[Path, Path]]
SEED = 0


def write_pairs(folder: Path, count: int, size: int, sources: Files = ()) -> list[tuple[Path, Path]]:
    """Write `count` pairs of `size` x `size`, gray PNG of 8 bit, into a folder.

    Of the files in ``sources``, over and over; without them, windows of two pairs made from scikit-image's photographs,
    their places drawn with `SEED`.
    """
    random = np.random.default_rng(SEED)
    made = [] if sources else [[gray(x) for x in pair] for pair in (focus_pair(), exposure_pair())]
    written = []
    for number in range(count):
        if sources:
            pictures = [gray(read(path).pixels) for path in sources[number % len(sources)]]
        else:
            pictures = made[number % len(made)]
            height, width = pictures[0].shape
            side = int(random.integers(min(height, width) // 2, min(height, width) + 1))
            y, x = int(random.integers(height - side + 1)), int(random.integers(width - side + 1))
            pictures = [picture[y : y + side, x : x + side] for picture in pictures]
        paths = folder / f"{number:04}_a.png", folder / f"{number:04}_b.png"
        for path, picture in zip(paths, pictures, strict=True):
            write(path, resize(Picture(picture), size, size))
        written.append(paths)
    return written


def gray(pixels: np.ndarray) -> np.ndarray:
    """Gray, uint8 (H, W)."""
    return to_depth(luminance(pixels), np.uint8)


def time_pairs(
    fuse: Callable[[np.ndarray, np.ndarray], np.ndarray], files: Files, limit: float
) -> tuple[list[float], list[float]]:
    """Seconds of each pair from the second on: fusing alone, and reading and fusing.

    Ends at the last pair, or once `limit` seconds have gone by; two pairs at least, of which the second counts.
    """
    begin, alone, reading = time.perf_counter(), [], []
    for number, (a, b) in enumerate(files):
        start = time.perf_counter()
        pictures = read(a).pixels, read(b).pixels
        loaded = time.perf_counter()
        fuse(*pictures)
        end = time.perf_counter()
        if number:
            alone.append(end - loaded)
            reading.append(end - start)
            if end - begin > limit:
                break
    return alone, reading
