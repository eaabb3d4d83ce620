"""Medical files, which are no pictures: what is said where one is given as a picture."""

from pathlib import Path

from aefusion.image.formats import SUPPORTED

SUFFIXES = (".dcm", ".ima", ".nii", ".nii.gz", ".mgz", ".mgh", ".mha", ".mhd", ".nrrd", ".nhdr")
"""Of DICOM, NIfTI and other volumes."""
ADVICE = (
    "fuse DICOM, NIfTI and other volumes with: aefusion medical; to score them, write each slice as a picture "
    "(PNG) first"
)


def is_medical(path: Path, start: bytes = b"") -> bool:
    """Whether a file is a medical one, by its name or its first 132 bytes or more.

    >>> is_medical(Path("a.nii.gz")), is_medical(Path("IM0001"), bytes(128) + b"DICM"), is_medical(Path("a.png"))
    (True, True, False)
    """
    return path.name.lower().endswith(SUFFIXES) or start[128:132] == b"DICM"


def what_to_give(path: Path, supported: str = f"give one of {SUPPORTED}", start: bytes = b"") -> str:
    """What to do about a file that is no picture, or a folder that holds none: another command, if it is medical."""
    if path.is_dir():
        medical = any(is_medical(file, _start(file)) for file in list(path.iterdir())[:20] if file.is_file())
    else:
        medical = is_medical(path, start)
    return ADVICE if medical else supported


def _start(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(132)
    except OSError:
        return b""
