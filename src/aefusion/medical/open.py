"""Opening a file or folder as a volume, whatever its format."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.formats import format_of
from aefusion.medical import itk, nifti
from aefusion.medical.series import open_dicom
from aefusion.medical.volume import Volume
from aefusion.medical.wanted import Wanted

_ONE = Wanted()


@contextmanager
def open_volume(path: Path, wanted: Wanted = _ONE, warn: Callable[[str], object] = warnings.warn) -> Iterator[Volume]:
    """A volume, while the context lasts: by its suffix NIfTI, MGH, Analyze, MetaImage or NRRD, by its content DICOM.

    A folder, or a DICOMDIR, is one of DICOM. `wanted`: what is meant of several series, volumes or forms. `warn`: is
    called with what was noticed.
    """
    name = path.name.lower()
    if name.endswith(nifti.SUFFIXES):
        with nifti.open_nifti(path, wanted, warn) as volume:
            yield volume
        return
    if name.endswith(itk.SUFFIXES):
        yield itk.open_itk(path, wanted, warn)
        return
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(132)
            # A DICOM file may be a TIFF at the same time: what comes before its mark is free.
            if start[128:] != b"DICM" and format_of(start):
                advice = "fuse pictures with: aefusion fuse"
                raise FileError(path, "an ordinary picture, neither DICOM nor NIfTI", advice)
    yield open_dicom(path, wanted, warn)
