"""DICOM and NIfTI: what is refused and how, kinds of pixels, nothing half-written."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from medical_files import save_nifti, save_series, slice_of
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from aefusion.image import write
from aefusion.image.picture import Picture
from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.open import open_volume
from aefusion.medical.wanted import Wanted


def test_different_patients_and_positions(tmp_path, largest, noise):
    a = save_series(tmp_path / "a", noise)
    for name, value, wrong in (
        ("PatientID", "P2", "patients, P1 and P2"),
        ("PatientPosition", "HFP", "patient positions, HFS and HFP"),
    ):
        b = save_series(tmp_path / name, noise, **{name: value})
        with pytest.raises(ValueError, match=f"{wrong}.*`force=True`"), open_pair(a, b):
            pass
        with pytest.warns(UserWarning, match=wrong), open_pair(a, b, force=True) as pair:
            fuse_pair(largest, pair, tmp_path / f"{name}.dcm", number=0)
        said = dcmread(tmp_path / f"{name}.dcm").DerivationDescription
        assert f"of different {wrong.split(',')[0]}" in f"{said}," and "P2" not in said
    other = save_series(tmp_path / "frame", noise, FrameOfReferenceUID="1.9")
    with pytest.warns(UserWarning, match="frames of reference"), open_pair(a, other):
        pass
    nowhere = save_series(tmp_path / "nowhere", noise)
    for path in nowhere.iterdir():
        one = dcmread(path)
        del one["ImagePositionPatient"]
        one.save_as(path)
    with pytest.warns(UserWarning, match="no position stated"), open_pair(nowhere, a) as pair:
        assert pair.grid is not None
        np.testing.assert_allclose(pair.a(0), pair.b(0))  # sorted by number instead
    smaller = save_series(tmp_path / "smaller", noise[:5])
    with pytest.raises(ValueError, match="cannot be resampled"), open_pair(nowhere, smaller):
        pass


def bad_series(folder: Path, noise: np.ndarray) -> dict[str, str]:
    """Folders and what is said of them."""
    save_series(folder / "missing", noise)
    (folder / "missing" / "88.dcm").unlink()
    save_series(folder / "doubled", noise)
    again = dcmread(folder / "doubled" / "88.dcm")
    again.SOPInstanceUID = generate_uid()
    again.save_as(folder / "doubled" / "again.dcm")
    save_series(folder / "one", noise)
    save_series(folder / "mixed", noise[:2], SeriesNumber=6, SeriesDescription="T2")
    for path in (folder / "one").iterdir():
        path.rename(folder / "mixed" / f"one{path.name}")
    save_series(folder / "turned", noise, ImageOrientationPatient=([1, 0, 0, 0, 0, -1], *[[1, 0, 0, 0, 1, 0]] * 5))
    save_series(folder / "uneven", noise)
    crooked = dcmread(folder / "uneven" / "88.dcm")
    crooked.ImagePositionPatient = [-9, -20, 34]
    crooked.save_as(folder / "uneven" / "88.dcm")
    save_series(folder / "sizes", noise[:2])
    small = dcmread(folder / "sizes" / "90.dcm")
    small.set_pixel_data(noise[0, :10], "MONOCHROME2", 16)
    small.save_as(folder / "sizes" / "90.dcm")
    (folder / "empty").mkdir()
    (folder / "empty" / "notes.txt").write_text("no image")
    return {
        "missing": r"missing: 4 mm between .*89\.dcm and .*87\.dcm, 2 mm elsewhere",
        "doubled": r"two slices at one position, .*88\.dcm and .*again\.dcm",
        "mixed": r"holds 2 series: number 6 \(MR T2, 2 slices\), number 5 \(MR, 6 slices\).*`series_a`",
        "turned": "different orientation",
        "uneven": "not evenly spaced .up to 1 mm",
        "sizes": "slices of different Rows",
        "empty": "holds no DICOM image",
    }


def test_series_that_are_no_volume(tmp_path, noise):
    for name, wrong in bad_series(tmp_path, noise).items():
        with pytest.raises(ValueError, match=wrong) as caught, open_volume(tmp_path / name):
            pass
        assert str(caught.value).startswith(str(tmp_path / name)) and "\n" not in str(caught.value), name
    with open_volume(tmp_path / "mixed", Wanted(5)) as volume:
        assert volume.count == 6
    with pytest.raises(ValueError, match="no series of number 7"), open_volume(tmp_path / "mixed", Wanted(7)):
        pass


def test_files_that_cannot_be_read(tmp_path, noise, photographs):
    whole = save_nifti(tmp_path / "whole.nii", noise.T).read_bytes()
    packed = save_nifti(tmp_path / "whole.nii.gz", noise.T).read_bytes()
    (tmp_path / "cut.nii").write_bytes(whole[:2000])
    (tmp_path / "header.nii").write_bytes(whole[:200])
    (tmp_path / "cut.nii.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "text.dcm").write_text("not an image")
    flat = bytearray(whole)
    flat[312:328] = bytes(16)  # the third row of the sform
    (tmp_path / "flat.nii").write_bytes(flat)
    save_nifti(tmp_path / "complex.nii", noise.T.astype(np.complex64))
    slice_of(noise[0]).save_as(tmp_path / "whole.dcm", enforce_file_format=True)
    (tmp_path / "cut.dcm").write_bytes((tmp_path / "whole.dcm").read_bytes()[:-100])
    write(tmp_path / "picture.png", Picture(photographs[0]))
    without = slice_of(noise[0])
    del without["PixelData"]
    without.save_as(tmp_path / "without.dcm", enforce_file_format=True)
    functional = Path(nibabel.__file__).parent / "tests" / "data" / "functional.nii"
    for path, wrong in {
        "cut.nii": "damaged or cut off",
        "header.nii": "cannot be read as NIfTI",
        "cut.nii.gz": "damaged or cut off",
        "text.dcm": "not a DICOM file",
        "flat.nii": "cannot be inverted",
        "complex.nii": "its voxels are complex64",
        "cut.dcm": "cut off",
        "picture.png": "an ordinary picture.*aefusion fuse",
        "without.dcm": "holds no pixels",
        "nothing.dcm": "no such file",
        "nothing.nii": "no such file",
        functional: r"20 volumes in one file \(17x21x3x20\)",
        get_testdata_file("MR_truncated.dcm"): "cut off",
        get_testdata_file("rtplan.dcm"): "holds no pixels",
    }.items():
        with pytest.raises(ValueError, match=wrong) as caught, open_volume(tmp_path / path) as volume:
            for k in range(volume.count):
                volume.read(k)
        assert str(caught.value).startswith(str(tmp_path / path)) and "\n" not in str(caught.value), path


@pytest.mark.parametrize(
    ("name", "package"),
    [("MR_small_jp2klossless.dcm", "pylibjpeg-openjpeg"), ("MR_small_jpeg_ls_lossless.dcm", "python-gdcm")],
)
def test_a_missing_decoder_is_named(monkeypatch, name, package):
    from pydicom.pixels.decoders.base import Decoder

    monkeypatch.setattr(Decoder, "is_available", False)
    with (
        open_volume(Path(get_testdata_file(name))) as volume,
        pytest.raises(ValueError, match=f"pip install .*{package}"),
    ):
        volume.read(0)


@pytest.mark.parametrize("name", ["RLE", "bigendian", "implicit", "padded", "jp2klossless"])
def test_transfer_syntaxes(name):
    if name == "jp2klossless":
        pytest.importorskip("openjpeg")
    name = f"MR_small_{name}.dcm"
    with open_volume(Path(get_testdata_file("MR_small.dcm"))) as plain, \
            open_volume(Path(get_testdata_file(name))) as other:  # fmt: skip
        np.testing.assert_array_equal(plain.read(0), other.read(0))


@pytest.mark.parametrize("name", ["examples_palette.dcm", "image_dfl.dcm", "SC_rgb_rle_16bit_2frame.dcm"])
def test_kinds_of_pixels(name):
    with open_volume(Path(get_testdata_file(name))) as volume:
        last = volume.read(volume.count - 1)
        assert last.shape[:2] == (volume.rows, volume.columns)
        assert (last.ndim == 3) == volume.colour == (name != "image_dfl.dcm")


def test_nothing_is_half_written(tmp_path, largest, noise):
    a, b = save_series(tmp_path / "a", noise), save_series(tmp_path / "b", noise)
    broken = b / "86.dcm"  # the fifth slice
    broken.write_bytes(broken.read_bytes()[:-100])
    before = sorted(tmp_path.iterdir())
    for name in ("out", "out.nii", "out.nii.gz"):
        with (
            open_pair(a, b, window_a=(1000, 2000), window_b=(1000, 2000)) as pair,
            pytest.raises(ValueError, match=r"86\.dcm: damaged or cut off"),
        ):
            fuse_pair(largest, pair, tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before
    with open_pair(a, a) as pair:
        for name, wrong in {
            "a": "would overwrite this source",
            "b": "not an empty folder",
            "out.dcm": "there are 6: choose one with `slice`",
            "out.xyz": "suffix '.xyz'",
            "no/out": "there is no folder",
        }.items():
            with pytest.raises(ValueError, match=wrong):
                fuse_pair(largest, pair, tmp_path / name)
        with pytest.raises(ValueError, match="slices 1 to 6"):
            fuse_pair(largest, pair, tmp_path / "out.dcm", number=6)
        slice_before = (a / "90.dcm").read_bytes()
        with pytest.raises(ValueError, match=r"90\.dcm: the result would overwrite this source"):
            fuse_pair(largest, pair, a / "90.dcm", number=2)
        assert (a / "90.dcm").read_bytes() == slice_before


def test_other_commands_send_medical_files_here(tmp_path, noise):
    import aefusion

    series, volume = save_series(tmp_path / "mr", noise), save_nifti(tmp_path / "a.nii.gz", noise.T)
    bare = tmp_path / "IM0001"
    bare.write_bytes((series / "90.dcm").read_bytes())
    for one in (series / "90.dcm", volume, bare):
        with pytest.raises(ValueError, match="aefusion medical"):
            aefusion.fuse(one, one)
        with pytest.raises(ValueError, match="aefusion medical"):
            aefusion.score(one, one, one)
    with pytest.raises(ValueError, match=r"holds no picture.*aefusion medical"):
        aefusion.score_folders(series, series, series)
    (tmp_path / "text.txt").write_text("nothing")
    with pytest.raises(ValueError, match="give one of PNG"):
        aefusion.fuse(tmp_path / "text.txt", tmp_path / "text.txt")


def test_damaged_headers_are_told_in_one_line(tmp_path, noise):
    slice_of(noise[0], ImagePositionPatient=[0, 0, 0]).save_as(tmp_path / "whole.dcm", enforce_file_format=True)
    whole = (tmp_path / "whole.dcm").read_bytes()
    # An attribute with a kind of value that does not exist, which pydicom looks at only when it is asked for.
    (tmp_path / "kind.dcm").write_bytes(whole.replace(b"\x10\0\x20\0LO", b"\x10\0\x20\0MO"))
    (tmp_path / "rows.dcm").write_bytes(whole.replace(b"\x28\0\x04\0CS", b"\x28\0\x04\0CW"))
    frames = slice_of(noise[0], ImagePositionPatient=[0, 0, 0], NumberOfFrames=99999999)
    frames.save_as(tmp_path / "frames.dcm", enforce_file_format=True)
    header = "ObjectType = Image\nNDims = 3\nDimSize = 30000 30000 30000\nElementType = MET_SHORT\n"
    (tmp_path / "huge.mha").write_text(f"{header}ElementDataFile = LOCAL\nxxxx")
    for name, wrong in {
        "kind.dcm": "damaged or cut off .*0010,0020",
        "rows.dcm": "damaged or cut off",
        "frames.dcm": "states 99999999 frames of 24x20, more than the file holds",
        "huge.mha": "states 30000x30000x30000 voxels, more than it can hold",
    }.items():
        with pytest.raises(ValueError, match=wrong) as caught, open_volume(tmp_path / name):
            pass
        assert str(caught.value).startswith(str(tmp_path / name)) and "\n" not in str(caught.value), name


def test_a_deflated_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    flat = slice_of(np.zeros((2000, 2000), np.uint16), ImagePositionPatient=[0, 0, 0])
    flat.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    flat.save_as(tmp_path / "flat.dcm", enforce_file_format=True)
    assert (tmp_path / "flat.dcm").stat().st_size < 20000
    with open_volume(tmp_path / "flat.dcm") as volume:
        assert not volume.read(0).any()
    monkeypatch.setattr("aefusion.medical.dicom.LARGEST", 1 << 20)
    with pytest.raises(ValueError, match="unpacks to more than 1 MiB"), open_volume(tmp_path / "flat.dcm"):
        pass
