"""Retouching: a map of sources that was painted on, and given back."""

import cv2
import numpy as np
import pytest

from aefusion import FileError, Picture, fuse_stack, write
from aefusion.stack.read_source_map import read_source_map
from aefusion.stack.source_map import palette, write_source_map

PART = np.s_[20:50, 30:90]


@pytest.fixture
def stack(tmp_path) -> list:
    """The left third, the middle and the right third are sharp in one each of three files."""
    sharp = np.uint8(np.random.default_rng(0).integers(40, 216, (80, 120, 3)))
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    paths = []
    for i in range(3):
        picture = blurred.copy()
        picture[:, 40 * i : 40 * i + 40] = sharp[:, 40 * i : 40 * i + 40]
        paths.append(tmp_path / f"{i}.png")
        write(paths[-1], Picture(picture))
    return paths


def painted(path, tmp_path, how: str) -> np.ndarray:
    """What an editor makes of a map in which a rectangle was given to picture 2; the indices are returned."""
    from PIL import Image

    index = np.asarray(Image.open(path)).copy()
    index[PART] = 2
    colours = palette(3)[index]
    if how == "colour":
        Image.fromarray(colours).save(path)
    elif how == "its own palette":
        Image.fromarray(colours).quantize(8).save(path)
    elif how == "soft brush":
        soft = cv2.GaussianBlur(colours[PART[0], :], (1, 3), 0.5)
        colours[PART[0], :] = soft
        Image.fromarray(colours).save(path)
    else:
        cv2.imwrite(str(path), index)
    return index


@pytest.mark.parametrize("how", ["colour", "its own palette", "indices"])
def test_a_painted_map_decides(how, stack, tmp_path):
    where = tmp_path / "map.png"
    before = fuse_stack(stack, tmp_path / "a.png", kind="focus", save_map=where)
    untouched = fuse_stack(stack, kind="focus", map=where)
    assert np.array_equal(before.pixels, untouched.pixels)
    index = painted(where, tmp_path, how)
    after = fuse_stack(stack, kind="focus", map=where)
    assert after.source_map is not None and np.array_equal(after.source_map, index)
    third = cv2.imread(str(stack[2]))[..., ::-1].astype(float)
    inner = np.s_[26:44, 36:84]
    assert np.abs(after.pixels - third)[inner].mean() < 3 < 10 < np.abs(before.pixels - third)[inner].mean()
    assert np.abs(after.pixels.astype(float) - before.pixels)[66:].mean() < 0.5


def test_colours_between_two_are_the_nearer_one(tmp_path):
    index = np.uint8(np.arange(60) // 20)[None].repeat(40, 0)
    colours = palette(3)[index]
    colours[0, 19] = (0.8 * colours[0, 19] + 0.2 * palette(3)[1]).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "m.png"), colours[..., ::-1])
    assert np.array_equal(read_source_map(tmp_path / "m.png", 3, (40, 60)), index)


def test_maps_that_are_none_are_one_line(stack, tmp_path):
    index = np.zeros((80, 120), np.uint8)
    write_source_map(tmp_path / "small.png", index[:70], ["a", "b", "c"])
    cv2.imwrite(str(tmp_path / "beyond.png"), index + 3)
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((80, 120, 3), (0, 255, 0), np.uint8))
    (tmp_path / "no.png").write_bytes(b"nothing")
    for name, said in (
        ("small", "small.png: is 120x70, the result is 120x80: give the map of this stack"),
        ("beyond", "beyond.png: has the index 3, and 2 is the last picture: give a PNG that `save_map` wrote"),
        ("photo", "photo.png: 100% of it has colours that no picture has in the map: paint with colours picked"),
        ("no", "no.png: is no PNG file: give a PNG that"),
        ("missing", "missing.png: cannot be read"),
    ):
        with pytest.raises(FileError, match=said.replace("(", r"\(")):
            fuse_stack(stack, tmp_path / "out.png", kind="focus", map=tmp_path / f"{name}.png")
    assert not (tmp_path / "out.png").exists()
    with pytest.raises(ValueError, match=r"m\.png: a network mixes its sources: give a map without `model`"):
        fuse_stack(stack, model="aenetv2", map="m.png")
