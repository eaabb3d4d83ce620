"""DICOM and NIfTI: axes, frames, grids that differ, resampling."""

import warnings
from pathlib import Path

import nibabel
import numpy as np
import pytest
from medical_files import OBLIQUE, save_nifti, save_series, slice_of
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from nibabel.processing import resample_from_to
from pydicom import Dataset
from pydicom.uid import EnhancedMRImageStorage

from aefusion.image import read
from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.grid import Grid
from aefusion.medical.open import open_volume
from aefusion.medical.resample import resampled
from aefusion.medical.volume import Volume


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
    with pytest.raises(ValueError, match=r"24x20x6 voxels of 2x2x2 mm.*24x20x6 voxels of 1.5x1.5x2 mm.*`resample="), \
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
