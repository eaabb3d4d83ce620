"""Rigid registration: known movements found again, against ITK's own resampling; what is none is refused."""

import nibabel
import numpy as np
import pytest
from medical_files import save_nifti
from nibabel.affines import from_matvec
from nibabel.eulerangles import euler2mat
from scipy.ndimage import gaussian_filter

from aefusion import fuse_volumes
from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.open import open_volume
from aefusion.medical.register import registered, save_transform

sitk = pytest.importorskip("SimpleITK")
MOVED = from_matvec(euler2mat(0.10, -0.08, 0.12), (9, -7, 6))
"""Where a place of the head lies in the second scan: 8 degrees and more, up to 20 mm."""


def head(places: np.ndarray, ct: bool) -> np.ndarray:
    """A head of ellipsoids, at places (3, ...) in mm, as MRI or as CT: bright and dark in other places."""
    x, y, z = places
    parts = [((0, 0, 0), (54, 80, 64), 1), ((0, -4, 3), (46, 70, 55), 2), ((-18, 20, 5), (12, 22, 16), 3),
             ((20, 15, 0), (10, 25, 14), 4), ((5, -35, -25), (28, 14, 10), 5), ((-24, -15, 35), (8, 9, 11), 6),
             ((15, -5, 38), (20, 14, 8), 3), ((0, 60, -40), (16, 26, 14), 6),
             ((52, 0, -20), (8, 14, 20), 5)]  # fmt: skip
    kind = np.zeros(x.shape, int)
    for (a, b, c), (r, s, t), label in parts:
        kind[((x - a) / r) ** 2 + ((y - b) / s) ** 2 + ((z - c) / t) ** 2 < 1] = label
    table = [0, 900, 30, 120, -40, 200, 60] if ct else [0, 60, 500, 900, 150, 650, 30]
    texture = np.sin(x / 8 + y / 14) * np.sin(y / 9 - z / 13) * np.sin(z / 11 + x / 16) * (kind > 0)
    return np.array(table, float)[kind] + (-200 if ct else 250) * texture


def scan(path, spacing, moved, ct=False, seed=0):
    """A volume of the head that lies where `moved` puts it; the grid is that of the scanner."""
    spacing = np.array(spacing, float)
    shape = tuple((2 * np.array([72, 88, 70]) / spacing).astype(int))
    affine = from_matvec(np.diag(spacing), -np.array([72, 88, 70]) + 1.7 * seed)
    here = np.indices(shape).reshape(3, -1)
    places = np.linalg.inv(moved) @ affine @ np.vstack([here, np.ones(here.shape[1])])
    values = gaussian_filter(head(places[:3].reshape(3, *shape), ct), 0.6)
    values += np.random.default_rng(seed).normal(0, 8, shape)
    return save_nifti(path, values.astype(np.float32), affine)


CORNERS = np.vstack([np.array(np.meshgrid((-50, 50), (-60, 60), (-45, 45))).reshape(3, -1), np.ones(8)])
RAS = np.diag([-1.0, -1, 1, 1])


@pytest.fixture(autouse=True)
def few_samples(monkeypatch):
    """As many as small volumes need, and one thread, as several wait for each other on a busy machine."""
    monkeypatch.setattr("aefusion.medical.register.SAMPLES", 20000)
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    yield
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scans")
    return scan(folder / "mr.nii", (4, 4, 4), np.eye(4)), scan(folder / "ct.nii", (3, 3, 5), MOVED, ct=True, seed=1)


def test_a_movement_is_found_again(scans, tmp_path, largest):
    """Within half a slice, and its transform, read by ITK, lays the CT where ours does."""
    with open_pair(*scans, register=["b"], window_a=(450, 900), window_b=(400, 1200)) as pair:
        ours = np.array([pair.b.volume.read(k) for k in range(pair.count)])
        save_transform(tmp_path / "move.tfm", pair.registered[0].matrix)
        fuse_pair(largest, pair, tmp_path / "out.nii")
        assert "the second registered (moved by up to" in pair.in_words and pair.resample == "b-to-a"
    transform = sitk.ReadTransform(str(tmp_path / "move.tfm"))
    found = np.array([transform.TransformPoint((RAS @ corner)[:3].tolist()) for corner in CORNERS.T]).T
    error = np.linalg.norm(found - (RAS @ MOVED @ CORNERS)[:3], axis=0)
    assert np.linalg.norm(((MOVED - np.eye(4)) @ CORNERS)[:3], axis=0).max() > 15 and error.max() < 2.5
    fixed, moving = (sitk.ReadImage(str(path)) for path in scans)
    theirs = sitk.GetArrayFromImage(sitk.Resample(moving, fixed, transform, sitk.sitkLinear, float("nan")))
    both = np.isfinite(ours) & np.isfinite(theirs)
    assert both.mean() > 0.7
    # The CT is finer along two axes, so ours is smoothed a little before; at edges that makes a difference.
    assert np.median(np.abs(ours - theirs)[both]) < 12
    np.testing.assert_allclose(nibabel.load(tmp_path / "out.nii").affine, nibabel.load(scans[0]).affine)


def test_what_lies_right_is_not_moved(scans):
    with open_volume(scans[0]) as one, open_volume(scans[0]) as other:
        result = registered(one, other)
    assert result.moved == 0 and result.share > 0.9 and result.volume.grid.fits(one.grid)


@pytest.mark.parametrize("kind", ["noise", "upside down"])
def test_what_does_not_belong_together_is_refused(scans, tmp_path, kind):
    image = nibabel.load(scans[1])
    values = np.asarray(image.dataobj)
    if kind == "noise":
        values = gaussian_filter(np.random.default_rng(3).normal(0, 400, values.shape), 2).astype(np.float32)
    path = save_nifti(tmp_path / "other.nii", np.ascontiguousarray(values[:, ::-1, ::-1]), image.affine)
    if kind == "upside down":  # mirrored, which no movement makes
        path = save_nifti(tmp_path / "other.nii", np.ascontiguousarray(values[:, :, ::-1]), image.affine)
    with pytest.raises(ValueError, match=r"was not registered onto .*mr\.nii: .*`register`"), \
            open_pair(scans[0], path, register=["b"]):  # fmt: skip
        pass


def test_what_cannot_be_registered(scans, tmp_path):
    for more, wrong in (
        ({"register": ["c"]}, "register 'c': expected b"),
        ({"register": ["b"], "resample": "a-to-b"}, "lays the others onto the first"),
        ({"register": ["b"], "save_transform": tmp_path / "a.json"}, "suffix '.json' is none of a transform"),
        ({"save_transform": tmp_path / "a.tfm"}, "give `register` one"),
    ):
        with pytest.raises(ValueError, match=wrong):
            fuse_volumes(*scans, tmp_path / "out.nii", **more)
    flat = save_nifti(tmp_path / "flat.nii", np.zeros((9, 9, 9), np.int16))
    slices = save_nifti(tmp_path / "slices.nii", np.random.default_rng(0).random((40, 40, 2)).astype(np.float32))
    for path, wrong in ((flat, "shows nothing to be registered by"), (slices, "2 slices are too few")):
        with open_volume(scans[0]) as one, open_volume(path) as other, pytest.raises(ValueError, match=wrong):
            registered(one, other)
