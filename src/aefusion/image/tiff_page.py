"""One page of a TIFF file, as tifffile gives it, becomes a picture; imagecodecs decodes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from aefusion.image.dead_pixels import cleaned
from aefusion.image.depth import white
from aefusion.image.exif import ORIENTATION
from aefusion.image.no_data_value import NO_DATA, without_value
from aefusion.image.orientation import upright
from aefusion.image.picture import Metadata, Picture
from aefusion.image.scale import Scale
from aefusion.image.tiff_parts import Refused, check_jpeg, fax_pixels
from aefusion.image.tiff_scale import tiff_scale

_LARGEST_RATIO = 10_000
"""How many times as large as the file a picture may be: more than any compression gets."""
_FAX, _JPEG = (2, 3, 4), 7
_GRAY = ("MINISBLACK", "MINISWHITE")
_READ = (*_GRAY, "RGB", "PALETTE", "YCBCR")
_COMPRESSIONS = frozenset(
    [1, 2, 3, 4, 5, 7, 8, 32773, 32946, 33005, 34712, 34887, 34925, 34926, 34933, 50000, 50001, 50002, 52546]
)
"""None, fax, LZW, JPEG, deflate, PackBits, JPEG 2000, LERC, LZMA, ZSTD, PNG, WebP, JPEG XL. Their decoders miss data
that are not there, or `tiff_parts` does. JPEG XR is left out: its decoder takes what is missing for gray."""


class Stored(NamedTuple):
    """What a page holds, as stored, not turned."""

    pixels: np.ndarray
    """(H, W) or (H, W, 3), of any dtype; 1 to 15 bits scaled to 8 or 16."""
    alpha: np.ndarray | None
    orientation: int
    declared: str | None
    """The value that means no data, where the page states one."""
    scale: Scale | None


def stored_page(page: Any, data: Any, warn: Callable[[str], object], description: str = "") -> Stored:
    """What a `tifffile.TiffPage` holds.

    ``data``: the file, as bytes or a `mmap`. ``description``: that of the first page of the file. `Refused` for what is
    sound and not read; of a damaged file nearly anything is raised.
    """
    pixels, alpha = _samples(page, data, warn)
    declared = page.tags.valueof(NO_DATA)
    return Stored(
        pixels, alpha, int(page.tags.valueof(ORIENTATION, 1)), None if declared is None else str(declared),
        tiff_scale(page, description),
    )  # fmt: skip


def picture_of(stored: Stored, measured: bool, warn: Callable[[str], object], metadata: Metadata) -> Picture:
    """What a page holds as an upright picture; see `tiff.read_tiff`. ValueError 'what is wrong: what to do'.

    ``metadata``: what else the file says.
    """
    pixels, alpha, orientation, declared, scale = stored
    if scale:
        metadata = replace(metadata, scale=scale.turned(orientation))
    if measured and pixels.ndim == 2:
        empty = without_value(pixels, declared)
        if alpha is not None:
            empty |= alpha == 0
        if (number := _is_measured(pixels[~empty] if empty.any() else pixels)) or (
            empty.any() and alpha is None and not empty.all()
        ):
            return _with_gaps(pixels, empty, orientation, metadata, number, warn)
    alpha = None if alpha is None else upright(_full_range(alpha), orientation)
    return Picture(upright(_full_range(pixels), orientation), alpha, metadata)


def _with_gaps(
    stored: np.ndarray,
    empty: np.ndarray,
    orientation: int,
    metadata: Metadata,
    measured: bool,
    warn: Callable[[str], object],
) -> Picture:
    """A gray picture that is transparent where it has no data, but for spots, which are filled from the neighbours."""
    pixels = np.where(empty, np.float32(np.nan), stored.astype(np.float32)) if measured else stored
    if measured or stored.dtype.kind == "f":
        pixels, gaps, filled = cleaned(pixels, empty)
        if filled:
            warn(f"{filled} pixel{'s' * (filled > 1)} without data filled from the neighbours")
    else:
        gaps = empty
    pixels = pixels if measured else _full_range(pixels)
    full = white(pixels.dtype)
    alpha = None if gaps is None else upright(np.where(gaps, 0, full).astype(pixels.dtype), orientation)
    unit = "in the unit of the file" if measured else ""
    kind = stored.dtype.name if measured else ""
    return Picture(upright(pixels, orientation), alpha, metadata, measured, unit, kind)


def _samples(page: Any, data: bytes, warn: Callable[[str], object]) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels and alpha of a page, in the depth stored, 1 to 15 bits scaled to 8 or 16."""
    import cv2

    photometric = getattr(page.photometric, "name", str(page.photometric))
    if photometric not in _READ:
        raise Refused(f"its colours are stored as {photometric}: convert it to gray or RGB first")
    if any(at + size > len(data) for at, size in zip(page.dataoffsets, page.databytecounts, strict=True)):
        raise ValueError("its data end too early")
    if page.nbytes > _LARGEST_RATIO * len(data):
        raise ValueError(f"it states {page.imagewidth}x{page.imagelength} pixels, more than so few data can hold")
    if page.compression not in _COMPRESSIONS:
        name = getattr(page.compression, "name", str(page.compression))
        raise Refused(f"its compression ({name}) is not supported: save it with another")
    if page.imagedepth > 1:
        raise Refused(f"holds a volume of {page.imagedepth} slices: save the one that is meant as a file of its own")
    channels = 3 if photometric in ("RGB", "YCBCR") else 1
    extra = [int(sample) for sample in page.extrasamples]
    if page.samplesperpixel - len(extra) != channels or len(extra) > 1 or len(page.shape) > 3:
        raise Refused(f"holds an array of shape {page.shape}: save it as gray or RGB, alpha at most beside")
    bits = page.bitspersample
    if page.compression == _JPEG:
        check_jpeg(page, data, warn)
    if page.compression in _FAX and (bits != 1 or page.samplesperpixel != 1):
        raise Refused("its compression (fax, but not of 1 bit) is not supported: save it with another")
    try:
        stored = fax_pixels(page, data) if page.compression in _FAX else page.asarray()
    except Exception as error:
        if isinstance(error, NotImplementedError) or "not supported" in str(error):
            raise Refused(f"stored in a way that is not read ({error}): save it anew") from error
        raise
    if page.axes == "SYX":
        stored = np.moveaxis(stored, 0, -1)
    if photometric == "YCBCR" and page.compression != _JPEG:  # whose decoder gives RGB
        stored = cv2.cvtColor(np.ascontiguousarray(stored[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB)
    if photometric == "PALETTE":
        return _coloured(stored, page.colormap), None
    if stored.dtype.kind in "bu" and bits not in (8, 16, 32, 64):
        stored = _widened(stored, bits)
    if photometric == "MINISWHITE":
        stored = white(stored.dtype) - stored
    if stored.ndim == 2:
        return stored, None
    colour, beyond = (stored[..., :3], stored[..., 3:]) if channels == 3 else (stored[..., 0], stored[..., 1:])
    associated, unassociated = 1, 2
    if extra == [associated]:
        return _unmultiplied(colour, beyond[..., 0]), beyond[..., 0]
    return colour, beyond[..., 0] if extra == [unassociated] else None


def _coloured(indices: np.ndarray, colormap: np.ndarray) -> np.ndarray:
    # Colour maps are 16 bit; some writers put 8-bit values in.
    table = (colormap if colormap.max() < 256 else colormap >> 8).astype(np.uint8)
    return np.ascontiguousarray(table.T)[indices]


def _widened(stored: np.ndarray, bits: int) -> np.ndarray:
    """1 to 7 bits spread over 8, 9 to 15 over 16."""
    dtype = np.uint8 if bits < 8 else np.uint16
    return np.rint(stored * np.float64(white(dtype) / (2**bits - 1))).astype(dtype)


def _unmultiplied(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    full = white(colour.dtype)
    alpha = alpha if colour.ndim == 2 else alpha[..., None]
    plain = colour * (full / np.maximum(alpha, 1e-6 if full == 1 else 1).astype(np.float64))
    plain = np.clip(plain, 0, full)
    return (plain if colour.dtype.kind == "f" else np.rint(plain)).astype(colour.dtype)


def _is_measured(values: np.ndarray) -> bool:
    """Whether numbers are no gray levels: floats outside of [0, 1], signed or long integers."""
    if values.dtype.kind == "f":
        return bool(values.size and (values.min() < 0 or values.max() > 1))
    return bool(values.size and values.dtype.kind in "iu" and values.dtype not in (np.uint8, np.uint16))


def _full_range(stored: np.ndarray) -> np.ndarray:
    """uint8 and uint16 as they are, floats as float32 after a look at their range."""
    if stored.dtype.kind == "f":
        low, high = float(stored.min()), float(stored.max())
        if np.isnan(low) or np.isinf([low, high]).any():
            raise ValueError("holds NaN or infinite values: replace them first")
        if low < 0 or high > 1:
            raise ValueError(f"float values from {low:g} to {high:g}, expected 0 to 1: scale them to 0 to 1 first")
        return stored.astype(np.float32)
    if stored.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"values of type {stored.dtype}: save it as uint8, uint16 or float32 in 0 to 1")
    return stored
