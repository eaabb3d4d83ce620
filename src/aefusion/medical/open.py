"""Opening a file or folder as a volume, whatever its format."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.formats import format_of
from aefusion.medical.nifti import open_nifti
from aefusion.medical.series import open_dicom
from aefusion.medical.volume import Volume


@contextmanager
def open_volume(
    path: Path, series: int | None = None, warn: Callable[[str], object] = warnings.warn
) -> Iterator[Volume]:
    """A volume, while the context lasts: NIfTI by its suffix (.nii, .nii.gz), DICOM by its content, a folder of DICOM.

    `series`: the number of the series that is meant, in a folder of several. `warn`: is called with what was noticed.
    """
    if path.name.lower().endswith((".nii", ".nii.gz")):
        with open_nifti(path, warn) as volume:
            yield volume
        return
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(132)
            # A DICOM file may be a TIFF at the same time: what comes before its mark is free.
            if start[128:] != b"DICM" and format_of(start):
                advice = "fuse pictures with: aefusion fuse"
                raise FileError(path, "an ordinary picture, neither DICOM nor NIfTI", advice)
    yield open_dicom(path, series)
