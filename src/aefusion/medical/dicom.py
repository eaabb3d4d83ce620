"""DICOM images: a file, a file of several frames, or a folder with a series, as a volume."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.medical.errors import needs_extra

_DECODERS = {"JPEG 2000": "pylibjpeg pylibjpeg-openjpeg", "JPEG": "python-gdcm", "RLE": "pylibjpeg pylibjpeg-rle"}


@dataclass(frozen=True)
class Plane:
    """One slice: a file, or one frame of it."""

    path: Path
    header: Any
    """The data set without pixels."""
    frame: int = 0

    def get(self, name: str, group: str = "") -> Any:
        """An attribute of the slice: from its own functional group, the shared one, or the file; None if not stated."""
        per_frame = self.header.get("PerFrameFunctionalGroupsSequence") or ()
        shared = self.header.get("SharedFunctionalGroupsSequence") or ()
        for item in (*per_frame[self.frame : self.frame + 1], *shared[:1]):
            inner = (item.get(group) if group else None) or ()
            if inner and inner[0].get(name) not in (None, ""):
                return inner[0].get(name)
        value = self.header.get(name)
        return None if value is None or value == "" else value

    def __str__(self) -> str:
        return f"{self.path} frame {self.frame + 1}" if "NumberOfFrames" in self.header else str(self.path)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What pydicom says of a file, as one line; its warnings of small irregularities are left out."""
    with needs_extra("DICOM"):
        from pydicom.errors import InvalidDicomError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (FileError, MemoryError):
        raise
    except InvalidDicomError:
        raise FileError(path, "not a DICOM file (its first bytes say something else)", "give an image") from None
    except FileNotFoundError:
        raise FileError(path, "no such file", "check the path") from None
    # A damaged file makes pydicom and its decoders raise nearly anything.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise FileError(path, f"damaged or cut off ({reason})", "copy or export it again") from None


def header_of(path: Path) -> Any:
    """The data set of a DICOM file without its pixels."""
    with reading(path):
        from pydicom import dcmread

        return dcmread(path, stop_before_pixels=True)


def planes_of(path: Path, header: Any) -> list[Plane]:
    """The slices in a file; none if it is no image."""
    with reading(path):
        if not header.get("Rows") or not header.get("Columns"):
            return []
        return [Plane(path, header, frame) for frame in range(int(header.get("NumberOfFrames") or 1))]


def values_of(plane: Plane) -> np.ndarray:
    """A slice: (rows, columns) float32 in the modality's units (Hounsfield units of CT), NaN where padded; or RGB.

    RGB is (rows, columns, 3) uint8, palettes applied. FileError if it cannot be decoded.
    """
    header = plane.header
    with reading(plane.path):
        stored = _stored(plane)
        if header.PhotometricInterpretation == "PALETTE COLOR":
            from pydicom.pixels.processing import apply_color_lut

            stored = apply_color_lut(stored, header)[..., :3]
        if stored.ndim == 3:
            if stored.dtype not in (np.uint8, np.uint16) or stored.shape[2] != 3:
                wrong = f"its pixels are {stored.dtype} of {stored.shape[2]} channels"
                raise FileError(plane.path, wrong, "convert it to gray or to RGB of 8 bit")
            return stored if stored.dtype == np.uint8 else np.rint(stored / 257).astype(np.uint8)
        return _rescaled(plane, stored)


def _stored(plane: Plane) -> np.ndarray:
    """The samples as stored, decompressed, colour as RGB."""
    from pydicom import dcmread
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.pixels.utils import pixel_array
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    syntax = plane.header.file_meta.TransferSyntaxUID
    package = next((package for part, package in _DECODERS.items() if part in syntax.name), "")
    advice = f"pip install {package}" if package else "convert it to an uncompressed file, with dcmtk or gdcmconv"
    try:
        can = get_decoder(syntax).is_available
    except NotImplementedError:
        can = False
    if not can:
        raise FileError(plane.path, f"its pixels are compressed as {syntax.name}, for which no decoder is here", advice)
    frames = int(plane.header.get("NumberOfFrames") or 1)
    try:
        # By its path one frame is read without the others; of a deflated file that cannot be.
        if frames > 1 and syntax != DeflatedExplicitVRLittleEndian:
            return pixel_array(plane.path, index=plane.frame)
        return pixel_array(dcmread(plane.path), index=plane.frame)
    except AttributeError as error:
        if "no 'Pixel Data'" not in str(error):
            raise
        raise FileError(plane.path, "holds no pixels", "give an image, or export it again") from None
    except RuntimeError as error:
        if not syntax.is_compressed:
            raise
        # A decoder that knows this compression may still not know this depth.
        reason = " ".join(str(error).split())[:200]
        wrong = f"its pixels, {syntax.name}, cannot be decoded ({reason})"
        raise FileError(plane.path, wrong, f"{advice}, or export it again") from None


def _rescaled(plane: Plane, stored: np.ndarray) -> np.ndarray:
    if "ModalityLUTSequence" in plane.header:
        from pydicom.pixels.processing import apply_modality_lut

        values = apply_modality_lut(stored, plane.header).astype(np.float32)
    else:
        group = "PixelValueTransformationSequence"
        slope, intercept = plane.get("RescaleSlope", group), plane.get("RescaleIntercept", group)
        values = (stored * float(1 if slope is None else slope) + float(intercept or 0)).astype(np.float32)
    padding = plane.header.get("PixelPaddingValue")
    if padding is not None:
        limit = plane.header.get("PixelPaddingRangeLimit")
        ends = sorted((int(padding), int(padding if limit is None else limit)))
        values[(stored >= ends[0]) & (stored <= ends[1])] = np.nan
    return values
