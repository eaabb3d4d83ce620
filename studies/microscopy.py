"""The example of docs/microscopy.md: a stack of two channels with a known depth, and the sheet of what comes of it.

    python studies/microscopy.py --make FOLDER   the file cells.ome.tif
    python studies/microscopy.py --sheet         the picture of the page

A stained section that comes with scikit-image (ihc.png) is taken apart into its two stains (Ruifrok, Johnston, 2001).
They lie on a tilted, wavy surface, and each plane shows sharply what lies at its depth. Values are counts of 12 bits
with the noise of photons.
"""

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np
import tifffile
from skimage import color, data

from aefusion import fuse_stack, read
from aefusion.image import Picture, write

PLANES, STEP, PIXEL = 9, 1.5, 0.5
"""Their number, and in micrometres their distance and the size of a pixel."""
BLUR = 1.4
"""The standard deviation, in pixels, of the blur that a plane has for each plane of distance."""
STAINS = {"nuclei": 0, "marker": 2}


def surface(shape: tuple[int, int]) -> np.ndarray:
    """The plane, from 0, at which each pixel is sharp: float32 (H, W)."""
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    return np.float32((0.15 + 0.6 * x + 0.08 * np.sin(7 * y) + 0.1 * np.cos(5 * x + 3 * y)) * (PLANES - 1))


def stack() -> tuple[np.ndarray, np.ndarray]:
    """The planes, uint16 (Z, C, Y, X), and the surface."""
    stains = color.rgb2hed(data.immunohistochemistry())[64:448, 32:480]
    depth, rng = surface(stains.shape[:2]), np.random.default_rng(0)
    result = np.zeros((PLANES, len(STAINS), *depth.shape), np.uint16)
    for c, stain in enumerate(STAINS.values()):
        light = np.float32(stains[..., stain])
        low, high = np.percentile(light, (20, 99.8))
        sharp = np.clip((light - low) / (high - low), 0, 1) * 2600 + 60
        blurred = np.stack([cv2.GaussianBlur(sharp, (0, 0), max(0.01, BLUR * i / 2)) for i in range(2 * PLANES)])
        for z in range(PLANES):
            at = np.minimum(2 * np.abs(depth - z), 2 * PLANES - 1.001)
            below = at.astype(int)[None]
            one, other = (np.take_along_axis(blurred, below + i, 0)[0] for i in (0, 1))
            result[z, c] = np.clip(rng.poisson((one + (at - below[0]) * (other - one)) / 4) * 4, 0, 4095)
    return result, depth


def make(folder: Path) -> Path:
    """Write cells.ome.tif."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cells.ome.tif"
    metadata = {"axes": "ZCYX", "Channel": {"Name": list(STAINS)}, "PhysicalSizeX": PIXEL, "PhysicalSizeY": PIXEL}
    tifffile.imwrite(path, stack()[0], ome=True, compression="zlib", metadata=metadata | {"PhysicalSizeZ": STEP})
    return path


def shown(pixels: np.ndarray) -> np.ndarray:
    """Counts as uint8 RGB."""
    return cv2.cvtColor(np.uint8(np.clip(pixels / 2800, 0, 1) ** 0.6 * 255), cv2.COLOR_GRAY2RGB)


def sheet(path: Path) -> None:
    """Three planes, the fused channel, both channels in colours, the depth; and how far the depth is off."""
    with tempfile.TemporaryDirectory() as folder:
        source, truth = make(Path(folder)), surface((384, 448)) * STEP
        fused = fuse_stack(
            [source], Path(folder) / "fused.tif", focus_by="nuclei", save_depth=Path(folder) / "depth.tif"
        )
        fuse_stack([source], Path(folder) / "nuclei.tif", channel="nuclei", save_depth=Path(folder) / "depth.png")
        depth, drawn = tifffile.imread(Path(folder) / "depth.tif"), read(Path(folder) / "depth.png").pixels
        planes = tifffile.imread(source)
    print(f"depth: off by {np.abs(depth - truth).mean():.2f} micrometres in the mean, planes are {STEP} apart")
    both = np.dstack([shown(fused.channels[name].pixels)[..., 0] for name in ("marker", "nuclei")])
    colours = np.dstack([both[..., 0], both[..., 1] // 2, both[..., 1]])
    rows = [[shown(planes[z, 0]) for z in (1, 4, 7)], [shown(fused.channels["nuclei"].pixels), colours, drawn]]
    wide = [np.hstack([np.pad(cell, ((0, 6), (0, 6), (0, 0)), constant_values=255) for cell in row]) for row in rows]
    width = max(row.shape[1] for row in wide)
    whole = np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in wide])
    write(path, Picture(np.ascontiguousarray(whole)), quality=88)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", type=Path, metavar="FOLDER")
    parser.add_argument("--sheet", action="store_true")
    given = parser.parse_args()
    if given.make:
        print(make(given.make))
    if given.sheet:
        sheet(Path(__file__).parents[1] / "docs" / "microscopy.jpg")
