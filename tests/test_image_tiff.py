"""TIFF files by their compression."""

import io
import struct
import time
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from test_image_read import LARGE, pillow, tiff

from aefusion.files import FileError
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


@pytest.mark.parametrize(
    "compression", ["lzw", "zlib", "packbits", "lzma", "zstd", "png", "jpegxl", "lerc", "webp", "jpeg2000"]
)
def test_compressions_without_loss(tmp_path, compression):
    """The pixels that went in come out, and data that end early are told."""
    args = {"webp": {"lossless": True}, "jpegxl": {"lossless": True}, "jpeg2000": {"reversible": True}}
    data = bytearray(tiff(LARGE, photometric="rgb", compression=compression, compressionargs=args.get(compression)))
    (tmp_path / "x.tif").write_bytes(data)
    np.testing.assert_array_equal(read(tmp_path / "x.tif").pixels, LARGE)
    file = io.BytesIO(data)
    with tifffile.TiffFile(file) as whole:
        tag = whole.pages[0].tags[279]
        tag.overwrite(tag.value[0] * 2 // 3)
    (tmp_path / "x.tif").write_bytes(file.getvalue())
    with pytest.raises(FileError, match="damaged or cut off"):
        read(tmp_path / "x.tif")


@pytest.mark.parametrize("compression", ["jpeg", "group4", "group3", "tiff_ccitt"])
def test_what_a_decoder_would_fill_up_is_told(tmp_path, compression):
    image = Image.fromarray(LARGE if compression == "jpeg" else LARGE[..., 0] > 99)
    file = io.BytesIO(pillow(image, "TIFF", compression=compression))
    with tifffile.TiffFile(file) as whole:
        tag = whole.pages[0].tags[279]
        sizes = np.array(tag.value)
        sizes[-1] = sizes[-1] * 2 // 3
        tag.overwrite(sizes.tolist() if len(sizes) > 1 else int(sizes[0]))
    (tmp_path / "x.tif").write_bytes(file.getvalue())
    with pytest.raises(FileError, match="damaged or cut off"):
        read(tmp_path / "x.tif")


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_packed_bits(tmp_path, bits):
    values = rng.integers(0, 2**bits, (20, 33), dtype=np.uint16)
    rows = [("".join(f"{value:0{bits}b}" for value in row)) for row in values.tolist()]
    body = b"".join(int(row.ljust(-(-len(row) // 8) * 8, "0"), 2).to_bytes(-(-len(row) // 8), "big") for row in rows)
    tags = {256: 33, 257: 20, 258: bits, 259: 1, 262: 1, 273: 8, 277: 1, 278: 20, 279: len(body)}
    directory = b"".join(struct.pack("<HHII", code, 4, 1, value) for code, value in tags.items())
    head = b"II" + struct.pack("<HI", 42, 8 + len(body))
    (tmp_path / "x.tif").write_bytes(head + body + struct.pack("<H", len(tags)) + directory + bytes(4))
    np.testing.assert_array_equal(read(tmp_path / "x.tif").pixels, np.rint(values * (65535 / (2**bits - 1))))


def test_planes_of_lzw_strips(tmp_path):
    pixels = np.cumsum(rng.integers(0, 3, (3, 70, 90), dtype=np.uint16), axis=2, dtype=np.uint16)
    options = {"photometric": "rgb", "planarconfig": "separate", "compression": "lzw", "rowsperstrip": 16}
    (tmp_path / "x.tif").write_bytes(tiff(pixels, predictor=True, **options))
    np.testing.assert_array_equal(read(tmp_path / "x.tif").pixels, np.moveaxis(pixels, 0, -1))


NOT_SUPPORTED = {
    "JPEG XR": (
        tiff(LARGE[..., 0], compression="jpegxr"),
        r"its compression \(JPEGXR\) is not supported: save it with",
    ),
    "JPEG of 12 bits": (
        tiff(LARGE[..., 0].astype(np.uint16), compression="jpeg", compressionargs={"bitspersample": 12}),
        r"its compression \(JPEG, .*\) is not supported: save it with another",
    ),
    "a volume": (
        tiff(LARGE[:32, :32].transpose(2, 0, 1).copy(), volumetric=True, photometric="minisblack", tile=(1, 16, 16)),
        "holds a volume of 3 slices: save the one that is meant as a file of its own",
    ),
}


@pytest.mark.parametrize(("data", "wrong"), NOT_SUPPORTED.values(), ids=list(NOT_SUPPORTED))
def test_what_is_not_read_is_not_called_damaged(tmp_path, data, wrong):
    (tmp_path / "x.tif").write_bytes(data)
    with pytest.raises(FileError, match=wrong) as caught:
        read(tmp_path / "x.tif")
    assert "damaged" not in str(caught.value)


def test_directories_that_point_to_themselves_are_followed_once(tmp_path):
    """One directory of 200 pointers to itself: 200 * 200 * 200 tags, if each were followed."""
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    own = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: 64}
    tags = [*own.items(), *[(34665, 8 + 64)] * 200]
    directory = b"".join(struct.pack("<HHII", code, 4, 1, value) for code, value in tags)
    head = b"II" + struct.pack("<HI", 42, 8 + 64)
    path = tmp_path / "x.tif"
    path.write_bytes(head + pixels.tobytes() + struct.pack("<H", len(tags)) + directory + bytes(4))
    began = time.process_time()
    np.testing.assert_array_equal(read(path).pixels, pixels)
    assert time.process_time() - began < 5


def test_tiles_of_fax(tmp_path):
    """Two by two, each the one strip of a file of Pillow, as nothing here writes tiles. The last ones reach beyond."""
    page = runs(20)[:30, :50]
    padded = np.pad(page, ((0, 2), (0, 14)))
    body, at, sizes = b"", [], []
    for y, x in ((0, 0), (0, 32), (16, 0), (16, 32)):
        whole = pillow(Image.fromarray(padded[y : y + 16, x : x + 32]), "TIFF", compression="group4")
        with tifffile.TiffFile(io.BytesIO(whole)) as file:
            (start,), (size,) = file.pages.first.dataoffsets, file.pages.first.databytecounts
        at.append(8 + len(body))
        sizes.append(size)
        body += whole[start : start + size]
    body += bytes(len(body) % 2)
    lists = 8 + len(body)
    tags = {256: 50, 257: 30, 258: 1, 259: 4, 262: 1, 277: 1, 322: 32, 323: 16}
    entries = [struct.pack("<HHII", code, 4, 1, value) for code, value in tags.items()]
    entries += [struct.pack("<HHII", 324, 4, 4, lists), struct.pack("<HHII", 325, 4, 4, lists + 16)]
    head = b"II" + struct.pack("<HI", 42, lists + 32) + body + struct.pack("<8I", *at, *sizes)
    (tmp_path / "x.tif").write_bytes(head + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4))
    pixels = read(tmp_path / "x.tif").pixels
    assert len(np.unique(pixels)) == 2
    np.testing.assert_array_equal(pixels, page * np.uint8(255))
