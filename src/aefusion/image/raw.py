"""Raw files of cameras, developed by LibRaw (rawpy), where that is installed."""

from io import BytesIO
from pathlib import Path

import numpy as np

from aefusion.image.linear_light import linear_profile
from aefusion.image.picture import Metadata, Picture

RAW = (
    ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".orf", ".rw2", ".raf", ".pef", ".srw",
    ".x3f", ".iiq", ".3fr", ".fff", ".erf", ".mef", ".mos", ".mrw", ".kdc", ".dcr", ".gpr", ".rwl",
)  # fmt: skip
"""The suffixes of raw files; .fff is also that of FLIR's thermal files, which begin otherwise."""
_BEGINNINGS = (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM")
SRGB, LINEAR = (2.4, 12.92), (1.0, 1.0)
"""The power and the slope near black of LibRaw's curves."""


def is_raw(head: bytes, suffix: str) -> bool:
    """Whether a file that begins so, with 12 bytes or more, and has this suffix is a raw file of a camera.

    >>> is_raw(b"II*\\0", ".nef"), is_raw(b"II*\\0", ".tif")
    (True, False)
    """
    tiff = head[:4] in (b"II*\0", b"MM\0*")
    if head.startswith(_BEGINNINGS) or (tiff and head[8:10] == b"CR") or head[4:12] == b"ftypcrx ":
        return True
    return tiff and suffix.lower() in RAW


def read_raw(data: bytes, suffix: str, linear: bool, exif: bytes) -> Picture:
    """The picture of a raw file, upright: uint16 RGB with the white balance of the camera, and no other brightness.

    ``linear``: values proportional to light, with a profile that says so; else sRGB. ``suffix``: for the name of the
    format in errors. ``exif``: what the file says. ValueError 'what is wrong: what to do', also without rawpy.
    """
    name = f"a camera's raw file ({suffix[1:].upper() or 'raw'})"
    try:
        import rawpy
    except ImportError:
        raise ValueError(
            f"{name}: pip install 'aefusion[raw]' to read it, or develop it to 16-bit TIFF first"
        ) from None
    try:
        with rawpy.imread(BytesIO(data)) as raw:
            pixels = raw.postprocess(
                use_camera_wb=True, no_auto_bright=True, output_bps=16, gamma=LINEAR if linear else SRGB,
                # The brightest value of a picture must not become white: exposures would no longer differ as they do.
                adjust_maximum_thr=0.0,
                output_color=rawpy.ColorSpace.sRGB,  # pyright: ignore[reportAttributeAccessIssue]
            )  # fmt: skip
    except (rawpy.LibRawFileUnsupportedError, rawpy.NotSupportedError):  # pyright: ignore
        raise ValueError(f"{name} that LibRaw does not read: develop it to 16-bit TIFF first") from None
    except (rawpy.LibRawError, MemoryError) as error:  # pyright: ignore[reportAttributeAccessIssue]
        raise ValueError(f"{name}, damaged or cut off ({_said(error)}): copy it again") from None
    pixels = np.ascontiguousarray(pixels if pixels.shape[2] == 3 else np.repeat(pixels[..., :1], 3, 2))
    return Picture(pixels, metadata=Metadata(exif, linear_profile() if linear else b""))


def read_raw_file(path: Path, data: bytes, linear: bool) -> Picture:
    """The same of a file that was read; see `read_raw`."""
    from aefusion.image.exif_of_file import exif_of_file

    return read_raw(data, path.suffix, linear, exif_of_file(path))


def _said(error: BaseException) -> str:
    text = error.args[0] if error.args else ""
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
