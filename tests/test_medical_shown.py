"""Three sources, opacity, colour bars; square pixels and views, against NiBabel."""

import nibabel
import numpy as np
import pytest
from medical_files import save_nifti, save_series
from nibabel.affines import from_matvec
from nibabel.eulerangles import euler2mat
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from pydicom import dcmread

from aefusion import fuse_volumes
from aefusion.image import read
from aefusion.medical import fuse_pair, open_pair
from aefusion.medical.colormap import coloured
from aefusion.medical.grid import Grid
from aefusion.medical.open import open_volume
from aefusion.medical.square import as_picture, square_size
from aefusion.medical.view import AXES, seen


def three(folder, noise):
    ramp = np.tile(np.linspace(0, 1000, 24).astype(np.uint16), (6, 20, 1))
    hot = np.zeros((6, 20, 24), np.uint16)
    hot[:, 5:15, 5:15] = 800
    return (
        save_series(folder / "ct", ramp, Modality="CT", RescaleIntercept=0, RescaleSlope=1),
        save_series(folder / "mr", noise // 2),
        save_series(folder / "pet", hot, Modality="PT"),
    )


WINDOWS = {"window_a": (500, 1000), "window_b": (500, 1000), "window_c": (500, 1000)}


def test_three_sources_are_fused_at_once(tmp_path, noise, largest):
    a, b, c = three(tmp_path, noise)
    with open_pair(a, b, c, **WINDOWS) as pair:
        grays = [shown(2) for shown in pair.sources]
        fuse_pair(largest, pair, tmp_path / "out")
    written = dcmread(tmp_path / "out" / "0003.dcm")
    np.testing.assert_allclose(written.pixel_array / 65535, np.max(grays, axis=0), atol=1e-5)
    assert len(written.SourceImageSequence) == 3 and "PT (window" in written.DerivationDescription


def test_the_last_source_is_laid_over_with_its_opacity(tmp_path, noise, largest):
    a, b, c = three(tmp_path, noise)
    for sources in ((a, c), (a, b, c)):
        windows = dict(zip(("window_a", "window_b", "window_c"), [(500, 1000)] * len(sources), strict=False))
        with open_pair(*sources, **windows, colormap="hot-iron", opacity=0.25) as pair:
            *below, over = [shown(2) for shown in pair.sources]
            fuse_pair(largest, pair, tmp_path / "out.dcm", number=2)
            assert "laid over with opacity 0.25" in pair.in_words
        under = np.max(below, axis=0)[..., None]  # which the method makes of one or two
        expected = 0.75 * under * 255 + 0.25 * over
        np.testing.assert_allclose(dcmread(tmp_path / "out.dcm").pixel_array, expected, atol=1)
    for opacity, gray in ((0, True), (1, False)):
        with open_pair(a, c, **windows | {"window_c": None}, colormap="pet", opacity=opacity) as pair:
            fuse_pair(largest, pair, tmp_path / "end.dcm", number=2)
            expected = np.dstack([np.rint(255 * pair.a(2))] * 3) if gray else pair.b(2)
        np.testing.assert_allclose(dcmread(tmp_path / "end.dcm").pixel_array, expected, atol=1)
    with pytest.raises(ValueError, match=r"opacity 1\.5: expected 0"), open_pair(a, c, opacity=1.5):
        pass


def test_where_the_overlay_has_nothing_the_other_stays(tmp_path, noise, largest):
    a = save_series(tmp_path / "a", noise)
    half = save_series(tmp_path / "b", noise[:, :, :12])
    with open_pair(a, half, window_a=(1000, 2000), resample="b-to-a", opacity=0.5) as pair:
        fuse_pair(largest, pair, tmp_path / "out.dcm", number=2)
        one, other = pair.a(2), pair.b(2)
    pixels = dcmread(tmp_path / "out.dcm").pixel_array / 65535
    np.testing.assert_allclose(pixels[:, 13:], one[:, 13:], atol=1e-4)
    np.testing.assert_allclose(pixels[:, :12], (one + other)[:, :12] / 2, atol=1e-4)


def test_a_colour_bar_shows_colours_and_values(tmp_path, noise):
    a, _, c = three(tmp_path, noise)
    choice = {"slice": 3, "window_a": (500, 1000), "window_b": (500, 1000), "colormap": "hot-iron", "method": "max"}
    plain = fuse_volumes(a, c, tmp_path / "plain.png", **choice)
    fuse_volumes(a, c, tmp_path / "bar.png", colour_bar=True, **choice)
    plain, bar = (read(tmp_path / f"{name}.png").pixels for name in ("plain", "bar"))
    np.testing.assert_array_equal(bar[:, :24], plain)
    colours = {tuple(x) for x in coloured(np.linspace(0, 1, 256)[None], "hot-iron")[0]}
    beside = bar[:, 24:].reshape(-1, 3)
    assert sum(tuple(x) in colours and np.ptp(x) > 60 for x in beside) > 20
    for wrong, more in {
        "no scale of colours": {"colormap": None},
        "beside pictures only": {"output": tmp_path / "out.dcm"},
    }.items():
        with pytest.raises(ValueError, match=wrong):
            fuse_volumes(a, c, **{"output": tmp_path / "no.png", "colour_bar": True} | choice | more)


def test_the_third_has_its_own_series_window_and_volume(tmp_path, noise, largest):
    a, b, c = three(tmp_path, noise)
    with open_pair(a, b, tmp_path, series_c="position=1", window_c=(250, 500)) as pair:
        assert pair.sources[2].volume.modality == "CT" and "width 500 HU" in pair.in_words
    with pytest.raises(ValueError, match="of a third source: there is none"), open_pair(a, b, window_c=(1, 2)):
        pass
    with pytest.raises(ValueError, match="different grids"), open_pair(a, b, save_nifti(tmp_path / "c.nii", noise.T)):
        pass
    fused = fuse_volumes(a, b, tmp_path / "out.nii", c=c, method="max")
    assert len(fused.sources) == len(fused.shown) == 3


# Geometry


def test_pictures_have_square_pixels(tmp_path):
    """A disc of 40 mm in voxels of 1 x 4 mm is as wide as it is high."""
    columns, rows = np.meshgrid(np.arange(60), np.arange(15), indexing="ij")
    disc = ((columns - 29.5) ** 2 + (4 * (rows - 7)) ** 2 <= 400).astype(np.int16)
    source = save_nifti(tmp_path / "a.nii", disc[..., None] * 900, np.diag([1.0, 4, 1, 1]))
    fused = fuse_volumes(source, source, tmp_path / "out.png", window_a=(450, 900), window_b=(450, 1800), method="max")
    picture = read(tmp_path / "out.png").pixels
    assert picture.shape == (60, 60) and (fused.width, fused.height) == (60, 60)
    across, down = ((picture > 32768).sum(axis=axis).max() for axis in (1, 0))
    assert abs(int(across) - 40) <= 2 and abs(int(down) - 40) <= 2


def test_square_pixels_of_swapped_axes():
    grid = Grid((10, 6, 3), from_matvec([[0, 2, 0], [5, 0, 0], [0, 0, 1]], (0, 0, 0)))  # columns lead to the front
    assert square_size(grid) == (6, 25)
    assert as_picture(np.zeros((6, 10), np.uint16), grid).shape == (25, 6)
    assert as_picture(np.zeros((6, 10, 3), np.uint8), grid).shape == (25, 6, 3)
    even = Grid((10, 6, 3), np.diag([2.0, 2.0001, 9, 1]))
    assert square_size(even) == (10, 6)  # and what is even is not touched


@pytest.mark.parametrize("axes", ["RAS", "LPS", "PIR", "SRA", "AIL"])
@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
def test_views_are_those_of_nibabel(tmp_path, noise, axes, view):
    turned = euler2mat(0.1, 0.05, -0.1) @ np.diag([1.0, 1.5, 2])
    image = nibabel.Nifti1Image(noise.T, from_matvec(turned, (5, -6, 7)))
    stored = image.as_reoriented(ornt_transform(io_orientation(image.affine), axcodes2ornt(axes)))
    path = save_nifti(tmp_path / "a.nii", np.asarray(stored.dataobj), stored.affine)
    theirs = stored.as_reoriented(ornt_transform(io_orientation(stored.affine), axcodes2ornt(AXES[view])))
    with open_volume(path) as volume:
        (ours,) = seen([volume], view)
        np.testing.assert_allclose(ours.grid.affine, theirs.affine, atol=1e-4)
        assert ours.grid.shape == theirs.shape
        np.testing.assert_array_equal([ours.read(k) for k in range(ours.count)], np.asarray(theirs.dataobj).T)


def test_views_of_a_series_are_written_where_they_lie(tmp_path, noise, largest):
    a, b = save_series(tmp_path / "a", noise), save_series(tmp_path / "b", noise)
    with open_pair(a, b, view="coronal", window_a=(1000, 2000), window_b=(1000, 2000)) as pair:
        fuse_pair(largest, pair, tmp_path / "out")
        fuse_pair(largest, pair, tmp_path / "out.nii")
        assert pair.count == 20 and "coronal view" in pair.in_words
    back = np.asarray(nibabel.as_closest_canonical(nibabel.load(tmp_path / "out.nii")).dataobj) / 65535 * 2000
    # The series leads left, back and head, NIfTI's canonical axes right, front and head.
    np.testing.assert_allclose(back, noise.T[::-1, ::-1], atol=0.1)
    with open_volume(tmp_path / "out") as written:
        (axial,) = seen([written], "axial")
        np.testing.assert_allclose(axial.read(4) / 65535 * 2000, noise[4], atol=0.1)
    nowhere = save_series(tmp_path / "c", noise)
    for path in nowhere.iterdir():
        one = dcmread(path)
        del one.ImagePositionPatient
        one.save_as(path)
    with pytest.raises(ValueError, match="leave `view` out"), pytest.warns(UserWarning, match="no position"), \
            open_pair(nowhere, nowhere, view="axial"):  # fmt: skip
        pass
