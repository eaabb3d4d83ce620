"""What a series is one of, and that it is said why; what of a folder is taken."""

import cv2
import numpy as np
import pytest
from PIL import Image

from aefusion import fuse_stack, read
from aefusion.cli import main
from aefusion.image import Picture, write
from aefusion.image.metadata import signed
from aefusion.stack.expand import expand
from aefusion.stack.kind import by_pictures, one_sided

RNG = np.random.default_rng(4)
SHAPE = (60, 90)
SCENE = cv2.GaussianBlur(RNG.random(SHAPE).astype(np.float32), (0, 0), 2)
SCENE = (SCENE - SCENE.min()) / (SCENE.max() - SCENE.min())


def shown(light, dtype=np.uint8, white=None):
    """Light in [0, 1] as a camera shows it."""
    white = white or np.iinfo(dtype).max
    return np.clip(np.rint(np.clip(light, 0, 1) ** (1 / 2.2) * white), 0, white).astype(dtype)


def focus(count):
    """The scene, sharp in another part of each picture."""
    depth = np.linspace(0, count - 1, SHAPE[1])[None]
    fine = 0.5 * SCENE + 0.5 * RNG.random(SHAPE)
    blurred = cv2.GaussianBlur(fine, (0, 0), 2.5)
    return [np.where(np.abs(depth - i) < 0.5, fine, blurred) for i in range(count)]


def save(folder, pictures, exposures=None, bias=None):
    """JPEG files, with the exposure times and the biases that are given."""
    for i, pixels in enumerate(pictures):
        exif = Image.Exif()
        exif[271] = "A maker"
        if exposures:
            inner = exif.get_ifd(34665)
            inner[33434], inner[33437], inner[34855] = exposures[i], 8.0, 100
            inner[37380] = bias[i] if bias else 0.0
        Image.fromarray(pixels).save(folder / f"{i}.jpg", exif=exif, quality=95)
    return [folder / f"{i}.jpg" for i in range(len(pictures))]


def test_one_dark_picture_does_not_make_exposures_of_a_focus_stack(tmp_path):
    light = focus(5)
    light[3] = light[3] * 0.2  # the flash did not fire
    pictures = [shown(one) for one in light]
    with_exif = fuse_stack(save(tmp_path, pictures, [0.01] * 5))
    assert with_exif.kind == "focus" and with_exif.why == "all exposures are 1/100 s f/8 ISO 100"
    without = fuse_stack(pictures)
    assert without.kind == "focus" and without.why == "4 of 5 pictures are equally bright"


@pytest.mark.parametrize(
    ("steps", "exif"), [((-0.5, 0, 0.5), True), ((0, 1), True), ((0, 1), False), ((-2, 0, 2), False)]
)
def test_small_brackets_are_exposures(tmp_path, steps, exif):
    pictures = [shown((0.1 + 0.5 * SCENE) * 2.0**step) for step in steps]
    times = [0.01 * 2.0**step for step in steps]
    fused = fuse_stack(save(tmp_path, pictures, times, list(steps)) if exif else pictures)
    assert fused.kind == "exposure"
    assert ("exposures from 1/" if exif else "mean brightness from") in fused.why


def test_a_bracket_in_which_somebody_walks_is_one_of_exposures():
    lit = np.linspace(0.2, 0.9, SHAPE[1])[None, :] * np.ones(SHAPE) * 0.3
    pictures = []
    for i, step in enumerate((-2, 0, 2)):
        light = lit.copy()
        light[20:50, 15 + 22 * i : 27 + 22 * i] = 0.03
        pictures.append(shown(light * 2.0**step))
    assert fuse_stack(pictures).kind == "exposure"


def test_fluorescence_without_a_ground_is_focus():
    planes = np.zeros((5, *SHAPE))
    for _ in range(20):
        at, z = (int(RNG.integers(5, SHAPE[1] - 5)), int(RNG.integers(5, SHAPE[0] - 5))), int(RNG.integers(0, 4))
        spot = cv2.circle(np.zeros(SHAPE, np.float32), at, 2, float(RNG.uniform(300, 1500)), -1)
        for i in range(5):
            planes[i] += cv2.GaussianBlur(spot, (0, 0), 0.6 + 1.6 * abs(i - z)) * np.exp(-0.45 * abs(i - z))
    pictures = [Picture(np.clip(RNG.poisson(one + 3), 0, 4095).astype(np.uint16)) for one in planes]
    assert by_pictures(pictures).kind == "focus"


def test_a_focus_pair_that_flickers_by_a_third_is_focus():
    sharp_left, sharp_right = focus(2)
    assert fuse_stack([shown(0.5 * sharp_left), shown(0.8 * sharp_right)]).kind == "focus"


def test_one_sided():
    a = np.float32([[0.1, 0.2], [0.3, 0.4]])
    assert one_sided(a, a + 0.2) == pytest.approx(1) and one_sided(a, a[::-1]) == pytest.approx(0, abs=1e-6)


def test_the_command_says_what_and_why_and_how_else(tmp_path, capsys):
    paths = save(tmp_path, [shown(SCENE * gain) for gain in (0.2, 0.8)])
    with pytest.raises(SystemExit):
        main(["stack", *map(str, paths), "-o", str(tmp_path / "a.png"), "--json"])
    assert '"kind": "exposure", "why": "mean brightness' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["stack", *map(str, paths), "-o", str(tmp_path / "a.png")])
    assert "fused by exposure (mean brightness from" in (said := capsys.readouterr().out)
    assert "else give --kind focus)" in said


def test_an_earlier_result_is_left_out_and_said(tmp_path):
    pictures = [shown(one) for one in focus(3)]
    save(tmp_path, pictures)
    first = fuse_stack([tmp_path], tmp_path / "hdr.tif")
    with pytest.warns(UserWarning, match=r"hdr.tif: made by aefusion before, left out"):
        again = fuse_stack([tmp_path], tmp_path / "hdr2.tif")
    assert again.count == first.count == 3 and (again.pixels == first.pixels).all()


def test_results_alone_and_aligned_pictures_are_taken(tmp_path):
    for i, tag in enumerate(
        ("aefusion 0.1.0, focus, 3 pictures from a to b", "aefusion 0.1.0, focus, 3 pictures from c to d")
    ):
        write(tmp_path / f"{i}.png", signed(Picture(shown(SCENE)), tag))
    assert len(expand([tmp_path], pytest.fail)) == 2  # parts of a long series
    write(tmp_path / "2.png", signed(Picture(shown(SCENE)), "aefusion 0.1.0, a.jpg laid onto another"))
    told = []
    assert [path.name for path in expand([tmp_path], told.append)] == ["2.png"] and len(told) == 1


def test_orientation_flags_that_differ_are_one(tmp_path):
    pictures = [shown(one) for one in focus(3)]
    for i, (pixels, flag) in enumerate(zip(pictures, (1, 3, 6), strict=True)):
        exif = Image.Exif()
        exif[274] = flag
        Image.fromarray(pixels).save(tmp_path / f"{i}.png", exif=exif)
    with pytest.warns(UserWarning, match=r"orientation flags of the pictures differ \(1, 3, 6\): 1 is taken for all"):
        fused = fuse_stack([tmp_path], kind="focus")
    assert (fused.pixels == fuse_stack(pictures, kind="focus").pixels).all()


def test_one_orientation_is_obeyed(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    for i, pixels in enumerate(focus(2)):
        Image.fromarray(shown(pixels)).save(tmp_path / f"{i}.png", exif=exif)
    assert fuse_stack([tmp_path], kind="focus").pixels.shape == SHAPE[::-1]


def test_a_pixel_more_is_told_and_aligned(tmp_path):
    big = shown(0.2 + 0.6 * cv2.resize(RNG.random((96, 144)).astype(np.float32), (144, 96)))
    big = cv2.GaussianBlur(big, (0, 0), 1.5)
    for i, pixels in enumerate((big, big[:, :-1])):
        write(tmp_path / f"{i}.png", Picture(np.ascontiguousarray(pixels)))
    with pytest.raises(ValueError, match=r'0.png is 144x96, others are 143x96: .* `align="auto"`'):
        fuse_stack([tmp_path], kind="focus")
    fused = fuse_stack([tmp_path], kind="focus", align="auto")
    assert fused.pixels.shape in ((96, 143), (96, 144))


def test_jpeg_keeps_the_colour_of_each_pixel_from_90_on(tmp_path):
    stripes = np.full((32, 64, 3), (20, 20, 160), np.uint8)
    stripes[:, ::4] = (220, 20, 20)
    off = {}
    for quality in (89, 90):
        write(tmp_path / "a.jpg", Picture(stripes), quality)
        off[quality] = np.abs(read(tmp_path / "a.jpg").pixels.astype(float) - stripes).mean()
    assert off[90] < 6 < 20 < off[89]
