"""Writing a picture to a file."""

import os
from numbers import Integral
from os import PathLike

from aefusion.files import FileError, as_path, whole, write_whole
from aefusion.image.coded import encode
from aefusion.image.exr import has_exr, write_exr
from aefusion.image.formats import WRITTEN
from aefusion.image.picture import Picture
from aefusion.image.tiff import encode_tiff

OME = (".ome.tif", ".ome.tiff")
"""The endings of the names of TIFF files with OME-XML."""


def write(path: str | PathLike[str], picture: Picture, quality: int = 95) -> None:
    """Writes a picture in the format of the suffix: .png, .jpg, .jpeg, .tif, .tiff, .webp, .bmp.

    And .exr, OpenEXR, where it is installed: float32 in linear light, of a picture that is not the values of sRGB.
    TIFF keeps every depth; PNG keeps 8 and 16 bit and takes floats as 16 bit; JPEG, WebP and BMP take
    everything as 8 bit, rounded. Alpha is kept by TIFF, PNG and WebP (PNG and WebP then store gray as RGB)
    and left out by the others. `quality`, 1 to 100, is for JPEG and WebP; 100 makes WebP lossless
    (but for the colour of wholly transparent pixels). EXIF, ICC and XMP are kept where the format holds them
    (BMP none; JPEG each up to 64 kB); the ICC profile only if it is made for as many channels as are written. The size
    of a pixel is kept by all; in TIFF, where it is in micrometres and the like, as ImageJ has it, and in files that end
    in .ome.tif as OME-XML.

    The file appears whole under its name or not at all. Raises FileError, one line that names the file.
    """
    path = as_path(path, "a picture")
    kind = check_target(path)
    check_quality(quality)
    if not isinstance(picture, Picture):
        raise ValueError(f"{path}: a {type(picture).__name__} is no Picture: give Picture(array)")
    if kind == "exr":
        with whole(path) as part:
            write_exr(part, picture)
        return
    try:
        data = (
            encode_tiff(picture, path.name.lower().endswith(OME)) if kind == "tiff" else encode(picture, kind, quality)
        )
    except ValueError as error:
        wrong, _, advice = str(error).rpartition(": ")
        raise FileError(path, wrong or str(error), advice) from None
    write_whole(path, data)


def check_quality(quality: int) -> None:
    """ValueError if a quality is not a whole number from 1 to 100."""
    if not isinstance(quality, Integral) or not 1 <= quality <= 100:
        raise ValueError(f"quality {quality!r}: expected 1 to 100")


def check_target(path: str | PathLike[str]) -> str:
    """The format that a path's suffix asks for; FileError if nothing can be written there.

    To be called before long work: an unknown suffix or a missing folder then shows at once.
    """
    path = as_path(path, "a picture")
    kind = WRITTEN.get(path.suffix.lower())
    if path.is_dir():
        raise FileError(path, "a folder of this name is there", "give the name of a file")
    if kind is None:
        wrong = f"the suffix {path.suffix!r} is not known" if path.suffix else "the name has no suffix"
        raise FileError(path, wrong, f"end it in one of {', '.join(WRITTEN)}")
    if kind == "exr" and not has_exr():
        raise FileError(path, "OpenEXR is written by a package that is missing", "pip install 'aefusion[raw]'")
    if not path.parent.is_dir():
        raise FileError(path, f"there is no folder {path.parent}", "make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise FileError(path, "cannot be written (permission denied)", "choose another place")
    return kind
