"""DICOM as it comes: files without preamble, several series, several volumes in one, odd slices, folders in folders."""

import gc
import warnings

import numpy as np
import pytest
from medical_files import save_series, slice_of
from pydicom import Dataset, dcmread
from pydicom.fileset import FileSet
from pydicom.uid import EnhancedMRImageStorage

from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.open import open_volume
from aefusion.medical.wanted import Wanted


def values(path, wanted=None):
    """All slices (n, rows, columns)."""
    with open_volume(path, wanted or Wanted()) as volume:
        return np.array([volume.read(k) for k in range(volume.count)])


def change(folder, apart=lambda path: True, **attributes):
    """Set attributes of the files of a folder; None takes one away."""
    for path in sorted(folder.rglob("*.dcm")):
        if apart(path):
            one = dcmread(path)
            for name, value in attributes.items():
                if value is None:
                    delattr(one, name)
                else:
                    setattr(one, name, value)
            one.save_as(path, enforce_file_format=False, implicit_vr=False, little_endian=True)
    return folder


@pytest.mark.parametrize(("implicit", "meta"), [(True, False), (False, False), (False, True)])
def test_files_without_preamble(tmp_path, noise, implicit, meta):
    folder = save_series(tmp_path / "a", noise)
    for path in folder.iterdir():
        one = dcmread(path)
        one.preamble = None
        if not meta:
            del one.file_meta
        one.save_as(path, enforce_file_format=False, implicit_vr=implicit, little_endian=True)
        assert path.read_bytes()[128:132] != b"DICM"
    np.testing.assert_array_equal(values(folder), noise)
    np.testing.assert_array_equal(values(folder / "90.dcm")[0], noise[0])


def test_what_is_passed_over_is_counted(tmp_path):
    (tmp_path / "a.txt").write_text("no image")
    (tmp_path / "b.bin").write_bytes(b"\x08\0" + bytes(500))
    with pytest.raises(ValueError, match=r"holds no DICOM image \(2 files passed over"), open_volume(tmp_path):
        pass
    with pytest.raises(ValueError, match="not a DICOM file"), open_volume(tmp_path / "b.bin"):
        pass


def test_what_headers_lack(tmp_path, noise, largest):
    a = save_series(tmp_path / "a", noise)
    b = change(save_series(tmp_path / "b", noise), SOPClassUID=None)
    with open_pair(a, b) as pair:
        fuse_pair(largest, pair, tmp_path / "out")
    named = dcmread(tmp_path / "out" / "0001.dcm").SourceImageSequence
    assert len(named) == 1  # that without class cannot be named
    c = save_series(tmp_path / "c", noise)
    for path in c.iterdir():
        one = dcmread(path)
        del one.file_meta.TransferSyntaxUID
        one.save_as(path, enforce_file_format=False, implicit_vr=False, little_endian=True)
    np.testing.assert_array_equal(values(c), noise)
    with open_pair(c, c, window_b=(500, 1000)) as pair:
        fuse_pair(largest, pair, tmp_path / "out2")
    assert len(list((tmp_path / "out2").iterdir())) == 6


@pytest.mark.parametrize("name", ["PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"])
def test_what_is_no_number_is_named_with_its_file(tmp_path, noise, name):
    marks = [7.7] * {"PixelSpacing": 2, "ImagePositionPatient": 3}.get(name, 6)
    folder = change(save_series(tmp_path / "a", noise), lambda path: path.stem == "88", **{name: marks})
    data = (folder / "88.dcm").read_bytes()
    assert data.count(b"7.7") == len(marks)
    (folder / "88.dcm").write_bytes(data.replace(b"7.7", b"nan"))
    with pytest.raises(ValueError, match=rf"88\.dcm: its {name} is no number"), open_volume(folder):
        pass


# Which series


def two_series(folder, noise, first, second):
    a = save_series(folder / "one", noise, SeriesDescription="T1 axial", Modality="MR")
    b = save_series(
        folder / "two", noise[:3], SeriesDescription="T2 axial", Modality="CT", RescaleIntercept=0, RescaleSlope=1
    )
    change(a, SeriesNumber=first)
    change(b, SeriesNumber=second)
    return str(dcmread(b / "90.dcm").SeriesInstanceUID)


@pytest.mark.parametrize("numbers", [(None, None), (1, 1), (4, 1)])
def test_a_series_is_chosen_whatever_its_number(tmp_path, noise, numbers):
    uid = two_series(tmp_path, noise, *numbers)
    for wanted in ("position=2", uid, "T2", "t2 AXIAL"):
        assert len(values(tmp_path, Wanted(wanted))) == 3, wanted
    listed = r"holds 2 series.*T1 axial, 6 slices.*T2 axial, 3 slices.*`series_a`"
    with pytest.raises(ValueError, match=listed) as caught, open_volume(tmp_path):
        pass
    assert ("position=2 with" in str(caught.value)) == (numbers != (4, 1))
    for wrong in (7, "axial ", "nothing", "position=3", "position=0"):
        with pytest.raises(ValueError, match="2 series" if wrong == "axial " else "no series of"), \
                open_volume(tmp_path, Wanted(wrong)):  # fmt: skip
            pass
    if numbers == (1, 1):
        with pytest.raises(ValueError, match="holds 2 series"), open_volume(tmp_path, Wanted(1)):
            pass
    else:  # without numbers they count the positions
        assert len(values(tmp_path, Wanted(2 if numbers == (None, None) else 1))) == 3


def test_a_dicomdir_and_folders_in_folders(tmp_path, noise):
    folder = save_series(tmp_path / "in" / "side", noise)
    np.testing.assert_array_equal(values(tmp_path / "in"), noise)
    files = FileSet()
    for path in folder.iterdir():
        one = dcmread(path)
        one.StudyDate, one.StudyTime, one.StudyID, one.AccessionNumber = "20200101", "100000", "1", ""
        one.save_as(path)
        files.add(path)
    files.write(tmp_path / "disc")
    del files
    with warnings.catch_warnings(action="ignore"):  # pydicom leaves its temporary folder to the garbage collection
        gc.collect()
    np.testing.assert_array_equal(values(tmp_path / "disc" / "DICOMDIR"), noise)
    for path in sorted((tmp_path / "disc").rglob("*"), key=lambda path: -len(path.parts)):
        if path.name != "DICOMDIR":  # as copies of media often are
            path.rename(path.with_name(path.name.lower()))
    np.testing.assert_array_equal(values(tmp_path / "disc" / "DICOMDIR"), noise)
    next(path for path in (tmp_path / "disc").rglob("*") if path.is_file() and path.name != "DICOMDIR").unlink()
    with pytest.raises(ValueError, match="which is not there"), open_volume(tmp_path / "disc" / "DICOMDIR"):
        pass


# Odd slices


def test_odd_slices_are_named(tmp_path, noise):
    is_third = lambda path: path.stem == "88"  # noqa: E731
    for name, attributes, wrong in (
        ("scout", {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, r"different orientation.*1 of 6.*\(.*88\.dcm\)"),
        ("spacing", {"PixelSpacing": [2, 2]}, r"different PixelSpacing.*2\\2 instead of 1\\1 \(.*88\.dcm\)"),
        ("moved", {"ImagePositionPatient": [-10, -20, 34.5]}, r"not evenly spaced .up to 0\.5 mm.*\(.*88\.dcm\)"),
        ("shifted", {"ImagePositionPatient": [-7, -20, 34]}, r"not evenly spaced .up to 3 mm.*\(.*88\.dcm\)"),
        ("silent", {"ImagePositionPatient": None}, r"none in .*88\.dcm"),
    ):
        folder = change(save_series(tmp_path / name, noise), is_third, **attributes)
        with pytest.raises(ValueError, match=wrong), open_volume(folder):
            pass
    folder = save_series(tmp_path / "last", noise)
    (folder / "86.dcm").unlink()  # the last but one
    with pytest.raises(ValueError, match="a slice is missing: 4 mm"), open_volume(folder):
        pass


def test_spacings_are_compared_as_numbers(tmp_path, noise):
    folder = save_series(tmp_path / "a", noise, PixelSpacing=[4, 4])
    change(folder, lambda path: int(path.stem) % 2, PixelSpacing=["4.0000001", "4.0"])
    np.testing.assert_array_equal(values(folder), noise)


def test_a_mosaic_is_refused(tmp_path, noise):
    one = slice_of(noise[0], ImagePositionPatient=[0, 0, 0], ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"])
    one.save_as(tmp_path / "mosaic.dcm", enforce_file_format=True)
    with pytest.raises(ValueError, match=r"a mosaic: .*dcm2niix"), open_volume(tmp_path / "mosaic.dcm"):
        pass


# Several volumes in a series


@pytest.mark.parametrize(
    ("name", "ones"),
    [("EchoTime", [2.5, 10]), ("TemporalPositionIdentifier", [1, 2]), ("TriggerTime", [0, 400]),
     ("ImageType", [["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"]]),
     ("AcquisitionTime", ["100000", "100500"])],
)  # fmt: skip
def test_echoes_times_and_gates_in_one_series(tmp_path, noise, name, ones):
    """The second volume is stored in between the first, slice by slice."""
    folder = save_series(tmp_path / "a", noise, **{name: ones[0]})
    uid = dcmread(folder / "90.dcm").SeriesInstanceUID
    other = save_series(tmp_path / "b", noise[::-1], SeriesInstanceUID=uid, **{name: ones[1]})
    for path in other.iterdir():
        path.rename(folder / f"other{path.name}")
    listed = rf"holds 2 volumes .*1 \({name} .*\), 2 \({name} .*\).*`volume` \(1 to 2\)"
    with pytest.raises(ValueError, match=listed), open_volume(folder):
        pass
    np.testing.assert_array_equal(values(folder, Wanted(volume=1)), noise)
    np.testing.assert_array_equal(values(folder, Wanted(volume=2)), noise[::-1])
    with pytest.raises(ValueError, match="no volume 3"), open_volume(folder, Wanted(volume=3)):
        pass
    single = save_series(tmp_path / "single", noise)
    with open_pair(single, folder, volume=2) as pair:  # meant for the one that holds several
        assert (pair.a.volume.of, pair.b.volume.of) == (1, 2)
    with pytest.raises(ValueError, match="each source holds one volume"), open_pair(single, single, volume=2):
        pass
    with open_pair(folder, folder, volume=(1, 2)) as pair:
        np.testing.assert_array_equal(pair.a.volume.read(0), noise[0])
        np.testing.assert_array_equal(pair.b.volume.read(0), noise[5])


def test_echoes_and_times_together(tmp_path, noise):
    folder, uid = tmp_path / "all", None
    folder.mkdir()
    for k, (echo, time) in enumerate([(1, 1), (1, 2), (5, 1), (5, 2)]):
        part = save_series(tmp_path / str(k), noise + k, EchoTime=echo, TemporalPositionIdentifier=time)
        uid = uid or dcmread(part / "90.dcm").SeriesInstanceUID
        change(part, SeriesInstanceUID=uid)
        for path in part.iterdir():
            path.rename(folder / f"{k}{path.name}")
    for k in range(4):
        np.testing.assert_array_equal(values(folder, Wanted(volume=k + 1)), noise + k)


def test_gates_of_a_spect(tmp_path, noise):
    """Six frames: three slices in two gates, gate by gate."""
    spect = slice_of(
        noise, Modality="NM", ImageType=["ORIGINAL", "PRIMARY", "RECON GATED TOMO"], SpacingBetweenSlices=3
    )
    detector = Dataset()
    detector.ImageOrientationPatient, detector.ImagePositionPatient = spect.ImageOrientationPatient, [1, 2, 50]
    del spect["ImageOrientationPatient"]
    spect.DetectorInformationSequence = [detector]
    spect.TimeSlotVector, spect.SliceVector = [1, 1, 1, 2, 2, 2], [1, 2, 3, 1, 2, 3]
    spect.save_as(tmp_path / "spect.dcm", enforce_file_format=True)
    with pytest.raises(ValueError, match=r"holds 2 volumes .*TimeSlotVector"), open_volume(tmp_path / "spect.dcm"):
        pass
    np.testing.assert_array_equal(values(tmp_path / "spect.dcm", Wanted(volume=2)), noise[3:])
    with open_volume(tmp_path / "spect.dcm", Wanted(volume=1)) as volume:
        np.testing.assert_allclose(volume.grid.affine[:3, 2:], [[0, -1], [0, -2], [3, 50]])


def test_b_values_in_an_enhanced_file(tmp_path, noise):
    enhanced = slice_of(noise, SOPClassUID=EnhancedMRImageStorage)
    enhanced.PerFrameFunctionalGroupsSequence = []
    for k in range(6):
        frame, position, diffusion = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient, diffusion.DiffusionBValue = [0, 0, 4 * (k // 2)], 1000.0 * (k % 2)
        frame.PlanePositionSequence, frame.MRDiffusionSequence = [position], [diffusion]
        enhanced.PerFrameFunctionalGroupsSequence.append(frame)
    enhanced.save_as(tmp_path / "dwi.dcm", enforce_file_format=True)
    with pytest.raises(ValueError, match=r"1 \(DiffusionBValue 0\.0\), 2 \(DiffusionBValue 1000\.0\)"), \
            open_volume(tmp_path / "dwi.dcm"):  # fmt: skip
        pass
    np.testing.assert_array_equal(values(tmp_path / "dwi.dcm", Wanted(volume=2)), noise[1::2])
