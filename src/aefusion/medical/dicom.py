"""DICOM files: the slices in them, and what their headers say."""

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aefusion.files import FileError
from aefusion.medical.errors import needs_extra, told_of

_FIRST = (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08")
"""How a file without preamble begins: the group of its first attribute, file meta or identification."""

LARGEST = 1 << 30
"""What a deflated file may unpack to, in bytes."""
KEPT = (
    "SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex",
    "PatientAge", "PatientSize", "PatientWeight", "PatientIdentityRemoved", "DeidentificationMethod",
    "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription", "AccessionNumber",
    "ReferringPhysicianName", "BodyPartExamined", "PatientPosition",
)  # fmt: skip
"""What a result takes over: the patient, the study."""
FRAME = ("FrameOfReferenceUID", "PositionReferenceIndicator")
"""What the positions are measured in, which is taken over together with them."""
_IDENTITY = (
    *KEPT, *FRAME, "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription",
    "Modality", "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
    "BurnedInAnnotation",
)  # fmt: skip


@dataclass(frozen=True)
class Plane:
    """One slice: a file, or one frame of it."""

    path: Path
    header: Any
    """The data set without pixels."""
    frame: int = 0

    def get(self, name: str, group: str = "") -> Any:
        """An attribute of the slice: from its own functional group, the shared one, or the file; None if not stated."""
        for item in self._groups():
            inner = (item.get(group) if group else None) or ()
            if inner and inner[0].get(name) not in (None, ""):
                return inner[0].get(name)
        value = self.header.get(name)
        return None if value is None or value == "" else value

    def items(self, group: str) -> list[Any]:
        """The items of a sequence, from the first of these that states it: its own group, the shared one, the file."""
        return next((list(found) for item in (*self._groups(), self.header) if (found := item.get(group))), [])

    def _groups(self) -> tuple[Any, ...]:
        per_frame = self.header.get("PerFrameFunctionalGroupsSequence") or ()
        shared = self.header.get("SharedFunctionalGroupsSequence") or ()
        return (*per_frame[self.frame : self.frame + 1], *shared[:1])

    def __str__(self) -> str:
        return f"{self.path} frame {self.frame + 1}" if "NumberOfFrames" in self.header else str(self.path)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What pydicom says of a file, as one line; its warnings of small irregularities are left out."""
    with needs_extra("DICOM"):
        from pydicom.errors import InvalidDicomError
    with told_of(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except InvalidDicomError:
            raise FileError(path, "not a DICOM file (its first bytes say something else)", "give an image") from None


def begins_as_dicom(path: Path) -> bool:
    """Whether the first bytes of a file may be those of DICOM, with its preamble or without."""
    with path.open("rb") as file:
        start = file.read(132)
    return start[128:] == b"DICM" or start[:2] in _FIRST


def header_of(path: Path) -> Any:
    """The data set of a DICOM file without its pixels.

    Old files begin without preamble, and some have no file meta information: a transfer syntax that is not stated is
    set to what was found, and the data set's `guessed` then is True.
    """
    with reading(path):
        from pydicom import dcmread

        with path.open("rb") as file:
            start = file.read(132)
        bare = start[128:] != b"DICM" and start[:2] in _FIRST
        if not bare:
            _refuse_bomb(path)
        header: Any = dcmread(path, stop_before_pixels=True, force=bare)
        if bare and not (header.get("Rows") or header.get("SOPClassUID")):
            raise FileError(path, "not a DICOM file (it holds no DICOM attributes)", "give an image")
        header.guessed = bare
        _state_syntax(header)
        for name in _IDENTITY:
            header.get(name)  # pydicom looks at values late; what is damaged is told here
        return header


def _refuse_bomb(path: Path) -> None:
    """FileError if a deflated file grows to more than `LARGEST`: pydicom unpacks all of it to read the header."""
    from pydicom.filereader import read_file_meta_info
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    meta: Any = read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    unpacking, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with path.open("rb") as file:
        file.seek(132 + 12 + int(meta.get("FileMetaInformationGroupLength") or 0))
        while (part := file.read(1 << 16)) and not unpacking.eof:
            while part:
                size += len(unpacking.decompress(part, 1 << 24))
                part = unpacking.unconsumed_tail
                if size > LARGEST:
                    wrong = f"unpacks to more than {LARGEST >> 20} MiB"
                    raise FileError(path, wrong, "store it without deflate, if it is what it should be")


def _state_syntax(header: Any) -> None:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    if getattr(header, "file_meta", None) is None:
        header.file_meta = FileMetaDataset()
    if not header.file_meta.get("TransferSyntaxUID"):
        implicit, little = header.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        header.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
        header.guessed = True


def planes_of(path: Path, header: Any) -> list[Plane]:
    """The slices in a file; none if it is no image."""
    with reading(path):
        if not header.get("Rows") or not header.get("Columns"):
            return []
        frames, size = int(header.get("NumberOfFrames") or 1), path.stat().st_size
        stored = int(header.get("BitsAllocated") or 8) * int(header.get("SamplesPerPixel") or 1) / 8
        least = 1 if header.file_meta.TransferSyntaxUID.is_compressed else stored * header.Rows * header.Columns
        # Subsampled colour is stored with less; so small a file is damaged all the same.
        if frames > 1 and frames * least > 3 * size:
            wrong = f"states {frames} frames of {header.Columns}x{header.Rows}, more than the file holds"
            raise FileError(path, wrong, "copy or export it again")
        return [Plane(path, header, frame) for frame in range(frames)]


def refuse_mosaic(plane: Plane) -> None:
    """FileError if a slice is a mosaic of Siemens: tiles of one picture."""
    kinds = plane.header.get("ImageType") or ()
    if "MOSAIC" in ([kinds] if isinstance(kinds, str) else kinds) and not plane.header.get("NumberOfFrames"):
        wrong = "a mosaic: its slices are tiles of one picture, and their places are not stated one by one"
        raise FileError(plane.path, wrong, "make NIfTI of it with dcm2niix")
