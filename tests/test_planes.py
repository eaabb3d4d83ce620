"""Stacks in one file: pages, ImageJ, OME-TIFF, channels, depth."""

import cv2
import numpy as np
import pytest
import tifffile

from aefusion import fuse_stack, read
from aefusion.cli import main
from aefusion.image.planes import open_planes
from aefusion.stack.depth import Depth

pytestmark = pytest.mark.filterwarnings("ignore:its values")  # of 12 bits in 16, which the arrays here have
N, SHAPE = 5, (60, 90)
STEP, PIXEL = 2.0, 0.325


@pytest.fixture(scope="module")
def volume():
    """A sharp texture in counts of 12 bits, planes that are each sharp in a part of it, and where which is sharp."""
    noise = np.random.default_rng(1).random(SHAPE).astype(np.float32)
    sharp = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 1), None, 200, 4000, cv2.NORM_MINMAX)
    depth = np.tile(np.linspace(0, N - 1, SHAPE[1], dtype=np.float32), (SHAPE[0], 1))
    levels = np.stack([cv2.GaussianBlur(sharp, (0, 0), max(0.01, 0.5 * i)) for i in range(12)])
    planes = []
    for z in range(N):
        at = np.minimum(3 * np.abs(depth - z), 10.9)
        low = at.astype(int)[None]
        one, other = np.take_along_axis(levels, low, 0)[0], np.take_along_axis(levels, low + 1, 0)[0]
        planes.append(one + (at - low[0]) * (other - one))
    return sharp, np.rint(planes).astype(np.uint16), depth


def pages(path, planes):
    tifffile.imwrite(path, planes, metadata=None)


def imagej(path, planes):
    tifffile.imwrite(path, planes, imagej=True, resolution=(1 / PIXEL, 1 / PIXEL),
                     metadata={"axes": "ZYX", "unit": "um", "spacing": STEP})  # fmt: skip


def as_times(path, planes):
    tifffile.imwrite(path, planes, imagej=True, metadata={"axes": "TYX"})


def ome(path, planes):
    sizes = {"PhysicalSizeX": PIXEL, "PhysicalSizeY": PIXEL, "PhysicalSizeZ": STEP}
    tifffile.imwrite(path, planes, ome=True, metadata={"axes": "ZYX", **sizes})


def compressed(path, planes):
    tifffile.imwrite(path, planes, metadata=None, compression="lzw", predictor=True)


def big(path, planes):
    tifffile.imwrite(path, planes, bigtiff=True, metadata={"axes": "ZYX"})


@pytest.mark.parametrize("form", [pages, imagej, as_times, ome, compressed, big])
def test_one_file_gives_what_its_planes_give(tmp_path, volume, form):
    sharp, planes, _ = volume
    form(tmp_path / "z.tif", planes)
    fused = fuse_stack([tmp_path / "z.tif"], tmp_path / "fused.tif")
    assert (fused.kind, fused.why, fused.count) == ("focus", "planes of one file", N)
    assert (fused.pixels == fuse_stack(list(planes), kind="focus").pixels).all()
    assert fused.pixels.dtype == np.uint16
    # Nearly the truth, in the counts of the file; a single plane is far from it.
    assert np.abs(fused.pixels - sharp).mean() < 60 < np.abs(planes[2] - sharp).mean() / 3
    scale = read(tmp_path / "fused.tif").metadata.scale
    if form in (imagej, ome):
        assert scale and scale.unit == "um" and scale.step == STEP
        assert np.allclose(scale.density, 1 / PIXEL)


@pytest.fixture
def two_channels(tmp_path, volume):
    """DAPI with detail, GFP of half the brightness and without much of it, in one OME-TIFF."""
    _, planes, _ = volume
    faint = (planes[:, ::-1] // 2).astype(np.uint16)
    path = tmp_path / "zc.ome.tif"
    metadata = {"axes": "ZCYX", "Channel": {"Name": ["DAPI", "GFP"]}, "PhysicalSizeX": PIXEL, "PhysicalSizeY": PIXEL}
    tifffile.imwrite(path, np.stack([planes, faint], 1), ome=True, metadata=metadata)
    return path, planes, faint


def test_channels_each_for_itself_or_by_one_of_them(tmp_path, two_channels, volume):
    sharp = volume[0]
    path, planes, faint = two_channels
    by_itself = [fuse_stack(list(one), kind="focus").pixels for one in (planes, faint)]
    assert (fuse_stack([path], channel="gfp").pixels == by_itself[1]).all()
    assert (fuse_stack([path], channel=1).pixels == by_itself[0]).all()
    fused = fuse_stack([path], tmp_path / "both.tif")
    assert list(fused.channels) == ["DAPI", "GFP"]
    with tifffile.TiffFile(tmp_path / "both.tif") as seen:
        assert seen.is_imagej and seen.series[0].axes == "CYX"
        assert (seen.asarray() == np.stack(by_itself)).all()
        assert seen.imagej_metadata["unit"] == "um" and seen.imagej_metadata["Labels"] == ["DAPI", "GFP"]
    fuse_stack([path], tmp_path / "both.ome.tif", focus_by="DAPI")
    with tifffile.TiffFile(tmp_path / "both.ome.tif") as seen:
        both = seen.asarray()
        assert seen.is_ome and 'Name="GFP"' in seen.ome_metadata and 'PhysicalSizeX="0.325"' in seen.ome_metadata
    assert (both[0] == by_itself[0]).all()
    # A channel whose planes are the other way round is sharp by itself, and blurred where DAPI decides.
    turned = np.stack([planes, planes[::-1]], 1)
    tifffile.imwrite(path, turned, ome=True, metadata={"axes": "ZCYX"})
    itself, by_dapi = (fuse_stack([path], focus_by=by).channels["2"].pixels for by in (None, 1))
    assert np.abs(itself - sharp).mean() * 4 < np.abs(by_dapi - sharp)[:, 55:].mean()


def test_times_and_positions_are_asked_for(tmp_path, volume, capsys):
    _, planes, _ = volume
    path = tmp_path / "tz.ome.tif"
    tifffile.imwrite(path, np.stack([planes // 2, planes]), ome=True, metadata={"axes": "TZYX"})
    with pytest.raises(SystemExit, match=r"tz.ome.tif: holds 2 times, 5 planes: give --time 1 to 2"):
        main(["stack", str(path), "-o", str(tmp_path / "fused.tif")])
    second = fuse_stack([path], time=2)
    assert (second.pixels == fuse_stack(list(planes), kind="focus").pixels).all()
    for options, wrong in (
        ({"time": 3}, "it has 2"),
        ({"time": 1, "channel": "x"}, "no channel x: its"),
    ):
        with pytest.raises(ValueError, match=wrong):
            fuse_stack([path], **options)
    with pytest.raises(ValueError, match="`channel` is for one file of several planes"):
        fuse_stack(list(planes), channel=1)


def test_channels_need_tiff(tmp_path, two_channels):
    with pytest.raises(ValueError, match=r"a.png: several channels are written as TIFF"):
        fuse_stack([two_channels[0]], tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_several_files_of_pages_say_how_one_is_fused(tmp_path, volume):
    for name in "ab":
        pages(tmp_path / f"{name}.tif", volume[1])
    with pytest.raises(ValueError, match=r"a.tif: holds 5 pages: .* `aefusion stack`"):
        fuse_stack([tmp_path / "a.tif", tmp_path / "b.tif"])


def test_a_file_that_is_cut_off_is_named(tmp_path, volume):
    pages(tmp_path / "z.tif", volume[1])
    data = (tmp_path / "z.tif").read_bytes()
    (tmp_path / "z.tif").write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=r"z.tif"):
        fuse_stack([tmp_path / "z.tif"], tmp_path / "fused.tif")
    assert not (tmp_path / "fused.tif").exists()


def test_depth_in_micrometres_filled_where_nothing_is_sharp(tmp_path, volume):
    _, planes, depth = volume
    planes = planes.copy()
    planes[:, 20:40, 30:50] = 700  # flat in all planes
    imagej(tmp_path / "z.tif", planes)
    fuse_stack([tmp_path / "z.tif"], tmp_path / "fused.tif", save_depth=tmp_path / "depth.tif")
    found = tifffile.imread(tmp_path / "depth.tif")
    assert found.dtype == np.float32 and read(tmp_path / "depth.tif", measured=True).metadata.scale.unit == "um"
    off = np.abs(found - STEP * depth)
    assert off[3:-3, 3:-3].mean() < 0.25 * STEP and off[24:36, 34:46].mean() < 0.5 * STEP
    fuse_stack([tmp_path / "z.tif"], tmp_path / "fused.tif", save_depth=tmp_path / "depth.png", step=10)
    drawn = read(tmp_path / "depth.png").pixels
    assert drawn.ndim == 3 and drawn.shape[1] > SHAPE[1]  # with a bar
    assert drawn[30, 3, 2] > drawn[30, 3, 0] and drawn[30, 86, 0] > drawn[30, 86, 2]  # from blue to red


def test_depth_lies_between_planes():
    depth = Depth()
    peak = 1.3
    for _ in depth.watched([np.full((9, 9), 100 - 20 * (z - peak) ** 2, np.float32) for z in range(4)]):
        pass
    assert np.allclose(depth.planes, peak, atol=1e-4)


@pytest.mark.parametrize("options", [{"kind": "exposure"}, {"model": "aenetv2"}])
def test_only_focus_has_depth(tmp_path, volume, options):
    with pytest.raises(ValueError, match="only a focus stack has depth"):
        fuse_stack(list(volume[1]), tmp_path / "a.tif", save_depth=tmp_path / "b.tif", **options)


def test_what_is_no_stack_is_none(tmp_path, volume):
    tifffile.imwrite(tmp_path / "one.tif", volume[1][0])
    assert open_planes(tmp_path / "one.tif") is None
    assert open_planes(tmp_path / "missing.tif") is None
    with pytest.raises(ValueError, match="1 picture: a stack needs two or more"):
        fuse_stack([tmp_path / "one.tif"])
