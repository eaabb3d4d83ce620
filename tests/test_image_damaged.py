"""Damaged files, many threads: nothing is printed, nothing that others print is lost, reads run at the same time."""

import ctypes
import os
import platform
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from test_image_read import JPEG, LARGE, PNG, pillow, tiff

from aefusion.files import FileError
from aefusion.image import Picture, read, write

rng = np.random.default_rng(8)
GRAY_ALPHA = Image.merge("LA", [Image.fromarray(np.ascontiguousarray(LARGE[..., i])) for i in (0, 1)])
BITMAP = Image.fromarray(LARGE[..., 0] > 99)
WHOLE = {
    "JPEG": JPEG,
    "JPEG progressive": pillow(LARGE, "JPEG", quality=80, progressive=True),
    "JPEG gray": pillow(LARGE[..., 0], "JPEG"),
    "PNG": PNG,
    "PNG 16": pillow(LARGE[..., 0].astype(np.uint16) * 257, "PNG"),
    "PNG palette": pillow(Image.fromarray(LARGE).quantize(50), "PNG", transparency=bytes([0, 100])),
    "PNG alpha": pillow(GRAY_ALPHA, "PNG"),
    "PNG with a profile that libpng warns of": pillow(LARGE, "PNG", icc_profile=bytes(200)),
    "WebP": pillow(LARGE, "WEBP"),
    "WebP lossless": pillow(LARGE, "WEBP", lossless=True),
    "BMP": pillow(LARGE, "BMP"),
    "BMP palette": pillow(Image.fromarray(LARGE).quantize(50), "BMP"),
    "TIFF LZW": pillow(LARGE, "TIFF", compression="tiff_lzw"),
    "TIFF JPEG": pillow(LARGE, "TIFF", compression="jpeg"),
    "TIFF fax": pillow(BITMAP, "TIFF", compression="group4"),
    "TIFF deflate": tiff(LARGE, photometric="rgb", compression="zlib"),
}


def damaged(data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        end = len(data) if rng.random() < 0.6 else min(len(data), 200)
        changed[rng.integers(8, end)] ^= 1 << int(rng.integers(8))
    return bytes(changed[: rng.integers(20, len(data))] if rng.random() < 0.2 else changed)


@pytest.mark.parametrize("data", WHOLE.values(), ids=list(WHOLE))
def test_files_print_nothing_whole_or_damaged(tmp_path, capfd, data):
    path, refused, said = tmp_path / "x", 0, []
    path.write_bytes(data)
    read(path, warn=said.append)
    assert not said
    for _ in range(100):
        path.write_bytes(damaged(data))
        try:
            read(path, warn=said.append)
        except FileError as error:
            refused += 1
            assert "\n" not in str(error) and str(error).count(": ") >= 2
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert refused >= 20
    assert all(line.startswith(f"{path}: damaged, part of the picture may be wrong (") for line in said)


def test_wrong_data_in_a_whole_jpeg_are_told_to_who_asked(tmp_path):
    at = JPEG.index(b"\xff\xda") + 600
    (tmp_path / "less.jpg").write_bytes(JPEG[:at] + JPEG[at + 90 :])
    with pytest.raises(FileError, match="cut off"):
        read(tmp_path / "less.jpg")
    (tmp_path / "more.jpg").write_bytes(JPEG[:at] + JPEG[at - 300 :])
    with pytest.warns(UserWarning, match=r"^[^\n]*more\.jpg: damaged, part of the picture may be wrong \(Corrupt JPEG"):
        picture = read(tmp_path / "more.jpg")
    said = []
    np.testing.assert_array_equal(read(tmp_path / "more.jpg", warn=said.append).pixels, picture.pixels)
    assert len(said) == 1 and said[0].startswith(str(tmp_path / "more.jpg: damaged"))


def test_a_jpeg_of_a_revision_that_is_not_known_is_no_damaged_one(tmp_path):
    at = JPEG.index(b"JFIF\0") + 5
    (tmp_path / "x.jpg").write_bytes(JPEG[:at] + b"\x09\x09" + JPEG[at + 2 :])
    (tmp_path / "y.jpg").write_bytes(JPEG)
    np.testing.assert_array_equal(read(tmp_path / "x.jpg").pixels, read(tmp_path / "y.jpg").pixels)


def test_what_others_print_meanwhile_is_not_lost(tmp_path, capfd):
    for i, data in enumerate(WHOLE.values()):
        (tmp_path / f"{i}.whole").write_bytes(data)
        (tmp_path / f"{i}.damaged").write_bytes(data[: len(data) * 2 // 3])
    files, enough, lines = sorted(tmp_path.iterdir()), threading.Event(), 300
    libc = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None

    def read_all(_) -> None:
        while not enough.is_set():
            for file in files:
                try:
                    read(file, warn=str)
                except FileError:
                    continue

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read_all, i) for i in range(3)]
        for _ in range(lines):
            os.write(2, b"by the system\n")
            print("by Python", file=sys.stderr)
            if libc:
                stream = ctypes.c_void_p.in_dll(libc, "stderr")
                libc.fprintf(stream, b"by C\n")
                libc.fflush(stream)
            time.sleep(0.002)
        enough.set()
        for reader in readers:
            reader.result()
    said = capfd.readouterr().err.splitlines()
    assert said.count("by the system") == said.count("by Python") == lines
    assert said.count("by C") == (lines if libc else 0)
    assert len(said) == (3 if libc else 2) * lines


def test_two_threads_decode_at_the_same_time(tmp_path, monkeypatch):
    """Each waits inside of the decoder until the other is there too, damaged ones included."""
    import simplejpeg

    together, decode, seen = threading.Barrier(2, timeout=20), simplejpeg.decode_jpeg, []

    def waiting(data, *args, **options):
        seen.append(together.wait())
        return decode(data, *args, **options)

    monkeypatch.setattr(simplejpeg, "decode_jpeg", waiting)
    (tmp_path / "0.jpg").write_bytes(JPEG)
    (tmp_path / "1.jpg").write_bytes(JPEG[: len(JPEG) // 2] + b"\xff\xd9")

    def reads(i: int) -> bool:
        try:
            return bool(read(tmp_path / f"{i}.jpg").pixels.size)
        except FileError:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(reads, [0, 1])) == [True, False]
    assert sorted(seen) == [0, 1]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_writing_prints_nothing(tmp_path, capfd, suffix):
    for shape in ((1, 1_000_001), (1_000_001, 1)):
        with pytest.raises(FileError, match="cannot be written"):
            write(tmp_path / f"x{suffix}", Picture(np.zeros(shape, np.uint8)))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", [3, None, ["a.png"], b"a.png", LARGE])
def test_what_is_no_path_is_told_in_one_line(wrong):
    with pytest.raises(ValueError, match=r"^an? \w+ where the path of a picture is expected: give a str or a Path$"):
        read(wrong)


# --- PNG ---


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


@pytest.mark.parametrize(
    "more",
    [
        chunk(b"gAMA", b"\0\0\xb1\x8f")[:-1] + b"\0",  # a wrong checksum
        chunk(b"abCd", b"not known"),
        chunk(b"iCCP", b"name\0\0not packed"),
        chunk(b"tRNS", b"\0\1"),  # too short
        chunk(b"PLTE", bytes(31)),
        chunk(b"eXIf", b"nonsense"),
    ],
)
def test_what_the_pixels_do_not_need_may_be_wrong(tmp_path, capfd, more):
    (tmp_path / "x.png").write_bytes(PNG[:33] + more + PNG[33:] + b"something behind")
    np.testing.assert_array_equal(read(tmp_path / "x.png").pixels, LARGE)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (PNG[:33] + chunk(b"CgBI", bytes(4)), PNG[33:]),  # a chunk that must be known
        (PNG, b""),
        (PNG[:16] + (LARGE.shape[1] * 2).to_bytes(4, "big") + PNG[20:29], PNG[33:]),  # twice as wide
        (PNG[:24] + b"\3" + PNG[25:29], PNG[33:]),  # 3 bits
        (PNG[:25] + b"\3" + PNG[26:29], PNG[33:]),  # a palette, and none there
    ],
)
def test_damaged_pngs(tmp_path, start, end):
    data = (
        start[:-12]
        if not end
        else start + (zlib.crc32(start[12:29]).to_bytes(4, "big") if len(start) == 29 else b"") + end
    )
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(FileError, match="damaged or cut off, it cannot be decoded as PNG: copy it again"):
        read(tmp_path / "x.png")


def test_interlaced_pngs(tmp_path):
    """Seven passes, each of some of the rows and columns, packed by hand as nothing here writes them."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    for height, width in ((1, 1), (3, 5), (60, 50)):
        pixels = rng.integers(0, 65536, (height, width, 3), dtype=np.uint16)
        rows = [pixels[y::dy, x::dx].astype(">u2") for x, y, dx, dy in passes]
        packed = b"".join(b"\0" + row.tobytes() for part in rows if part.size for row in part)
        header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([16, 2, 0, 0, 1])
        for part, whole in ((packed, True), (packed[:-1], False)):
            body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(part)) + chunk(b"IEND", b"")
            (tmp_path / "x.png").write_bytes(PNG[:8] + body)
            if whole:
                np.testing.assert_array_equal(read(tmp_path / "x.png").pixels, pixels)
            else:
                with pytest.raises(FileError, match="damaged"):
                    read(tmp_path / "x.png")


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt"])
def test_exif_as_imagemagick_writes_it_into_a_png(tmp_path, kind):
    exif = Image.Exif()
    exif[0x010F] = "A maker"
    block = exif.tobytes()
    text = b"\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n"
    body = b"Raw profile type exif\0" + (text if kind == b"tEXt" else b"\0" + zlib.compress(text))
    (tmp_path / "x.png").write_bytes(PNG[:33] + chunk(kind, body) + PNG[33:])
    assert read(tmp_path / "x.png").metadata.exif == block.removeprefix(b"Exif\0\0")
