"""Reading: every format, depth and layout; metadata; bad files give one clear line."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from aefusion.files import FileError
from aefusion.image import read

rng = np.random.default_rng(1)
GRAY = rng.integers(0, 256, (33, 41), dtype=np.uint8)
RGB = rng.integers(0, 256, (33, 41, 3), dtype=np.uint8)
RGBA = rng.integers(0, 256, (33, 41, 4), dtype=np.uint8)
GRAY16 = rng.integers(0, 65536, (33, 41), dtype=np.uint16)
RGB16 = rng.integers(0, 65536, (33, 41, 3), dtype=np.uint16)
FLOAT = rng.random((33, 41), dtype=np.float32)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SHARED = Path(os.environ.get("AEFUSION_SHARED", Path(__file__).parents[2] / "shared"))


def exif(orientation: int) -> Image.Exif:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "A maker"
    block.get_ifd(0x8769)[0x829A] = 0.25
    gps = block.get_ifd(0x8825)
    gps[1], gps[2] = "N", (48.0, 8.0, 30.0)
    return block


def pillow(pixels, kind: str, **options) -> bytes:
    out = io.BytesIO()
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(out, kind, **options)
    return out.getvalue()


def tiff(pixels, **options) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, **options)
    return out.getvalue()


def png(pixels: np.ndarray, bits: int, kind: int, extra: bytes = b"") -> bytes:
    """A PNG of fewer than 8 bits, which Pillow does not write."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    height, width = pixels.shape
    digits = (pixels[..., None] >> np.arange(bits)[::-1]) & 1
    rows = np.packbits(digits.reshape(height, -1).astype(np.uint8), axis=1)
    body = zlib.compress(np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes())
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def transparency(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + b"tRNS" + data + struct.pack(">I", zlib.crc32(b"tRNS" + data))


def read_bytes(folder: Path, data: bytes, name: str = "picture"):
    path = folder / name
    path.write_bytes(data)
    return read(path)


SOUND = {
    "PNG gray": (pillow(GRAY, "PNG"), GRAY),
    "PNG RGB": (pillow(RGB, "PNG"), RGB),
    "PNG 16": (pillow(GRAY16, "PNG"), GRAY16),
    "PNG 1 bit": (pillow(Image.fromarray(GRAY > 99), "PNG"), (GRAY > 99) * np.uint8(255)),
    "PNG 2 bits": (png(GRAY >> 6, 2, 0), (GRAY >> 6) * np.uint8(85)),
    "PNG 4 bits": (png(GRAY >> 4, 4, 0), (GRAY >> 4) * np.uint8(17)),
    "BMP gray": (pillow(GRAY, "BMP"), GRAY),
    "BMP RGB": (pillow(RGB, "BMP"), RGB),
    "WebP": (pillow(RGB, "WEBP", lossless=True), RGB),
    "TIFF gray": (tiff(GRAY), GRAY),
    "TIFF RGB": (tiff(RGB, photometric="rgb"), RGB),
    "TIFF 16": (tiff(RGB16, photometric="rgb"), RGB16),
    "TIFF big-endian": (tiff(GRAY16, byteorder=">"), GRAY16),
    "TIFF planes": (
        tiff(np.ascontiguousarray(RGB.transpose(2, 0, 1)), photometric="rgb", planarconfig="separate"),
        RGB,
    ),
    "TIFF tiles": (tiff(RGB16, photometric="rgb", tile=(16, 16)), RGB16),
    "TIFF deflate": (tiff(RGB16, photometric="rgb", compression="zlib", predictor=True), RGB16),
    "TIFF LZW": (pillow(RGB, "TIFF", compression="tiff_lzw"), RGB),
    "TIFF LZW 16": (pillow(GRAY16, "TIFF", compression="tiff_lzw"), GRAY16),
    "TIFF LZW float": (pillow(FLOAT, "TIFF", compression="tiff_lzw"), FLOAT),
    "TIFF 1 bit": (pillow(Image.fromarray(GRAY > 99), "TIFF"), (GRAY > 99) * np.uint8(255)),
    "TIFF fax": (
        pillow(Image.fromarray(GRAY > 99), "TIFF", compression="group4"),
        (GRAY > 99) * np.uint8(255),
    ),
    "TIFF white is zero": (tiff(GRAY, photometric="miniswhite"), 255 - GRAY),
    "TIFF BigTIFF": (tiff(GRAY, bigtiff=True), GRAY),
    "TIFF float16": (tiff(FLOAT.astype(np.float16)), FLOAT.astype(np.float16).astype(np.float32)),
    "TIFF float32": (tiff(FLOAT), FLOAT),
    "TIFF float64": (tiff(FLOAT.astype(np.float64)), FLOAT),
    "one pixel": (pillow(GRAY[:1, :1], "PNG"), GRAY[:1, :1]),
    "one column": (tiff(GRAY[:, :1]), GRAY[:, :1]),
    "1x10000": (pillow(np.resize(GRAY, (1, 10000)), "PNG"), np.resize(GRAY, (1, 10000))),
}


@pytest.mark.parametrize(("data", "expected"), SOUND.values(), ids=list(SOUND))
def test_pixels_and_depth_are_kept(tmp_path, data, expected):
    picture = read_bytes(tmp_path, data)
    assert picture.pixels.dtype == expected.dtype
    np.testing.assert_array_equal(picture.pixels, expected)
    assert picture.alpha is None


@pytest.mark.parametrize(
    ("data", "pixels", "alpha"),
    [
        (pillow(RGBA, "PNG"), RGBA[..., :3], RGBA[..., 3]),
        (pillow(RGBA, "WEBP", lossless=True, exact=True), RGBA[..., :3], RGBA[..., 3]),
        (pillow(RGBA, "TIFF"), RGBA[..., :3], RGBA[..., 3]),
        (pillow(RGBA, "TIFF", compression="tiff_lzw"), RGBA[..., :3], RGBA[..., 3]),
        (pillow(Image.merge("LA", [Image.fromarray(GRAY)] * 2), "PNG"), GRAY, GRAY),
        (pillow(Image.merge("LA", [Image.fromarray(GRAY)] * 2), "TIFF"), GRAY, GRAY),
        (pillow(GRAY, "PNG", transparency=7), GRAY, np.where(GRAY == 7, 0, 255)),
        (png(GRAY >> 6, 2, 0, transparency(b"\0\x02")), (GRAY >> 6) * 85, np.where(GRAY >> 6 == 2, 0, 255)),
    ],
)
def test_alpha_is_kept_apart(tmp_path, data, pixels, alpha):
    picture = read_bytes(tmp_path, data)
    np.testing.assert_array_equal(picture.pixels, pixels)
    np.testing.assert_array_equal(picture.alpha, alpha)


def test_premultiplied_alpha_of_a_tiff_is_divided_out(tmp_path):
    alpha = np.full((33, 41), 128, np.uint8)
    stored = np.dstack([np.rint(RGB * (128 / 255)).astype(np.uint8), alpha])
    picture = read_bytes(tmp_path, tiff(stored, photometric="rgb", extrasamples=["assocalpha"]))
    assert np.abs(picture.pixels.astype(int) - RGB).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_palette_becomes_colour(tmp_path, kind):
    image = Image.fromarray(RGB).quantize(50)
    picture = read_bytes(tmp_path, pillow(image, kind))
    np.testing.assert_array_equal(picture.pixels, np.asarray(image.convert("RGB")))


def test_a_palette_with_transparency_has_alpha(tmp_path):
    image = Image.fromarray(RGB).quantize(50)
    data = pillow(image, "PNG", transparency=bytes([0, 100]))
    alpha = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3]
    assert {0, 100, 255} == set(np.unique(alpha))
    np.testing.assert_array_equal(read_bytes(tmp_path, data).alpha, alpha)


@pytest.mark.parametrize("kind", ["JPEG", "JPEG progressive"])
def test_jpeg_is_read_as_pillow_reads_it(tmp_path, kind):
    smooth = np.asarray(Image.fromarray(RGB).resize((200, 150)))
    data = pillow(smooth, "JPEG", quality=90, progressive="progressive" in kind)
    expected = np.asarray(Image.open(io.BytesIO(data))).astype(int)
    assert np.abs(read_bytes(tmp_path, data).pixels - expected).max() <= 4


ORIENTED = {
    1: lambda x: x,
    2: np.fliplr,
    3: lambda x: np.rot90(x, 2),
    4: np.flipud,
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: np.rot90(x, -1),
    7: lambda x: np.rot90(x, 2).swapaxes(0, 1),
    8: lambda x: np.rot90(x, 1),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "TIFF LZW", "TIFF LZW 16"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once_and_reset(tmp_path, kind, orientation):
    pixels = GRAY16 if "16" in kind else RGBA if kind in ("PNG", "WEBP") else RGB
    options = {"WEBP": {"lossless": True, "exact": True}}.get(kind, {})
    if "LZW" in kind:
        options["compression"] = "tiff_lzw"
    picture = read_bytes(tmp_path, pillow(pixels, kind.split()[0], exif=exif(orientation), **options))
    turned = ORIENTED[orientation](pixels)
    np.testing.assert_array_equal(picture.pixels, turned[..., :3] if turned.ndim == 3 else turned)
    if picture.alpha is not None:
        np.testing.assert_array_equal(picture.alpha, turned[..., 3])
    kept = Image.Exif()
    kept.load(picture.metadata.exif)
    assert kept.get(0x0112, 1) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_metadata_is_read(tmp_path, kind):
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    options = {"xmp": xmp} if kind in ("JPEG", "WEBP") else {}
    metadata = read_bytes(tmp_path, pillow(RGB, kind, exif=exif(6).tobytes(), icc_profile=ICC, **options)).metadata
    assert metadata.icc == ICC
    kept = Image.Exif()
    kept.load(metadata.exif)
    assert kept[0x010F] == "A maker"
    assert kept.get_ifd(0x8825)[2] == (48.0, 8.0, 30.0)
    assert kept.get_ifd(0x8769)[0x829A] == 0.25
    if options:
        assert metadata.xmp == xmp.replace(b'"6"', b'"1"')


def bigtiff_of_lzw(pixels: np.ndarray, orientation: int) -> bytes:
    """A BigTIFF of one LZW strip, which neither Pillow nor tifffile alone writes."""
    classic = pillow(pixels, "TIFF", compression="tiff_lzw")
    with tifffile.TiffFile(io.BytesIO(classic)) as file:
        page = file.pages.first
        (start,), (size,) = page.dataoffsets, page.databytecounts
    height, width = pixels.shape
    tags = {256: width, 257: height, 258: 8, 259: 5, 262: 1, 273: 16, 274: orientation, 277: 1, 278: height, 279: size}
    entries = b"".join(struct.pack("<HHQQ", code, 16, 1, value) for code, value in tags.items())
    head = b"II+\0" + struct.pack("<HHQ", 8, 0, 16 + size)
    return head + classic[start : start + size] + struct.pack("<Q", len(tags)) + entries + bytes(8)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_bigtiff_of_lzw(tmp_path, orientation):
    picture = read_bytes(tmp_path, bigtiff_of_lzw(RGB[..., 0], orientation))
    np.testing.assert_array_equal(picture.pixels, ORIENTED[orientation](RGB[..., 0]))


def test_the_content_decides_and_not_the_name(tmp_path):
    np.testing.assert_array_equal(read_bytes(tmp_path, pillow(RGB, "BMP"), "Ärger, 图.png").pixels, RGB)


LARGE = np.asarray(Image.fromarray(RGB).resize((400, 300), Image.Resampling.NEAREST))
JPEG = pillow(LARGE, "JPEG", quality=90)
WITH_THUMBNAIL = pillow(LARGE, "JPEG", quality=90, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + JPEG[-900:])
PNG = pillow(LARGE, "PNG")


@pytest.mark.parametrize("data", [JPEG, WITH_THUMBNAIL])
def test_a_jpeg_that_lacks_its_end_marker_alone_is_read_and_told_of(tmp_path, data):
    (tmp_path / "whole.jpg").write_bytes(data)
    (tmp_path / "less.jpg").write_bytes(data[:-2])
    with pytest.warns(UserWarning, match=r"less\.jpg: its last two bytes are missing, and nothing of the picture$"):
        picture = read(tmp_path / "less.jpg")
    np.testing.assert_array_equal(picture.pixels, read(tmp_path / "whole.jpg").pixels)


BAD = {
    "empty": (b"", "empty"),
    "text": (b"this is a text\n" * 9, "not a picture"),
    "GIF": (pillow(GRAY, "GIF"), "not a picture"),
    "JPEG cut in half": (JPEG[: len(JPEG) // 2], "cut off"),
    "JPEG without its last bytes": (JPEG[:-12], "cut off"),
    "JPEG with a whole thumbnail": (WITH_THUMBNAIL[:-12], "cut off"),
    "JPEG of several scans without its last bytes": (pillow(LARGE, "JPEG", progressive=True)[:-2], "cut off"),
    "JPEG with a header only": (JPEG[:20], "cut off"),
    "JPEG with a gap": (JPEG[: len(JPEG) // 2] + b"\xff\xd9", "cut off"),
    "CMYK JPEG": (pillow(Image.fromarray(RGB).convert("CMYK"), "JPEG"), "CMYK"),
    "PNG cut early": (PNG[:200], "cut off"),
    "PNG cut late": (PNG[:-100], "cut off"),
    "PNG with a header only": (PNG[:20], "cut off"),
    "PNG with a wrong byte": (PNG[:5000] + bytes([PNG[5000] ^ 16]) + PNG[5001:], "damaged"),
    "WebP cut": (pillow(LARGE, "WEBP")[:-500], "cut off"),
    "BMP cut": (pillow(LARGE, "BMP")[:-500], "cut off"),
    "TIFF cut": (tiff(LARGE, photometric="rgb")[:-500], "cut off"),
    "TIFF deflate cut": (tiff(LARGE, photometric="rgb", compression="zlib")[:-500], "cut off"),
    "TIFF LZW cut": (pillow(LARGE, "TIFF", compression="tiff_lzw")[:900], "cut off"),
    "TIFF with a header only": (tiff(GRAY)[:8], "cut off"),
    "TIFF of two pages": (tiff(np.stack([GRAY, GRAY]), photometric="minisblack"), "2 pages"),
    "TIFF of four bands": (tiff(RGBA[..., :1].repeat(5, 2), planarconfig="contig"), "shape"),
    "TIFF CMYK": (pillow(Image.fromarray(RGB).convert("CMYK"), "TIFF"), "SEPARATED"),
    "TIFF of uint32": (tiff(GRAY.astype(np.uint32)), "uint32"),
    "NaN": (tiff(np.where(GRAY[3, 3] == GRAY, np.nan, FLOAT)), "NaN"),
    "infinite": (tiff(np.where(GRAY[3, 3] == GRAY, np.inf, FLOAT)), "infinite"),
    "float beyond 1": (tiff(FLOAT * 300), "expected 0 to 1"),
    "float below 0": (tiff(FLOAT - 0.5), "expected 0 to 1"),
}


@pytest.mark.parametrize(("data", "wrong"), BAD.values(), ids=list(BAD))
def test_a_bad_file_gives_one_line_that_names_it(tmp_path, capfd, data, wrong):
    with pytest.raises(FileError) as caught:
        read_bytes(tmp_path, data, "bad.png")
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "bad.png") + ": ")
    assert wrong in message
    assert "\n" not in message
    assert message.count(": ") >= 2
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileError, match=r"none\.png: no such file"):
        read(tmp_path / "none.png")
    with pytest.raises(FileError, match="a folder, not a picture"):
        read(tmp_path)


def test_a_gap_is_found_in_the_right_file_with_many_threads(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    bad = {5, 17}
    for i in range(30):
        (tmp_path / f"{i}.jpg").write_bytes(JPEG[: len(JPEG) // 2] + b"\xff\xd9" if i in bad else JPEG)

    def fails(i: int) -> bool:
        try:
            read(tmp_path / f"{i}.jpg")
        except FileError:
            return True
        return False

    with ThreadPoolExecutor(4) as pool:
        assert {i for i, failed in enumerate(pool.map(fails, range(30))) if failed} == bad


@pytest.mark.data
@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the shared pictures are not there")
def test_every_real_picture_is_read():
    from aefusion.image.formats import SUFFIXES

    paths = [p for part in ("test", "odd") for p in (SHARED / "data" / part).rglob("*")]
    paths = [path for path in paths if path.suffix.lower() in SUFFIXES]
    assert len(paths) > 300
    for path in paths:
        picture = read(path)
        assert picture.pixels.std() > 0, path
