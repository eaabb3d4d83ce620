"""Stacks whose pictures do not lie on each other: what is found, what stays where it is, what is said and kept."""

import json

import cv2
import numpy as np
import pytest

from aefusion import Picture, fuse_stack, write
from aefusion.image.geometry import farthest
from aefusion.stack.alignment import alignment
from aefusion.stack.laid_pair import Small
from aefusion.stack.places import smallest


def scene(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Structure of several sizes, float32 (height, width) in [0, 1]."""
    noise = np.random.default_rng(seed)
    total = sum(
        share * (layer - layer.mean()) / layer.std()
        for share, sigma in ((0.4, 1.2), (0.4, 3), (0.4, 10))
        for layer in [cv2.GaussianBlur(noise.random((height, width), np.float32), (0, 0), sigma)]
    )
    return np.clip(0.5 + 0.2 * total, 0, 1).astype(np.float32)


def focus_stack(count: int, blur: float, breathing: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Pictures of a slanted plane, focused from the top to the bottom, and the matrices from the middle one to each.

    The far end of the first and the last is blurred by ``blur`` pixels; the scale grows by ``breathing`` in all.
    """
    sharp = scene(200, 300)
    depth = np.linspace(0, count - 1, 200)
    sigmas = np.geomspace(0.3, blur, 12)
    layers = [cv2.GaussianBlur(sharp, (0, 0), sigma) for sigma in sigmas]
    pictures, matrices = [], []
    for i in range(count):
        wanted = np.interp(np.abs(depth - i) * blur / (count - 1), sigmas, np.arange(12.0))
        low = np.minimum(wanted.astype(int), 10)
        share = (wanted - low)[:, None]
        picture = np.stack([layers[k][y] for y, k in enumerate(low)]) * (1 - share)
        picture += np.stack([layers[k + 1][y] for y, k in enumerate(low)]) * share
        zoom = cv2.getRotationMatrix2D((149.5, 99.5), 0, 1 + breathing * (i - count // 2) / (count - 1))
        picture = cv2.warpAffine(picture, zoom, (300, 200), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        picture += np.random.default_rng(i).normal(0, 0.005, picture.shape)
        pictures.append(np.uint8(np.rint(255 * np.clip(picture, 0, 1))))
        matrices.append(np.vstack([zoom, [0, 0, 1]]))
    return pictures, matrices


@pytest.fixture(scope="module")
def breathing():
    return focus_stack(9, 9, 0.1)


@pytest.fixture(scope="module")
def shifted() -> list[np.ndarray]:
    """Three pictures from the hand, 6 and 4 pixels apart."""
    whole = scene(130, 200, 3)
    return [np.uint8(255 * whole[10 + 4 * i : 110 + 4 * i, 10 + 6 * i : 170 + 6 * i]) for i in range(3)]


def grays(pictures: list[np.ndarray]) -> list[Small]:
    return [Small(np.float32(picture) / 255) for picture in pictures]


def test_a_stack_that_lies_right_stays():
    """Blurred discs agree a little better somewhere else than what they are discs of: no reason to move."""
    pictures, _ = focus_stack(5, 12, 0)
    done = fuse_stack(pictures, kind="focus", align="auto")
    assert done.places is not None and done.aligned
    assert done.places.transforms == (None,) * 5
    assert np.array_equal(done.pixels, fuse_stack(pictures, kind="focus").pixels)


def test_the_ends_of_a_breathing_stack_are_found_through_neighbours(breathing):
    """Directly against the middle the ends are off by 3 pixels, and neighbours that drift are off by more."""
    pictures, truth = breathing
    found = alignment(grays(pictures), "auto", plain=True, jobs=2)
    errors = [farthest(one.matrix, matrix, (200, 300)) for one, matrix in zip(found, truth, strict=True)]
    assert max(errors) < 0.8 and not any(one.why for one in found)
    assert all(one.after > one.before for i, one in enumerate(found) if i != 4)
    alone = alignment(grays(pictures), "auto", plain=True, jobs=1)
    assert all(np.array_equal(one.matrix, other.matrix) for one, other in zip(found, alone, strict=True))


def test_exposures_are_laid_by_their_edges(shifted):
    dark, normal, bright = (np.uint8(255 * np.clip(x / 255 * gain, 0, 1) ** 0.8)
                            for x, gain in zip(shifted, (0.4, 1, 1.8), strict=True))  # fmt: skip
    done = fuse_stack([dark, normal, bright], kind="exposure", align="auto")
    assert done.places is not None
    for row, shift in zip(done.places.rows(done.names), [(6, 4), (0, 0), (-6, -4)], strict=True):
        assert np.allclose(row["shift"], shift, atol=0.2)


def test_values_that_use_little_of_their_depth_are_aligned(shifted):
    small = [np.uint16(110 + 0.2 * np.float32(picture)) for picture in shifted]
    with pytest.warns(UserWarning, match="small part"):
        done = fuse_stack(small, kind="focus", align="auto")
    assert done.places is not None and done.aligned
    assert np.allclose(done.places.rows(done.names)[0]["shift"], (6, 4), atol=0.2)


def test_a_stack_that_should_be_aligned_is_told_of(shifted):
    with pytest.warns(
        UserWarning, match=r'^the pictures do not lie on each other, .* 7\.[1-3] pixels.*: `align="auto"`$'
    ):
        done = fuse_stack(shifted, kind="focus")
    assert done.aligned is None and done.places is None


def test_crop_keeps_the_picture_with_the_smallest_field_whole(breathing):
    pictures, truth = breathing
    done = fuse_stack(pictures, kind="focus", align="auto", crop=True)
    assert done.places is not None and done.places.onto == 8  # the last is enlarged most, all others show more
    assert (done.height, done.width) >= (196, 296)
    assert smallest(truth, [(200, 300)] * 9) == 8


def test_crop_keeps_what_all_show(shifted):
    done = fuse_stack(shifted, kind="focus", align="auto", crop=True)
    assert done.places is not None and done.places.onto == 1
    assert 90 <= done.height <= 92 and 146 <= done.width <= 148


def test_transforms_are_kept_for_the_next_stack(shifted, tmp_path):
    where = tmp_path / "found.json"
    for crop in (False, True):
        first = fuse_stack(shifted, kind="focus", align="auto", crop=crop, save_transform=where)
        again = fuse_stack(shifted, kind="focus", transform=where, crop=crop)
        assert np.array_equal(first.pixels, again.pixels) and again.aligned
    stated = json.loads(where.read_text())
    assert stated["onto"] == 1 and len(stated["transforms"]) == 2
    with pytest.raises(ValueError, match=r"found\.json: holds 2 transforms, but 1 are needed for 2 pictures$"):
        fuse_stack(shifted[:2], kind="focus", transform=where)
    with pytest.raises(ValueError, match="made for pictures of 160x100 and 160x100"):
        fuse_stack([picture[:, :-9] for picture in shifted], kind="focus", transform=where)


def test_what_cannot_be_aligned_is_used_as_it_is_and_said(shifted, tmp_path):
    other = np.uint8(255 * scene(100, 160, 9))
    with pytest.warns(UserWarning, match="^c: not aligned to b: only"):
        done = fuse_stack([shifted[0], shifted[1], other], kind="focus", align="auto")
    assert done.aligned is False and done.places is not None and done.places.transforms[2] is None
    with pytest.warns(UserWarning), pytest.raises(ValueError, match=r"t\.json: not written: c: only"):
        fuse_stack([*shifted[:2], other], kind="focus", align="auto", save_transform=tmp_path / "t.json")
    assert not list(tmp_path.iterdir())


def test_the_command_says_what_was_found(shifted, tmp_path, monkeypatch, capsys):
    from aefusion.cli import main

    monkeypatch.chdir(tmp_path)
    for i, picture in enumerate(shifted):
        write(f"{i}.png", Picture(picture))
    words = ["stack", "0.png", "1.png", "2.png", "-o", "x.tif", "--kind", "focus", "--align", "auto"]
    with pytest.raises(SystemExit):
        main(words)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("0.png: translation, shift 6.0 4.0, scale 1.0000, turn 0.00 degrees; edges agree by 0.")
    assert lines[2] == "1.png: the others are laid onto it"
    with pytest.raises(SystemExit):
        main([*words, "--json"])
    row = json.loads(capsys.readouterr().out)
    assert [one["onto"] for one in row["alignment"]] == [False, True, False] and row["alignment"][0]["after"] > 0.7
