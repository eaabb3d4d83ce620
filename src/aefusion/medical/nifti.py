"""NIfTI volumes, and what else NiBabel reads, slice by slice; NIfTI is written too."""

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
from aefusion.medical.forms import placed
from aefusion.medical.grid import Grid
from aefusion.medical.volume import Volume
from aefusion.medical.wanted import Wanted

SUFFIXES = (".nii", ".nii.gz", ".mgz", ".mgh", ".hdr", ".img", ".img.gz", ".hdr.gz", ".mnc")
"""What is read: NIfTI in one file or two, FreeSurfer's MGH, Analyze, MINC."""
_NIFTI = (".nii", ".nii.gz")
_ONE_FILE = (*_NIFTI, ".mgz", ".mgh")
_DAMAGED = (OSError, EOFError, ValueError, KeyError, OverflowError, zlib.error)
_RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
_ONE = Wanted()


@contextmanager
def open_nifti(path: Path, wanted: Wanted = _ONE, warn: Callable[[str], object] = warnings.warn) -> Iterator[Volume]:
    """A NIfTI, MGH, Analyze or MINC file as a volume, while the context lasts; FileError if it cannot be read.

    The third axis counts the slices, so that each lies in one piece in the file. `wanted`: which of the volumes of a
    file of four axes, and which form of NIfTI.
    """
    with needs_extra("NIfTI"):
        import nibabel
        from nibabel.filebasedimages import ImageFileError
        from nibabel.fileholders import FileHolder
        from nibabel.spatialimages import HeaderDataError
    if not path.is_file():
        raise FileError(path, "no such file", "check the path")
    name = path.name.lower()
    try:
        if name.endswith(_ONE_FILE):
            kind: Any = nibabel.MGHImage if name.endswith((".mgz", ".mgh")) else type(nibabel.load(path))
            if name.endswith(_NIFTI) and kind not in (nibabel.Nifti1Image, nibabel.Nifti2Image):
                raise ImageFileError(f"read as {kind.__name__}")
            # One open file: nibabel alone would unpack a .nii.gz from its start for every slice.
            file = gzip.open(path) if name.endswith("z") else path.open("rb")  # noqa: SIM115
        else:
            image, file = nibabel.load(path), None
    except FileNotFoundError as error:
        raise FileError(path, f"the file beside it is missing ({_line(error)})", "copy both") from None
    except ModuleNotFoundError as error:
        raise FileError(path, f"needs {error.name}", f"pip install {error.name}, or convert it to NIfTI") from None
    except (*_DAMAGED, ImageFileError, HeaderDataError) as error:
        _missing_half(path)
        raise FileError(
            path, f"cannot be read as {_format(name)} ({_line(error)})", "copy or export it again"
        ) from None
    if file is None:
        yield _volume(path, image, wanted, warn)
        return
    with file:
        try:
            image = kind.from_file_map({"image": FileHolder(fileobj=file)})
        except (*_DAMAGED, ImageFileError, HeaderDataError) as error:
            wrong = f"cannot be read as {_format(name)} ({_line(error)})"
            raise FileError(path, wrong, "copy or export it again") from None
        yield _volume(path, image, wanted, warn)


def _format(name: str) -> str:
    return "NIfTI" if name.endswith((*_NIFTI, ".img", ".hdr")) else name.rpartition(".")[2].upper()


def _missing_half(path: Path) -> None:
    """FileError if a format of two files has one only."""
    halves = {".hdr": ".img", ".img": ".hdr"}
    other = halves.get(path.suffix.lower())
    if other and not any(path.with_suffix(suffix).exists() for suffix in (other, other.upper(), f"{other}.gz")):
        raise FileError(path, f"the file beside it is missing ({path.with_suffix(other).name})", "copy both")


def _volume(path: Path, image: Any, wanted: Wanted, warn: Callable[[str], object]) -> Volume:
    header, shape = image.header, image.shape
    size = "x".join(map(str, shape))
    if len(shape) < 2 or any(n != 1 for n in shape[4:]):
        raise FileError(path, f"an array of {size}", "save the one that is meant as a file of its own, of three axes")
    if 0 in shape:
        raise FileError(path, f"holds no voxels ({size})", "export it again")
    columns, rows, count, volumes = (*shape[:4], 1, 1)[:4]
    index = wanted.index(path, volumes, f"{volumes} volumes in one file ({size})")
    dtype = header.get_data_dtype()
    if dtype.kind not in "iuf" and dtype != _RGB:
        raise FileError(path, f"its voxels are {dtype}", "save it as whole numbers, floats or RGB24")

    def read(number: int) -> np.ndarray:
        place = (slice(None), slice(None), number, index, *[0] * (len(shape) - 4))[: len(shape)]
        try:
            values = np.asarray(image.dataobj[place]).T
        except _DAMAGED as error:
            raise FileError(path, f"damaged or cut off ({_line(error)})", "copy it again") from None
        if dtype == _RGB:
            return np.stack([values[channel] for channel in "RGB"], axis=2)
        values = values.astype(np.float32)
        return np.where(np.isfinite(values), values, np.float32(np.nan))

    grid = _grid(path, image, (columns, rows, count), wanted, warn)
    return Volume(str(path), count, rows, columns, read, dtype == _RGB, grid, of=volumes)


def _grid(
    path: Path, image: Any, shape: tuple[int, int, int], wanted: Wanted, warn: Callable[[str], object]
) -> Grid | None:
    if hasattr(image.header, "get_qform"):
        return placed(path, image, shape, wanted.form, warn)
    if wanted.form:
        raise FileError(path, "has one affine: qform and sform are of NIfTI", "leave `form` out")
    if "Analyze" in type(image).__name__ or "Spm" in type(image).__name__:
        # Its axes may lead anywhere: what is stated is the size of a voxel alone.
        warn(f"{path}: Analyze states no position, and not which side is left: taken as centred, the first axis to the "
             "right")  # fmt: skip
    affine = np.asarray(image.affine, np.float64)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-12:
        raise FileError(path, "its affine cannot be inverted", "set it right first")
    return Grid(shape, affine)


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


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
