"""NIfTI volumes (.nii, .nii.gz), read and written slice by slice through nibabel."""

import gzip
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from aefusion._version import software
from aefusion.files import FileError
from aefusion.medical.errors import needs_extra
from aefusion.medical.grid import Grid
from aefusion.medical.volume import Volume

_RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
_MILLIMETRES = {"meter": 1e3, "micron": 1e-3}


@contextmanager
def open_nifti(path: Path, warn: Callable[[str], object] = warnings.warn) -> Iterator[Volume]:
    """A NIfTI file as a volume, while the context lasts; FileError if it cannot be read or is no 2-D or 3-D image.

    The third axis counts the slices, so that each lies in one piece in the file.
    """
    with needs_extra("NIfTI"):
        import nibabel
        from nibabel.filebasedimages import ImageFileError
        from nibabel.fileholders import FileHolder
    try:
        kind: Any = type(nibabel.load(path))
        if kind not in (nibabel.Nifti1Image, nibabel.Nifti2Image):
            raise ImageFileError(f"read as {kind.__name__}")
        # One open file: nibabel alone would unpack a .nii.gz from its start for every slice.
        file = gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")  # noqa: SIM115
    except FileNotFoundError:
        raise FileError(path, "no such file", "check the path") from None
    except (ImageFileError, OSError, EOFError, ValueError, zlib.error) as error:
        raise FileError(path, f"cannot be read as NIfTI ({error})", "copy or export it again") from None
    with file:
        yield _volume(path, kind.from_file_map({"image": FileHolder(fileobj=file)}), warn)


def _volume(path: Path, image: Any, warn: Callable[[str], object]) -> Volume:
    header, shape = image.header, image.shape
    size = "x".join(map(str, shape))
    if any(n != 1 for n in shape[3:]) or len(shape) < 2:
        wrong = (
            f"an array of {size}" if len(shape) < 2 or len(shape) > 4 else f"{shape[3]} volumes in one file ({size})"
        )
        raise FileError(path, wrong, "save the one that is meant as a file of its own, of three axes")
    if 0 in shape:
        raise FileError(path, f"holds no voxels ({size})", "export it again")
    columns, rows, count = (*shape[:3], 1)[:3]
    dtype = header.get_data_dtype()
    if dtype.kind not in "iuf" and dtype != _RGB:
        raise FileError(path, f"its voxels are {dtype}", "save it as whole numbers, floats or RGB24")
    if not (header.get("qform_code") or header.get("sform_code")):
        warn(f"{path}: states no position (qform and sform codes are 0): taken as centred")
    affine = np.diag([*[_MILLIMETRES.get(header.get_xyzt_units()[0], 1)] * 3, 1]) @ image.affine
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-12:
        raise FileError(path, "its affine cannot be inverted", "set its sform or qform right first")

    def read(number: int) -> np.ndarray:
        place = (slice(None), slice(None), number, *[0] * (len(shape) - 3))[: len(shape)]
        try:
            values = np.asarray(image.dataobj[place]).T
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise FileError(path, f"damaged or cut off ({error})", "copy it again") from None
        if dtype == _RGB:
            return np.stack([values[channel] for channel in "RGB"], axis=2)
        values = values.astype(np.float32)
        return np.where(np.isfinite(values), values, np.float32(np.nan))

    space = int(header.get("sform_code") or header.get("qform_code") or 1)
    grid = Grid((columns, rows, count), np.asarray(affine, np.float64), space)
    return Volume(str(path), count, rows, columns, read, dtype == _RGB, grid)


def write_nifti(path: Path, slices: Iterable[np.ndarray], grid: Grid, colour: bool, description: str) -> None:
    """Write slices, (rows, columns) uint16 or, with colour, (rows, columns, 3) uint8, one by one.

    The affine goes into the sform, and into the qform as well as that can hold it; units are millimetres. The
    description is a comment (an extension of the header).
    """
    import nibabel
    from nibabel.nifti1 import Nifti1Extension

    header: Any = nibabel.Nifti1Header()
    header.set_data_shape(grid.shape)
    header.set_data_dtype(_RGB if colour else np.uint16)
    header.set_xyzt_units("mm")
    header.set_sform(grid.affine, grid.space)
    header.set_qform(grid.affine, grid.space)
    header["descrip"] = software().encode()
    header.extensions.append(Nifti1Extension("comment", description.encode()))
    header["vox_offset"] = header.single_vox_offset + header.extensions.get_sizeondisk()
    with path.open("wb") as raw, _compressed(raw) if path.name.lower().endswith(".gz") else raw as file:
        header.write_to(file)
        for pixels in slices:
            file.write(np.ascontiguousarray(pixels).tobytes())


def _compressed(raw: Any) -> gzip.GzipFile:
    # Without the temporary file's name and the time, equal volumes are equal files.
    return gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, filename="", mtime=0)
