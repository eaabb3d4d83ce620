"""Raw files of cameras, linear light, OpenEXR."""

import struct
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from aefusion import FileError, Picture, fuse_stack, info, read, write
from aefusion.image import Metadata
from aefusion.image.exif import exif_of_tiff
from aefusion.image.exif_facts import exif_facts
from aefusion.image.exif_of_file import exif_of_file
from aefusion.image.linear_light import is_linear, linear_profile, to_linear, to_srgb
from aefusion.image.pictures_in import pictures_in
from aefusion.image.raw import is_raw

LIGHT = np.linspace(0.02, 0.9, 64, dtype=np.float32)[None, :, None] * np.float32([1, 0.8, 0.6]) * np.ones((48, 1, 1))


def write_dng(path, light):
    """A sound DNG: a thumbnail, and a colour filter array in a directory inside. Its camera sees as sRGB does."""
    rgb = np.rint(light * 65535).astype(np.uint16)
    array = np.empty(rgb.shape[:2], np.uint16)
    for y, x, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        array[y::2, x::2] = rgb[y::2, x::2, channel]
    rows = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
    matrix = [x for value in rows for x in (round(value * 10000), 10000)]
    with tifffile.TiffWriter(path) as file:
        file.write(
            (rgb[::4, ::4] >> 8).astype(np.uint8), photometric="rgb", subifds=1, subfiletype=1, metadata=None,
            extratags=[(50706, "B", 4, (1, 4, 0, 0), True), (50708, "s", 0, "Test Cam", True),
                       (50721, "2i", 9, matrix, True), (50778, "H", 1, 21, True), (50728, "2I", 3, [1] * 6, True)],
        )  # fmt: skip
        file.write(array, photometric=32803, subfiletype=0, metadata=None,
                   extratags=[(33421, "H", 2, (2, 2), True), (33422, "B", 4, (0, 1, 1, 2), True),
                              (50717, "H", 1, 65535, True)])  # fmt: skip


def test_a_dng_is_developed_with_no_brightness_of_its_own(tmp_path):
    pytest.importorskip("rawpy")
    write_dng(tmp_path / "a.dng", LIGHT)
    linear, shown = read(tmp_path / "a.dng", linear=True), read(tmp_path / "a.dng")
    inner = np.s_[6:-6, 6:-6]
    assert np.allclose(linear.pixels[inner] / 65535, LIGHT[inner], atol=0.02)
    assert np.allclose(shown.pixels[inner] / 65535, to_srgb(LIGHT)[inner], atol=0.02)
    assert is_linear(linear.metadata.icc) and not is_linear(shown.metadata.icc)
    assert info(tmp_path / "a.dng").format == "raw file"


def test_without_rawpy_it_is_said_what_it_is_and_what_to_do(tmp_path, monkeypatch):
    write_dng(tmp_path / "a.dng", LIGHT)
    monkeypatch.setitem(sys.modules, "rawpy", None)
    with pytest.raises(FileError, match=r"a.dng: a camera's raw file \(DNG\): pip install 'aefusion\[raw\]'"):
        read(tmp_path / "a.dng")


def test_a_raw_file_that_is_cut_off_is_told(tmp_path):
    pytest.importorskip("rawpy")
    write_dng(tmp_path / "a.dng", LIGHT)
    (tmp_path / "a.dng").write_bytes((tmp_path / "a.dng").read_bytes()[:600])
    with pytest.raises(FileError, match=r"a.dng: a camera's raw file \(DNG\)"):
        read(tmp_path / "a.dng")


def test_raw_files_are_known_by_their_beginning():
    heads = {"cr2": b"II*\0\x10\0\0\0CR\2\0", "orf": b"IIRO", "rw2": b"IIU\0", "raf": b"FUJIFILMCCD-RAW 0201"}
    heads["cr3"] = b"\0\0\0\x18ftypcrx \0\0\0\1"
    for suffix, head in heads.items():
        assert is_raw(head.ljust(64, b"\0"), ".bin"), suffix
    for head in (b"II*\0\x08\0\0\0", b"\x89PNG\r\n\x1a\n", b"FFF\0"):
        assert not is_raw(head.ljust(64, b"\0"), ".tif")


def exif_with(time, bias=0.0):
    exif = Image.Exif()
    exif.endian = "<"
    inner = exif.get_ifd(34665)
    inner[33434], inner[33437], inner[34855], inner[37380] = time, 8.0, 100, bias
    return exif


def test_exposures_in_raw_files_that_are_no_tiff(tmp_path):
    block = exif_with(0.01).tobytes().removeprefix(b"Exif\0\0")
    order = block[:4]
    inner_at = next(tag for tag in range(len(block)) if block[tag : tag + 2] == struct.pack("<H", 34665))
    inner = struct.unpack_from("<I", block, inner_at + 8)[0]
    boxes = {b"CMT1": block, b"CMT2": order + struct.pack("<I", inner) + block[8:]}
    data = b"\0\0\0\x18ftypcrx " + bytes(12)
    for name, body in boxes.items():
        data += struct.pack(">I", 8 + len(body)) + name + body
    (tmp_path / "a.cr3").write_bytes(data)
    (tmp_path / "a.orf").write_bytes(b"IIRO" + block[4:])
    for path in tmp_path.iterdir():
        facts = exif_facts(exif_of_file(path))
        assert (facts.exposure_time, facts.f_number, facts.iso) == (0.01, 8, 100), path
    assert exif_of_tiff(block) == b"" or exif_facts(exif_of_tiff(block)).iso == 100


def test_of_a_raw_file_and_its_jpeg_the_jpeg_is_taken(tmp_path):
    for name in ("1.jpg", "1.NEF", "2.nef", ".3.nef"):
        (tmp_path / name).touch()
    assert sorted(path.name for path in pictures_in(tmp_path)) == ["1.jpg", "2.nef"]


def test_exr_is_linear_and_goes_beyond_white(tmp_path):
    openexr = pytest.importorskip("OpenEXR")
    values = np.linspace(0, 1, 60, dtype=np.float32).reshape(4, 5, 3)
    write(tmp_path / "srgb.exr", Picture(values))
    write(tmp_path / "light.exr", Picture(values * 7, metadata=Metadata(icc=linear_profile())))
    write(tmp_path / "gray.exr", Picture(values[..., 0], values[..., 1]))
    seen = {path.stem: openexr.File(str(path)).channels() for path in tmp_path.iterdir()}
    assert np.allclose(seen["srgb"]["RGB"].pixels, to_linear(values))
    assert np.allclose(seen["light"]["RGB"].pixels, values * 7)
    assert np.allclose(seen["gray"]["Y"].pixels, to_linear(values[..., 0]))
    assert np.allclose(seen["gray"]["A"].pixels, values[..., 1])


def test_exr_that_cannot_be_written_is_told_before_long_work(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["aefusion.image.write"], "has_exr", lambda: False)
    with pytest.raises(FileError, match=r"a.exr: .*pip install 'aefusion\[raw\]'"):
        fuse_stack([np.zeros((9, 9), np.uint8)] * 2, tmp_path / "a.exr")
