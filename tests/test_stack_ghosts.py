"""What moves through a bracket is taken from one exposure."""

import cv2
import numpy as np
import pytest

from aefusion import fuse_stack
from aefusion.stack.ghosts import find_ghosts

STOPS = (-2, 0, 2)
PLACES = ((20, 60), (20, 130), (20, 200))
"""Row and column of somebody who walks through the three exposures."""


def exposed(light: np.ndarray, stop: int) -> np.ndarray:
    return np.uint8(np.rint(255 * np.clip(light * 2.0**stop, 0, 1) ** (1 / 2.2)))


@pytest.fixture(scope="module")
def street() -> np.ndarray:
    """A textured street in linear light, (120, 280, 3), four stops from its darkest to its brightest."""
    noise = np.random.default_rng(1)
    light = 0.06 * 8.0 ** np.linspace(0, 1, 280)[None, :, None] * np.ones((120, 1, 3)) * (1, 0.9, 0.8)
    return light * (0.8 + 0.4 * cv2.GaussianBlur(noise.random((120, 280)), (0, 0), 1.5)[..., None])


def with_walker(light: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    y, x = place
    scene = light.copy()
    scene[y : y + 60, x : x + 20] = (0.02, 0.02, 0.03)
    return scene


@pytest.fixture(scope="module")
def walk(street) -> list[np.ndarray]:
    return [exposed(with_walker(street, place), stop) for place, stop in zip(PLACES, STOPS, strict=True)]


def difference(a: np.ndarray, b: np.ndarray, place: tuple[int, int]) -> float:
    y, x = place
    return float(np.abs(a.astype(float) - b)[y + 4 : y + 56, x + 2 : x + 18].mean())


def test_a_walker_is_seen_once(street, walk):
    """Elsewhere the street is as if nobody walked there; where the reference shows somebody, that one is whole."""
    empty = fuse_stack([exposed(street, stop) for stop in STOPS], kind="exposure").pixels
    there = [exposed(with_walker(street, PLACES[1]), stop) for stop in STOPS]
    somebody = fuse_stack(there, kind="exposure").pixels
    ghosts, clean = (fuse_stack(walk, kind="exposure", deghost=how).pixels for how in (False, True))
    assert max(difference(clean, empty, place) for place in (PLACES[0], PLACES[2])) < 2
    assert difference(ghosts, empty, PLACES[2]) > 4
    assert difference(clean, somebody, PLACES[1]) < 10 < 40 < difference(ghosts, somebody, PLACES[1])


def test_only_what_moved_is_found(street, walk):
    found = find_ghosts(lambda: [np.float32(picture) / 255 for picture in walk])
    assert found.reference == 1 and found.masks[1] is None
    for i in (0, 2):
        mask = found.at(i, street.shape)
        assert mask is not None
        for y, x in (PLACES[i], PLACES[1]):
            assert mask[y : y + 60, x : x + 20].mean() > 0.97
        assert mask.mean() < 0.16  # the two walkers are 7 %, and grown
    still = find_ghosts(lambda: [np.float32(exposed(street, stop)) / 255 for stop in STOPS])
    assert still.masks == (None,) * 3


def test_pictures_a_pixel_apart_are_no_ghosts(street):
    moved = [np.roll(exposed(street, stop), i, axis=1) for i, stop in enumerate(STOPS)]
    found = find_ghosts(lambda: [np.float32(picture) / 255 for picture in moved])
    assert all(mask is None or (mask > 0).mean() < 0.02 for mask in found.masks)


def test_gray_brackets_are_deghosted_too(street, walk):
    truth = fuse_stack([exposed(street, stop)[..., 1] for stop in STOPS], kind="exposure").pixels
    clean = fuse_stack([picture[..., 1] for picture in walk], kind="exposure", deghost=True).pixels
    assert difference(clean, truth, PLACES[0]) < 6


def test_a_focus_stack_has_no_ghosts(walk):
    with pytest.warns(UserWarning, match="^`deghost` is for exposures"):
        fuse_stack(walk, kind="focus", deghost=True)


@pytest.mark.parametrize("other", [{"model": "aenetv2"}, {"linear": True}, {"kind": "sharpest"}])
def test_ghosts_are_taken_out_only_where_exposures_are_blended(walk, other):
    with pytest.raises(ValueError, match=r"^`deghost` is for exposures that are blended"):
        fuse_stack(walk, deghost=True, **other)
