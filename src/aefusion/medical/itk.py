"""MetaImage and NRRD volumes, read through SimpleITK."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.medical.errors import needs_extra
from aefusion.medical.grid import Grid
from aefusion.medical.volume import Volume
from aefusion.medical.wanted import Wanted

SUFFIXES = (".mha", ".mhd", ".nrrd", ".nhdr")
"""MetaImage and NRRD, each in one file or two."""
_ONE = Wanted()


def open_itk(path: Path, wanted: Wanted = _ONE, warn: Callable[[str], object] = warnings.warn) -> Volume:
    """A MetaImage or NRRD file as a volume, which is held in memory; FileError if it cannot be read.

    `wanted`: which of the volumes of a file of four axes.
    """
    with needs_extra("MetaImage and NRRD"):
        import SimpleITK as sitk
    if not path.is_file():
        raise FileError(path, "no such file", "check the path")
    try:
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(path))
        reader.ReadImageInformation()
        _check_size(path, reader.GetSize())
        image: Any = reader.Execute()
    except (RuntimeError, MemoryError) as error:
        raise FileError(path, f"cannot be read ({_reason(error)})", "copy or export it again") from None
    dimensions, values = image.GetDimension(), sitk.GetArrayFromImage(image)
    channels = image.GetNumberOfComponentsPerPixel()
    size = "x".join(map(str, image.GetSize()))
    if dimensions not in (2, 3, 4):
        raise FileError(path, f"an array of {size}", "save it with two, three or four axes")
    if values.dtype.kind not in "iuf" or (channels > 1 and (channels != 3 or values.dtype != np.uint8)):
        wrong = f"its voxels are {values.dtype} of {channels} channel{'s' * (channels > 1)}"
        raise FileError(path, wrong, "save it as gray, or as RGB of 8 bit")
    count = values.shape[0] if dimensions == 4 else 1
    index = wanted.index(path, count, f"{count} volumes in one file ({size})")
    if dimensions == 4:
        values = values[index]
    elif dimensions == 2:
        values = values[None]
    slices, rows, columns = values.shape[:3]
    grid = Grid((columns, rows, slices), _affine(image))

    def read(number: int) -> np.ndarray:
        if channels == 3:
            return values[number]
        one = values[number].astype(np.float32)
        return np.where(np.isfinite(one), one, np.float32(np.nan))

    return Volume(str(path), slices, rows, columns, read, channels == 3, grid, of=count)


def _check_size(path: Path, size: Sequence[int]) -> None:
    """FileError if a file of its own states more voxels than it can hold: deflate makes at most 1032 bytes of one."""
    if (
        path.suffix.lower() in (".mha", ".nrrd")
        and float(np.prod([float(n) for n in size])) > 1040 * path.stat().st_size
    ):
        stated = "x".join(map(str, size))
        raise FileError(path, f"states {stated} voxels, more than it can hold", "copy or export it again")


def _affine(image: Any) -> np.ndarray:
    """(4, 4): ITK measures to the left, the back and the head."""
    count = image.GetDimension()
    affine = np.eye(4)
    inner = min(count, 3)
    direction = np.array(image.GetDirection()).reshape(count, count)[:inner, :inner]
    affine[:inner, :inner] = direction @ np.diag(image.GetSpacing()[:inner])
    affine[:inner, 3] = image.GetOrigin()[:inner]
    return np.diag([-1.0, -1, 1, 1]) @ affine


def _reason(error: BaseException) -> str:
    """The last line of ITK's message, which says what is wrong."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    if lines and lines[-1].strip().startswith("Reason:"):  # of the system, and of something else
        return "damaged or cut off"
    return " ".join((lines or [type(error).__name__])[-1].split())[:200]
