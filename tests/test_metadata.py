"""What results say of themselves: kept, signed or stripped, in every format that holds metadata."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from aefusion import Fuser, __version__
from aefusion.cli import main
from aefusion.image import Metadata, Picture, read, write
from aefusion.image.exif import shortened, with_size, with_software
from aefusion.image.metadata import signed, stripped

SOFTWARE, ORIENTATION, MAKER, EXIF, GPS, MAKER_NOTE, WIDTH, HEIGHT = 305, 274, 271, 34665, 34853, 37500, 40962, 40963
HOLDING = ["jpg", "png", "tif", "webp"]
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
PIXELS = np.random.default_rng(3).integers(0, 256, (30, 44, 3), dtype=np.uint8)
PLACE = {1: "S", 2: (33.0, 51.0, 30.5), 3: "E", 4: (151.0, 12.0, 40.0), 5: b"\0", 6: 82.5}


def block(order="<", orientation=6, note=b"", software="Firmware 1.2"):
    exif = Image.Exif()
    exif.endian = order
    exif[MAKER], exif[ORIENTATION] = "A maker", orientation
    if software:
        exif[SOFTWARE] = software
    inner = exif.get_ifd(EXIF)
    inner[36867], inner[WIDTH], inner[HEIGHT] = "2026:05:01 10:11:12", 44, 30
    if note:
        inner[MAKER_NOTE] = note
    exif.get_ifd(GPS).update(PLACE)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def seen(data: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(data)
    return exif


@pytest.fixture
def sources(tmp_path):
    """A visible photograph, turned, with all metadata, in a format; and an infrared one with none."""

    def make(suffix="jpg", order="<"):
        path = tmp_path / f"visible.{suffix}"
        kept = {"exif": b"Exif\0\0" + block(order), "icc_profile": PROFILE}
        if suffix == "tif":
            exif = Image.Exif()
            exif.load(block(order))
            exif[700] = XMP
            Image.fromarray(PIXELS).save(path, exif=exif, icc_profile=PROFILE)
        elif suffix == "png":
            text = PngImagePlugin.PngInfo()
            text.add_itxt("XML:com.adobe.xmp", XMP.decode(), "en", "Metadata", zip=True)
            Image.fromarray(PIXELS).save(path, pnginfo=text, **kept)
        else:
            Image.fromarray(PIXELS).save(path, xmp=XMP, **kept)
        write(tmp_path / "infrared.png", Picture(np.rot90(PIXELS[..., 0], -1).copy()))
        return [path, tmp_path / "infrared.png"]

    return make


@pytest.mark.parametrize("source", HOLDING)
@pytest.mark.parametrize("target", HOLDING)
def test_everything_is_kept_from_every_format_to_every_other(sources, tmp_path, source, target):
    path = tmp_path / f"fused.{target}"
    Fuser(method="average").file(sources(source), path)
    with Image.open(path) as fused:
        assert fused.size == (30, 44)
        exif = fused.getexif()
        assert exif.get(ORIENTATION, 1) == 1 and exif[MAKER] == "A maker"
        assert exif[SOFTWARE] == f"aefusion {__version__}, method average, visible.{source} + infrared.png"
        assert exif.get_ifd(GPS)[2] == PLACE[2] and exif.get_ifd(GPS)[4] == PLACE[4]
        inner = exif.get_ifd(EXIF)
        assert (inner[36867], inner[WIDTH], inner[HEIGHT]) == ("2026:05:01 10:11:12", 30, 44)
        assert fused.info["icc_profile"] == PROFILE
        fused.load()
        if target in ("png", "webp"):
            assert fused.info["xmp"] == XMP.replace(b'"6"', b'"1"')
    assert read(path).metadata.xmp == XMP.replace(b'"6"', b'"1"')


@pytest.mark.parametrize("target", HOLDING)
def test_a_result_that_is_fused_again_is_not_turned_again(sources, tmp_path, target):
    first, second = tmp_path / f"1.{target}", tmp_path / f"2.{target}"
    fuser = Fuser(method=lambda a, b: a)
    fuser.file(sources(), first)
    upright = read(sources()[0]).pixels
    assert upright.shape[:2] == (44, 30)
    fuser.file([first, sources()[1]], second)
    for path in (first, second):
        # Three ways to see it agree: this package, Pillow as stored, and Pillow turned as the file asks.
        with Image.open(path) as stored:
            from PIL import ImageOps

            turned = ImageOps.exif_transpose(stored)
            assert stored.size == turned.size == (30, 44)
        assert np.abs(read(path).pixels.astype(int) - upright).mean() < 20  # turned, 80


@pytest.mark.parametrize("target", HOLDING)
def test_strip_leaves_no_place_and_keeps_the_profile(sources, tmp_path, target):
    path = tmp_path / f"fused.{target}"
    with pytest.raises(SystemExit) as exit:
        main(["fuse", *map(str, sources()), "-o", str(path), "--strip", "--method", "average"])
    assert not exit.value.code
    with Image.open(path) as fused:
        exif = fused.getexif()
        assert not exif.get_ifd(GPS) and MAKER not in exif and SOFTWARE not in exif
        assert fused.info["icc_profile"] == PROFILE
    data = path.read_bytes()
    assert b"A maker" not in data and b"xmpmeta" not in data and b"aefusion" not in data
    assert read(path).metadata == Metadata(icc=PROFILE)


def test_the_second_source_helps_out(sources, tmp_path):
    path = tmp_path / "fused.jpg"
    Fuser(method="average").file(sources()[::-1], path)
    with Image.open(path) as fused:
        assert fused.getexif().get_ifd(GPS)[2] == PLACE[2] and fused.getexif()[MAKER] == "A maker"
        assert fused.getexif()[SOFTWARE].endswith("infrared.png + visible.jpg")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("before", ["", "x", "Firmware 1.2"])
@pytest.mark.parametrize("software", ["abc", "aefusion with a longer text"])
def test_the_software_tag_is_the_only_one_that_changes(order, before, software):
    note = bytes(range(256)) * 4
    old = block(order, note=note, software=before)
    new = with_software(old, software)
    one, other = seen(old), seen(new)
    assert other[SOFTWARE] == software
    assert {k: v for k, v in one.items() if k not in (SOFTWARE, EXIF, GPS)} == {
        k: v for k, v in other.items() if k not in (SOFTWARE, EXIF, GPS)
    }
    assert dict(one.get_ifd(EXIF)) == dict(other.get_ifd(EXIF)) and dict(one.get_ifd(GPS)) == dict(other.get_ifd(GPS))
    assert old.find(note) == new.find(note)  # makers' notes hold offsets from the block's beginning
    again = with_software(new, "second")
    assert seen(again)[SOFTWARE] == "second"


@pytest.mark.parametrize("damaged", [b"", b"nonsense", b"II*\0", b"MM\0*\xff\xff\xff\xff", block()[:60]])
def test_damaged_blocks_give_new_ones_and_never_an_error(damaged):
    assert seen(with_software(damaged, "aefusion"))[SOFTWARE] == "aefusion"
    assert with_size(damaged, 3, 4) == damaged
    picture = signed(Picture(PIXELS, metadata=Metadata(damaged)), "aefusion")
    assert seen(picture.metadata.exif)[SOFTWARE] == "aefusion"
    assert stripped(picture).metadata == Metadata()


def test_a_jpeg_without_room_loses_the_makers_notes_and_not_the_place(tmp_path):
    long = block(note=bytes(70000))
    for name in ("x.jpg", "x.png"):
        write(tmp_path / name, Picture(PIXELS, metadata=Metadata(long)))
    with Image.open(tmp_path / "x.jpg") as fused:
        exif = fused.getexif()
        assert exif[MAKER] == "A maker" and exif.get_ifd(GPS)[2] == PLACE[2]
        assert MAKER_NOTE not in exif.get_ifd(EXIF)
    with Image.open(tmp_path / "x.png") as fused:
        assert MAKER_NOTE in fused.getexif().get_ifd(EXIF)
    assert shortened(long, 100) == b"" and shortened(long, 10**6) == long


def test_names_of_any_letters_and_many_sources(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "PNG")
    names = [tmp_path / f"Wärmebild {i}.png" for i in range(6)]
    for name in names:
        name.write_bytes(buffer.getvalue())
    for count, said in (
        (2, "Wärmebild 0.png + Wärmebild 1.png"),
        (6, "6 pictures from Wärmebild 0.png to Wärmebild 5.png"),
    ):
        Fuser(method="average").file(names[:count], tmp_path / "fused.tif")
        exif = read(tmp_path / "fused.tif").metadata.exif
        assert f"aefusion {__version__}, method average, {said}".encode() + b"\0" in exif
