"""DICOM and NIfTI files for tests."""

from pathlib import Path

import nibabel
import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

OBLIQUE = [0.9, 0.1, -np.sqrt(1 - 0.82), -0.1 / np.sqrt(0.82), 0.9 / np.sqrt(0.82), 0]
"""Directions of a row and a column, orthogonal."""


def slice_of(values: np.ndarray, **attributes) -> Dataset:
    """A DICOM slice, gray (int16 or uint16) or RGB (uint8); of a CT the values are Hounsfield units + 1024."""
    result = Dataset()
    result.file_meta = FileMetaDataset()
    result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    result.SOPClassUID = CTImageStorage if attributes.get("Modality") == "CT" else MRImageStorage
    result.PatientName, result.PatientID, result.PatientPosition = "Müller^Ada", "P1", "HFS"
    result.SpecificCharacterSet = "ISO_IR 100"
    result.StudyInstanceUID, result.FrameOfReferenceUID, result.Modality = "1.2.3", "1.2.3.4", "MR"
    result.ImageOrientationPatient, result.PixelSpacing, result.SliceThickness = [1, 0, 0, 0, 1, 0], [1, 1], 2
    result.set_pixel_data(values, "RGB" if values.shape[-1] == 3 else "MONOCHROME2", 8 * values.itemsize)
    for name, value in attributes.items():
        setattr(result, name, value)
    return result


def save_series(folder: Path, volume: np.ndarray, *, step=(0, 0, 2), first=(-10, -20, 30), **attributes) -> Path:
    """A folder with a slice for each volume[k], the names in the wrong order."""
    folder.mkdir(parents=True)
    series = generate_uid()
    for k, values in enumerate(volume):
        position = [float(x) for x in np.array(first) + k * np.array(step)]
        of_slice = {name: value[k] if isinstance(value, tuple) else value for name, value in attributes.items()}
        one = slice_of(
            values, SeriesInstanceUID=series, SeriesNumber=5, InstanceNumber=k + 1, ImagePositionPatient=position,
        )  # fmt: skip
        for name, value in of_slice.items():
            setattr(one, name, value)
        one.save_as(folder / f"{90 - k}.dcm", enforce_file_format=True)
    return folder


def save_nifti(path: Path, data: np.ndarray, affine: np.ndarray | None = None, code: int = 1) -> Path:
    """A volume with an sform only, in the space of this code: 1 is the scanner's."""
    image = nibabel.Nifti1Image(data, np.eye(4) if affine is None else affine)
    image.set_sform(image.affine, code)
    nibabel.save(image, path)
    return path
