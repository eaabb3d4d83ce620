"""DICOM: what pixels measure. Doses, uptake, real world values, padding, byte order, windows that suit."""

import warnings

import numpy as np
import pytest
from medical_files import save_series, slice_of
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import ExplicitVRBigEndian, RTDoseStorage

from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.open import open_volume
from aefusion.medical.wanted import Wanted


def dose_file(path, gray, scaling, **attributes):
    """A dose of frames 3 mm apart; `gray` in Gy."""
    one = slice_of(np.zeros(gray.shape, np.uint16), Modality="RTDOSE", SOPClassUID=RTDoseStorage, **attributes)
    one.ImagePositionPatient, one.NumberOfFrames = [0, 0, 10], len(gray)
    one.DoseUnits, one.DoseGridScaling = "GY", str(scaling)
    one.BitsAllocated = one.BitsStored = 32
    one.HighBit = 31
    one.PixelData = np.round(gray / scaling).astype("<u4").tobytes()
    one.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("first", [0, 10])
def test_a_dose_is_in_gray(tmp_path, first):
    """The offsets begin with 0, or they are heights in the patient (PS3.3 C.8.8.3.2)."""
    gray = np.linspace(0, 70, 3 * 8 * 8).reshape(3, 8, 8)
    offsets = [first + 3 * k for k in range(3)]
    with open_volume(dose_file(tmp_path / "dose.dcm", gray, 1e-4, GridFrameOffsetVector=offsets)) as volume:
        assert volume.unit == "Gy"
        np.testing.assert_allclose([volume.read(k) for k in range(3)], gray, atol=1e-4)
        np.testing.assert_allclose(volume.grid.affine[:3, 3], [0, 0, 10])
        np.testing.assert_allclose(volume.grid.affine[:3, 2], [0, 0, 3])
        low, high = volume.own_window().ends
        assert -0.1 < low < 1 and 69 < high < 70.1


def test_a_dose_of_pydicom_is_its_stored_values_times_its_scaling(tmp_path):
    path = get_testdata_file("rtdose.dcm")
    theirs = dcmread(path)
    with open_volume(path := tmp_path.joinpath(path)) as volume:
        expected = theirs.pixel_array[7] * float(theirs.DoseGridScaling)
        np.testing.assert_allclose(volume.read(7), expected, rtol=1e-6)
    assert expected.max() < 100  # Gy, and no integers of a million


def pet(folder, values, slopes=(1.0, 2.0), **attributes):
    """A PET: half of the dose is left when the scan begins, of a patient of 70 kg."""
    drug = Dataset()
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = "200000000", "3600"
    drug.RadiopharmaceuticalStartTime = "100000"
    for name in [name for name in attributes if name.startswith("Radio")]:
        setattr(drug, name, attributes.pop(name))
    common = {
        "Modality": "PT", "Units": "BQML", "DecayCorrection": "START", "CorrectedImage": ["ATTN", "DECY"],
        "PatientWeight": "70", "SeriesDate": "20200101", "SeriesTime": "110000", "AcquisitionDate": "20200101",
        "AcquisitionTime": ("110000", "110300"), "RescaleIntercept": "0", "RescaleSlope": slopes,
        "RadiopharmaceuticalInformationSequence": [drug],
    }  # fmt: skip
    return save_series(
        folder, np.round(values / np.array(slopes)[:, None, None]).astype(np.uint16), **common | attributes
    )


ACTIVITY = np.full((2, 8, 8), 10000.0)
"""Bq/ml; 7 in SUV: 10000 * 70000 g / (200 MBq / 2)."""


@pytest.mark.parametrize(
    ("attributes", "suv"),
    [
        ({}, 7.0),  # 10000 * 70000 / 1e8
        ({"PatientWeight": "35"}, 3.5),
        ({"DecayCorrection": "ADMIN"}, 3.5),  # to the injection: nothing has decayed
        ({"RadionuclideHalfLife": "1800"}, 14.0),  # an hour is two half-lives
        ({"RadiopharmaceuticalStartDateTime": "20200101090000.00"}, 14.0),  # wins over the time
        (  # over midnight
            {"SeriesTime": "001500", "AcquisitionTime": "001500", "RadiopharmaceuticalStartTime": "231500"},
            7.0,
        ),
        ({"Units": "GML"}, 10000.0),  # is SUV already
    ],
)  # fmt: skip
def test_suv_is_that_of_hand_computation(tmp_path, attributes, suv):
    folder = pet(tmp_path / "pet", ACTIVITY, **attributes)
    with open_volume(folder, Wanted(units="suv")) as volume:
        assert volume.unit == "SUV" and volume.own_window().ends == (0, 6)
        np.testing.assert_allclose([volume.read(0), volume.read(1)], suv, rtol=1e-5)
    with open_volume(folder) as volume:
        assert volume.unit == ("SUV" if attributes.get("Units") == "GML" else "Bq/ml")
        np.testing.assert_allclose(volume.read(1), 10000)


def test_suv_of_a_series_that_was_made_later_counts_from_the_first_slice(tmp_path):
    folder = pet(tmp_path / "pet", ACTIVITY, SeriesTime="150000")
    with pytest.warns(UserWarning, match="made after its slices"), open_volume(folder, Wanted(units="suv")) as volume:
        np.testing.assert_allclose(volume.read(0), 7, rtol=1e-5)


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"PatientWeight": ""}, "PatientWeight is not stated"),
        ({"RadionuclideTotalDose": ""}, "RadionuclideTotalDose is not stated"),
        ({"RadionuclideHalfLife": ""}, "RadionuclideHalfLife is not stated"),
        ({"DecayCorrection": "NONE"}, "decay correction is NONE"),
        ({"Units": "CNTS"}, "no factor to SUV"),
        ({"RadiopharmaceuticalStartDateTime": "20200101120000"}, "the injection is -1 h before the scan"),
    ],
)
def test_suv_that_cannot_be_computed(tmp_path, attributes, wrong):
    folder = pet(tmp_path / "pet", ACTIVITY, **attributes)
    with pytest.raises(ValueError, match=wrong), open_volume(folder, Wanted(units="suv")):
        pass


def test_suv_without_pet(tmp_path, noise):
    a, b = save_series(tmp_path / "a", noise), save_series(tmp_path / "b", noise)
    with pytest.raises(ValueError, match="none of the sources is a PET"), open_pair(a, b, units="suv"):
        pass


def test_suv_of_counts_by_the_factor_of_philips(tmp_path):
    folder = pet(tmp_path / "pet", ACTIVITY, Units="CNTS")
    for path in folder.iterdir():
        one = dcmread(path)
        one.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x00, "DS", "0.0005")
        one.save_as(path)
    with open_volume(folder, Wanted(units="suv")) as volume:
        np.testing.assert_allclose(volume.read(1), 5, rtol=1e-6)


def mapping(slope, intercept, first, last, unit):
    item, code = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, intercept
    item.RealWorldValueFirstValueMapped, item.RealWorldValueLastValueMapped = first, last
    item["RealWorldValueFirstValueMapped"].VR = item["RealWorldValueLastValueMapped"].VR = "US"
    item.MeasurementUnitsCodeSequence = [code]
    return item


def test_real_world_values(tmp_path):
    stored = np.array([[[0, 10, 100, 200]] * 4] * 2, np.uint16)
    item = mapping(0.5, -1, 0, 100, "um2/s")
    folder = save_series(
        tmp_path / "adc", stored, RescaleSlope=2, RescaleIntercept=0, RealWorldValueMappingSequence=[item]
    )
    with open_volume(folder, Wanted(units="real")) as volume:
        assert volume.unit == "um2/s"
        np.testing.assert_array_equal(volume.read(0)[0], [-1, 4, 49, np.nan])
    with pytest.warns(UserWarning, match=r'um2/s too: `units="real"`'), open_volume(folder) as volume:
        np.testing.assert_array_equal(volume.read(0)[0], [0, 20, 200, 400])
    item = mapping(2, 0, 0, 200, "1")  # the same as for display: nothing to be said
    folder = save_series(
        tmp_path / "b", stored, RescaleSlope=2, RescaleIntercept=0, RealWorldValueMappingSequence=[item]
    )
    with open_volume(folder) as volume:
        np.testing.assert_array_equal(volume.read(0)[0], [0, 20, 200, 400])


def test_padding_of_signed_pixels_that_was_written_unsigned(tmp_path):
    stored = np.array([[-2000, -1000, 0, 76]] * 4, np.int16)
    one = slice_of(stored, Modality="CT", RescaleIntercept=0, RescaleSlope=1)
    one.add_new(0x00280120, "US", 63536)  # -2000
    one.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    with open_volume(tmp_path / "one.dcm") as volume:
        np.testing.assert_array_equal(volume.read(0)[0], [np.nan, -1000, 0, 76])
        assert volume.own_window().ends[0] >= -1000


def palette_file(path, order):
    one = slice_of(np.arange(256, dtype=np.uint8).reshape(16, 16), ImagePositionPatient=[0, 0, 0])
    one.PhotometricInterpretation = "PALETTE COLOR"
    if order == ">":
        one.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    for colour, table in (("Red", np.arange(256)), ("Green", 255 - np.arange(256)), ("Blue", np.full(256, 40))):
        setattr(one, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        one[f"{colour}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(one, f"{colour}PaletteColorLookupTableData", (table * 257).astype(f"{order}u2").tobytes())
    one.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("order", "<>")
def test_palettes_in_both_byte_orders(tmp_path, order):
    with open_volume(palette_file(tmp_path / "palette.dcm", order)) as volume:
        colours = volume.read(0).reshape(-1, 3)
    np.testing.assert_array_equal(colours, np.column_stack([np.arange(256), 255 - np.arange(256), np.full(256, 40)]))


def test_colour_of_16_bit_in_big_endian(tmp_path):
    colours = np.dstack([257 * np.indices((16, 16))[0] * 16, 257 * np.indices((16, 16))[1], np.zeros((16, 16))])
    one = slice_of(colours.astype(np.uint16), ImagePositionPatient=[0, 0, 0])
    one.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    one.PixelData = colours.astype(">u2").tobytes()
    one["PixelData"].VR = "OW"
    one.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    with open_volume(tmp_path / "one.dcm") as volume:
        np.testing.assert_array_equal(volume.read(0), colours // 257)


def test_a_window_that_shows_nothing_is_warned_of(tmp_path, largest):
    activity = np.full((2, 8, 8), 0.0)
    activity[:, 2:6, 2:6] = np.linspace(1000, 9000, 16).reshape(4, 4)
    a, b = pet(tmp_path / "a", activity), pet(tmp_path / "b", activity)
    with (
        pytest.warns(UserWarning, match=r"100% of the values lie beyond the upper end .* from 0 to 9000 Bq/ml"),
        open_pair(a, b, window_a=(4500, 9000), window_b=(3, 6)) as pair,
    ):
        fuse_pair(largest, pair, tmp_path / "out.png", number=0)
    with (
        pytest.warns(UserWarning, match="beyond the lower end"),
        open_pair(a, b, window_a=(4500, 9000), window_b=(50000, 10)),
    ):
        pass
    with warnings.catch_warnings(action="error"), open_pair(a, b, window_a=(3, 6), units="suv") as pair:  # 0.7 to 6.3
        assert all("window centre 3, width 6 SUV" in shown.in_words for shown in pair.sources)


def compressed(path, name):
    """The file, compressed by GDCM under a name of its transfer syntaxes."""
    gdcm = pytest.importorskip("gdcm")
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(path))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, name)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFileName(str(path.with_name(f"{name}.dcm")))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return path.with_name(f"{name}.dcm")


@pytest.mark.parametrize("name", ["JPEGLosslessProcess14", "JPEGLosslessProcess14_1", "JPEGLSLossless", "RLELossless"])
def test_what_a_pacs_compresses_without_loss_opens(tmp_path, noise, name):
    slice_of(noise[0], ImagePositionPatient=[0, 0, 0]).save_as(tmp_path / "plain.dcm", enforce_file_format=True)
    with open_volume(compressed(tmp_path / "plain.dcm", name)) as volume:
        assert volume.header.file_meta.TransferSyntaxUID.is_compressed
        np.testing.assert_array_equal(volume.read(0), noise[0])


def test_jpeg_of_12_bit(tmp_path):
    """A file of pydicom's that none of its decoders takes; GDCM's own reader gives the same."""
    gdcm = pytest.importorskip("gdcm")
    path = tmp_path.joinpath(get_testdata_file("JPEG-lossy.dcm"))
    with open_volume(path) as volume:
        ours = volume.read(0)
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read() and reader.GetImage().GetBufferLength() == 2 * ours.size
    data = reader.GetImage().GetBuffer().encode("utf-8", "surrogateescape")
    theirs = np.frombuffer(data, np.uint16).reshape(ours.shape)
    assert theirs.max() > 255
    np.testing.assert_array_equal(ours, theirs)
