"""What is to be written under a name."""

from pathlib import Path
from typing import Literal

from aefusion.files import FileError, refuse_overwriting
from aefusion.image import check_target
from aefusion.image.formats import SUFFIXES
from aefusion.medical.volume_pair import VolumePair

Kind = Literal["folder", "dicom", "nifti", "picture"]


def check_output(path: Path, pair: VolumePair, number: int | None) -> Kind:
    """What is to be written under this name; FileError if that cannot be."""
    if number is not None and not 0 <= number < pair.count:
        raise ValueError(f"slice {number + 1}: there are slices 1 to {pair.count}")
    for shown in pair.sources:
        for source in (shown.volume.name, *shown.volume.files):
            refuse_overwriting(source, path)
    name = path.name.lower()
    suffixes = {".dcm": "dicom", ".nii": "nifti", ".nii.gz": "nifti"} | dict.fromkeys(SUFFIXES, "picture")
    kind: Kind = next((kind for suffix, kind in suffixes.items() if name.endswith(suffix)), "folder")  # pyright: ignore
    if kind == "folder" and path.suffix and not path.is_dir():
        wrong = f"the suffix {path.suffix!r} is not known"
        raise FileError(path, wrong, f"end it in one of {', '.join(suffixes)}, or give a folder for a DICOM series")
    if kind == "picture":
        check_target(path)
    if not path.resolve().parent.is_dir():
        raise FileError(path, f"there is no folder {path.parent}", "make it first")
    if kind != "folder" and path.is_dir():
        raise FileError(path, "a folder of this name is there", "give another name")
    if kind == "folder" and path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise FileError(path, "exists and is not an empty folder", "give a new one, so that no series are mixed")
    if kind == "nifti" and pair.grid is None:
        raise FileError(path, "neither source states a position, and NIfTI needs one", "write DICOM or .png")
    if kind in ("dicom", "picture") and pair.count > 1 and number is None:
        advice = f"choose one with `slice` (1 to {pair.count}), or write a folder or .nii.gz"
        raise FileError(path, f"one slice goes into such a file, and there are {pair.count}", advice)
    return kind
