"""Thermal pictures as they come from cameras in use: dead pixels, closed shutters, areas without data."""

import warnings

import numpy as np
import pytest

from aefusion import Fuser, fuse, fuse_stack
from aefusion.fusion.folders import fuse_folders
from aefusion.image import Picture, write
from aefusion.image.dead_pixels import cleaned
from aefusion.image.thermal import display_ranges, looks_thermal, shown, unused_range

H, W = 48, 64
BODY = np.s_[20:28, 28:36]
VISIBLE = np.clip(np.add.outer(np.linspace(40, 200, H), 20 * np.sin(np.arange(W) / 6)), 0, 255).astype(np.uint8)
FUSER = Fuser()


def counts(low=7000, body=8200) -> np.ndarray:
    """A sensor of 14 bits: a background from ``low`` to ``low`` + 600, and a hot body of 8 x 8 pixels."""
    noise = np.random.default_rng(1).normal(0, 4, (H, W))
    values = low + 300 * np.add.outer(np.linspace(0, 1, H), np.linspace(0, 1, W)) + noise
    values[BODY] = body
    return np.rint(values).astype(np.uint16)


def saturated(t):
    t[4:12, 6:16] = 16383


def dead_column(t):
    t[:, 5] = 0


def telemetry_of_zeros(t):
    t[-1] = 0


def telemetry(t):
    t[-2:] = np.random.default_rng(2).integers(0, 65536, (2, W))


def many_dead(t):
    t.reshape(-1)[np.random.default_rng(3).choice(t.size, 36, replace=False)] = 0


def stuck(t):
    t[3, 3], t[40, 50] = 65535, 900


FAULTS = [saturated, dead_column, telemetry_of_zeros, telemetry, many_dead, stuck]


def body_and_beside(fused: np.ndarray) -> tuple[float, float]:
    gray = fused.astype(float) / (257 if fused.dtype == np.uint16 else 1)
    around = gray[14:34, 22:42].copy()
    around[5:15, 5:15] = np.nan
    return gray[21:27, 29:35].mean(), np.nanmean(around)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_hot_body_stays_hot_whatever_a_few_pixels_say(fault):
    good, thermal = counts(), counts()
    fault(thermal)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        body, beside = body_and_beside(FUSER(VISIBLE, thermal))
        as_it_should_be, _ = body_and_beside(FUSER(VISIBLE, good))
    assert body > 200 and body > beside + 80 and abs(body - as_it_should_be) < 5
    assert all("filled from the neighbours" in str(one.message) for one in told)
    assert bool(told) == (fault is not saturated)


def test_dead_pixels_are_filled_and_a_small_hot_target_is_not():
    thermal = counts()
    sound = thermal.copy()
    thermal[5, 5] = thermal[5, 6] = 0
    thermal[30, 10] = 12000  # a person far away
    thermal[:, 50] = 65535
    pixels, empty, filled = cleaned(thermal)
    assert filled == 2 + H and empty is None and pixels[30, 10] == 12000
    wrong = np.zeros((H, W), bool)
    wrong[5, 5] = wrong[5, 6] = True
    wrong[:, 50] = True
    assert np.abs(pixels[wrong].astype(int) - sound[wrong]).max() < 30
    np.testing.assert_array_equal(pixels[~wrong], thermal[~wrong])
    celsius = sound.astype(np.float32) / 100
    celsius[7, 7], celsius[0, 0] = np.nan, -np.inf
    pixels, empty, filled = cleaned(celsius)
    assert filled == 2 and empty is None and np.isfinite(pixels).all()
    np.testing.assert_allclose(pixels[7, 7], sound[7, 7] / 100, atol=0.2)


def test_a_wide_area_without_data_shows_the_other_source():
    thermal = counts()
    thermal[:, :20] = 0  # as a warped picture has it
    visible = Picture(VISIBLE)
    (display,) = display_ranges("auto", [[Picture(thermal)]], "b")
    assert display[0] >= 7000
    picture = shown(Picture(thermal), display)
    assert not picture.alpha[:, :19].any() and picture.alpha[:, 21:].all()
    fused = FUSER(VISIBLE, thermal)
    alone = FUSER(VISIBLE, VISIBLE.astype(np.uint16) * 257)
    np.testing.assert_allclose(fused[:, :12].astype(int), alone[:, :12], atol=300)
    assert visible.alpha is None and body_and_beside(fused)[0] > 200


@pytest.mark.parametrize("blank", [0, 3])
@pytest.mark.parametrize("level", [0, 7900])
def test_a_closed_shutter_decides_for_no_folder(tmp_path, blank, level):
    for i in range(4):
        for side, pixels in (("visible", VISIBLE), ("thermal", counts() if i != blank else np.full((H, W), level))):
            (tmp_path / side).mkdir(exist_ok=True)
            write(tmp_path / side / f"{i}.png", Picture(pixels.astype(VISIBLE.dtype if side == "visible" else "u2")))
    folders = fuse_folders(tmp_path / "visible", tmp_path / "thermal", tmp_path / "out", fuser=FUSER)
    assert folders.displays[1] == pytest.approx((7009, 8200), abs=2)
    for fused in folders:
        from aefusion import read

        body, beside = body_and_beside(read(fused.output).pixels)
        if fused.name != str(blank):
            assert body > 200 and beside < 150


def test_most_pictures_of_a_set_decide_and_not_the_first():
    rows = np.linspace(0, 60000, H * W).reshape(H, W).astype(np.uint16)
    thermal, other = Picture(counts()), Picture(rows)
    assert display_ranges("auto", [[other, thermal, thermal]], "b")[0] is not None
    assert display_ranges("auto", [[thermal, other, other, other]], "b") == [None]
    assert display_ranges("auto", [[Picture(np.zeros((4, 4), np.uint16))]], "b") == [None]
    shutter = Picture(np.full((H, W), 9000, np.uint16))
    assert display_ranges("auto", [[shutter, thermal, shutter]], "b")[0][1] < 8300


def test_the_set_bears_a_dead_pixel():
    thermal = counts()
    expected = float(thermal.min()), float(thermal.max())
    thermal[3, 3], thermal[10, 60] = 0, 65535
    assert display_ranges("set", [[Picture(thermal)]], "b") == [expected]


def test_eight_bits_in_sixteen_are_no_counts():
    hazy = np.linspace(140, 165, H * W).reshape(H, W).astype(np.uint16)
    assert looks_thermal(140 * 257, 165 * 257)
    for step in (256, 257):
        assert display_ranges("auto", [[Picture(hazy * step)]], "b") == [None]


def test_gray_that_uses_less_than_half_of_its_range_is_warned_of():
    fourteen = np.linspace(0, 16383, H * W).reshape(H, W).astype(np.uint16)
    with pytest.warns(UserWarning, match=r"b: its values, 0 to 16383, are a small part .* `range=.0, 16383.`"):
        fuse(VISIBLE, fourteen, method="average")
    fourteen[3, 3] = 65535
    assert "a small part" in unused_range(Picture(fourteen))
    assert not unused_range(Picture(fourteen * 4)) and not unused_range(Picture(VISIBLE))


def test_a_stack_of_counts_is_warned_of_and_a_dark_exposure_is_not():
    rows = np.linspace(0, 60000, H * W).reshape(H, W).astype(np.uint16)
    wrong = r"its values, 0 to 15000, are a small part of 0 to 65535: `range=\(0, 16383\)` stretches them"
    with pytest.warns(UserWarning, match=wrong):
        fuse_stack([rows // 4, rows // 4], kind="exposure")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fuse_stack([rows // 4, rows], kind="exposure")
