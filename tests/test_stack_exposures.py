"""Brackets whose dark and bright parts lie beside each other: what the exposures show there stays visible."""

import cv2
import numpy as np
import pytest

from aefusion import METHODS, fuse_stack
from aefusion.stack.weights import exposure_weight
from aefusion.transforms.within_range import within_range


def texture(shape: tuple[int, int], sigma: float, seed: int) -> np.ndarray:
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random(shape, np.float32), (0, 0), sigma)
    return (noise - noise.min()) / np.ptp(noise)


def bracket(light: np.ndarray, stops: tuple[int, ...]) -> list[np.ndarray]:
    """Exposures of a scene in linear light, uint8 (H, W, 3)."""
    return [np.uint8(np.rint(255 * np.clip(light * 2.0**stop, 0, 1) ** (1 / 2.2))) for stop in stops]


@pytest.fixture(scope="module")
def ground() -> tuple[list[np.ndarray], tuple[slice, ...]]:
    """A narrow dark ground under a large bright sky, and where the ground is."""
    sky = (
        np.linspace(1.2, 0.5, 120)[:, None, None]
        * np.array([0.8, 0.9, 1])
        * (0.9 + 0.2 * texture((120, 180), 12, 0))[..., None]
    )
    dark = (0.15 + 0.85 * texture((120, 180), 1.5, 1))[..., None] * np.array([0.9, 0.8, 0.6]) * 0.02
    sky[101:] = dark[101:]
    return bracket(sky, (-2, 0, 2, 4)), np.s_[104:]


@pytest.fixture(scope="module")
def window() -> tuple[list[np.ndarray], tuple[slice, ...]]:
    """A small bright window in a dark room, and where the window is."""
    room = (0.3 + 0.7 * texture((120, 180), 2, 2))[..., None] * np.array([0.9, 0.75, 0.6]) * 0.05
    room[40:70, 70:110] = (texture((30, 40), 2, 3)[..., None] ** 2 * np.array([0.6, 0.8, 1]) + 0.05) * 4
    return bracket(room, (-4, -2, 0, 2, 4)), np.s_[42:68, 72:108]


def test_a_dark_ground_under_a_bright_sky_stays_visible(ground):
    stack, where = ground
    fused = fuse_stack(stack, kind="exposure").pixels
    best = stack[2][where].mean()  # 52
    assert 0.7 * best < fused[where].mean() < 2 * best
    assert (fused[where] < 1).mean() < 0.01
    assert fused[:90].mean() > 120  # the sky is as it was
    unlimited = fuse_stack(stack, kind="exposure", shadows=0).pixels
    assert unlimited[where].mean() < 0.6 * fused[where].mean()


def test_a_bright_window_in_a_dark_room_does_not_burn(window):
    stack, where = window
    fused = fuse_stack(stack, kind="exposure").pixels
    assert 130 < fused[where].mean() < 195
    assert (fused[where] > 254).mean() < 0.001
    means = [fuse_stack(stack, kind="exposure", highlights=how).pixels[where].mean() for how in (0, 0.4, 1)]
    assert means[0] > means[1] + 5 > means[2] + 10


def test_mertens_keeps_shadows_and_highlights_where_it_is_told_to(ground, window):
    for (stack, where), black, least, most in ((ground, 0.3, 45, 95), (window, 0.0, 130, 190)):
        grays = [np.float32(picture[..., 1]) / 255 for picture in stack]
        published, kept = METHODS["mertens"](*grays), METHODS["mertens"](*grays, shadows=0.7, highlights=0.7)
        assert ((published[where] <= 0) | (published[where] >= 1)).mean() >= max(black, 0.1)
        assert ((kept[where] <= 0) | (kept[where] >= 1)).mean() < 0.02
        assert least < 255 * kept[where].mean() < most


def test_contrast_may_not_count():
    """Structure that is 10 times as strong weighs 10 times as much, or not at all, or by that power."""
    board = np.float32(np.indices((16, 16)).sum(0) % 2 * 2 - 1)
    weak, strong = 0.5 + 0.001 * board, 0.5 + 0.01 * board
    for contrast in (0, 0.5, 1, 2):
        weighed = [float(exposure_weight(picture, contrast).mean()) for picture in (weak, strong)]
        assert weighed[1] - weighed[0] == pytest.approx(contrast * np.log(10), abs=0.01)


def test_a_picture_near_its_mean_is_not_changed():
    coarse = np.float32([[[0.4, 0.5, 0.6], [0.9, -0.4, 0.5]]])
    mean = np.float32([[[0.5, 0.5, 0.5], [0.6, 0.4, 0.5]]])
    limited = within_range(coarse, mean, 0.7, 0.7)
    assert np.array_equal(limited[0, 0], coarse[0, 0])
    part = (limited - mean)[0, 1, :2] / (coarse - mean)[0, 1, :2]
    assert part[0] == pytest.approx(part[1]) and limited[0, 1, 1] > 0.7 * 0.4 - 1e-3  # one part for all channels


@pytest.mark.parametrize("wrong", [{"shadows": 1.2}, {"highlights": -1}, {"contrast": 9}])
def test_what_is_out_of_range_is_said(wrong, ground):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"^`{name}={value}`: expected a number from 0 to"):
        fuse_stack(ground[0], **wrong)


def test_pyramids_take_their_base_from_what_is_well_exposed(ground, window):
    """The mean of a dark and a good exposure is too dark, that of a good and a white one too bright."""
    for (stack, where), (i, j), good in ((ground, (0, 2), 2), (window, (1, 4), 1)):
        a, b = (np.float32(stack[k][..., 1]) / 255 for k in (i, j))
        best = stack[good][where][..., 1].mean() / 255
        off = [abs(METHODS["lp"](a, b, base=base)[where].mean() - best) for base in ("mean", "exposed")]
        assert off[1] < 0.75 * off[0]
