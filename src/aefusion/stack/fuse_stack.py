"""A whole stack: order, kind, one pass for the weights, one for the pictures, and the result with its metadata."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Literal

import numpy as np

from aefusion.fuser import Fuser, Source, refuse_overwriting
from aefusion.image import Metadata, Picture, check_quality, check_target, write
from aefusion.image.colour import counts_as_gray, luminance
from aefusion.image.depth import to_depth
from aefusion.stack.blend import Blend
from aefusion.stack.pictures import Pictures
from aefusion.stack.shares import Shares
from aefusion.stack.source_map import check_map, write_source_map
from aefusion.stack.tournament import in_depth, tournament
from aefusion.stack.weights import exposure_weight, focus_weight

Kind = Literal["auto", "focus", "exposure"]
KINDS = ("auto", "focus", "exposure")
DIFFERENT_EXPOSURE = 1.5
"""The ratio of mean brightness, brightest picture to darkest, from which a stack counts as one of exposures."""
UNCOVERED = np.float32(-1e6)

Progress = Callable[[int, int], object]
"""Told after each picture how many readings are done, and of how many."""


def _silent(done: int, total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class Stacked:
    """A fused stack."""

    picture: Picture
    """The result, in the depth of the deepest picture, colour if any has three channels, metadata of the first."""
    kind: str
    """What the stack was taken for, or the name of the network."""
    names: tuple[str, ...]
    """The pictures in the order in which they were fused; the map's indices count these."""
    source: np.ndarray | None
    """(H, W) uint8 or uint16: the picture that counts most at each pixel; None where a network fused."""


def fuse_stack(
    sources: Sequence[Source],
    *,
    kind: Kind = "auto",
    model: str | None = None,
    progress: Progress = _silent,
) -> Stacked:
    """Fuse a focus or exposure series of two pictures or more, all of one size and aligned.

    ``sources``: paths or arrays as in `aefusion.fuse`. Paths are put in natural order first, so that their order makes
    no difference at all; that of arrays makes a difference of rounding, and decides whose metadata are kept and which
    of two equal pictures the map names. ``kind``: "focus" takes each part from where it is sharp, "exposure" from where
    it is well exposed, contrasty and colourful; "auto" looks whether the pictures differ in brightness. The files are
    read twice (what "auto" looks at once more), and memory does not grow with their number. ``model``: fuse with this
    network instead, two by two as in a tournament; memory then grows with the logarithm of the number.

    Raises ValueError, one line that says what to do, for fewer than two pictures, a file given twice, sizes that differ
    and pictures that cannot be read.

    >>> a, b = np.zeros((2, 40, 50, 3), np.uint8)
    >>> fuse_stack([a, b], kind="focus").picture.pixels.shape
    (40, 50, 3)
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r}: expected one of {', '.join(KINDS)}")
    pictures = Pictures(sources)
    if model:
        picture = tournament(Fuser(model), pictures, lambda done: progress(done, len(pictures)))
        return Stacked(in_depth(picture, pictures.depth), model, tuple(pictures.names), None)
    if kind == "auto":
        kind = kind_of(pictures)
    # The middle of a series is the least likely to be so dark, or so bright, that colour does not show.
    saturation = kind == "exposure" and not counts_as_gray(pictures[len(pictures) // 2].pixels)
    done = 0

    def weight(picture: Picture) -> np.ndarray:
        nonlocal done
        pixels = to_depth(picture.pixels, np.float32)
        if kind == "focus":
            found = focus_weight(pixels)
        else:
            found = exposure_weight(_as_colour(pixels, saturation), saturation=saturation)
        if picture.alpha is not None:
            found[picture.alpha == 0] = UNCOVERED
        done += 1
        progress(done, 2 * len(pictures))
        return found

    shares = Shares((weight(picture) for picture in pictures), len(pictures))
    blend, metadata, alpha = Blend(), None, None
    for picture in pictures:
        metadata = metadata or picture.metadata
        pixels = to_depth(picture.pixels, np.float32)
        blend.add(_as_colour(pixels, pictures.is_colour), shares(weight(picture)))
        if picture.alpha is not None:
            seen = to_depth(picture.alpha, pictures.depth)
            alpha = seen if alpha is None else np.maximum(alpha, seen)
    fused = to_depth(np.clip(blend.result(), 0, 1), pictures.depth)
    return Stacked(Picture(fused, alpha, metadata or Metadata()), kind, tuple(pictures.names), shares.winner)


def stack_files(
    sources: Sequence[str | PathLike[str]],
    output: str | PathLike[str],
    *,
    save_map: str | PathLike[str] | None = None,
    quality: int = 95,
    kind: Kind = "auto",
    model: str | None = None,
    progress: Progress = _silent,
) -> Stacked:
    """`fuse_stack` from files into a file; ``save_map``: a PNG for the index of each pixel's source."""
    check_target(output)
    check_quality(quality)
    if save_map:
        if model:
            raise ValueError(
                f"{save_map}: a network mixes its sources, there is no map: leave out the map or the model"
            )
        check_map(save_map)
        check_target(save_map)
    for source in sources:
        for target in (output, save_map):
            if target:
                refuse_overwriting(source, target)
    stacked = fuse_stack(sources, kind=kind, model=model, progress=progress)
    write(output, stacked.picture, quality)
    if save_map and stacked.source is not None:
        write_source_map(save_map, stacked.source, stacked.names)
    return stacked


def kind_of(pictures: Pictures) -> Literal["focus", "exposure"]:
    """What a stack is, by the mean brightness of up to nine pictures of it."""
    chosen = sorted({round(i) for i in np.linspace(0, len(pictures) - 1, 9)})
    means = [float(luminance(pictures[i].pixels).mean()) for i in chosen]
    return "exposure" if max(means) > DIFFERENT_EXPOSURE * min(means) else "focus"


def _as_colour(pixels: np.ndarray, colour: bool) -> np.ndarray:
    import cv2

    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if colour and pixels.ndim == 2 else pixels
