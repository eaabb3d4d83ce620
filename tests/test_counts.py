"""Values of a stack: 12 bits in 16, floats, signed and long integers, ranges; and profiles."""

import cv2
import numpy as np
import pytest
import tifffile
from PIL import ImageCms

from aefusion import Fuser, fuse_stack, read
from aefusion.image import Metadata, Picture, write
from aefusion.image.icc_convert import in_profile, profile_name
from aefusion.stack.counts import find_counts

RNG = np.random.default_rng(6)
LIGHT = cv2.GaussianBlur(RNG.random((60, 90)).astype(np.float32), (0, 0), 3)
LIGHT = 0.02 + 0.9 * (LIGHT - LIGHT.min()) / (LIGHT.max() - LIGHT.min())


def bracket(white):
    return [np.rint(np.clip(LIGHT * 2.0**step, 0, 1) ** 0.45 * white).astype(np.uint16) for step in (-3, 0, 3)]


@pytest.mark.filterwarnings("ignore:its values")
def test_a_camera_of_12_bits_gives_what_one_of_16_gives():
    narrow, wide = (fuse_stack(bracket(white), kind="exposure").pixels for white in (4095, 65535))
    assert np.abs(narrow / 4095 - wide / 65535).max() < 0.01


def test_a_range_stretches_and_without_one_it_is_said():
    with pytest.warns(UserWarning, match=r"small part of 0 to 65535: `range=\(0, 4095\)` stretches them"):
        plain = fuse_stack(bracket(4095), kind="exposure").pixels
    stretched = fuse_stack(bracket(4095), kind="exposure", range=(0, 4095)).pixels
    assert np.abs(stretched / 65535 - plain / 4095).max() < 0.01
    by_all = fuse_stack(bracket(4095), kind="exposure", range="set").pixels
    assert by_all.min() < 3000 and by_all.dtype == np.uint16


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint32, np.int32])
def test_counts_of_other_kinds_come_back_as_counts(tmp_path, dtype):
    counts = np.rint(100 + 3000 * LIGHT + 200 * RNG.random(LIGHT.shape))
    halves = [counts.copy(), counts.copy()]
    blurred = cv2.GaussianBlur(counts, (0, 0), 3)
    halves[0][:, :45], halves[1][:, 45:] = blurred[:, :45], blurred[:, 45:]
    paths = [tmp_path / f"{i}.tif" for i in range(2)]
    for path, half in zip(paths, halves, strict=True):
        tifffile.imwrite(path, half.astype(dtype), metadata=None)
    fuse_stack(paths, tmp_path / "fused.tif", kind="focus")
    fused = tifffile.imread(tmp_path / "fused.tif")
    assert fused.dtype == dtype
    assert np.abs(fused - counts)[5:-5, 5:35].mean() < 10 < np.abs(halves[0] - counts)[5:-5, 5:35].mean() / 3
    stretched = fuse_stack(paths, kind="focus", range=(100, 3300))
    assert stretched.pixels.dtype == np.uint16
    assert np.abs(stretched.pixels / 65535 * 3200 + 100 - fused.astype(float)).mean() < 2


def test_counts_in_a_format_of_pictures_are_stretched(tmp_path):
    for i in range(2):
        tifffile.imwrite(tmp_path / f"{i}.tif", (1000 + 2000 * LIGHT).astype(np.float32), metadata=None)
    paths = [tmp_path / "0.tif", tmp_path / "1.tif"]
    fuse_stack(paths, tmp_path / "a.png", kind="focus", range="set")
    assert read(tmp_path / "a.png").pixels.max() == 65535 and read(tmp_path / "a.png").pixels.min() < 9
    with pytest.warns(UserWarning, match="counts from 0 to 2840 are shown from black to white"):
        fuse_stack(paths, tmp_path / "b.jpg", kind="focus")
    shown = read(tmp_path / "b.jpg").pixels / 255
    assert np.abs(shown - (1000 + 2000 * LIGHT) / 2840).mean() < 0.01


def test_a_dark_picture_of_counts_may_lie_within_0_and_1():
    counts = [Picture(np.full((4, 4), value, np.float32), measured=value > 1, kind="float32") for value in (0.5, 900)]
    found = find_counts(counts)
    assert found and (found.low, found.high) == (0, 900)
    assert found.spread(counts[0]).pixels[0, 0] == pytest.approx(0.5 / 900)


@pytest.mark.parametrize("choice", [(0, 9), "set"])
def test_a_range_of_8_bits_is_refused(choice):
    with pytest.raises(ValueError, match="a range is for 16-bit pictures and counts"):
        fuse_stack([np.zeros((9, 9), np.uint8)] * 2, range=choice)


PROFILES = [ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()]


def wide_profile():
    """A profile with the primaries of Adobe RGB and a gamma of 2.2."""
    import imagecodecs

    return imagecodecs.cms_profile(
        "rgb", whitepoint=[0.3127, 0.329, 1.0], primaries=[0.64, 0.33, 1, 0.21, 0.71, 1, 0.15, 0.06, 1], gamma=2.2
    )


COLOURS = np.uint8(np.clip(np.float32([40, 90, 180]) + 40 * RNG.standard_normal((40, 60, 1)), 0, 255))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colours_of_another_profile_are_those_of_the_first(tmp_path, dtype):
    scale = np.iinfo(dtype).max // 255
    srgb = Picture(COLOURS.astype(dtype) * dtype(scale), metadata=Metadata(icc=PROFILES[0]))
    wide, how = in_profile(srgb, wide_profile())
    assert how.startswith("sRGB") and np.abs(wide.pixels.astype(float) - srgb.pixels).mean() > 3 * scale
    write(tmp_path / "a.png", srgb)
    write(tmp_path / "b.png", wide)
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    with pytest.warns(UserWarning, match=r"b.png: its colours were converted from the profile .* to sRGB"):
        fused = fuse_stack(paths, tmp_path / "c.png", kind="focus")
    assert np.abs(fused.pixels.astype(float) - srgb.pixels).mean() < 1.5 * scale
    with pytest.warns(UserWarning, match="b.png: its colours were converted"):
        Fuser(method="average").file(paths, tmp_path / "d.png")
    assert np.abs(read(tmp_path / "d.png").pixels.astype(float) - srgb.pixels).mean() < 1.5 * scale
    assert read(tmp_path / "d.png").metadata.icc == PROFILES[0]


def test_profiles_that_mean_the_same_are_left_alone():
    picture = Picture(COLOURS, metadata=Metadata(icc=PROFILES[0]))
    same, how = in_profile(picture, b"")
    assert not how and same is picture and profile_name(b"") == "sRGB"
    broken = Picture(COLOURS, metadata=Metadata(icc=PROFILES[0][:200]))
    assert in_profile(broken, wide_profile())[0].pixels.shape == COLOURS.shape
