"""Luma as a file stores it (8 to 16 bit, limited or full range), and luma over the whole range of a depth."""

from functools import cache

import numpy as np


def limits(bits: int, full_range: bool) -> tuple[int, int]:
    """The stored values of black and white. Source: ITU-R BT.709-6, 2015, and BT.2100-2, 2018.

    >>> limits(8, False), limits(10, False), limits(10, True)
    ((16, 235), (64, 940), (0, 1023))
    """
    return (0, 2**bits - 1) if full_range else (16 << bits - 8, 235 << bits - 8)


def expanded(stored: np.ndarray, bits: int, full_range: bool) -> np.ndarray:
    """Stored luma, (H, W), as a gray picture: uint8 of 8 bits, else uint16; what lies outside the limits is clipped."""
    dtype = np.uint8 if bits == 8 else np.uint16
    if full_range and bits in (8, 16):
        return stored
    return _look_up(_expansion(bits, full_range, dtype), stored)


def compressed(gray: np.ndarray, bits: int, full_range: bool, out: np.ndarray) -> None:
    """The other way: a gray picture (H, W), uint8 or uint16, into luma of `bits`, rounded, written to `out`."""
    out[...] = _look_up(_compression(gray.dtype, bits, full_range), gray)


def _look_up(table: np.ndarray, values: np.ndarray) -> np.ndarray:
    if values.dtype == table.dtype == np.uint8:
        import cv2

        return cv2.LUT(values, table)
    return np.take(table, values, mode="clip")


@cache
def _expansion(bits: int, full_range: bool, dtype: type) -> np.ndarray:
    black, white = limits(bits, full_range)
    share = np.clip((np.arange(2**bits) - black) / (white - black), 0, 1)
    return np.rint(share * np.iinfo(dtype).max).astype(dtype)


@cache
def _compression(dtype: np.dtype, bits: int, full_range: bool) -> np.ndarray:
    black, white = limits(bits, full_range)
    share = np.linspace(0, 1, int(np.iinfo(dtype).max) + 1)
    return np.rint(black + share * (white - black)).astype(np.uint8 if bits == 8 else np.uint16)
