"""Writing: what a format can keep comes back, others can read it, and nothing is left half-written."""

import io
import os

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageCms

from aefusion.files import FileError
from aefusion.image import Metadata, Picture, read, write
from aefusion.image.depth import to_depth

rng = np.random.default_rng(2)
RGB = rng.integers(0, 256, (33, 41, 3), dtype=np.uint8)
RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
LOSSLESS = [".png", ".tif", ".tiff", ".bmp", ".webp"]


def exif(order: str) -> bytes:
    block = Image.Exif()
    block.endian = order
    block[0x0112] = 6
    block[0x010F] = "A maker"
    block[0x010E] = "Described"
    block.get_ifd(0x8769)[0x829A] = 0.25
    gps = block.get_ifd(0x8825)
    gps[1], gps[2] = "N", (48.0, 8.0, 30.0)
    return block.tobytes().removeprefix(b"Exif\0\0")


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def pixels(dtype):
    shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))
    shapes = shapes | shapes.map(lambda shape: (*shape, 3))
    elements = {"elements": st.floats(0, 1, width=32)} if dtype == np.float32 else {}
    return arrays(dtype, shapes, **elements)


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_round_trip_in_the_deepest_depth_of_the_format(tmp_path, suffix, dtype, data):
    original = data.draw(pixels(dtype))
    path = tmp_path / f"fused{suffix}"
    write(path, Picture(original), quality=100)
    kept = {".tif": dtype, ".tiff": dtype, ".png": np.uint8 if dtype == np.uint8 else np.uint16}
    expected = to_depth(original, kept.get(suffix, np.uint8))
    if suffix == ".webp" and expected.ndim == 2:
        expected = np.dstack([expected] * 3)
    result = read(path).pixels
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)
    others = tifffile.imread(path) if "tif" in suffix else np.asarray(Image.open(path))
    if not (suffix == ".png" and expected.dtype == np.uint16 and expected.ndim == 3):  # Pillow halves its depth
        np.testing.assert_array_equal(others, expected)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_alpha_round_trip(tmp_path, suffix, dtype, channels):
    colour = to_depth(RGB if channels == 3 else RGB[..., 0], dtype)
    alpha = to_depth(RGB[..., 1], dtype)
    path = tmp_path / f"fused{suffix}"
    write(path, Picture(colour, alpha), quality=100)
    result = read(path)
    kept = result.pixels.dtype
    assert kept == {".tif": dtype, ".webp": np.uint8}.get(suffix, min(np.dtype(dtype), np.dtype(np.uint16)))
    expected = to_depth(colour, kept)
    if channels == 1 and suffix != ".tif":
        expected = np.dstack([expected] * 3)
    seen = slice(None)
    if suffix == ".webp":
        seen = to_depth(alpha, kept) > 0  # WebP drops the colour of what is wholly transparent
    np.testing.assert_array_equal(result.pixels[seen], expected[seen])
    np.testing.assert_array_equal(result.alpha, to_depth(alpha, kept))


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_alpha_is_left_out_where_the_format_has_none(tmp_path, suffix):
    path = tmp_path / f"fused{suffix}"
    write(path, Picture(RGB, RGB[..., 0]))
    result = read(path)
    assert result.alpha is None
    assert result.pixels.shape == RGB.shape


def test_quality_is_obeyed(tmp_path):
    for suffix in (".jpg", ".webp"):
        sizes = []
        for quality in (20, 60, 95):
            write(tmp_path / f"x{suffix}", Picture(RGB), quality)
            sizes.append((tmp_path / f"x{suffix}").stat().st_size)
        assert sizes == sorted(set(sizes))
    for quality in (0, 101):
        with pytest.raises(ValueError, match="expected 1 to 100"):
            write(tmp_path / "x.jpg", Picture(RGB), quality)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_metadata_round_trip(tmp_path, suffix, order):
    source = tmp_path / "source.jpg"
    Image.fromarray(RGB).save(source, exif=b"Exif\0\0" + exif(order), icc_profile=RGB_PROFILE, xmp=XMP)
    picture = read(source)
    assert picture.pixels.shape == (41, 33, 3)
    path = tmp_path / f"fused{suffix}"
    write(path, picture)

    again = read(path)
    assert again.pixels.shape == (41, 33, 3)
    assert again.metadata.icc == RGB_PROFILE
    assert again.metadata.xmp == XMP
    with Image.open(path) as other:
        assert other.size == (33, 41)
        assert other.info["icc_profile"] == RGB_PROFILE
        seen = other.getexif()
        assert seen.get(0x0112, 1) == 1
        assert (seen[0x010F], seen[0x010E]) == ("A maker", "Described")
        assert seen.get_ifd(0x8769)[0x829A] == 0.25
        assert seen.get_ifd(0x8825)[2] == (48.0, 8.0, 30.0)
        other.load()


def test_metadata_survive_a_chain_of_formats(tmp_path):
    picture = Picture(RGB, metadata=Metadata(exif("<"), RGB_PROFILE, XMP))
    for name in ("1.tif", "2.png", "3.tif", "4.webp", "5.jpg"):
        write(tmp_path / name, picture)
        picture = read(tmp_path / name)
    kept = Image.Exif()
    kept.load(picture.metadata.exif)
    assert kept.get_ifd(0x8825)[2] == (48.0, 8.0, 30.0)
    assert (picture.metadata.icc, picture.metadata.xmp) == (RGB_PROFILE, XMP)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_a_profile_for_other_channels_is_left_out(tmp_path, suffix):
    write(tmp_path / f"x{suffix}", Picture(RGB[..., 0], metadata=Metadata(icc=RGB_PROFILE)))
    with Image.open(tmp_path / f"x{suffix}") as other:
        assert "icc_profile" not in other.info


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize(
    "metadata",
    [
        Metadata(icc=RGB_PROFILE[:300]),
        # Sound as far as its header says, and nothing but noise behind it: libpng refuses it.
        Metadata(icc=RGB_PROFILE[:128] + rng.bytes(len(RGB_PROFILE) - 128)),
        Metadata(exif=b"MM\0*\xff\xff\xff\xff"),
        Metadata(exif=b"nonsense"),
        Metadata(exif=exif("<") + bytes(70000)),
        Metadata(xmp=b"x" * 70000),
    ],
)
def test_damaged_or_too_long_metadata_do_not_hinder(tmp_path, capfd, suffix, metadata):
    write(tmp_path / f"x{suffix}", Picture(RGB, metadata=metadata))
    assert read(tmp_path / f"x{suffix}").pixels.shape == RGB.shape
    with Image.open(tmp_path / f"x{suffix}") as other:
        other.load()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("x.gif", "'.gif' is not known"),
        ("x", "has no suffix"),
        ("none/x.png", "no folder"),
        ("folder.png", "a folder of this name"),
        ("file.png/x.png", "no folder"),
    ],
)
def test_a_bad_target_gives_one_line_and_leaves_nothing(tmp_path, name, wrong):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.png").write_bytes(b"")
    before = files(tmp_path)
    with pytest.raises(FileError, match=wrong) as caught:
        write(tmp_path / name, Picture(RGB))
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)
    assert files(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path):
    write(tmp_path / "x.png", Picture(RGB))
    (tmp_path / "x.png").chmod(0o444)
    with pytest.raises(FileError, match="permission denied"):
        write(tmp_path / "x.png", Picture(RGB))
    tmp_path.chmod(0o555)
    with pytest.raises(FileError, match="permission denied"):
        write(tmp_path / "y.png", Picture(RGB))
    tmp_path.chmod(0o755)
    assert files(tmp_path) == ["x.png"]


def test_a_failure_while_writing_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    write(path, Picture(RGB))
    before = path.read_bytes()

    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    real = type(path).open

    def opened(self, mode="r", *args, **options):
        if "x" not in mode:
            return real(self, mode, *args, **options)
        real(self, mode, *args, **options).close()
        return Full()

    monkeypatch.setattr(type(path), "open", opened)
    with pytest.raises(FileError, match="No space left on device"):
        write(path, Picture(255 - RGB))
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert files(tmp_path) == ["x.png"]


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_too_long_for_the_format(tmp_path, suffix):
    with pytest.raises(FileError, match="70000x1 pixels cannot be written"):
        write(tmp_path / f"x{suffix}", Picture(np.zeros((1, 70000), np.uint8)))
    assert files(tmp_path) == []


def test_the_mode_of_the_file_follows_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        write(tmp_path / "x.png", Picture(RGB))
    finally:
        os.umask(old)
    assert (tmp_path / "x.png").stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path):
    write(tmp_path / "target.png", Picture(RGB))
    (tmp_path / "link.png").symlink_to(tmp_path / "target.png")
    write(tmp_path / "link.png", Picture(255 - RGB))
    assert (tmp_path / "link.png").is_symlink()
    np.testing.assert_array_equal(read(tmp_path / "target.png").pixels, 255 - RGB)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_depths_up_and_down_again(dtype):
    values = np.arange(np.iinfo(dtype).max + 1).astype(dtype)
    np.testing.assert_array_equal(to_depth(to_depth(values, np.float32), dtype), values)
    if dtype == np.uint8:
        np.testing.assert_array_equal(to_depth(to_depth(values, np.uint16), np.uint8), values)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Picture(np.zeros((2, 2), np.int32)),
        lambda: Picture(np.zeros((2, 2, 4), np.uint8)),
        lambda: Picture(np.zeros((0, 2), np.uint8)),
        lambda: Picture(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint16)),
    ],
)
def test_a_picture_of_a_wrong_shape_or_dtype_is_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda path: write(path, RGB), r"x\.png: a ndarray is no Picture: give Picture\(array\)$"),
        (lambda path: write(3, Picture(RGB)), "^a int where the path of a picture is expected: give a str or a Path$"),
        (lambda path: write(path, Picture(RGB), quality="high"), "^quality 'high': expected 1 to 100$"),
        (lambda path: write(path, Picture(RGB), quality=9.5), "^quality 9.5: expected 1 to 100$"),
        (lambda path: Picture([[1, 2]]), "^a list for pixels or alpha: expected a NumPy array$"),
        (lambda path: Picture(RGB, alpha=3), "^a int for pixels or alpha: expected a NumPy array$"),
    ],
)
def test_wrong_types_are_told_in_one_line(tmp_path, wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong(tmp_path / "x.png")
    assert files(tmp_path) == []
