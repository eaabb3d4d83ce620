"""Colour: the luminance goes through the fusion, the chroma around it.

Luminance is the Y of full-range YCbCr, float32, with the weights 0.299, 0.587, 0.114 (ITU-R BT.601-7, 2011).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aefusion.image.chroma import all_by_saturation, shift_luminance, weighted_by_saturation
from aefusion.image.depth import deepest, to_depth, white
from aefusion.image.picture import Metadata, Picture

Colour = Literal["auto", "a", "b", "gray"]
# The largest difference between the channels of a picture that counts as gray, in levels of 255.
_GRAY_LEVELS = 4
# Small enough for the second-level cache.
_PIXELS_A_STRIP = 1 << 15


@dataclass(frozen=True)
class Split:
    """Pictures taken apart: what is to be fused, and what `join` needs to put the colour back."""

    grays: tuple[np.ndarray, ...]
    """The luminances, (H, W) each; all uint8, all uint16, or all float32 in [0, 1]."""
    coloured: tuple[int, ...]
    """The positions of the pictures whose chroma the result has."""
    pictures: tuple[Picture, ...]

    @property
    def a(self) -> np.ndarray:
        """The luminance of the first picture."""
        return self.grays[0]

    @property
    def b(self) -> np.ndarray:
        """The luminance of the second picture."""
        return self.grays[1]

    @property
    def chroma_from(self) -> str:
        """In words: "neither", "a", "b", "both"; of more than two pictures their letters."""
        if not self.coloured:
            return "neither"
        if len(self.pictures) == len(self.coloured) == 2:
            return "both"
        return ", ".join(chr(ord("a") + i % 26) for i in self.coloured)

    @property
    def depth(self) -> np.dtype:
        """The dtype of the joined picture: the deepest of the sources'."""
        return deepest(*(picture.pixels.dtype for picture in self.pictures))


def split(a: Picture, b: Picture, colour: Colour = "auto", threads: int = 1, *, more: Sequence[Picture] = ()) -> Split:
    """The luminances to be fused, of one dtype, and which sources the chroma will come from.

    `auto`: every source that has colour (see `counts_as_gray`); `a`, `b`: that one, if it has three channels;
    `gray`: none. Two grays stay integers: untouched, or the shallower one scaled up exactly. As soon as one is colour,
    or where there are ``more`` than two, all luminances are float32. ValueError if the sizes differ.
    """
    pictures = (a, b, *more)
    for i, picture in enumerate(pictures):
        if picture.pixels.shape[:2] != a.pixels.shape[:2]:
            (height_a, width_a), (height, width) = a.pixels.shape[:2], picture.pixels.shape[:2]
            name = chr(ord("a") + i % 26)
            raise ValueError(f"a is {width_a}x{height_a}, {name} {width}x{height}: resize one to the other first")
    if colour not in ("auto", "a", "b", "gray"):
        raise ValueError(f"colour {colour!r}: expected auto, a, b or gray")
    plain = [counts_as_gray(picture.pixels) for picture in pictures]
    if colour == "auto":
        coloured = tuple(i for i, is_plain in enumerate(plain) if not is_plain)
    else:
        coloured = tuple(i for i in (0, 1) if colour == "ab"[i] and pictures[i].is_colour)
    if all(plain) and not coloured and not more:
        dtype = deepest(a.pixels.dtype, b.pixels.dtype)
        grays = tuple(to_depth(_gray(picture.pixels), dtype) for picture in pictures)
    else:
        grays = tuple(luminance(picture.pixels, threads) for picture in pictures)
    return Split(grays, coloured, pictures)


def join(split: Split, fused: np.ndarray, threads: int = 1) -> Picture:
    """The picture of a fused luminance, in the depth of the deepest source, with the chroma put back.

    `fused` is (H, W), uint8, uint16 or float32 in [0, 1]. Chroma of one source: its RGB + (fused - its
    luminance), clipped, which is the same as keeping Cb and Cr. Of several: Cb and Cr each weighted by
    saturation in one step, see `chroma.weighted_by_saturation`, so that the order of the sources does not count.
    Of none: gray.

    Alpha is that of the source that has one; of several the largest. EXIF, XMP and scale are those of the first source
    that has them, the profile that of the first source of the chroma (of the first of all, if there is none).
    """
    depth = split.depth
    if fused.shape != split.a.shape:
        raise ValueError(f"fused {fused.shape}: expected {split.a.shape} as the sources")
    if not split.coloured:
        pixels = to_depth(fused, depth)
    else:
        fused = to_depth(fused, np.float32)
        pixels = np.empty((*fused.shape, 3), depth)
        sources = [split.pictures[i].pixels for i in split.coloured]
        old = split.grays[split.coloured[0]]

        def put_back(rows: slice) -> None:
            if len(sources) == 1:
                shift_luminance(sources[0][rows], old[rows], fused[rows], pixels[rows])
            elif len(sources) == 2:
                weighted_by_saturation(sources[0][rows], sources[1][rows], fused[rows], pixels[rows])
            else:
                all_by_saturation([source[rows] for source in sources], fused[rows], pixels[rows])

        _each_strip(put_back, fused.shape, threads)
    metadata = [picture.metadata for picture in split.pictures]
    exif = next((one.exif for one in metadata if one.exif), b"")
    xmp = next((one.xmp for one in metadata if one.xmp), b"")
    icc = metadata[split.coloured[0] if split.coloured else 0].icc
    scale = next((one.scale for one in metadata if one.scale), None)
    return Picture(pixels, _alpha(split.pictures, depth), Metadata(exif, icc, xmp, scale))


def luminance(pixels: np.ndarray, threads: int = 1) -> np.ndarray:
    """Y in float32 [0, 1], (H, W), of a gray or RGB picture of any of the three depths."""
    import cv2

    if pixels.ndim == 2:
        return to_depth(pixels, np.float32)
    height, width = pixels.shape[:2]
    result = np.empty((height, width), np.float32)

    def weigh(rows: slice) -> None:
        strip, part = pixels[rows].astype(np.float32), result[rows]
        cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY, dst=part)
        part *= np.float32(1 / white(pixels.dtype))
        # White may come out one rounding step above 1.
        np.minimum(part, 1, out=part)

    _each_strip(weigh, (height, width), threads)
    return result


def counts_as_gray(pixels: np.ndarray) -> bool:
    """Whether a picture shows no colour: one channel, or three that differ nowhere by over 4 levels of 255.

    Infrared is often stored as RGB; JPEG and video then leave up to 2 levels of noise in each channel.

    >>> counts_as_gray(np.full((5, 5, 3), 9, np.uint8))
    True
    """
    import cv2

    if pixels.ndim == 2:
        return True
    limit = _GRAY_LEVELS * white(pixels.dtype) / 255 + 1e-6
    # A few rows first: a colour picture is known at once.
    for part in (pixels[:: max(1, len(pixels) // 16)], *(pixels[rows] for rows in _strips(pixels.shape[:2]))):
        red, green, blue = cv2.split(part)
        for one, other in ((red, green), (green, blue), (red, blue)):
            if cv2.norm(one, other, cv2.NORM_INF) > limit:
                return False
    return True


def _gray(pixels: np.ndarray) -> np.ndarray:
    import cv2

    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).reshape(pixels.shape[:2])


def _alpha(pictures: Sequence[Picture], depth: np.dtype) -> np.ndarray | None:
    alphas = [to_depth(picture.alpha, depth) for picture in pictures if picture.alpha is not None]
    return np.maximum.reduce(alphas) if alphas else None


def _strips(shape: tuple[int, ...]) -> Iterator[slice]:
    rows = max(1, _PIXELS_A_STRIP // shape[1])
    return (slice(start, start + rows) for start in range(0, shape[0], rows))


def _each_strip(work: Callable[[slice], None], shape: tuple[int, ...], threads: int) -> None:
    if threads == 1:
        for rows in _strips(shape):
            work(rows)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, _strips(shape)):
            pass
