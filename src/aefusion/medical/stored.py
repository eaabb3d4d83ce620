"""The samples of a DICOM slice, decompressed."""

from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.medical.dicom import Plane

_DECODERS = {"JPEG 2000": "pylibjpeg pylibjpeg-openjpeg", "JPEG": "python-gdcm", "RLE": "pylibjpeg pylibjpeg-rle"}


def stored(plane: Plane) -> np.ndarray:
    """The samples as stored, in the byte order of the machine: (rows, columns), or (rows, columns, 3) RGB.

    Palettes are applied. FileError if they cannot be decoded.
    """
    samples = _samples(plane)
    if plane.header.PhotometricInterpretation == "PALETTE COLOR":
        return _with_palette(plane, samples)
    return samples


def _with_palette(plane: Plane, samples: np.ndarray) -> np.ndarray:
    from pydicom import Dataset
    from pydicom.pixels.processing import apply_color_lut

    header = plane.header
    if not header.original_encoding[1] and "RedPaletteColorLookupTableData" in header:
        # pydicom takes the entries of a big-endian table as they lie in the file.
        turned = Dataset()
        for colour in ("Red", "Green", "Blue"):
            name = f"{colour}PaletteColorLookupTable"
            turned[f"{name}Descriptor"] = header[f"{name}Descriptor"]
            count, data = int(header[f"{name}Descriptor"].value[0]) or 1 << 16, header[f"{name}Data"].value
            wide = len(data) >= 2 * count
            setattr(turned, f"{name}Data", np.frombuffer(data, ">u2").astype("<u2").tobytes() if wide else data)
        header = turned
    return apply_color_lut(samples, header)[..., :3]


def _samples(plane: Plane) -> np.ndarray:
    from pydicom import dcmread
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.pixels.utils import pixel_array
    from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGExtended12Bit

    syntax = plane.header.file_meta.TransferSyntaxUID
    package = next((package for part, package in _DECODERS.items() if part in syntax.name), "")
    convert = "convert it to an uncompressed file, with dcmtk or gdcmconv"
    if syntax == JPEGExtended12Bit and int(plane.header.get("BitsStored") or 8) > 8:
        return _of_12_bit(plane)
    try:
        can = get_decoder(syntax).is_available
    except NotImplementedError:
        can = False
    if not can:
        wrong = f"its pixels are compressed as {syntax.name}, for which no decoder is here"
        raise FileError(plane.path, wrong, f"pip install {package}" if package else convert)
    frames = int(plane.header.get("NumberOfFrames") or 1)
    try:
        # By its path one frame is read without the others; of a deflated file that cannot be.
        if frames > 1 and syntax != DeflatedExplicitVRLittleEndian and not plane.header.guessed:
            samples = pixel_array(plane.path, index=plane.frame)
        else:
            samples = pixel_array(_whole(plane, dcmread(plane.path, force=plane.header.guessed)), index=plane.frame)
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
        raise FileError(plane.path, wrong, f"{convert}, or export it again") from None
    return samples if samples.dtype.isnative else samples.astype(samples.dtype.newbyteorder("="))


def _of_12_bit(plane: Plane) -> np.ndarray:
    """The samples of JPEG with 12 bit, which none of pydicom's decoders takes."""
    from imagecodecs import jpeg8_decode
    from pydicom import dcmread
    from pydicom.encaps import get_frame

    data = _whole(plane, dcmread(plane.path, force=plane.header.guessed))
    if "PixelData" not in data:
        raise FileError(plane.path, "holds no pixels", "give an image, or export it again")
    frames = int(plane.header.get("NumberOfFrames") or 1)
    samples = np.asarray(jpeg8_decode(get_frame(data.PixelData, plane.frame, number_of_frames=frames)))
    if samples.shape[:2] != (plane.header.Rows, plane.header.Columns):
        wrong = f"its header states {plane.header.Columns}x{plane.header.Rows} pixels, its JPEG has another size"
        raise FileError(plane.path, wrong, "export it again")
    return samples


def _whole(plane: Plane, data: Any) -> Any:
    """The data set with the transfer syntax that its header was read with."""
    if plane.header.guessed:
        pixels = data.get("PixelData") is not None and data["PixelData"]
        if pixels and pixels.is_undefined_length:
            wrong = "its pixels are compressed, and it does not say how (no transfer syntax)"
            raise FileError(plane.path, wrong, "export it again, with its file meta information")
        data.file_meta = plane.header.file_meta
    return data
