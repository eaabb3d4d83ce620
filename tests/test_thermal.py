"""Thermal pictures: display ranges, radiometric files, and that hot stays hot."""

import warnings

import cv2
import numpy as np
import pytest
import tifffile
from calls import Preparation
from flir_file import CAMERA, OFFSET, PHOTOGRAPH, PLACE, R1, R2, RAW, B, F, flir_jpeg

from aefusion import Fuser, fuse
from aefusion.files import FileError
from aefusion.fusion.fuser import read_sources
from aefusion.image import Picture, read, read_both, write
from aefusion.image.colour import luminance
from aefusion.image.planck import Camera, celsius
from aefusion.image.thermal import BLACK, display_range, looks_thermal, stretch

rng = np.random.default_rng(5)


def scene(height=60, width=80) -> tuple[np.ndarray, np.ndarray]:
    """Temperatures from 15 to 25 degrees with a spot of 70, and a photograph that shows nothing of it."""
    y, x = np.mgrid[:height, :width]
    celsius = 20 + 5 * np.sin(x / 9) * np.cos(y / 7)
    celsius[20:30, 50:60] = 70
    photograph = np.dstack([np.full((4 * height, 4 * width), level, np.uint8) for level in (90, 110, 130)])
    photograph[:: 4 * height // 12] = 40
    return celsius.astype(np.float32), photograph


@pytest.fixture
def flir(tmp_path):
    path = tmp_path / "flir.jpg"
    path.write_bytes(flir_jpeg(*scene()))
    return path


def test_percentiles_ignore_a_dead_pixel_and_the_set_does_not():
    pictures = [rng.integers(3000 + i, 3400, (120, 160)).astype(np.uint16) for i in range(3)]
    pictures[1][5, 5] = 65535
    low, high = display_range(iter(pictures))
    assert 3000 <= low < 3003 and 3396 < high < 3400
    assert display_range(pictures, "set") == (3000, 65535)
    assert display_range([np.full((3, 3), 7.0)]) == (6.5, 7.5)
    with pytest.raises(ValueError, match="needs a picture"):
        display_range([])


def test_stretching_keeps_the_order_of_temperatures():
    celsius = rng.uniform(-40, 120, 500).reshape(20, 25)
    shown = stretch(celsius, -10, 60)
    inside = (celsius > -10) & (celsius < 60)
    np.testing.assert_allclose(shown[inside], BLACK + (celsius[inside] + 10) / 70 * (65535 - BLACK), atol=1)
    assert (shown[celsius <= -10] == BLACK).all() and (shown[celsius >= 60] == 65535).all()


@pytest.mark.parametrize("wrong", [(60, 20), (20, 20), (float("nan"), 3)])
def test_ranges_the_wrong_way_round(wrong):
    with pytest.raises(ValueError, match="the lower value first"):
        stretch(np.zeros((2, 2)), *wrong)
    with pytest.raises(ValueError, match="the lower value first"):
        Preparation(range=wrong)
    with pytest.raises(ValueError, match="expected auto, set, or two values"):
        Preparation(range="all")  # pyright: ignore


def test_photographs_of_sixteen_bits_stay_as_they_are(photographs):
    gray = photographs[0].astype(np.uint16) * 257
    for photograph in (gray, gray // 9, 40000 + gray // 3, 50000 + np.minimum(gray // 4, 15535)):
        assert not looks_thermal(*display_range([photograph]))
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            (prepared, _) = Preparation()([Picture(photograph), Picture(photograph)], "ab")
        assert prepared.pixels is photograph
        # What uses less than half of the range is warned of, and nothing else.
        assert ["small part" in str(one.message) for one in told] == [True] * (0 if photograph is gray else 2)
    colour = np.dstack([3000 + gray // 64] * 3)
    with pytest.warns(UserWarning, match="small part"):
        (prepared, _) = Preparation()([Picture(colour), Picture(colour)], "ab")
    assert prepared.pixels is colour


def test_raw_counts_are_stretched_and_given_ranges_are_obeyed(photographs, tmp_path):
    thermal = 12500 + photographs[1].astype(np.uint16) * 20
    write(tmp_path / "t.tif", Picture(thermal))
    visible = Picture(photographs[0])
    for choice, low, high in (
        ("auto", *display_range([thermal])),
        ("set", 12500 + 20 * int(photographs[1].min()), 17600),
    ):
        _, prepared = Preparation(range=choice)([visible, Picture(thermal)], "ab")
        np.testing.assert_array_equal(prepared.pixels, stretch(thermal, low, high))
    fixed = Preparation(range=(13000, 15000))([visible, read(tmp_path / "t.tif")], "ab")
    assert fixed[0] is visible
    np.testing.assert_array_equal(fixed[1].pixels, stretch(thermal, 13000, 15000))
    with pytest.raises(ValueError, match="range: neither 16-bit gray nor of a thermal camera: a, b"):
        Preparation(range=(1, 2))([visible, visible], ["a", "b"])


def test_a_set_has_one_range(photographs):
    cold, warm = (level + photographs[1].astype(np.uint16) // 2 for level in (7000, 7300))
    prepare = Preparation(range="set").for_set([[], [Picture(cold), Picture(warm)]], ["a", "b"])
    assert prepare.displays == (None, (float(cold.min()), float(warm.max())))
    one, other = (prepare([Picture(photographs[0]), Picture(x)], "ab")[1].pixels.astype(int) for x in (cold, warm))
    expected = 300 / (float(warm.max()) - float(cold.min())) * (65535 - BLACK)
    np.testing.assert_allclose(other - one, expected, atol=1)


def test_the_temperatures_of_a_radiometric_file(flir):
    expected, _ = scene()
    picture = read(flir, measured=True)
    assert picture.measured and picture.pixels.dtype == np.float32
    # One count is the seventieth part of a degree or less here.
    np.testing.assert_allclose(picture.pixels, expected, atol=0.02)
    assert read(flir).pixels.shape == (60, 80, 3)  # the picture that the camera made


@pytest.mark.parametrize(("offset", "real2ir"), [((0, 0), 1.25), ((14, -9), 1.25), ((-30, 5), 1.6), ((60, 0), 1.0)])
def test_both_pictures_lie_where_the_file_says(tmp_path, offset, real2ir):
    celsius, visible = scene()
    # The photograph shows the spot, drawn where the file's numbers put it.
    scale = visible.shape[1] / real2ir / celsius.shape[1]
    left = visible.shape[1] / 2 + offset[0] - scale * celsius.shape[1] / 2
    top = visible.shape[0] / 2 + offset[1] - scale * celsius.shape[0] / 2
    x, y = (round(left + 50 * scale), round(left + 60 * scale)), (round(top + 20 * scale), round(top + 30 * scale))
    visible[:] = 100
    visible[y[0] : y[1], x[0] : x[1]] = 250
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(celsius, visible, real2ir, offset))
    photograph, thermal = read_both(tmp_path / "f.jpg")
    assert photograph.pixels.shape[:2] == thermal.pixels.shape and thermal.measured
    seen, hot = luminance(photograph.pixels) > 0.7, thermal.pixels > 47
    assert (seen & hot).sum() / (seen | hot).sum() > 0.9


def test_a_padded_photograph_loses_its_black_frame(tmp_path):
    celsius, visible = scene()
    padded = np.pad(visible[24:-24, 32:-32], ((24, 24), (32, 32), (0, 0)))
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(celsius, padded, 1.0))
    photograph, _ = read_both(tmp_path / "f.jpg")
    assert photograph.pixels.shape[1] == 256 and photograph.pixels.shape[0] == 192
    dark = np.zeros_like(visible)
    dark[3:100, 5:90] = 90  # a night picture: light only in one corner
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(celsius, dark, 1.0))
    assert read_both(tmp_path / "f.jpg")[0].pixels.shape == visible.shape


@pytest.mark.parametrize("method", [None, "lp"])
def test_hot_stays_hot(flir, tmp_path, method):
    fused = Fuser(method=method).file([flir], tmp_path / "out.png", range=(15, 70), colour="gray")
    assert fused.pixels.shape == (192, 256) and fused.pixels.dtype == np.uint16
    hot = cv2.resize(scene()[0], (256, 192), interpolation=cv2.INTER_LINEAR) > 60
    assert fused.pixels[hot].mean() > 1.3 * np.percentile(fused.pixels[~hot], 99)


def test_a_file_of_both_is_turned_upright_once(tmp_path):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = 6, "Thermal camera"
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    celsius, visible = scene()
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(celsius, visible, exif=block))
    (tmp_path / "g.jpg").write_bytes(flir_jpeg(celsius, visible))
    for turned, stored in zip(read_both(tmp_path / "f.jpg"), read_both(tmp_path / "g.jpg"), strict=True):
        np.testing.assert_array_equal(turned.pixels, np.rot90(stored.pixels, -1))
    Fuser(method="average").file([tmp_path / "f.jpg"], tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.size == (192, 256) and out.getexif()[0x0112] == 1 and out.getexif()[0x0110] == "Thermal camera"


@pytest.mark.parametrize(
    ("without", "wrong"),
    [
        ((RAW,), "f.jpg: holds FLIR data but no temperatures"),
        ((CAMERA,), "f.jpg: holds FLIR data but no temperatures"),
        ((PHOTOGRAPH,), "f.jpg: this FLIR file holds no visible photograph: give"),
        ((PLACE,), "f.jpg: this FLIR file does not state where its photograph lies"),
    ],
)
def test_flir_files_that_hold_less(tmp_path, without, wrong):
    path = tmp_path / "f.jpg"
    path.write_bytes(flir_jpeg(*scene(), without=without))
    with pytest.raises(FileError, match=wrong) as caught:
        Fuser().file([path], tmp_path / "out.png")
    assert "\n" not in str(caught.value) and not (tmp_path / "out.png").exists()


def test_files_that_are_no_pair(flir, tmp_path, photographs):
    write(tmp_path / "a.jpg", Picture(photographs[0]))
    with pytest.raises(FileError, match=r"a\.jpg: one source, and no radiometric FLIR JPEG"):
        Fuser().file([tmp_path / "a.jpg"], tmp_path / "out.png")
    data = flir.read_bytes()
    for end in (len(data) // 2, len(data) - 40):
        (tmp_path / "cut.jpg").write_bytes(data[:end])
        with pytest.raises(FileError, match=r"cut\.jpg: the JPEG is cut off"):
            Fuser().file([tmp_path / "cut.jpg"], tmp_path / "out.png")
    (tmp_path / "far.jpg").write_bytes(flir_jpeg(*scene(), offset=(5000, 0)))
    with pytest.raises(FileError, match="leave nothing that both show"):
        read_both(tmp_path / "far.jpg")
    (tmp_path / "camera.jpg").write_bytes(flir_jpeg(*scene(), without=(RAW,)))
    with pytest.warns(UserWarning, match=r"camera\.jpg: a FLIR file without temperatures"):
        assert not read(tmp_path / "camera.jpg", measured=True).measured


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.int32])
def test_tiffs_of_temperatures(tmp_path, dtype, photographs):
    celsius = rng.uniform(-20, 80, (40, 50)).astype(dtype)
    tifffile.imwrite(tmp_path / "t.tif", celsius)
    with pytest.raises(FileError):
        read(tmp_path / "t.tif")
    (picture,) = read_sources([tmp_path / "t.tif", tmp_path / "t.tif"])[:1]
    assert picture.measured
    np.testing.assert_array_equal(picture.pixels, celsius.astype(np.float32))
    fused = fuse(tmp_path / "t.tif", tmp_path / "t.tif", method="average", range=(0, 50))
    np.testing.assert_allclose(fused, stretch(celsius, 0, 50), atol=1)
    celsius = celsius.astype(np.float32)
    celsius[3, 3] = np.nan
    tifffile.imwrite(tmp_path / "t.tif", celsius)
    with pytest.warns(UserWarning, match=r"t\.tif: 1 pixel without data filled from the neighbours"):
        picture = read(tmp_path / "t.tif", measured=True)
    assert picture.measured and picture.alpha is None and np.isfinite(picture.pixels).all()
    around = celsius[2:5, 2:5]
    assert picture.pixels[3, 3] == pytest.approx(np.nanmean(around), abs=1e-3)


def test_reflections_air_and_window_are_taken_away():
    camera = Camera(0.8, 5, 300, 290, 295, 0.9, 0.5, R1, B, F, 0.006569, 0.01262, -0.002276, -0.00667, 1.9, OFFSET, R2)
    through = camera.transmission()
    assert 0.9 < through < 1
    seen = [
        0.9
        * (
            through * (0.8 * camera.counted(t + 273.15) + 0.2 * camera.counted(300))
            + (1 - through) * camera.counted(290)
        )
        + 0.1 * camera.counted(295)
        for t in (-10.0, 20.0, 90.0)
    ]
    np.testing.assert_allclose(celsius(np.array([seen]), camera), [[-10, 20, 90]], atol=1e-4)


@pytest.mark.parametrize("stored", ["png", "swapped", "ycbcr"])
def test_the_ways_in_which_files_store_their_pictures(tmp_path, stored):
    values, visible = scene()
    visible[:] = (200, 60, 30)
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(values, visible, stored=stored))
    photograph, thermal = read_both(tmp_path / "f.jpg")
    assert 69 < thermal.pixels.max() < 71 and 14 < thermal.pixels.min() < 16
    np.testing.assert_allclose(photograph.pixels.reshape(-1, 3).mean(0), (200, 60, 30), atol=3)


@pytest.mark.data
def test_real_radiometric_files(shared, tmp_path):
    folder = shared / "data" / "odd" / "thermal_16bit"
    # What this camera printed into its picture: 24.3 to 25.5 degrees, 25.1 in the mean.
    celsius = read(folder / "flir_ax8" / "radiometric.jpg", measured=True).pixels
    assert celsius.shape == (60, 80)
    assert [celsius.min(), celsius.max(), celsius.mean()] == pytest.approx([24.3, 25.5, 25.1], abs=0.1)
    cup = folder / "flir_cup" / "radiometric.jpg"
    raw = cv2.imread(str(folder / "flir_cup" / "thermal16.png"), cv2.IMREAD_UNCHANGED)
    celsius = read(cup, measured=True).pixels
    np.testing.assert_array_equal(np.argsort(celsius.ravel(), kind="stable"), np.argsort(raw.ravel(), kind="stable"))
    fused = Fuser().file([cup], tmp_path / "cup.png", colour="gray").pixels
    hot = read_both(cup)[1].pixels
    assert fused[hot > 55].mean() > np.percentile(fused[hot < 30], 99)
