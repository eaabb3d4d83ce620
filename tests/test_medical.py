"""DICOM and NIfTI: geometry, windows, colour, what is written, and what is refused."""

import tracemalloc
import warnings
from pathlib import Path

import nibabel
import numpy as np
import pytest
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from nibabel.processing import resample_from_to
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.processing import apply_modality_lut, apply_windowing
from pydicom.uid import CTImageStorage, EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from aefusion import Fuser
from aefusion.image import read, write
from aefusion.image.picture import Picture
from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.grid import Grid
from aefusion.medical.open import open_volume
from aefusion.medical.resample import resampled
from aefusion.medical.volume import Volume, shade
from aefusion.medical.window import Window

OBLIQUE = [0.9, 0.1, -np.sqrt(1 - 0.82), -0.1 / np.sqrt(0.82), 0.9 / np.sqrt(0.82), 0]
"""Directions of a row and a column, orthogonal."""


@pytest.fixture(scope="module")
def largest() -> Fuser:
    """The larger of both pixels: what comes out can be said beforehand."""
    return Fuser(method="max")


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


def save_nifti(path: Path, data: np.ndarray, affine: np.ndarray | None = None) -> Path:
    nibabel.save(nibabel.Nifti1Image(data, np.eye(4) if affine is None else affine), path)
    return path


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """(6, 20, 24) uint16: slices, rows, columns."""
    return np.random.default_rng(0).integers(0, 2000, (6, 20, 24)).astype(np.uint16)


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


# Geometry


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_an_oblique_series_becomes_nifti_with_its_affine_and_values(tmp_path, largest, noise, suffix):
    normal = np.cross(OBLIQUE[:3], OBLIQUE[3:])
    where = {"ImageOrientationPatient": OBLIQUE, "PixelSpacing": [0.7, 0.9], "step": 2.5 * normal}
    a, b = save_series(tmp_path / "a", noise, **where), save_series(tmp_path / "b", noise[:, ::-1], **where)
    with open_pair(a, b, window_a=(1000, 2000), window_b=(1000, 2000)) as pair:
        assert fuse_pair(largest, pair, tmp_path / f"out{suffix}") == 6
    result = nibabel.load(tmp_path / f"out{suffix}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls itself experimental
        from nibabel.nicom.dicomwrappers import wrapper_from_file
    # nibabel's own reader counts rows first, and has DICOM's directions.
    theirs = np.diag([-1, -1, 1, 1]) @ wrapper_from_file(a / "90.dcm").affine @ np.eye(4)[[1, 0, 2, 3]]
    theirs[:3, 2] *= -2.5 / 2  # of one slice it knows the thickness only, and its normal points the other way
    np.testing.assert_allclose(result.affine, theirs, atol=1e-4)
    np.testing.assert_allclose(result.header.get_zooms(), (0.9, 0.7, 2.5), atol=1e-5)
    np.testing.assert_allclose(result.get_qform(), theirs, atol=1e-3)
    expected = np.maximum(noise, noise[:, ::-1]) / 2000 * 65535
    assert np.abs(np.asarray(result.dataobj).T - expected).max() < 1


def test_nifti_to_a_series_and_back(tmp_path, largest, noise):
    affine = nibabel.affines.from_matvec(nibabel.eulerangles.euler2mat(0.3, 0.2, 0.1) @ np.diag([2, 3, 4]), (5, -6, 7))
    source = save_nifti(tmp_path / "a.nii.gz", noise.T, affine)
    with open_pair(source, source, window_a=(1000, 2000), window_b=(1000, 2000)) as pair:
        fuse_pair(largest, pair, tmp_path / "series")
    with open_volume(tmp_path / "series") as volume:
        assert volume.grid is not None and volume.grid.axes() == ("L", "P", "S")  # upright as it is stored
        stored = np.array([volume.read(k) for k in range(6)])
        to_series = np.linalg.inv(volume.grid.affine) @ affine
    # Each voxel lies where it lay.
    k, j, i = np.indices(noise.shape).reshape(3, -1)
    there = to_series @ np.stack([i, j, k, np.ones_like(i)])
    assert np.abs(there - there.round()).max() < 1e-3
    x, y, z = there.round().astype(int)[:3]
    assert np.abs(stored[z, y, x] / 65535 - noise[k, j, i] / 2000).max() < 1e-5


@pytest.mark.parametrize("axes", ["RAS", "LPS", "SRA", "PIR", "LSA", "AIL"])
def test_grids_turned_upright(axes):
    towards = dict(zip("LRPAIS", (side * np.eye(3)[i] for i in range(3) for side in (-1, 1)), strict=True))
    affine = nibabel.affines.from_matvec(np.column_stack([towards[axis] for axis in axes]) * [1, 2, 3], (5, 6, 7))
    grid = Grid((5, 6, 7), affine)
    turned = grid.turned_upright()
    assert turned.axes()[:2] in {("L", "P"), ("L", "I"), ("P", "I")}
    places = np.random.default_rng(0).random((6, 5))
    upright = grid.upright(places)
    for row, column in np.ndindex(*upright.shape):
        ((j, i),) = np.argwhere(places == upright[row, column])
        np.testing.assert_allclose(turned.affine @ [column, row, 2, 1], affine @ [i, j, 2, 1])


def test_a_tilted_gantry_is_kept_as_a_sheared_grid(tmp_path, noise):
    with open_volume(save_series(tmp_path / "ct", noise, step=(0, 0.5, 2))) as volume:
        np.testing.assert_allclose(volume.grid.affine[:3, 2], [0, -0.5, 2])
        assert not volume.grid.fits(Grid((24, 20, 6), np.diag([-1.0, -1, 2, 1])))


def test_frames_of_one_file(tmp_path, noise):
    """An enhanced file with its frames in the wrong order, each with its own slope, and a SPECT that goes downwards."""
    enhanced = slice_of(noise, SOPClassUID=EnhancedMRImageStorage)
    for name in ("ImageOrientationPatient", "PixelSpacing"):
        del enhanced[name]
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient, measures.PixelSpacing = [1, 0, 0, 0, 1, 0], [2, 3]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    enhanced.SharedFunctionalGroupsSequence = [shared]
    enhanced.PerFrameFunctionalGroupsSequence = []
    for k in range(6):
        frame, position, values = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [0, 0, 4 * (5 - k)]
        values.RescaleSlope, values.RescaleIntercept = k + 1, 0
        frame.PlanePositionSequence, frame.PixelValueTransformationSequence = [position], [values]
        enhanced.PerFrameFunctionalGroupsSequence.append(frame)
    enhanced.save_as(tmp_path / "enhanced.dcm", enforce_file_format=True)
    with open_volume(tmp_path / "enhanced.dcm") as volume:
        np.testing.assert_allclose(volume.grid.affine, np.diag([-3, -2, 4, 1]))
        np.testing.assert_array_equal(volume.read(0), noise[5] * 6.0)
        assert volume.sources[0][0].frame == 5
    spect = slice_of(noise, Modality="NM", ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO"], SpacingBetweenSlices=-3)
    detector = Dataset()
    detector.ImageOrientationPatient, detector.ImagePositionPatient = spect.ImageOrientationPatient, [1, 2, 50]
    del spect["ImageOrientationPatient"]
    spect.DetectorInformationSequence = [detector]
    spect.save_as(tmp_path / "spect.dcm", enforce_file_format=True)
    with open_volume(tmp_path / "spect.dcm") as volume:
        np.testing.assert_allclose(volume.grid.affine[:3, 3], [-1, -2, 35])
        np.testing.assert_array_equal(volume.read(0), noise[5])


def test_grids_that_differ_are_both_named_or_one_wins(tmp_path, largest, noise):
    a = save_series(tmp_path / "a", noise, PixelSpacing=[2, 2])
    affine = nibabel.affines.from_matvec(np.diag([1.5, 1.5, 2]), (-20, -10, 31))
    b = save_nifti(tmp_path / "b.nii", noise.T, affine)
    with pytest.raises(ValueError, match=r"24x20x6 voxels of 2x2x2 mm.*24x20x6 voxels of 1.5x1.5x2 mm.*--resample"), \
            open_pair(a, b):  # fmt: skip
        pass
    volumes = {}
    for resample in ("b-to-a", "a-to-b"):
        with open_pair(a, b, resample=resample) as pair:
            fuse_pair(largest, pair, tmp_path / "out.nii")
            assert resample == pair.resample and "resampled" in pair.in_words
        volumes[resample] = nibabel.load(tmp_path / "out.nii").affine
    np.testing.assert_allclose(volumes["b-to-a"], [[-2, 0, 0, 10], [0, -2, 0, 20], [0, 0, 2, 30], [0, 0, 0, 1]])
    np.testing.assert_allclose(volumes["a-to-b"], affine)


def test_slight_rounding_is_no_difference(tmp_path, noise):
    a, b = (save_series(tmp_path / name, noise, first=(x, -20, 30)) for name, x in (("a", -10), ("b", -10.01)))
    with open_pair(a, b, resample="b-to-a") as pair:
        assert pair.resample is None
    far = save_series(tmp_path / "c", noise, first=(-10.2, -20, 30))
    with pytest.raises(ValueError, match=r"0\.2 mm apart"), open_pair(a, far):
        pass


def ramp(grid: Grid) -> Volume:
    """A field that is linear in the patient's millimetres."""
    columns, rows, count = grid.shape
    here = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij")).reshape(3, -1)
    x, y, z = grid.affine[:3] @ np.vstack([here, np.ones(here.shape[1])])
    values = (x + 2 * y + 3 * z).reshape(grid.shape).T.astype(np.float32)
    return Volume("ramp", count, rows, columns, lambda number: values[number], grid=grid)


def test_resampling_keeps_places(noise):
    turned = nibabel.eulerangles.euler2mat(0.2, 0.1, -0.3)
    fine = Grid((50, 60, 40), nibabel.affines.from_matvec(turned @ np.diag([1, 0.8, 1.2]), (-20, -20, -20)))
    coarse = Grid((16, 9, 7), nibabel.affines.from_matvec(np.diag([-2.5, 2, 3]), (15, -5, -8)))
    there, truth = resampled(ramp(fine), coarse), ramp(coarse)
    got, expected = (np.array([volume.read(k) for k in range(7)]) for volume in (there, truth))
    known = np.isfinite(got)
    assert 0.5 < known.mean() < 1  # some of the coarse grid lies outside
    # Smoothing bends the ramp at the faces of the volume only.
    assert np.median(np.abs(got - expected)[known]) < 1e-3
    outside = Grid((4, 4, 4), nibabel.affines.from_matvec(np.eye(3), (500, 0, 0)))
    with pytest.raises(ValueError, match=r"ramp .*outside"):
        resampled(ramp(fine), outside)


def test_resampling_is_that_of_nibabel():
    """A scan of nibabel's, turned and of 4 mm, onto the 2 mm of another."""
    data = Path(nibabel.__file__).parent / "tests" / "data"
    target = nibabel.load(data / "anatomical.nii")
    theirs = resample_from_to(nibabel.load(data / "reoriented_anat_moved.nii"), target, order=1).get_fdata().T
    with open_volume(data / "reoriented_anat_moved.nii") as volume:
        there = resampled(volume, Grid(target.shape, target.affine))
        ours = np.array([there.read(k) for k in range(there.count)])
    inside = np.isfinite(ours) & (theirs != 0)
    # Ours goes on half a voxel, to where the outer voxels end; there theirs is 0.
    assert inside.mean() > 0.6 and not (theirs[np.isnan(ours)] != 0).any()
    np.testing.assert_allclose(ours[inside], theirs[inside], rtol=1e-3, atol=1e-2 * theirs.max() / 100)


def test_resampling_to_flipped_axes_is_exact(tmp_path, noise):
    image = nibabel.Nifti1Image(noise.T, np.diag([-2.0, 2, 3, 1]))
    image = image.as_reoriented(ornt_transform(io_orientation(image.affine), axcodes2ornt("PIR")))
    turned = save_nifti(tmp_path / "turned.nii", np.asarray(image.dataobj), image.affine)
    with open_volume(turned) as volume:
        back = resampled(volume, Grid((24, 20, 6), np.diag([-2.0, 2, 3, 1])))
        for k in range(6):
            np.testing.assert_allclose(back.read(k), noise[k], atol=1e-3)


def test_a_finer_volume_is_smoothed_before_it_is_thinned():
    board = (np.indices((32, 32, 32)).sum(0) % 2).astype(np.float32)
    fine = Volume("board", 32, 32, 32, lambda k: board[k], grid=Grid((32, 32, 32), np.eye(4)))
    coarse = resampled(fine, Grid((8, 8, 8), np.diag([4.0, 4, 4, 1])))
    assert np.abs(coarse.read(4)[2:6, 2:6] - 0.5).max() < 0.01


def test_a_picture_of_a_slice_is_upright(tmp_path, largest):
    data = np.zeros((9, 7, 3), np.uint8)
    data[1, 5, :] = 200  # to the left and to the front, where the axes lead right and front
    source = save_nifti(tmp_path / "a.nii", data)
    with open_pair(source, source, window_a=(100, 200), window_b=(100, 200)) as pair:
        fuse_pair(largest, pair, tmp_path / "out.png", number=1)
    picture = read(tmp_path / "out.png").pixels
    assert picture.shape == (7, 9) and np.argwhere(picture).tolist() == [[1, 7]]  # the front up, the left at the right


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


# What is refused


def test_different_patients_and_positions(tmp_path, largest, noise):
    a = save_series(tmp_path / "a", noise)
    for name, value, wrong in (
        ("PatientID", "P2", "patients, P1 and P2"),
        ("PatientPosition", "HFP", "patient positions, HFS and HFP"),
    ):
        b = save_series(tmp_path / name, noise, **{name: value})
        with pytest.raises(ValueError, match=f"{wrong}.*--force"), open_pair(a, b):
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
        "mixed": r"holds 2 series: number 6 \(MR T2, 2 slices\), number 5 \(MR, 6 slices\).*--series-a",
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
    with open_volume(tmp_path / "mixed", 5) as volume:
        assert volume.count == 6
    with pytest.raises(ValueError, match="no series of number 7"), open_volume(tmp_path / "mixed", 7):
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
            open_pair(a, b, window_a=(1, 2), window_b=(1, 2)) as pair,
            pytest.raises(ValueError, match=r"86\.dcm: damaged or cut off"),
        ):
            fuse_pair(largest, pair, tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before
    with open_pair(a, a) as pair:
        for name, wrong in {
            "a": "would overwrite this source",
            "b": "not an empty folder",
            "out.dcm": "there are 6: choose one with --slice",
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
    code, said = aefusion("mr mr -o out.nii --dry-run --window-a 40 80")
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
