"""Putting chroma back on a fused luminance, one strip of rows at a time."""

from collections.abc import Sequence

import numpy as np

from aefusion.image.depth import to_depth, white


def shift_luminance(pixels: np.ndarray, old: np.ndarray, new: np.ndarray, out: np.ndarray) -> None:
    """out = pixels + (new - old), clipped: the same Cb and Cr with another luminance.

    pixels (H, W, 3) of any depth; old, new (H, W) float32 in [0, 1]; out (H, W, 3) of any depth.
    """
    import cv2

    difference = new - old
    if pixels.dtype == np.uint8 and out.dtype == np.uint8:
        # The pixels are whole numbers already, so it is enough to round the difference. What is to be added
        # and what is to be taken away are bytes then, and byte arithmetic that saturates is the fastest.
        size = cv2.convertScaleAbs(difference, alpha=255).reshape(old.shape)
        up = size * (difference > 0)
        cv2.add(pixels, cv2.cvtColor(up, cv2.COLOR_GRAY2RGB), dst=out)
        cv2.subtract(out, cv2.cvtColor(size - up, cv2.COLOR_GRAY2RGB), dst=out)
        return
    _store(to_depth(pixels, np.float32) + cv2.cvtColor(difference, cv2.COLOR_GRAY2RGB), 1, out)


def weighted_by_saturation(a: np.ndarray, b: np.ndarray, new: np.ndarray, out: np.ndarray) -> None:
    """The luminance `new` with the chroma of two pictures, each weighted by its saturation.

    a, b (H, W, 3) of any depth; new (H, W) float32 in [0, 1]; out (H, W, 3) of any depth. For Cb and for Cr,
    C = (C_a |C_a - 0.5| + C_b |C_b - 0.5|) / (|C_a - 0.5| + |C_b - 0.5|), and 0.5 where both are gray.
    Source: Prabhakar, Srikar and Babu, DeepFuse, ICCV 2017.
    """
    import cv2

    full = white(a.dtype) if a.dtype == b.dtype else 1
    pixels_a, pixels_b = ((x.astype(np.float32) if full > 1 else to_depth(x, np.float32)) for x in (a, b))
    # Let x and y be C - 0.5 of the sources, s = x + y and t = x - y. C - 0.5 is s (1 + min(1, (t/s)^2)) / 2:
    # with equal signs that is (s + t^2/s) / 2 = (x^2 + y^2) / (x + y), with different ones it is s.
    chroma = cv2.transform(pixels_a + pixels_b, _TO_CHROMA)
    ratio = cv2.transform(pixels_a - pixels_b, _TO_CHROMA)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio /= chroma
        ratio *= ratio
    # Where s is zero the ratio is infinite or, with both sources gray, not a number; the product is zero.
    np.fmin(ratio, 1, out=ratio)
    ratio += 1
    chroma *= ratio
    chroma[..., 1] = new
    top = white(out.dtype)
    scale = np.array([top / (2 * full), top, top / (2 * full)], np.float32)
    _store(cv2.transform(chroma, _FROM_CHROMA * scale), top, out)


def all_by_saturation(sources: Sequence[np.ndarray], new: np.ndarray, out: np.ndarray) -> None:
    """As `weighted_by_saturation` for any number of sources, (H, W, 3) each, of any depth; their order does not count.

    For Cb and for Cr, C = 0.5 + (the sum of (C_i - 0.5) |C_i - 0.5|) / (the sum of |C_i - 0.5|), and 0.5 where all
    are gray.
    """
    import cv2

    # Sums in float64: those of float32 would depend on the order in their last digits.
    total = np.zeros((*new.shape, 3))
    weight = np.zeros_like(total)
    for pixels in sources:
        chroma = cv2.transform(to_depth(pixels, np.float32), _TO_CHROMA)
        size = np.abs(chroma)
        total += chroma * size
        weight += size
    chroma = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0).astype(np.float32)
    chroma[..., 1] = new
    top = white(out.dtype)
    _store(cv2.transform(chroma, _FROM_CHROMA * np.float32(top)), top, out)


# Cr - 0.5 is R - Y, and Cb - 0.5 is B - Y, up to factors that cancel in the weighting.
_TO_CHROMA = np.array([[0.701, -0.587, -0.114], [0, 0, 0], [-0.299, -0.587, 0.886]], np.float32)
# From R - Y, Y, B - Y to R, G, B.
_FROM_CHROMA = np.array([[1, 1, 0], [-0.299 / 0.587, 1, -0.114 / 0.587], [0, 1, 1]], np.float32)


def _store(pixels: np.ndarray, full: int, out: np.ndarray) -> None:
    """float32 RGB with white = full, clipped and in the depth of `out`. Overwrites the pixels."""
    import cv2

    top = white(out.dtype)
    if out.dtype == np.uint8:
        # This rounds and cuts at 255, but takes the absolute value.
        cv2.convertScaleAbs(np.maximum(pixels, 0, out=pixels), dst=out, alpha=top / full)
        return
    if top != full:
        pixels *= np.float32(top / full)
    np.clip(pixels, 0, top, out=pixels)
    out[...] = pixels if top == 1 else np.rint(pixels, out=pixels)
