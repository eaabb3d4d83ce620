"""Heat in colours: palettes, the bar, and what lies under them."""

import cv2
import numpy as np
import pytest
from flir_file import fff, flir_jpeg

from aefusion import Fuser, fuse_folders, fuse_video
from aefusion.cli import main
from aefusion.image import Picture, read, write
from aefusion.image.palette import PALETTES, coloured, with_bar

H, W = 240, 320
Y, X = np.mgrid[:H, :W]
CELSIUS = np.float32(20 + np.random.default_rng(0).normal(0, 0.05, (H, W)))  # no camera is without noise
CELSIUS[:, W // 2 :] += 20
CELSIUS[80:120, 40:100] += 40
VISIBLE = np.full((H, W), 120, np.uint8)
VISIBLE[:, 200:204] = 220  # what only the photograph shows
FUSER = Fuser(method="lp")


@pytest.fixture
def pair(tmp_path):
    write(tmp_path / "v.png", Picture(VISIBLE))
    (tmp_path / "t.fff").write_bytes(fff(CELSIUS))
    return tmp_path / "v.png", tmp_path / "t.fff"


@pytest.mark.parametrize("palette", PALETTES)
def test_a_palette_gives_every_temperature_a_colour_of_its_own(palette):
    colours = coloured(np.linspace(0, 1, 64)[None], palette)[0].astype(int)
    assert colours.shape == (64, 3) and len({tuple(colour) for colour in colours}) == 64
    beyond = coloured(np.array([[-1.0, 2.0]]), palette)[0]
    np.testing.assert_array_equal(beyond, colours[[0, -1]])


@pytest.mark.parametrize("palette", PALETTES)
def test_the_colour_in_the_picture_is_that_beside_the_temperature_in_the_bar(pair, tmp_path, palette):
    fused = FUSER.file(pair, tmp_path / "out.png", palette=palette, range=(20, 60))
    pixels = read(tmp_path / "out.png").pixels
    assert pixels.dtype == np.uint8 and pixels.shape[0] == H and pixels.shape[1] > W + 40
    assert (fused.width, fused.height) == pixels.shape[1::-1]
    for (y, x), celsius in (((200, 40), 20), ((200, 290), 40), ((100, 70), 60)):
        expected = coloured(np.array([[(celsius - 20) / 40]]), palette)[0, 0]
        assert np.abs(pixels[y, x].astype(int) - expected).max() <= 10, (palette, celsius)
    bar = pixels[:, W + 8].astype(int)
    for share in (0, 0.5, 1):
        assert np.abs(bar - coloured(np.array([[share]]), palette)[0, 0]).max(axis=1).min() <= 3


def test_the_detail_of_the_photograph_lies_over_the_colours(pair, tmp_path):
    FUSER.file(pair, tmp_path / "out.png", palette="iron", range=(20, 60))
    pixels = cv2.cvtColor(read(tmp_path / "out.png").pixels[:, :W], cv2.COLOR_RGB2GRAY).astype(int)
    assert pixels[:, 201:203].mean() > pixels[:, 240:260].mean() + 25


def test_the_range_is_in_the_metadata(pair, tmp_path):
    from PIL import Image

    FUSER.file(pair, tmp_path / "out.jpg", palette="rainbow", range=(20, 60))
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.getexif()[305].endswith("v.png + t.fff, rainbow for b from 20 to 60 degrees Celsius")
    FUSER.file(pair, tmp_path / "out.jpg", palette="rainbow", strip=True)
    with Image.open(tmp_path / "out.jpg") as out:
        assert 305 not in out.getexif()


def test_no_heat_is_drawn_where_none_was_measured(tmp_path):
    counts = np.rint(100 * (CELSIUS + 273.15)).astype(np.uint16)
    counts[:60] = 0
    write(tmp_path / "v.png", Picture(np.dstack([VISIBLE] * 3)))
    write(tmp_path / "t.png", Picture(counts))
    FUSER.file([tmp_path / "v.png", tmp_path / "t.png"], tmp_path / "out.png", palette="iron")
    pixels = read(tmp_path / "out.png").pixels[:, :W].astype(int)
    assert np.ptp(pixels[:55], axis=2).max() <= 3 and np.ptp(pixels[200:], axis=2).min() > 20


def test_infrared_without_temperatures_is_drawn_in_gray_levels(tmp_path):
    from PIL import Image

    infrared = np.rint((CELSIUS - 20) * 6).astype(np.uint8)
    write(tmp_path / "v.png", Picture(np.dstack([VISIBLE, VISIBLE // 2, VISIBLE])))
    write(tmp_path / "i.png", Picture(infrared))
    FUSER.file([tmp_path / "v.png", tmp_path / "i.png"], tmp_path / "out.png", palette="iron")
    with Image.open(tmp_path / "out.png") as out:
        assert "iron for b from 0 to 255 gray levels" in out.getexif()[305]
    write(tmp_path / "w.png", read(tmp_path / "v.png"))
    colour = [tmp_path / "v.png", tmp_path / "w.png"]
    with pytest.raises(ValueError, match=r"`palette`: neither thermal nor gray: .*v\.png, .*w\.png: leave it out"):
        FUSER.file(colour, tmp_path / "out.png", palette="iron")
    with pytest.raises(ValueError, match="palette 'hot': expected iron, arctic, rainbow, gray"):
        FUSER.file(colour, tmp_path / "out.png", palette="hot")


def test_folders_have_one_scale(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    for i in range(2):
        write(tmp_path / "a" / f"{i}.png", Picture(VISIBLE))
        (tmp_path / "b" / f"{i}.jpg").write_bytes(flir_jpeg(CELSIUS + 10 * i, VISIBLE[..., None].repeat(3, 2)))
    results = list(fuse_folders(tmp_path / "a", tmp_path / "b", tmp_path / "out", palette="gray", fuser=FUSER))
    assert [one.status for one in results] == ["fused", "fused"]
    assert results[0].ranges == results[1].ranges
    cold, warm = (read(one.output).pixels[200, 40, 0] for one in results)
    assert int(warm) - int(cold) == pytest.approx(255 * 10 / 50, abs=4)


@pytest.mark.parametrize(("height", "width"), [(20, 30), (48, 64), (512, 640), (2000, 3000)])
def test_the_bar_fits_pictures_of_any_size(height, width):
    out = with_bar(np.zeros((height, width, 3), np.uint8), -12.5, 1250, "degrees Celsius", "iron")
    assert out.shape[0] == height and 40 <= out.shape[1] - width < max(110, height / 3)
    assert (out[:, :width] == 0).all() and out[:, width:].max() > 200


def test_the_palette_at_the_command_line(pair, tmp_path, capsys):
    words = ["fuse", *pair, "-o", tmp_path / "out.png", "--palette", "iron", "--method", "lp"]
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert ended.value.code == 0 and "degrees Celsius" in capsys.readouterr().out
    assert read(tmp_path / "out.png").pixels.shape[1] > W


def test_a_video_is_drawn_as_a_picture_is(pair, tmp_path, capsys):
    """Frames of a folder as those of a file: the same colours, and the bar."""
    for side, source in zip("vt", pair, strict=True):
        (tmp_path / side).mkdir()
        for i in range(3):
            (tmp_path / side / f"{i}{source.suffix}").write_bytes(source.read_bytes())
    right = FUSER.file(pair, tmp_path / "one.png", palette="iron", range=(20, 60)).pixels
    sources, options = [str(tmp_path / side) for side in "vt"], ["--palette", "iron", "--method", "lp"]
    with pytest.raises(SystemExit):
        main(["video", *sources, "-o", str(tmp_path / "f"), *options, "--range", "20", "60", "--format", "jpg"])
    assert f"3 frames of {right.shape[1]}x240" in (said := capsys.readouterr().out) and "8 bit, jpg" in said
    assert np.abs(read(tmp_path / "f" / "1.jpg").pixels.astype(int) - right).mean() < 3
    video = fuse_video(*sources, tmp_path / "f.mkv", palette="iron", range=(20, 60), method="lp")
    capture = cv2.VideoCapture(str(tmp_path / "f.mkv"))
    frame = capture.read()[1][..., ::-1][: right.shape[0], : right.shape[1]].astype(int)
    assert (video.width, video.height) == right.shape[1::-1] and np.abs(frame - right).mean() < 5


def test_counts_in_pictures_of_eight_bits_are_told_as_eight_bits(tmp_path):
    for side, dtype in (("a", np.uint8), ("b", np.uint16)):
        (tmp_path / side).mkdir()
        write(tmp_path / side / "1.png", Picture((7000 + 4 * X if dtype == np.uint16 else X // 2).astype(dtype)))
    for suffix, bits in ((".jpg", 8), (".webp", 8), (".png", 16), (".tif", 16)):
        made = fuse_video(tmp_path / "a", tmp_path / "b", tmp_path / suffix[1:], suffix=suffix, method="max")
        assert made.bits == bits
