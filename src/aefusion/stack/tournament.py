from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from aefusion.fusion.fuser import Fuser
from aefusion.image import Picture
from aefusion.image.depth import to_depth


def tournament(fuser: Fuser, pictures: Iterable[Picture], progress: Callable[[int], object]) -> Picture:
    """Any number of pictures fused two by two, neighbours first, then their results, and so on.

    Each picture then passes through as few fusions as can be, log2 N, and all through as many. Fused one after the
    other, the first would pass through N - 1, and what it alone shows would fade. All is float32, the
    result too; as many pictures are held as log2 N, and one.
    """
    waiting: list[tuple[int, Picture]] = []
    for done, picture in enumerate(pictures, 1):
        winner, rounds = in_depth(picture, np.float32), 0
        while waiting and waiting[-1][0] == rounds:
            winner, rounds = fuser.pair(waiting.pop()[1], winner), rounds + 1
        waiting.append((rounds, winner))
        progress(done)
    fused = waiting.pop()[1]
    while waiting:
        fused = fuser.pair(waiting.pop()[1], fused)
    return fused


def in_depth(picture: Picture, depth) -> Picture:
    """The same picture in another depth."""
    alpha = None if picture.alpha is None else to_depth(picture.alpha, depth)
    return replace(picture, pixels=to_depth(picture.pixels, depth), alpha=alpha)
