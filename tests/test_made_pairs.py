"""Pairs made from a photograph: the truth is the photograph, and each source has a part of it."""

import time

import cv2
import numpy as np
import pytest

from aefusion.evolution.made import made_focus as focus
from aefusion.evolution.made import recorded as record
from aefusion.evolution.made.camera_response import camera_response, gray_of, light_of
from aefusion.evolution.made.defocus import disc, gaussian
from aefusion.evolution.made.focus_mask import SHAPES, SHARE, distance, focus_mask
from aefusion.evolution.made.made_exposure import brightest, exposed, made_exposure, scene_light
from aefusion.evolution.made.made_focus import going_away, made_focus, two_distances
from aefusion.evolution.made.sharp_pictures import is_sharp, noise, sharp_pictures, sharpness
from aefusion.image import Picture, write

MAKERS = (made_focus, made_exposure)
LEVEL = 1 / 255


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """A sharp photograph, float32 (512, 512)."""
    from skimage import data

    return data.camera().astype(np.float32) / 255


@pytest.fixture(scope="module")
def crop(picture) -> np.ndarray:
    return np.ascontiguousarray(picture[100:228, 180:308])


@pytest.fixture
def clean(monkeypatch):
    """No noise in focus pairs, and no JPEG: what is left is rounding."""
    monkeypatch.setattr(focus, "NOISY_SHARE", 0)
    monkeypatch.setattr(record, "JPEG_SHARE", 0)


@pytest.mark.parametrize("maker", MAKERS)
def test_the_same_seed_makes_the_same_pair(maker, crop):
    one, same, other = (maker(crop, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert all(np.array_equal(x, y) for x, y in zip(one, same, strict=True))
    assert not np.array_equal(one.a, other.a) and not np.array_equal(one.b, other.b)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("shape", [(128, 128), (97, 160), (40, 33)])
def test_three_gray_pictures_of_the_size_asked_for(maker, shape, picture):
    photograph = picture[100 : 100 + shape[0], 150 : 150 + shape[1]].copy()
    before = photograph.copy()
    for seed in range(24):
        made = maker(photograph, np.random.default_rng(seed))
        assert made.truth is photograph and np.array_equal(photograph, before)
        for part in made:
            assert part.dtype == np.float32 and part.shape == shape
            assert part.min() >= 0 and part.max() <= 1
        for source in (made.a, made.b):
            assert np.abs(source * 255 - np.round(source * 255)).max() < 1e-4  # 8 bit


@pytest.mark.parametrize("maker", MAKERS)
def test_a_black_and_a_white_picture_stay_finite(maker):
    for gray in (0, 1):
        flat = np.full((48, 48), gray, np.float32)
        for seed in range(12):
            assert all(np.isfinite(part).all() for part in maker(flat, np.random.default_rng(seed)))


def test_what_is_in_focus_is_the_photograph(crop):
    mask = np.zeros_like(crop)
    mask[30:90, 40:110] = 1
    kernel = disc(4.0)
    near_focus, far_focus = two_distances(crop, mask, kernel, kernel)
    inside = distance(mask > 0)
    assert np.abs(near_focus - crop)[inside > 0].max() < 1e-5
    assert np.abs(far_focus - crop)[inside < -6].max() < 1e-5
    assert np.abs(near_focus - crop)[inside < -1].mean() > 4 * LEVEL
    assert np.abs(far_focus - crop)[inside > 6].mean() > 4 * LEVEL
    rim = (inside < 0) & (inside > -3)  # the near part, out of focus, spreads over its edge
    assert np.abs(far_focus - crop)[rim].mean() > 2 * LEVEL


def test_the_near_part_in_focus_leaks_nothing_into_the_far_part():
    bright, mask = np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32)
    bright[:, :32] = mask[:, :32] = 1
    near_focus, far_focus = two_distances(bright, mask, disc(5.0), disc(5.0))
    assert near_focus[:, 32:].max() < 1e-3
    assert far_focus[:, 33].min() > 0.3 and far_focus[:, 40:].max() < 1e-3


def test_a_surface_that_goes_away_is_sharp_at_one_end_of_each(crop):
    for seed in range(8):
        near, far = (np.abs(x - crop) for x in going_away(crop, np.random.default_rng(seed)))
        assert (near < 1e-5).mean() > 0.02 and (far < 1e-5).mean() > 0.02
        assert near.mean() > LEVEL and far.mean() > LEVEL
        assert ((near < 1e-5) & (far < 1e-5)).mean() < 0.02


def test_each_source_of_a_focus_pair_shows_what_the_other_lacks(crop, clean):
    for seed in range(40):
        made = made_focus(crop, np.random.default_rng(seed))
        off_a, off_b = np.abs(made.a - made.truth), np.abs(made.b - made.truth)
        assert off_a.mean() > 0.3 * LEVEL and off_b.mean() > 0.3 * LEVEL
        best = np.minimum(off_a, off_b).mean()
        assert best < 0.8 * min(off_a.mean(), off_b.mean())


def test_masks_cover_a_share_of_the_picture_with_soft_edges(crop):
    for seed in range(60):
        mask = focus_mask(crop, np.random.default_rng(seed))
        assert mask.dtype == np.float32 and mask.min() >= 0 and mask.max() <= 1
        assert SHARE[0] < mask.mean() < SHARE[1]
        assert ((mask > 0) & (mask < 1)).any()
    kinds = [shape(crop, np.random.default_rng(1)) for shape in SHAPES]
    assert all(kind.shape == crop.shape and kind.min() < 0 < kind.max() for kind in kinds)


@pytest.mark.parametrize("kernel", [disc(1.0), disc(2.3), disc(7.0), gaussian(0.5), gaussian(3.5)])
def test_kernels_keep_brightness_and_are_symmetric(kernel):
    assert kernel.sum() == pytest.approx(1, abs=1e-5) and kernel.shape[0] == kernel.shape[1] and kernel.shape[0] % 2
    assert np.allclose(kernel, kernel.T) and np.allclose(kernel, kernel[::-1])


def test_responses_rise_and_can_be_inverted():
    gray = np.linspace(0, 1, 256, dtype=np.float32)
    curves = [camera_response(np.random.default_rng(seed)) for seed in range(40)]
    for curve in curves:
        assert curve[0] == 0 and curve[-1] == pytest.approx(1) and (np.diff(curve) > 0).all()
        assert np.abs(gray_of(light_of(gray, curve), curve) - gray).max() < 0.1 * LEVEL
    middle = [float(curve[512]) for curve in curves]
    assert max(middle) - min(middle) > 0.1  # cameras differ


def test_no_stop_more_or_less_is_the_photograph(crop):
    rng = np.random.default_rng(0)
    curve = camera_response(rng)
    same = exposed(scene_light(crop, curve, 1.0), 0.0, curve, 0.0, 0.0, rng)
    assert np.abs(same - crop).max() < 0.1 * LEVEL


def test_an_exposure_pair_has_one_darker_and_one_brighter_picture_and_no_white_in_the_darker(crop, monkeypatch):
    monkeypatch.setattr(record, "JPEG_SHARE", 0)
    for seed in range(40):
        made = made_exposure(np.clip(crop * 1.1, 0, 1), np.random.default_rng(seed))
        under, over = sorted((made.a, made.b), key=lambda x: x.mean())
        assert under.mean() < made.truth.mean() - LEVEL and under.mean() < over.mean() - 10 * LEVEL
        assert (over >= 1).mean() <= 0.8 and (under >= 1).mean() <= (made.truth >= 1).mean()


def test_the_darkest_exposure_holds_all_light():
    for power in (1.0, 1.5, 2.0):
        curve = camera_response(np.random.default_rng(1))
        light = scene_light(np.ones((2, 2), np.float32), curve, power)
        assert light.max() == pytest.approx(brightest(power), rel=1e-4)


@pytest.mark.parametrize("maker", MAKERS)
def test_both_ways_round(maker, crop):
    half = cv2.GaussianBlur(crop, (0, 0), 1)
    first = [maker(crop, np.random.default_rng(seed)) for seed in range(40)]
    value = [np.abs(x.a - half).mean() - np.abs(x.b - half).mean() for x in first]
    if maker is made_exposure:
        value = [x.a.mean() - x.b.mean() for x in first]
    assert 8 < sum(v > 0 for v in value) < 32


@pytest.mark.parametrize("maker", MAKERS)
def test_it_is_fast_enough_to_be_made_while_training(maker, crop):
    """Against 13 x 13 taps at each pixel, measured in turn: 11 times (focus) and 18 times (exposure) that."""
    kernel = np.ones((13, 13), np.float32) / 169
    ours, peer = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        start = time.thread_time()
        maker(crop, rng)
        ours.append(time.thread_time() - start)
        start = time.thread_time()
        for _ in range(10):
            cv2.filter2D(crop, -1, kernel)
        peer.append((time.thread_time() - start) / 10)
    assert np.median(ours) < 50 * np.median(peer)


def test_what_is_sharp_by_the_measures(picture):
    rng = np.random.default_rng(0)
    assert is_sharp(picture)
    assert not is_sharp(cv2.GaussianBlur(picture, (0, 0), 1.5))
    assert not is_sharp(np.clip(picture + rng.normal(0, 0.03, picture.shape), 0, 1).astype(np.float32))
    assert not is_sharp(np.clip(picture * 3, 0, 1)) and not is_sharp(picture * np.float32(0.2))
    assert not is_sharp(np.zeros((64, 64), np.float32)) and not is_sharp(np.ones((8, 8), np.float32))
    assert sharpness(picture) > sharpness(cv2.GaussianBlur(picture, (0, 0), 1)) > 0


def test_the_noise_measured_is_the_noise_added():
    rng = np.random.default_rng(0)
    ramp = np.tile(np.linspace(0.2, 0.8, 256, dtype=np.float32), (256, 1))
    for sigma in (0.005, 0.02):
        noisy = (ramp + rng.normal(0, sigma, ramp.shape)).astype(np.float32)
        assert noise(noisy) == pytest.approx(sigma, rel=0.15)


def test_sharp_pictures_of_a_tree(picture, tmp_path):
    blurred = cv2.GaussianBlur(picture, (0, 0), 3)
    for task, a in (("ir_visible", picture), ("multi_focus", picture[:, ::-1])):
        for side in "ab":
            folder = tmp_path / task / "set" / side
            folder.mkdir(parents=True)
            for stem, visible in {"one": a, "two": a[::-1], "blurred": blurred}.items():
                pixels = visible if side == "a" else 1 - blurred
                write(folder / f"{stem}.png", Picture(np.ascontiguousarray(pixels * 255).astype(np.uint8)))

    def own(pictures):
        return [
            x
            for x in pictures
            if any(np.abs(x - y).max() < 1e-6 for y in (picture, picture[::-1]) if x.shape == y.shape)
        ]

    every = sharp_pictures(tmp_path)
    assert all(x.dtype == np.float32 and x.ndim == 2 and is_sharp(x) for x in every)
    assert len(own(every)) == 3  # two of the tree, and the same photograph in scikit-image; none blurred, none of focus
    assert len(own(sharp_pictures(tmp_path, leave_out={"ir_visible/set/two"}))) == 2


@pytest.mark.data
def test_enough_of_the_training_pictures_are_sharp(shared):
    pictures = sharp_pictures(shared / "data" / "train")
    assert 100 < len(pictures) < 200 and min(min(x.shape) for x in pictures) >= 128
