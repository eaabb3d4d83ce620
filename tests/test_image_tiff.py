"""TIFF files whose compression is unpacked here: LZW, JPEG, fax, differences of floats."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from test_image_read import LARGE, pillow, tiff

from aefusion.image import read

rng = np.random.default_rng(9)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_lzw_of_differences(tmp_path, dtype):
    """As OpenCV and Photoshop write it; the table of codes is filled several times."""
    pixels = np.cumsum(rng.integers(0, 3, (700, 300, 3)), axis=1).astype(dtype)
    (tmp_path / "x.tif").write_bytes(cv2.imencode(".tif", pixels)[1].tobytes())
    with tifffile.TiffFile(tmp_path / "x.tif") as file:
        page = file.pages.first
        assert (page.compression, page.predictor) == (tifffile.COMPRESSION.LZW, tifffile.PREDICTOR.HORIZONTAL)
    np.testing.assert_array_equal(read(tmp_path / "x.tif").pixels, pixels[..., ::-1])


def tiff_of_float_differences(pixels: np.ndarray, order: str) -> bytes:
    """As GDAL packs elevations and temperatures; nothing here writes it: by the words of TIFF Technical Note 3."""
    height, width = pixels.shape
    size = pixels.dtype.itemsize
    planes = pixels.astype(f">f{size}").view(np.uint8).reshape(height, width, size).swapaxes(1, 2).reshape(height, -1)
    body = zlib.compress(np.diff(planes, axis=1, prepend=np.zeros((height, 1), np.uint8)).tobytes())
    tags = {256: width, 257: height, 258: 8 * size, 259: 8, 262: 1, 273: 8, 277: 1, 278: height, 279: len(body), 317: 3}
    tags[339] = 3  # floats
    directory = b"".join(struct.pack(f"{order}HHII", code, 4, 1, value) for code, value in tags.items())
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, 8 + len(body))
    return head + body + struct.pack(f"{order}H", len(tags)) + directory + bytes(4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("order", "<>")
def test_differences_of_floats(tmp_path, dtype, order):
    pixels = rng.random((40, 30)).astype(dtype)
    (tmp_path / "x.tif").write_bytes(tiff_of_float_differences(pixels, order))
    np.testing.assert_array_equal(read(tmp_path / "x.tif").pixels, pixels.astype(np.float32))


def runs(scale: float) -> np.ndarray:
    """A page with runs of all lengths, some rows like the one before."""
    page = np.zeros((120, 3000), bool)
    for row in page:
        ends = np.cumsum(rng.exponential(scale, 3000).astype(int))
        row[:] = np.searchsorted(ends, np.arange(3000), "right") % 2
    return np.repeat(page, 3, axis=0)


@pytest.mark.parametrize("compression", ["tiff_ccitt", "group3", "group4"])
@pytest.mark.parametrize("options", [0, 1, 4, 5])
@pytest.mark.parametrize("scale", [3, 60, 2000])
def test_fax(tmp_path, compression, options, scale):
    page = runs(scale)
    more = {"tiffinfo": {292: options}} if compression == "group3" else {"tiffinfo": {266: 2}} if options else {}
    (tmp_path / "x.tif").write_bytes(pillow(Image.fromarray(page), "TIFF", compression=compression, **more))
    np.testing.assert_array_equal(read(tmp_path / "x.tif").pixels, page * np.uint8(255))


def test_tiffs_of_jpeg_are_read_as_pillow_reads_them(tmp_path):
    smooth = np.asarray(Image.fromarray(LARGE[:40, :50]).resize((400, 300)))
    for image in (Image.fromarray(smooth), Image.fromarray(smooth[..., 0])):
        data = pillow(image, "TIFF", compression="jpeg", quality=90)
        (tmp_path / "x.tif").write_bytes(data)
        expected = np.asarray(Image.open(io.BytesIO(data)).convert(image.mode)).astype(int)
        assert np.abs(read(tmp_path / "x.tif").pixels - expected).max() <= 4


def test_colours_as_luminance_and_chroma(tmp_path):
    for compression in (None, "tiff_lzw"):
        data = pillow(Image.fromarray(LARGE).convert("YCbCr"), "TIFF", compression=compression)
        (tmp_path / "x.tif").write_bytes(data)
        expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
        assert np.abs(read(tmp_path / "x.tif").pixels - expected).max() <= 2


def test_a_tiff_whose_pages_go_in_a_circle(tmp_path):
    data = bytearray(tiff(LARGE, photometric="rgb"))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        after = page.offset + 2 + 12 * len(page.tags)
    data[after : after + 4] = page.offset.to_bytes(4, "little")
    (tmp_path / "x.tif").write_bytes(data)
    np.testing.assert_array_equal(read(tmp_path / "x.tif").pixels, LARGE)
