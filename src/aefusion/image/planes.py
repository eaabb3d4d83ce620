from os import PathLike
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.formats import format_of
from aefusion.image.microscopes import CZI, ND2, CziPlanes, Nd2Planes
from aefusion.image.plane import Plane, Planes
from aefusion.image.raw import is_raw
from aefusion.image.tiff_planes import TiffPlanes

__all__ = ["Plane", "Planes", "open_planes"]
SUFFIXES = (".lsm", ".czi", ".nd2")
"""Those of microscopes' files that no other kind of file has; TIFF files end in .tif mostly, LSM is a TIFF too."""


def open_planes(path: str | PathLike[str]) -> Planes | None:
    """The planes of a file of several: TIFF (ImageJ, OME, LSM, plain pages), CZI, ND2; None for other files.

    FileError where it cannot be read, or where what reads it is not installed.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return None  # which is told by the reader of pictures
    try:
        if head.startswith(CZI):
            found: Planes = CziPlanes(path)
        elif head.startswith(ND2):
            found = Nd2Planes(path)
        elif format_of(head) == "tiff" and not is_raw(head, path.suffix):
            found = TiffPlanes(path)
        else:
            return None
    except ValueError as error:
        wrong, _, advice = str(error).rpartition(": ")
        raise FileError(path, wrong or str(error), advice) from None
    return found if found.count > 1 else None
