"""How large a pixel is stays what it was: in every format, on the sample, in print and on the ground."""

import json

import numpy as np
import pytest
import tifffile
from PIL import Image

from aefusion import Fuser, fuse_stack
from aefusion.image import Metadata, Picture, read, write
from aefusion.image.exif import with_resolution, with_software
from aefusion.image.metadata import signed, stripped
from aefusion.image.resize import resize
from aefusion.image.scale import Scale
from aefusion.image.transform import Transform, cropped, warp
from aefusion.image.xmp import kept_xmp

PIXELS = np.random.default_rng(5).integers(0, 256, (24, 40), dtype=np.uint8)
GEO = [(33550, "d", 3, (0.5, 0.25, 0.0), True), (33922, "d", 6, (0.0, 0.0, 0.0, 500000.0, 5000000.0, 0.0), True)]
OME = (
    '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image '
    'ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="40" SizeY="24" SizeZ="3" SizeC="1" '
    'SizeT="1" PhysicalSizeX="325" PhysicalSizeXUnit="nm" PhysicalSizeY="0.65" PhysicalSizeZ="2">{}</Pixels></Image>'
    "</OME>"
)


@pytest.fixture
def pair(tmp_path):
    """Two files of one scene with what is given to the writer."""

    def make(suffix, **options):
        paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
        for path in paths:
            if suffix == "tif":
                tifffile.imwrite(path, PIXELS, **options)
            else:
                Image.fromarray(PIXELS).save(path, **options)
        return paths

    return make


def fused(paths, target):
    """By both writers of one picture."""
    Fuser(method="average").file(paths, target)
    yield target
    target.unlink()
    fuse_stack(paths, target, kind="focus")
    yield target


@pytest.mark.parametrize("source", ["tif", "png", "jpg", "bmp"])
@pytest.mark.parametrize("target", ["tif", "png", "jpg", "webp", "bmp"])
def test_dots_per_inch_from_every_format_to_every_other(pair, tmp_path, source, target):
    options = {"resolution": (300, 300), "resolutionunit": "INCH"} if source == "tif" else {"dpi": (300, 300)}
    for path in fused(pair(source, **options), tmp_path / f"fused.{target}"):
        with Image.open(path) as seen:
            exif = seen.getexif()
            said = seen.info.get("dpi") or [float(exif[282]) * (2.54 if exif[296] == 3 else 1)]
        assert np.allclose([float(x) for x in said], 300, atol=0.01)
        assert np.allclose(read(path).metadata.scale.in_unit("inch"), 300, atol=0.01)


def test_a_pixel_of_another_shape(pair, tmp_path):
    for path in fused(pair("png", dpi=(300, 150)), tmp_path / "fused.jpg"):
        with Image.open(path) as seen:
            assert seen.info["dpi"] == (300, 150)


def test_the_scale_of_a_micrograph_is_what_imagej_reads(pair, tmp_path):
    paths = pair("tif", imagej=True, resolution=(1 / 0.325, 1 / 0.65), metadata={"unit": "micron", "spacing": 2.0})
    for path in fused(paths, tmp_path / "fused.tif"):
        with tifffile.TiffFile(path) as seen:
            page = seen.pages[0]
            assert seen.is_imagej and seen.series[0].shape == (24, 40)
            assert {"unit": "um", "spacing": 2.0}.items() <= seen.imagej_metadata.items()
            assert page.tags["ResolutionUnit"].value == 1
            x, y = (page.tags[name].value for name in ("XResolution", "YResolution"))
            assert np.allclose([x[1] / x[0], y[1] / y[0]], [0.325, 0.65])


@pytest.mark.parametrize(
    "form", [OME.format("<TiffData/>"), json.dumps({"shape": [9, 24, 40]}), "ImageJ=1.53\nimages=9"]
)
def test_what_describes_the_arrays_of_a_file_is_not_copied(pair, tmp_path, form):
    for path in fused(pair("tif", description=form, metadata=None), tmp_path / "fused.tif"):
        with tifffile.TiffFile(path) as seen:
            assert not seen.is_ome and [one.shape for one in seen.series] == [(24, 40)]
            assert form not in str(seen.pages[0].tags.valueof(270))


def test_ome_sizes_are_kept_and_other_descriptions_too(pair, tmp_path):
    for path in fused(pair("tif", description=OME.format("<TiffData/>"), metadata=None), tmp_path / "fused.tif"):
        scale = read(path).metadata.scale
        assert np.allclose(scale.density, (1 / 0.325, 1 / 0.65)) and (scale.unit, scale.step) == ("um", 2)
    for path in fused(pair("tif", description="A rose", metadata=None), tmp_path / "fused.tif"):
        with tifffile.TiffFile(path) as seen:
            assert seen.pages[0].description == "A rose"


def test_an_ome_stack_of_several_files_gives_one_plane(tmp_path):
    ids = [f"urn:uuid:00000000-0000-0000-0000-00000000000{i}" for i in range(3)]
    parts = "".join(
        f'<TiffData FirstZ="{i}" IFD="0" PlaneCount="1"><UUID FileName="z{i}.ome.tif">{ids[i]}</UUID></TiffData>'
        for i in range(3)
    )
    paths = [tmp_path / f"z{i}.ome.tif" for i in range(3)]
    for i, path in enumerate(paths):
        xml = OME.format(f'<Channel ID="Channel:0:0" SamplesPerPixel="1"/>{parts}')
        tifffile.imwrite(path, np.roll(PIXELS, i), description=xml.replace("<OME ", f'<OME UUID="{ids[i]}" ').encode(),
                         metadata=None)  # fmt: skip
    fuse_stack(paths, tmp_path / "fused.tif", kind="focus")
    assert tifffile.imread(tmp_path / "fused.tif").shape == (24, 40)
    assert np.allclose(read(tmp_path / "fused.tif").metadata.scale.density, (1 / 0.325, 1 / 0.65))


def test_the_place_on_the_ground(pair, tmp_path):
    items = '<Item name="BAND">1</Item>\n  <Item name="STATISTICS_MEAN" sample="0">7</Item>'
    xml = f"<GDALMetadata>\n  {items}\n</GDALMetadata>"
    paths = pair("tif", extratags=[*GEO, (42112, "s", 0, xml, True)], metadata=None)
    for path in fused(paths, tmp_path / "fused.tif"):
        with tifffile.TiffFile(path) as seen:
            tags = seen.pages[0].tags
            assert tags[33550].value == GEO[0][3] and tags[33922].value == GEO[1][3]
            assert "BAND" in tags[42112].value and "STATISTICS" not in tags[42112].value


def geo(picture):
    return {code: value for code, _, _, value in picture.metadata.scale.geo}


@pytest.mark.parametrize("is_point", [False, True])
def test_parts_and_other_sizes_stay_in_their_place(tmp_path, is_point):
    """A place on the ground that a pixel has before and after."""
    keys = (1, 1, 0, 1, 1025, 0, 1, 2 if is_point else 1)
    tifffile.imwrite(tmp_path / "a.tif", PIXELS, extratags=[*GEO, (34735, "H", 8, keys, True)], metadata=None)
    whole = read(tmp_path / "a.tif")
    part = cropped(whole, slice(4, 20), slice(6, 30))
    assert geo(part)[33922][:2] == (-6, -4) and geo(part)[33550] == (0.5, 0.25, 0)
    half = resize(whole, 12, 20)
    assert geo(half)[33550] == (1.0, 0.5, 0)
    # The left border of pixel 0 is half a pixel before its middle, and stays where it was.
    shift = 0.5 if is_point else 0
    x = geo(half)[33922]
    border = x[3] + (-shift - x[0]) * geo(half)[33550][0]
    assert border == pytest.approx(500000 - shift * 0.5)
    matrix = (0.5, 0, 0, 500000, 0, -0.25, 0, 5000000, 0, 0, 0, 0, 0, 0, 0, 1)
    scale = Scale(geo=((34264, 12, 16, matrix), (34735, 3, 8, keys)))
    moved = scale.of_part(4, 6).geo[0][3]
    assert moved[3] == 500003 and moved[7] == 4999999
    large = scale.of_size((24, 40), (48, 80)).geo[0][3]
    assert large[0] == 0.25 and large[3] - shift * large[0] == pytest.approx(500000 - shift * 0.5)


def test_resizing_changes_and_cropping_keeps_the_density():
    picture = Picture(PIXELS, metadata=Metadata(scale=Scale((300, 300), "inch")))
    assert resize(picture, 48, 20).metadata.scale.density == (150, 600)
    assert cropped(picture, slice(1, 9), slice(2, 9)).metadata.scale.density == (300, 300)
    assert Scale((300, 100), "inch").turned(6).density == (100, 300)


def test_what_is_laid_onto_a_picture_has_its_scale():
    reference = Picture(PIXELS, metadata=Metadata(scale=Scale((2, 2), "um")))
    moving = Picture(PIXELS, metadata=Metadata(scale=Scale((9, 9), "um")))
    laid, _ = warp(moving, Transform(np.eye(3), (24, 40), (24, 40)), reference)
    assert laid.metadata.scale == Scale((2, 2), "um")


def test_strip_leaves_out_the_place_on_the_ground_and_keeps_the_size_of_a_pixel():
    picture = Picture(PIXELS, metadata=Metadata(scale=Scale((2, 2), "um", geo=((33550, 12, 3, (1.0, 1.0, 0.0)),))))
    assert stripped(picture).metadata.scale == Scale((2, 2), "um")


def test_a_scale_that_says_nothing_is_none(tmp_path):
    for name, picture in (("a.png", Image.fromarray(PIXELS)), ("a.jpg", Image.fromarray(PIXELS))):
        picture.save(tmp_path / name)
        assert read(tmp_path / name).metadata.scale is None
    tifffile.imwrite(tmp_path / "a.tif", PIXELS)
    assert read(tmp_path / "a.tif").metadata.scale is None


def test_exif_of_a_camera_gets_the_new_resolution_and_keeps_the_rest(tmp_path):
    exif = Image.Exif()
    exif[271], exif[282], exif[283], exif[296] = "A maker", 72.0, 72.0, 2
    Image.fromarray(PIXELS).save(tmp_path / "a.webp", exif=exif)
    picture = read(tmp_path / "a.webp")
    write(tmp_path / "b.webp", resize(picture, 12, 20))
    with Image.open(tmp_path / "b.webp") as seen:
        assert (seen.getexif()[282], seen.getexif()[271]) == (36, "A maker")
    assert with_resolution(b"no EXIF", 1, 1, 2) == b"no EXIF" and with_software(b"no EXIF", "x")


def test_phones_name_pictures_that_the_result_does_not_hold(tmp_path):
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description hdrgm:Version="1.0" xmpNote:HasExtendedXMP="A1" '
        b'GPano:CroppedAreaImageWidthPixels="40" GPano:CroppedAreaImageHeightPixels="24" dc:title="kept">'
        b"<Container:Directory><rdf:Seq><rdf:li><Container:Item Item:Length='9'/></rdf:li></rdf:Seq>"
        b"</Container:Directory><dc:subject>roses</dc:subject></rdf:Description></x:xmpmeta>"
    )
    clean = kept_xmp(xmp)
    assert b"hdrgm" not in clean and b"Container" not in clean and b"HasExtended" not in clean
    assert b'dc:title="kept"' in clean and b"<dc:subject>roses</dc:subject></rdf:Description>" in clean
    whole, part = (
        signed(Picture(pixels, metadata=Metadata(xmp=clean)), "x").metadata.xmp for pixels in (PIXELS, PIXELS[1:])
    )
    assert b"GPano" in whole and b"GPano" not in part and b"roses" in part


def test_the_picture_of_a_slice_has_the_size_of_its_voxels():
    from aefusion.medical.grid import Grid
    from aefusion.medical.square import as_picture, picture_scale

    grid = Grid((40, 24, 3), np.diag([0.5, 1.0, 4.0, 1.0]))
    picture = as_picture(grid.upright(PIXELS), grid)
    scale = picture_scale(picture.shape, grid)
    assert scale and scale.unit == "mm"
    height, width = picture.shape[:2]
    assert sorted([width / scale.density[0], height / scale.density[1]]) == [pytest.approx(20), pytest.approx(24)]
