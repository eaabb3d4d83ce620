"""Secondary capture: what a fused slice is in DICOM."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from aefusion._version import __version__
from aefusion.medical.dicom import FRAME, KEPT, Plane
from aefusion.medical.grid import Grid
from aefusion.medical.order import LPS

_REQUIRED = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
"""Attributes that have to be there, but may be empty."""
# JPEG baseline and extended, JPEG-LS near lossless.
_LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81")


@dataclass(frozen=True)
class Secondary:
    """What all slices of one result have in common."""

    header: Any
    """The DICOM header whose patient and study are kept, or None for nobody's."""
    placed: Any
    """The DICOM header whose frame of reference is kept, that of the source whose grid this is; None for a new one."""
    grid: Grid | None
    description: str
    """How the pictures came about, and from what."""
    sources: Sequence[Any] = ()
    """The headers of all sources: if one was compressed with loss, or has writing in its pixels, the result says so."""

    def series(self) -> Any:
        """A data set with everything but the slice: a new series in the study of the source, or in a new study."""
        from pydicom import Dataset
        from pydicom.dataset import FileMetaDataset
        from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

        result = Dataset()
        for header, names in ((self.header, KEPT), (self.placed, FRAME)):
            for name in names:
                if header is not None and name in header:
                    result[name] = header[name]
        for name in _REQUIRED:
            if name not in result:
                setattr(result, name, "")
        if "StudyInstanceUID" not in result:
            result.StudyInstanceUID = generate_uid()
        if self.grid and "FrameOfReferenceUID" not in result:
            result.FrameOfReferenceUID = generate_uid()
        if "SpecificCharacterSet" not in result:
            result.SpecificCharacterSet = "ISO_IR 192"
        now = datetime.now()
        result.SOPClassUID = SecondaryCaptureImageStorage
        result.SeriesInstanceUID = generate_uid()
        result.SeriesNumber = 1000 + int((self.header is not None and self.header.get("SeriesNumber")) or 0)
        result.SeriesDescription = "Fused"
        result.Modality = "OT"
        result.ImageType = ["DERIVED", "SECONDARY"]
        result.ConversionType = "WSD"
        result.Manufacturer = result.SecondaryCaptureDeviceManufacturer = "aefusion"
        result.SoftwareVersions = result.SecondaryCaptureDeviceSoftwareVersions = __version__
        result.SeriesDate = result.ContentDate = result.InstanceCreationDate = now.strftime("%Y%m%d")
        result.SeriesTime = result.ContentTime = result.InstanceCreationTime = now.strftime("%H%M%S")
        result.DerivationDescription = self.description[:1024]
        for source in self.sources:
            if source.get("LossyImageCompression") == "01" or source.file_meta.TransferSyntaxUID in _LOSSY:
                result.LossyImageCompression = "01"
                for name in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
                    if source.get(name):
                        result[name] = source[name]
            if source.get("BurnedInAnnotation") == "YES":
                result.BurnedInAnnotation = "YES"
        result.file_meta = FileMetaDataset()
        result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        return result

    def save(self, path: Path, series: Any, number: int, pixels: np.ndarray, sources: Sequence[Plane]) -> None:
        """Write one slice, counted from 0, with its place and the slices that it came from.

        pixels (rows, columns) uint16, or (rows, columns, 3) uint8 RGB; stored as they are, without compression.
        """
        series.InstanceNumber = number + 1
        named = [one for one in sources if "SOPInstanceUID" in one.header and "SOPClassUID" in one.header]
        series.SourceImageSequence = [_reference(plane) for plane in named]
        if not series.SourceImageSequence:
            del series.SourceImageSequence
        if pixels.ndim == 2:
            series.WindowCenter, series.WindowWidth = 32768, 65536
            series.RescaleIntercept, series.RescaleSlope, series.RescaleType = 0, 1, "US"
        if self.grid:
            _place(series, self.grid, number)
        else:
            series.PatientOrientation = ""
        series.set_pixel_data(pixels, "RGB" if pixels.ndim == 3 else "MONOCHROME2", 8 * pixels.itemsize)
        series.save_as(path, enforce_file_format=True)


def _reference(plane: Plane) -> Any:
    from pydicom import Dataset

    code, purpose = Dataset(), Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator = "121322", "DCM"
    purpose.CodeMeaning = "Source image for image processing operation"
    code.ReferencedSOPClassUID = plane.header.SOPClassUID
    code.ReferencedSOPInstanceUID = plane.header.SOPInstanceUID
    if "NumberOfFrames" in plane.header:
        code.ReferencedFrameNumber = plane.frame + 1
    code.PurposeOfReferenceCodeSequence = [purpose]
    return code


def _place(series: Any, grid: Grid, number: int) -> None:
    """The image plane: where the slice lies."""
    affine = LPS @ grid.affine[:3]
    across, down, thickness = grid.spacing
    series.ImageOrientationPatient = [_decimal(x) for x in (*affine[:, 0] / across, *affine[:, 1] / down)]
    series.ImagePositionPatient = [_decimal(x) for x in affine @ (0, 0, number, 1)]
    series.PixelSpacing = [_decimal(down), _decimal(across)]
    series.SpacingBetweenSlices = series.SliceThickness = _decimal(thickness)


def _decimal(value: float) -> Any:
    """A number in the 16 characters that DICOM has for it."""
    from pydicom.valuerep import DSfloat

    return DSfloat(float(value) + 0.0, auto_format=True)
