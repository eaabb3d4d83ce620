"""Colour: the luminance goes through the fusion, the chroma around it.

Luminance is the Y of full-range YCbCr, float32, with the weights 0.299, 0.587, 0.114 (ITU-R BT.601-7, 2011).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aefusion.image.chroma import shift_luminance, weighted_by_saturation
from aefusion.image.depth import deepest, to_depth, white
from aefusion.image.picture import Metadata, Picture

Colour = Literal["auto", "a", "b", "gray"]
# The largest difference between the channels of a picture that counts as gray, in levels of 255.
_GRAY_LEVELS = 4
# Small enough for the second-level cache.
_PIXELS_A_STRIP = 1 << 15


Source = Literal["neither", "a", "b", "both"]
_SOURCES: dict[tuple[bool, bool], Source] = {
    (False, False): "neither",
    (True, False): "a",
    (False, True): "b",
    (True, True): "both",
}


@dataclass(frozen=True)
class Split:
    """Two pictures taken apart: what is to be fused, and what `join` needs to put the colour back."""

    a: np.ndarray
    """(H, W): the first luminance; both are uint8, both uint16, or both float32 in [0, 1]."""
    b: np.ndarray
    """(H, W): the second luminance."""
    chroma_from: Source
    picture_a: Picture
    picture_b: Picture

    @property
    def depth(self) -> np.dtype:
        """The dtype of the joined picture: the deeper of the sources'."""
        return deepest(self.picture_a.pixels.dtype, self.picture_b.pixels.dtype)


def split(a: Picture, b: Picture, colour: Colour = "auto", threads: int = 1) -> Split:
    """The two luminances to be fused, of one dtype, and which source the chroma will come from.

    `auto`: every source that has colour (see `counts_as_gray`); `a`, `b`: that one, if it has three channels;
    `gray`: neither. Two grays stay integers: untouched, or the shallower one scaled up exactly. As soon as
    one is colour, both luminances are float32. ValueError if the sizes differ.
    """
    if a.pixels.shape[:2] != b.pixels.shape[:2]:
        (height_a, width_a), (height_b, width_b) = a.pixels.shape[:2], b.pixels.shape[:2]
        raise ValueError(f"a is {width_a}x{height_a}, b {width_b}x{height_b}: resize one to the other first")
    if colour not in ("auto", "a", "b", "gray"):
        raise ValueError(f"colour {colour!r}: expected auto, a, b or gray")
    plain_a, plain_b = counts_as_gray(a.pixels), counts_as_gray(b.pixels)
    use_a = (colour == "a" and a.is_colour) or (colour == "auto" and not plain_a)
    use_b = (colour == "b" and b.is_colour) or (colour == "auto" and not plain_b)
    if plain_a and plain_b and not (use_a or use_b):
        dtype = deepest(a.pixels.dtype, b.pixels.dtype)
        y_a, y_b = (to_depth(_gray(picture.pixels), dtype) for picture in (a, b))
    else:
        y_a, y_b = (luminance(picture.pixels, threads) for picture in (a, b))
    return Split(y_a, y_b, _SOURCES[use_a, use_b], a, b)


def join(split: Split, fused: np.ndarray, threads: int = 1) -> Picture:
    """The picture of a fused luminance, in the depth of the deeper source, with the chroma put back.

    `fused` is (H, W), uint8, uint16 or float32 in [0, 1]. Chroma of one source: its RGB + (fused - its
    luminance), clipped, which is the same as keeping Cb and Cr. Of two: Cb and Cr each weighted by
    saturation, see `chroma.weighted_by_saturation`. Of neither: gray.

    Alpha is that of the source that has one; of two the larger. EXIF and XMP are those of the first source
    that has them, the profile that of the source of the chroma (of the first, if there are two or none).
    """
    a, b, depth = split.picture_a, split.picture_b, split.depth
    if fused.shape != split.a.shape:
        raise ValueError(f"fused {fused.shape}: expected {split.a.shape} as the sources")
    if split.chroma_from == "neither":
        pixels = to_depth(fused, depth)
    else:
        fused = to_depth(fused, np.float32)
        pixels = np.empty((*fused.shape, 3), depth)
        source, old = (a, split.a) if split.chroma_from == "a" else (b, split.b)

        def put_back(rows: slice) -> None:
            if split.chroma_from == "both":
                weighted_by_saturation(a.pixels[rows], b.pixels[rows], fused[rows], pixels[rows])
            else:
                shift_luminance(source.pixels[rows], old[rows], fused[rows], pixels[rows])

        _each_strip(put_back, fused.shape, threads)
    exif, xmp = a.metadata.exif or b.metadata.exif, a.metadata.xmp or b.metadata.xmp
    icc = b.metadata.icc if split.chroma_from == "b" else a.metadata.icc
    return Picture(pixels, _alpha(a, b, depth), Metadata(exif, icc, xmp))


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


def _alpha(a: Picture, b: Picture, depth: np.dtype) -> np.ndarray | None:
    found = [to_depth(picture.alpha, depth) for picture in (a, b) if picture.alpha is not None]
    return np.maximum(*found) if len(found) == 2 else found[0] if found else None


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
