"""DICOM and NIfTI: windows, colour, what is written, the command."""

import tracemalloc
import warnings
from pathlib import Path

import nibabel
import numpy as np
import pytest
from medical_files import save_nifti, save_series, slice_of
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.pixels.processing import apply_modality_lut, apply_windowing

from aefusion import Fuser
from aefusion.image import read
from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.open import open_volume
from aefusion.medical.volume import shade
from aefusion.medical.window import Window

# Windows


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_are_those_of_pydicom(function):
    header = dcmread(get_testdata_file("CT_small.dcm"))
    header.WindowCenter, header.WindowWidth, header.VOILUTFunction = 30, 421, function
    values = apply_modality_lut(header.pixel_array, header)
    theirs = apply_windowing(values, header)
    ends = apply_windowing(np.array([-9e3, 9e3]), header)
    ours = Window(30, 421, function)(values)
    np.testing.assert_allclose(ours, (theirs - ends[0]) / (ends[1] - ends[0]), atol=2e-6)


def test_hounsfield_units_and_the_files_own_window(tmp_path, largest):
    hu = np.full((1, 8, 8), 40, np.int16)
    hu[0, 0, :4] = -1000, 0, 80, 3000
    own = {"WindowCenter": [40, 600], "WindowWidth": [80, 2800], "VOILUTFunction": "LINEAR_EXACT"}
    units = {"Modality": "CT", "RescaleIntercept": -1024, "RescaleSlope": 1}
    ct = save_series(tmp_path / "ct", (hu + 1024).astype(np.uint16), **own, **units)
    black = save_series(tmp_path / "mr", np.zeros((1, 8, 8), np.uint16))
    with open_pair(ct, black, window_b=(100, 100)) as pair:
        np.testing.assert_allclose(pair.a(0)[0, :5], [0, 0, 1, 1, 0.5])
        fuse_pair(largest, pair, tmp_path / "own.nii")
    with open_pair(ct, black, window_a=(600, 2800), window_b=(100, 100)) as pair:
        fuse_pair(largest, pair, tmp_path / "bone.nii")
    own, bone = (np.asarray(nibabel.load(tmp_path / f"{name}.nii").dataobj)[..., 0].T for name in ("own", "bone"))
    assert list(own[0, :5]) == [0, 0, 65535, 65535, 32768]
    assert bone[0, 2] == round(65535 * (80 - (600 - 1400)) / 2800)


def test_monochrome1_padding_and_tables(tmp_path):
    values = np.array([[0, 100, 200, 4000]], np.uint16).repeat(4, 0)
    one = slice_of(
        values, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=4000, ImagePositionPatient=[0] * 3
    )
    one.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    with open_volume(tmp_path / "one.dcm") as volume:
        gray = shade(volume, volume.read(0), Window(100, 200))
    np.testing.assert_allclose(gray[0], [1, 0.5, 0, 0])
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [3, 99, 16], [0, 65535, 13107]
    one.VOILUTSequence, one.PhotometricInterpretation = [table], "MONOCHROME2"
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    one.save_as(tmp_path / "two.dcm", enforce_file_format=True)
    with open_volume(tmp_path / "two.dcm") as volume:
        gray = shade(volume, volume.read(0), volume.own_window())
    np.testing.assert_allclose(gray[0], [0, 1, 0.2, 0], atol=1e-6)


def test_one_window_for_all_slices(tmp_path, noise):
    """Slices with windows of their own, as MR scanners write them, get one that shows what each would."""
    folder = save_series(tmp_path / "mr", noise, WindowCenter=tuple(range(100, 700, 100)), WindowWidth=200)
    with open_volume(folder) as volume:
        assert volume.own_window().ends == pytest.approx((0, 700))
    doubled = save_nifti(tmp_path / "a.nii", np.concatenate([noise, 2 * noise]).T.astype(np.float32))
    with open_volume(doubled) as volume:
        window = volume.own_window()
        grays = [shade(volume, volume.read(k), window) for k in (0, 6)]
    inside = grays[1] < 1
    np.testing.assert_allclose(grays[1][inside], 2 * grays[0][inside] - window(0), atol=2e-3)


# Colour


def test_scalar_pet_in_colour_over_gray(tmp_path, noise):
    pet = np.zeros((2, 32, 32), np.uint16)
    pet[1, 8:24, 8:24] = 30000
    mr = np.tile(np.linspace(0, 1000, 32).astype(np.uint16), (2, 32, 1))
    a, b = save_series(tmp_path / "mr", mr), save_series(tmp_path / "pet", pet, Modality="PT")
    with open_pair(a, b, colormap="hot-iron") as pair:
        fuse_pair(Fuser(), pair, tmp_path / "out")
    first, second = (dcmread(tmp_path / "out" / f"{k}.dcm").pixel_array.astype(int) for k in ("0001", "0002"))
    assert first.shape == second.shape == (32, 32, 3)
    assert np.ptp(first, axis=2).max() <= 2  # where there is no activity, the MRI stays gray
    red, _, blue = second[12:20, 10].T
    assert np.all(red >= blue) and np.ptp(second[:, :4], axis=2).max() <= 2


def test_colour_as_stored_is_kept(tmp_path):
    colours = np.zeros((1, 16, 48, 3), np.uint8)
    colours[0, :, :16], colours[0, :, 16:32], colours[0, :, 32:] = (200, 40, 20), (20, 180, 40), (30, 40, 190)
    a = save_series(tmp_path / "mr", np.full((1, 16, 48), 500, np.uint16))
    b = save_series(tmp_path / "pet", colours)
    with open_pair(a, b, window_a=(500, 1000)) as pair:
        fuse_pair(Fuser(), pair, tmp_path / "out.dcm")
        fuse_pair(Fuser(), pair, tmp_path / "out.nii.gz")
    result = dcmread(tmp_path / "out.dcm")
    assert result.PhotometricInterpretation == "RGB" and not result.file_meta.TransferSyntaxUID.is_compressed
    assert result.pixel_array[8, [8, 24, 40]].argmax(axis=1).tolist() == [0, 1, 2]
    voxels = np.asarray(nibabel.load(tmp_path / "out.nii.gz").dataobj)[..., 0].T
    np.testing.assert_array_equal(np.dstack([voxels[c] for c in "RGB"]), result.pixel_array)
    with pytest.raises(ValueError, match="is in colour"), open_pair(a, b, colormap="pet"):
        pass
    with open_volume(tmp_path / "out.nii.gz") as volume:  # what is written can be read again
        np.testing.assert_array_equal(volume.read(0), result.pixel_array)


# What is written


def test_dicom_keeps_patient_and_study_and_names_its_sources(tmp_path, largest, noise):
    a, b = save_series(tmp_path / "a", noise), save_series(tmp_path / "b", noise, Modality="CT", RescaleIntercept=-1024,
                                                           RescaleSlope=1, BurnedInAnnotation="YES")  # fmt: skip
    with open_pair(a, b) as pair:
        fuse_pair(largest, pair, tmp_path / "out")
        fuse_pair(largest, pair, tmp_path / "nobody", anonymise=True)
        fuse_pair(largest, pair, tmp_path / "out.nii")
    written = [dcmread(tmp_path / "out" / f"{k:04d}.dcm") for k in range(1, 7)]
    source, other = dcmread(a / "88.dcm"), dcmread(b / "88.dcm")
    third = written[2]
    for name in ("PatientName", "PatientID", "StudyInstanceUID", "FrameOfReferenceUID", "ImagePositionPatient"):
        assert third[name].value == source[name].value, name
    assert str(third.PatientName) == "Müller^Ada"
    assert third.SOPClassUID.name == "Secondary Capture Image Storage" and third.ImageType == ["DERIVED", "SECONDARY"]
    assert len({x.SOPInstanceUID for x in written}) == 6 and len({x.SeriesInstanceUID for x in written}) == 1
    assert third.SeriesInstanceUID != source.SeriesInstanceUID and third.BurnedInAnnotation == "YES"
    references = [item.ReferencedSOPInstanceUID for item in third.SourceImageSequence]
    assert references == [source.SOPInstanceUID, other.SOPInstanceUID]
    assert "MR (window" in third.DerivationDescription and "CT (window" in third.DerivationDescription
    voxels = np.asarray(nibabel.load(tmp_path / "out.nii").dataobj)
    np.testing.assert_array_equal([x.pixel_array for x in written], voxels.T)
    bare = (tmp_path / "nobody" / "0003.dcm").read_bytes()
    for secret in (
        "Müller".encode("latin-1"),
        b"P1",
        source.SOPInstanceUID.encode(),
        source.StudyInstanceUID.encode() + b"\0",
    ):
        assert secret not in bare
    assert dcmread(tmp_path / "nobody" / "0003.dcm").ImagePositionPatient == source.ImagePositionPatient


def test_resampled_slices_name_the_slices_that_went_into_them(tmp_path, largest, noise):
    a = save_series(tmp_path / "a", noise[:2], step=(0, 0, 5), first=(-10, -20, 33))
    b = save_series(tmp_path / "b", noise)  # every 2 mm from 30
    with open_pair(a, b, resample="b-to-a") as pair:
        fuse_pair(largest, pair, tmp_path / "out")
    origin = {dcmread(path).SOPInstanceUID: path for path in b.iterdir()}
    for name, heights in (("0001", [32, 34]), ("0002", [38])):
        items = dcmread(tmp_path / "out" / f"{name}.dcm").SourceImageSequence
        found = [dcmread(origin[uid]) for item in items if (uid := item.ReferencedSOPInstanceUID) in origin]
        assert [float(x.ImagePositionPatient[2]) for x in found] == heights
    with open_pair(a, b, resample="b-to-a") as pair:
        for path in b.iterdir():  # also those of which nothing is in the result
            with pytest.raises(ValueError, match="would overwrite"):
                fuse_pair(largest, pair, path, number=0)


def test_the_frame_of_reference_is_that_of_the_grid(tmp_path, largest, noise):
    a = save_series(tmp_path / "a", noise, FrameOfReferenceUID="1.2.3.5")
    b = save_series(tmp_path / "b", noise, PatientName="Other", PixelSpacing=[2, 2], FrameOfReferenceUID="1.2.3.6")
    for resample, uid in (("b-to-a", "1.2.3.5"), ("a-to-b", "1.2.3.6")):
        with pytest.warns(UserWarning, match="different frames"), open_pair(a, b, resample=resample) as pair:
            fuse_pair(largest, pair, tmp_path / resample)
        written = dcmread(tmp_path / resample / "0001.dcm")
        assert uid == written.FrameOfReferenceUID and written.PatientName == "Müller^Ada"


def test_memory_does_not_grow_with_the_slices(tmp_path, largest):
    peaks = []
    for count in (8, 80):
        source = save_nifti(tmp_path / "a.nii", np.zeros((128, 128, count), np.int16))
        tracemalloc.start()
        with open_pair(source, source, window_a=(1, 2), window_b=(1, 2)) as pair:
            fuse_pair(largest, pair, tmp_path / "out.nii")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


# The command line


def test_the_command(tmp_path, noise, monkeypatch, capsys):
    from aefusion.cli import main

    def aefusion(line: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            main(["medical", *line.split()])
        return ended.value.code, capsys.readouterr().out

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which the command sets
    save_series(tmp_path / "mr", noise)
    save_series(tmp_path / "ct", noise, Modality="CT", RescaleIntercept=-1024, RescaleSlope=1, PixelSpacing=[2, 2])
    code, said = aefusion("mr ct -o out.dcm --slice 3 --window-b -100.5 300 --resample b-to-a")
    assert code == 0
    assert said.startswith("out.dcm: 1 slice of 24x20, MR (window") and "centre -100.5, width 300" in said
    assert dcmread("out.dcm").ImagePositionPatient == [-10, -20, 34]
    code, said = aefusion("mr ct -o out.nii")
    assert said == "" and not Path("out.nii").exists()
    assert isinstance(code, str) and "1x1x2 mm" in code and "2x2x2 mm" in code and "\n" not in code
    with warnings.catch_warnings(action="default"), pytest.raises(SystemExit):
        main(["medical", "ct", "ct", "-o", "out.nii", "--dry-run"])
    assert "ct: given twice" in capsys.readouterr().err
    code, said = aefusion("mr mr -o out.nii --dry-run --window-a 1000 2000")
    assert code == 0 and "out.nii: nifti, 24x20x6 voxels of 1x1x2 mm" in said and not Path("out.nii").exists()


@pytest.mark.data
def test_bone_is_bright_and_pet_keeps_its_hue(tmp_path, shared):
    folder = shared / "data" / "test" / "medical"
    mr, ct = (read(folder / "ct_mri" / side / "16009.png").pixels for side in "ab")
    ct = ct if ct.ndim == 2 else ct[..., 0]
    a = save_series(tmp_path / "mr", (mr if mr.ndim == 2 else mr[..., 0]).astype(np.uint16)[None])
    b = save_series(tmp_path / "ct", ct.astype(np.uint16)[None], Modality="CT", RescaleIntercept=-1024, RescaleSlope=1)
    with open_pair(a, b, window_a=(127.5, 255), window_b=(127.5 - 1024, 255)) as pair:
        fuse_pair(Fuser(), pair, tmp_path / "bone.png")
    fused = read(tmp_path / "bone.png").pixels / 65535
    assert fused[ct > 250].mean() > 2 * fused[(ct > 20) & (ct < 120)].mean()
    mr, pet = (read(folder / "pet_mri" / side / "30044.png").pixels for side in "ab")
    a = save_series(tmp_path / "mr2", (mr if mr.ndim == 2 else mr[..., 0]).astype(np.uint16)[None])
    b = save_series(tmp_path / "pet", pet[None])
    with open_pair(a, b) as pair:
        fuse_pair(Fuser(), pair, tmp_path / "pet.dcm")
    fused = dcmread(tmp_path / "pet.dcm").pixel_array.astype(int)
    strong = np.ptp(pet.astype(int), axis=2) > 120
    assert (fused[strong].argmax(axis=1) == pet[strong].argmax(axis=1)).mean() > 0.95
