"""Exposures merged in linear light, and the sharpest picture of a stack."""

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from aefusion import FileError, fuse_stack
from aefusion.cli import main
from aefusion.image.linear_light import is_linear, to_srgb

TIMES = (1 / 400, 1 / 100, 1 / 25)


@pytest.fixture
def bracket(tmp_path):
    """Three exposures of light from 0.01 to 3, two stops apart, as 8-bit sRGB; the light, and the files."""
    light = (
        np.geomspace(0.01, 3, 200, dtype=np.float32)[None, :, None] * np.float32([1, 0.9, 0.7]) * np.ones((30, 1, 1))
    )
    paths = []
    for i, time in enumerate(TIMES):
        exif = Image.Exif()
        exif[271] = "A maker"
        inner = exif.get_ifd(34665)
        inner[33434], inner[33437], inner[34855] = time, 8.0, 100
        shown = to_srgb(np.clip(light * time / TIMES[1], 0, 1).astype(np.float32))
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(np.uint8(np.rint(shown * 255))).save(paths[-1], exif=exif)
    return light, paths


def test_the_light_of_the_scene_beyond_white(bracket, tmp_path):
    light, paths = bracket
    fused = fuse_stack(paths, tmp_path / "light.exr", linear=True)
    assert fused.kind == "exposure" and "1/400 s" in fused.why
    off = fused.pixels / light
    assert off[:, 10:].min() > 0.95 and off[:, 10:].max() < 1.05 and fused.pixels.max() > 2.8
    openexr = pytest.importorskip("OpenEXR")
    assert np.allclose(openexr.File(str(tmp_path / "light.exr")).channels()["RGB"].pixels, fused.pixels)
    fuse_stack(paths, tmp_path / "light.tif", linear=True)
    with tifffile.TiffFile(tmp_path / "light.tif") as seen:
        assert np.allclose(seen.asarray(), fused.pixels) and is_linear(seen.pages[0].iccprofile)


def test_what_has_no_room_or_no_exposures_is_told(bracket, tmp_path):
    with pytest.raises(FileError, match=r"a.png: .* beyond white: end its name in .exr or .tif"):
        fuse_stack(bracket[1], tmp_path / "a.png", linear=True)
    arrays = [np.full((20, 30, 3), value, np.uint8) for value in (50, 90)]
    with pytest.raises(ValueError, match="a: states no exposure time"):
        fuse_stack(arrays, kind="exposure", linear=True)


def test_focus_in_linear_light(tmp_path):
    halves = np.random.default_rng(0).integers(40, 200, (60, 80, 3), dtype=np.uint8)
    stack = [halves.copy(), halves.copy()]
    stack[0][:, :40], stack[1][:, 40:] = (
        cv2.GaussianBlur(halves, (0, 0), 3)[:, part] for part in (slice(40), slice(40, 80))
    )
    fused = fuse_stack(stack, tmp_path / "a.tif", linear=True, kind="focus")
    shown = to_srgb(fused.pixels) * 255
    assert np.abs(shown - halves)[:, 5:30].mean() < 3 and is_linear(fused.picture.metadata.icc)


def test_the_sharpest_picture_of_a_stack(tmp_path, capsys):
    noise = np.random.default_rng(0).integers(0, 65536, (60, 80), dtype=np.uint16)
    planes = np.stack([cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (3, 1.5, 0.5, 2)])
    tifffile.imwrite(tmp_path / "z.tif", planes, photometric="minisblack", metadata=None)
    with pytest.raises(SystemExit) as stopped:
        main(["stack", str(tmp_path / "z.tif"), "-o", str(tmp_path / "best.tif"), "--kind", "sharpest"])
    assert not stopped.value.code and "plane 3 is the sharpest of 4" in capsys.readouterr().out
    assert (tifffile.imread(tmp_path / "best.tif") == planes[2]).all()
