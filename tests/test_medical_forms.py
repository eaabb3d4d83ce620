"""NIfTI's two forms, spaces that differ, and other formats, against NiBabel and SimpleITK."""

import warnings

import nibabel
import numpy as np
import pytest
from medical_files import save_nifti, save_series
from nibabel.affines import from_matvec
from nibabel.eulerangles import euler2mat

from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.open import open_volume
from aefusion.medical.wanted import Wanted

sitk = pytest.importorskip("SimpleITK")
TURNED = from_matvec(euler2mat(0.3, 0.2, 0.1) @ np.diag([2, 3, 4]), (5, -6, 7))


def two_forms(path, data, sform, qform, codes=(2, 1)):
    image = nibabel.Nifti1Image(data, sform)
    image.set_sform(sform, codes[0])
    image.set_qform(qform, codes[1])
    nibabel.save(image, path)
    return path


def affine_of(path, wanted=None):
    with open_volume(path, wanted or Wanted()) as volume:
        return volume.grid.affine


def test_forms_that_differ_are_said_and_can_be_chosen(tmp_path, noise):
    shifted = TURNED.copy()
    shifted[:3, 3] += [3, 4, 12]  # 13 mm
    path = two_forms(tmp_path / "a.nii.gz", noise.T, TURNED, shifted)
    said = r"qform \(in the space of the scanner\) and its sform \(in the space of another scan\) are up to 13 mm apart"
    with pytest.warns(UserWarning, match=said):
        np.testing.assert_allclose(affine_of(path), TURNED, atol=1e-5)
    # Another reader's: SimpleITK takes the qform of this file.
    image = sitk.ReadImage(str(path))
    theirs = np.eye(4)
    theirs[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) @ np.diag(image.GetSpacing())
    theirs[:3, 3] = image.GetOrigin()
    with warnings.catch_warnings(action="error"):  # what was asked for need not be said
        np.testing.assert_allclose(affine_of(path, Wanted(form="q")), shifted, atol=1e-4)
        np.testing.assert_allclose(affine_of(path, Wanted(form="q")), np.diag([-1, -1, 1, 1]) @ theirs, atol=1e-4)
        np.testing.assert_allclose(affine_of(path, Wanted(form="s")), TURNED, atol=1e-5)
        same = two_forms(tmp_path / "same.nii", noise.T, TURNED, TURNED)
        np.testing.assert_allclose(affine_of(same), TURNED, atol=1e-5)


def test_zeros_are_no_affine(tmp_path, noise):
    path = two_forms(tmp_path / "a.nii", noise.T, TURNED, TURNED)
    raw = bytearray(path.read_bytes())
    raw[280:328] = bytes(48)  # srow_x to srow_z
    path.write_bytes(raw)
    with pytest.warns(UserWarning, match="sform is no affine .zeros.: the qform was taken"):
        np.testing.assert_allclose(affine_of(path), TURNED, atol=1e-4)
    with pytest.raises(ValueError, match="its sform is no affine"), open_volume(path, Wanted(form="s")):
        pass
    only = save_nifti(tmp_path / "only.nii", noise.T, TURNED)
    with pytest.raises(ValueError, match="its qform is not stated"), open_volume(only, Wanted(form="q")):
        pass


def test_different_spaces_are_said(tmp_path, noise):
    scanner, mni = (save_nifti(tmp_path / f"{code}.nii", noise.T, np.diag([-1.0, -1, 2, 1]), code) for code in (1, 4))
    series = save_series(tmp_path / "mr", noise, first=(0, 0, 0))
    for a, b, said in (
        (scanner, mni, "different spaces, of the scanner and of MNI"),
        (series, mni, "different spaces, of the scanner and of MNI"),
        (mni, scanner, "different spaces, of MNI and of the scanner"),
    ):
        with pytest.warns(UserWarning, match=said), open_pair(a, b):
            pass
    with warnings.catch_warnings(action="error"), open_pair(series, scanner):
        pass


def test_one_volume_of_a_file_of_four_axes(tmp_path, largest):
    data = np.random.default_rng(0).integers(0, 900, (9, 8, 5, 3)).astype(np.int16)
    for name in ("a.nii", "a.nii.gz"):
        path = save_nifti(tmp_path / name, data)
        with pytest.raises(ValueError, match=r"3 volumes in one file .*`volume` \(1 to 3\)"), open_volume(path):
            pass
        with open_volume(path, Wanted(volume=2)) as volume:
            assert volume.count == 5
            np.testing.assert_array_equal([volume.read(k) for k in range(5)], data[..., 1].T)
    with pytest.raises(ValueError, match="no volume 4: there are volumes 1 to 3"), \
            open_volume(path, Wanted(volume=4)):  # fmt: skip
        pass
    with open_pair(path, path, volume=[1, 3]) as pair:
        np.testing.assert_array_equal(pair.b.volume.read(4), data[..., 4, 2].T)
        assert fuse_pair(largest, pair, tmp_path / "out.nii") == 5
    with pytest.raises(ValueError, match="one for each of the 2 sources"), open_pair(path, path, volume=[1, 2, 3]):
        pass


@pytest.mark.parametrize("suffix", [".mgz", ".mgh", ".img", ".hdr", ".mha", ".mhd", ".nrrd", ".nhdr"])
def test_other_formats_are_read_as_others_read_them(tmp_path, suffix, largest):
    data = np.random.default_rng(0).integers(0, 900, (9, 8, 5)).astype(np.int16)
    path = tmp_path / f"a{suffix}"
    if suffix.startswith(".mg"):
        nibabel.save(nibabel.MGHImage(data, TURNED), path)
    elif suffix in (".img", ".hdr"):
        nibabel.save(nibabel.Nifti1Pair(data, TURNED), path)
    else:
        image = sitk.GetImageFromArray(data.T)
        image.SetSpacing((2, 3, 4))
        image.SetDirection((np.diag([-1, -1, 1]) @ TURNED[:3, :3] / [2, 3, 4]).ravel().tolist())
        image.SetOrigin((-5, 6, 7))
        sitk.WriteImage(image, str(path))
    with open_volume(path) as volume:
        np.testing.assert_allclose(volume.grid.affine, TURNED, atol=1e-5)
        np.testing.assert_array_equal([volume.read(k) for k in range(5)], data.T)
    with open_pair(path, path, window_a=(450, 900), window_b=(450, 900)) as pair:
        fuse_pair(largest, pair, tmp_path / "out.nii")
    np.testing.assert_allclose(nibabel.load(tmp_path / "out.nii").affine, TURNED, atol=1e-5)


def test_analyze_states_no_position(tmp_path):
    data = np.arange(60, dtype=np.int16).reshape(5, 4, 3)
    nibabel.save(nibabel.AnalyzeImage(data, np.diag([2.0, 2, 3, 1])), tmp_path / "a.img")
    for name in ("a.img", "a.hdr"):
        with pytest.warns(UserWarning, match="Analyze states no position"), open_volume(tmp_path / name) as volume:
            np.testing.assert_array_equal(volume.read(2), data[..., 2].T)
            np.testing.assert_allclose(volume.grid.spacing, [2, 2, 3])


def test_colour_and_time_through_itk(tmp_path):
    colour = np.random.default_rng(0).integers(0, 255, (3, 4, 5, 3)).astype(np.uint8)
    sitk.WriteImage(sitk.GetImageFromArray(colour, isVector=True), str(tmp_path / "rgb.mha"))
    with open_volume(tmp_path / "rgb.mha") as volume:
        assert volume.colour
        np.testing.assert_array_equal(volume.read(1), colour[1])
    times = np.random.default_rng(0).random((2, 3, 4, 5)).astype(np.float32)
    sitk.WriteImage(sitk.GetImageFromArray(times, isVector=False), str(tmp_path / "time.nrrd"))
    with pytest.raises(ValueError, match="2 volumes in one file"), open_volume(tmp_path / "time.nrrd"):
        pass
    with open_volume(tmp_path / "time.nrrd", Wanted(volume=2)) as volume:
        np.testing.assert_array_equal(volume.read(2), times[1, 2])


def test_damaged_and_missing_files_of_other_formats(tmp_path):
    nibabel.save(nibabel.Nifti1Pair(np.zeros((3, 3, 3), np.int16), np.eye(4)), tmp_path / "pair.img")
    (tmp_path / "pair.hdr").rename(tmp_path / "other.hdr")
    for name in ("text.mgz", "text.mha", "text.nrrd", "text.hdr", "text.nii"):
        (tmp_path / name).write_text("no image at all")
    for name, wrong in {
        "pair.img": "is missing", "nothing.mha": "no such file", "nothing.mgz": "no such file",
        "text.mgz": "cannot be read", "text.mha": "cannot be read", "text.nrrd": "cannot be read",
        "text.hdr": "cannot be read|is missing", "text.nii": "cannot be read",
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=wrong) as caught, open_volume(tmp_path / name):
            pass
        assert str(caught.value).startswith(str(tmp_path / name)) and "\n" not in str(caught.value), name


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    (tmp_path / "a.mha").write_text("")
    with pytest.raises(ValueError, match="needs SimpleITK: pip install"), open_volume(tmp_path / "a.mha"):
        pass
