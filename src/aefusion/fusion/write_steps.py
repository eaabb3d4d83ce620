"""The pictures of each step on the way of a result, written to a folder: see docs/algorithm.md."""

from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.engine import Trained
from aefusion.files import make_folder
from aefusion.fusion.fuse_luminances import fuse_luminances
from aefusion.fusion.plan import letter
from aefusion.image import Picture, split, write
from aefusion.image.colour import Colour
from aefusion.image.depth import to_depth
from aefusion.image.resize import resize

LARGEST = 512
"""The longer side, in pixels, at which the maps of a network are shown."""
TILE = 160
"""The longer side of a map in their sheet."""


def write_steps(
    folder: str | PathLike[str],
    pictures: Sequence[Picture],
    fused: Picture,
    colour: Colour,
    engine: Callable[..., np.ndarray],
    inside: Trained | str,
) -> list[Path]:
    """Write the steps of a result as PNG files, numbered in their order; returns them.

    ``pictures``: the sources, prepared. ``engine``: what fused their luminances. ``inside``: the network that it runs,
    or the name of its method. 1: the sources. 2: their luminances. 3: of a network, all maps behind each
    ReLU; of the Laplacian pyramid `lp`, the bands of both sources and the fused ones. 4: the fused luminance.
    5: the result with its colour. Other methods have no step 3. The folder is made; files of these names are replaced.
    """
    make_folder(folder)
    parts = split(pictures[0], pictures[1], colour, more=pictures[2:])
    steps = {f"1-source-{letter(i)}": picture for i, picture in enumerate(pictures)}
    steps |= {f"2-luminance-{letter(i)}": Picture(gray) for i, gray in enumerate(parts.grays)}
    a, b = (to_depth(gray, np.float32) for gray in parts.grays[:2])
    steps |= {f"3-{name}": Picture(pixels) for name, pixels in _inside(inside, a, b)}
    steps["4-luminance-fused"] = Picture(fuse_luminances(engine, parts.grays))
    steps["5-result"] = Picture(fused.pixels)
    paths = []
    for name, picture in steps.items():
        paths.append(Path(folder) / f"{name}.png")
        write(paths[-1], Picture(to_depth(picture.pixels, np.uint8)))
    return paths


def _inside(inside: Trained | str, a: np.ndarray, b: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Names and pictures, float32 in [0, 1], of what is between the luminances and the fused one."""
    if isinstance(inside, Trained):
        from aefusion.engine.maps import maps

        scale = min(1.0, LARGEST / max(a.shape))
        size = [max(1, round(side * scale)) for side in a.shape]
        a, b = (resize(Picture(x), *size).pixels for x in (a, b))
        for name, stack in maps(inside, a, b).items():
            yield f"maps-{name}", sheet(stack)
    elif inside == "lp":
        from aefusion.library import METHODS
        from aefusion.library.lp import laplacian_bands

        for name, band in laplacian_bands(a, b, METHODS["lp"].parameters["levels"]).items():
            # A band has both signs: gray is zero.
            yield name, np.clip(0.5 + 2 * band, 0, 1) if name.startswith("band") else np.clip(band, 0, 1)


def sheet(maps: np.ndarray) -> np.ndarray:
    """Maps (C, h, w), 0 and more, side by side, each white at its largest value; one that is never above 0 is black.

    >>> sheet(np.ones((4, 10, 20), np.float32)).shape
    (22, 42)
    """
    scale = min(1.0, TILE / max(maps.shape[1:]))
    height, width = (max(1, round(side * scale)) for side in maps.shape[1:])
    columns = int(np.ceil(np.sqrt(len(maps))))
    rows = -(-len(maps) // columns)
    canvas = np.ones((rows * (height + 2) - 2, columns * (width + 2) - 2), np.float32)
    for i, one in enumerate(maps):
        largest = float(one.max())
        bright = (one / largest if largest > 0 else one).astype(np.float32)
        tile = resize(Picture(bright), height, width).pixels
        top, left = (i // columns) * (height + 2), (i % columns) * (width + 2)
        canvas[top : top + height, left : left + width] = tile
    return canvas
