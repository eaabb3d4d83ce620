"""Alignment: known warps are found again, what cannot be aligned is left alone, transforms are kept in files."""

import json
import re
import warnings

import numpy as np
import pytest
from calls import Preparation, fuse_folders
from hypothesis import given, settings
from hypothesis import strategies as st

from aefusion import Fuser
from aefusion.cli import main
from aefusion.image import Picture, read, write
from aefusion.image.align import align
from aefusion.image.geometry import farthest, placed, stretching
from aefusion.image.transform import Transform, common, read_transforms, warp, write_transforms


def scene(name: str = "camera") -> np.ndarray:
    from skimage import data

    return np.float32(getattr(data, name)()[:512, :512]) / 255


def seen_by(picture: np.ndarray, matrix: np.ndarray, shape=(240, 320)) -> np.ndarray:
    """What another camera sees: the place (x, y) of the scene's middle 240 x 320 lies at matrix @ (x, y, 1) in it."""
    import cv2

    middle = np.array([[1, 0, -90], [0, 1, -130], [0, 0, 1]])
    return np.clip(cv2.warpPerspective(picture, matrix @ middle, shape[::-1], flags=cv2.INTER_CUBIC), 0, 1)


def as_infrared(picture: np.ndarray) -> np.ndarray:
    """Inverted, dull, soft and noisy."""
    import cv2

    noise = np.random.default_rng(0).normal(0, 0.02, picture.shape)
    return np.clip(0.7 - 0.4 * cv2.GaussianBlur(picture, (0, 0), 1.2) ** 0.7 + noise, 0, 1).astype(np.float32)


def turned(scale: float, degrees: float, x: float, y: float, falling: float = 0) -> np.ndarray:
    """A matrix that scales and turns about the middle of 240 x 320, shifts, and, the last, tilts."""
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    to_middle = np.array([[1, 0, -159.5], [0, 1, -119.5], [0, 0, 1]])
    return np.linalg.inv(to_middle) @ [[cos, -sin, x], [sin, cos, y], [falling, falling, 1]] @ to_middle


NEAR, FAR = np.eye(3), turned(1.1, 3, 25, -18)
REFERENCE = seen_by(scene(), NEAR)


@pytest.mark.parametrize(
    ("matrix", "kind", "worst", "infrared"),
    [
        (turned(1, 0, 13.4, -21.7), "translation", 0.1, False),
        (turned(1, 0, 13.4, -21.7), "translation", 1.0, True),
        (FAR, "affine", 0.15, False),
        (FAR, "affine", 1.5, True),
        (turned(0.8, -6, -20, 15), "affine", 2.0, True),
        (turned(1.05, 2, 8, 8, 2e-4), "homography", 0.3, False),
        (turned(0.7, 40, 0, 0), "affine", 0.3, False),  # only SIFT finds this one
    ],
)
def test_known_warps_are_found(matrix, kind, worst, infrared):
    moving = seen_by(scene(), matrix)
    found = align(REFERENCE, as_infrared(moving) if infrared else moving)
    assert (found.ok, found.kind) == (True, kind), found
    assert farthest(found.matrix, matrix, REFERENCE.shape) < worst
    assert found.gain > 0.1 and found.inliers > 0.6


@pytest.mark.parametrize("kind", ["affine", "homography"])
def test_the_kind_that_was_asked_for_is_taken(kind):
    found = align(REFERENCE, seen_by(scene(), turned(1, 0, 9, 4)), kind)
    assert found.ok and found.kind == kind
    assert farthest(found.matrix, turned(1, 0, 9, 4), REFERENCE.shape) < 0.15


def test_sizes_may_differ():
    smaller = stretching((240, 320), (144, 192))
    found = align(REFERENCE, as_infrared(seen_by(scene(), smaller @ FAR, (144, 192))))
    assert found.ok and farthest(found.matrix, smaller @ FAR, REFERENCE.shape) < 1.5


def test_what_is_aligned_is_left_as_it_is():
    found = align(REFERENCE, as_infrared(REFERENCE))
    assert found.ok and (found.matrix == np.eye(3)).all() and found.gain == 0


def test_swapped_pictures_give_the_inverse():
    moving = as_infrared(seen_by(scene(), FAR))
    there, back = align(REFERENCE, moving).matrix, align(moving, REFERENCE).matrix
    assert farthest(back @ there, np.eye(3), REFERENCE.shape) < 2


GRAVEL, BRICK = (seen_by(scene(name), NEAR) for name in ("gravel", "brick"))


@pytest.mark.parametrize(
    ("reference", "moving", "why"),
    [
        (REFERENCE, seen_by(scene("moon"), NEAR), "agrees with the best|in common|scales by|stretches by"),
        (GRAVEL, BRICK, "agrees with the best|in common|scales by|stretches by"),
        (scene()[:200, :200], scene()[300:500, 300:500], "agrees with the best|in common|scales by|stretches by"),
        (REFERENCE, np.full((240, 320), 0.5, np.float32), "the second shows nothing to align by"),
        (np.zeros((240, 320), np.float32), REFERENCE, "the first shows nothing to align by"),
        (REFERENCE, REFERENCE[:9, :9], "the second shows nothing to align by"),
        (REFERENCE, np.random.default_rng(0).random((240, 320), np.float32), "agrees with the best|in common|s by"),
    ],
    ids=["other scene", "textures", "no overlap", "flat", "black", "tiny", "noise"],
)
@pytest.mark.parametrize("kind", ["auto", "translation", "homography"])
def test_what_cannot_be_aligned_is_left_alone(reference, moving, why, kind):
    found = align(reference, moving, kind)
    assert not found.ok and re.search(why, found.why)
    assert (found.matrix == stretching(reference.shape, moving.shape)).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 70), st.integers(1, 70))
def test_any_sizes(h, w, height, width):
    rng = np.random.default_rng(h)
    found = align(rng.random((h, w), np.float32), rng.random((height, width), np.float32))
    assert found.matrix.shape == (3, 3) and np.isfinite(found.matrix).all()
    assert found.ok or found.why


def test_the_wrong_kind_is_named():
    with pytest.raises(ValueError, match="align 'rigid': expected auto, translation, affine, homography"):
        align(REFERENCE, REFERENCE, "rigid")  # pyright: ignore
    with pytest.raises(ValueError, match="align 'rigid': expected none, auto"):
        Preparation(align="rigid")  # pyright: ignore


@pytest.mark.parametrize("wrong", [None, REFERENCE.tolist(), (REFERENCE * 255).astype(np.uint8), REFERENCE[..., None]])
def test_what_is_no_gray_picture_is_told(wrong):
    for sources, which in (((wrong, REFERENCE), "first"), ((REFERENCE, wrong), "second")):
        with pytest.raises(ValueError, match=rf"^align: the {which} is no float32 array \(H, W\): give a gray picture"):
            align(*sources)


# --- transforms ---


def test_warping_by_whole_pixels_is_exact():
    pixels = (REFERENCE * 65535).astype(np.uint16)
    moved, inside = warp(Picture(pixels, pixels), Transform(turned(1, 0, 5, -3), (240, 320), (240, 320)))
    assert inside[3:, :-5].all() and inside.sum() == 237 * 315
    np.testing.assert_array_equal(moved.pixels[3:, :-5], pixels[:-3, 5:])
    np.testing.assert_array_equal(moved.alpha[3:, :-5], pixels[:-3, 5:])
    assert not moved.pixels[~inside].any() and not moved.alpha[~inside].any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(("colour", "beyond_colour"), [(False, False), (True, False), (False, True), (True, True)])
def test_outside_the_reference_is_seen(dtype, colour, beyond_colour):
    gray, other = np.zeros((20, 30), dtype), np.full((20, 30), 51, np.uint8)
    picture = Picture(np.dstack([gray] * 3) if colour else gray, gray)
    beyond = Picture(np.dstack([other] * 3) if beyond_colour else other)
    moved, inside = warp(picture, Transform(np.array([[1, 0, 4], [0, 1, 0], [0, 0, 1.0]]), (20, 30), (20, 30)), beyond)
    full = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    np.testing.assert_allclose(moved.pixels[~inside] / full, 0.2, atol=1e-6)
    assert (moved.alpha[~inside] == full).all() and not moved.pixels[inside].any()
    assert moved.pixels.dtype == dtype and moved.is_colour == colour


def test_a_large_picture_is_averaged_when_it_shrinks():
    chessboard = Picture((np.indices((400, 400)).sum(0) % 2 * 255).astype(np.uint8))
    moved, _ = warp(chessboard, Transform(stretching((100, 100), (400, 400)), (100, 100), (400, 400)))
    assert np.ptp(moved.pixels) <= 1 and abs(int(moved.pixels[50, 50]) - 127) <= 1


def test_the_common_area_has_no_pixel_outside():
    _, inside = warp(Picture(np.zeros((240, 320), np.uint8)), Transform(FAR, (240, 320), (240, 320)))
    rows, columns = common([inside])
    assert inside[rows, columns].all()
    assert inside[rows, columns].size > 0.8 * inside.sum()
    with pytest.raises(ValueError, match="no area in common"):
        common([inside, ~inside])


def test_transforms_are_kept_in_files(tmp_path):
    kept = [Transform(FAR, (240, 320), (120, 160), "affine"), Transform(NEAR, (240, 320), (240, 320), "translation")]
    write_transforms(tmp_path / "t.json", kept)
    for one, other in zip(read_transforms(tmp_path / "t.json"), kept, strict=True):
        assert (one.matrix == other.matrix).all()
        assert (one.reference, one.moving, one.kind) == (other.reference, other.moving, other.kind)


GOOD = {"format": "aefusion transform 1", "reference": [320, 240], "transforms": []}
ROW = {"kind": "affine", "matrix": np.eye(3).tolist(), "moving": [320, 240]}


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"\x89PNG\r\n", "not a transform"),
        (b"", "not a transform"),
        (b"[1, 2]", "not a transform"),
        ({"transform": 1}, "not a transform"),
        ({**GOOD, "format": "aefusion transform 9"}, "its format is 'aefusion transform 9'"),
        (GOOD, "holds no transform"),
        ({**GOOD, "reference": ["wide", 240], "transforms": [ROW]}, "not a transform"),
        ({**GOOD, "transforms": [{**ROW, "matrix": [[1, 0], [0, 1]]}]}, "not 3 x 3, finite and invertible"),
        ({**GOOD, "transforms": [{**ROW, "matrix": np.zeros((3, 3)).tolist()}]}, "not 3 x 3, finite and invertible"),
        ({**GOOD, "transforms": [{**ROW, "matrix": [[1, 0], [0, 1, 2]]}]}, "not a transform"),
        ({**GOOD, "transforms": [{**ROW, "matrix": np.full((3, 3), np.nan).tolist()}]}, "not 3 x 3, finite"),
        ({**GOOD, "transforms": [{"matrix": ROW["matrix"]}]}, "not a transform"),
    ],
)
def test_files_that_hold_no_transform(tmp_path, content, wrong):
    path = tmp_path / "t.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(ValueError, match=rf"^[^\n]*t\.json: [^\n]*{wrong}[^\n]*`save_transform` wrote$"):
        Preparation(transform=path)


# --- in fusion ---


def pictures(*grays: np.ndarray) -> list[Picture]:
    return [Picture((gray * 255).astype(np.uint8)) for gray in grays]


VISIBLE, INFRARED = pictures(REFERENCE, as_infrared(seen_by(scene(), FAR)))


def test_sources_are_aligned_and_cropped():
    _, aligned = Preparation(align="auto")([VISIBLE, INFRARED], "ab")
    truth = as_infrared(REFERENCE) * 255
    inside = warp(INFRARED, Transform(FAR, (240, 320), (240, 320)))[1]
    assert np.abs(aligned.pixels - truth)[inside].mean() < 7 < np.abs(INFRARED.pixels - truth).mean()
    assert (aligned.pixels[~inside] == VISIBLE.pixels[~inside]).mean() > 0.9
    a, b = Preparation(align="auto", crop=True)([VISIBLE, INFRARED], "ab")
    assert a.pixels.shape == b.pixels.shape < (240, 320)


def test_the_last_is_the_reference_where_the_first_is_resized():
    small = stretching((240, 320), (120, 160))
    a, b = Preparation(align="affine", resize="a-to-b")(
        pictures(seen_by(scene(), small @ FAR, (120, 160)), REFERENCE), "ab"
    )
    assert a.pixels.shape == (240, 320) and b.pixels is not None
    assert np.corrcoef(a.pixels[60:180, 80:240].ravel(), b.pixels[60:180, 80:240].ravel())[0, 1] > 0.95


def test_three_sources_are_laid_onto_the_first():
    moved = seen_by(scene(), turned(1, 0, -7, 5))
    a, b, c = Preparation(align="auto", crop=True)(pictures(REFERENCE, moved, seen_by(scene(), FAR)), "abc")
    for other in (b, c):
        assert np.abs(other.pixels.astype(float) - a.pixels).mean() < 3


def test_where_nothing_is_found_a_warning_says_so_and_nothing_is_moved(photographs):
    sources = [Picture(photograph) for photograph in photographs]
    with pytest.warns(UserWarning, match=r"^b\.png: not aligned to a\.png: [^\n]+$"):
        a, b = Preparation(align="auto", crop=True)(sources, ["a.png", "b.png"])
    assert a.pixels is sources[0].pixels and b.pixels is sources[1].pixels
    with pytest.warns(UserWarning, match="not aligned"), pytest.raises(ValueError, match=r"t\.json: not written"):
        Preparation(align="translation", save_transform="t.json")(sources, "ab")
    with pytest.warns(UserWarning, match="not aligned"), pytest.raises(ValueError, match="sizes differ"):
        Preparation(align="translation")([sources[0], Picture(photographs[1][:200])], "ab")


def test_pairs_that_cannot_be_aligned_say_so_in_folders_and_json(tmp_path, photographs, capsys):
    for side, picture in zip("ab", photographs, strict=True):
        (tmp_path / side).mkdir()
        write(tmp_path / side / "1.png", Picture(picture))
    a, b, o = (str(tmp_path / name) for name in "abo")
    with pytest.warns(UserWarning, match="not aligned"):
        (done,) = fuse_folders(Fuser(method="max"), a, b, o, align="auto", crop=True)
    assert done.status == "fused" and not done.aligned and "not aligned" in done.warning
    assert done.warning.endswith("; not cropped, as nothing is aligned")
    with warnings.catch_warnings(action="default"), pytest.raises(SystemExit) as exit:
        main(["fuse", a, b, "-o", o, "--align", "auto", "--json", "--method", "max"])
    out, err = capsys.readouterr()
    assert exit.value.code == 0 and "not aligned to" in json.loads(out)["warning"]
    assert "1 fused, 0 skipped, 0 failed, 1 not aligned" in err
    arguments = ["fuse", f"{a}/1.png", f"{b}/1.png", "-o", f"{o}/1.png", "--align", "auto", "--json", "--method", "max"]
    with warnings.catch_warnings(action="default"), pytest.raises(SystemExit):
        main(arguments)
    assert "not aligned to" in json.loads(capsys.readouterr().out)["warning"]


def test_a_saved_transform_gives_the_same_picture_without_a_search(tmp_path, monkeypatch):
    path, files = tmp_path / "t.json", [tmp_path / "a.png", tmp_path / "b.png"]
    for file, picture in zip(files, (VISIBLE, INFRARED), strict=True):
        write(file, picture)
    fuser = Fuser(method="average")
    expected = fuser.file(files, tmp_path / "fused.png", align="auto", save_transform=path)
    monkeypatch.setattr("aefusion.fusion.onto_reference.align", None)
    np.testing.assert_array_equal(fuser(*files, transform=path), expected.pixels)


def test_a_transform_of_another_size_is_refused(tmp_path):
    path = tmp_path / "t.json"
    write_transforms(path, [Transform(FAR, (240, 320), (240, 320))])
    small = Picture(INFRARED.pixels[:100])
    message = r"t\.json: made for pictures of 320x240 and 320x240; a\.png and b\.png are 320x240 and 320x100: give"
    with pytest.raises(ValueError, match=message):
        Preparation(transform=path)([VISIBLE, small], ["a.png", "b.png"])
    with pytest.raises(ValueError, match=r"t\.json: holds 1 transform, but 2 are needed"):
        Preparation(transform=path)([VISIBLE, INFRARED, INFRARED], "abc")


def test_a_transform_that_lays_the_pictures_apart(tmp_path):
    apart = [Transform(turned(1, 0, 1000, 0), (240, 320), (240, 320))]
    with pytest.warns(UserWarning, match=r"^b: the transform moves it out of sight, it covers 0\.0% of the result"):
        _, b = Preparation(transform=apart)([VISIBLE, INFRARED], "ab")
    np.testing.assert_array_equal(b.pixels, VISIBLE.pixels)
    with pytest.warns(UserWarning, match="out of sight"), pytest.raises(ValueError, match="no area in common"):
        Preparation(transform=apart, crop=True)([VISIBLE, INFRARED], "ab")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({"align": "auto", "transform": []}, "align and transform: give one of them"),
        ({"crop": True}, "`crop` needs `align`"),
        ({"save_transform": "t.json"}, "`save_transform` needs `align`"),
        ({"align": "auto", "save_transform": "a.png"}, r"a\.png: a transform is JSON: let the name end in \.json"),
        ({"transform": "nowhere.json"}, r"nowhere\.json: cannot be read \(No such file"),
    ],
)
def test_steps_that_do_not_fit(steps, message):
    with pytest.raises(ValueError, match=message):
        Preparation(**steps)


def test_a_folder_reads_its_transform_once(tmp_path, monkeypatch):
    import aefusion.fusion.preparation

    for name, picture in (("a", VISIBLE), ("b", INFRARED)):
        (tmp_path / name).mkdir()
        for stem in "123":
            write(tmp_path / name / f"{stem}.png", picture)
    write(tmp_path / "b" / "2.png", Picture(INFRARED.pixels[:100]))
    write_transforms(tmp_path / "t.json", [Transform(FAR, (240, 320), (240, 320))])
    read_so_far = []
    monkeypatch.setattr(
        aefusion.fusion.preparation, "read_transforms", lambda p: read_so_far.append(p) or read_transforms(p)
    )
    monkeypatch.setattr("aefusion.fusion.onto_reference.align", None)
    fuser, choices = Fuser(method="average"), {"transform": tmp_path / "t.json", "crop": True}
    found = list(fuse_folders(fuser, tmp_path / "a", tmp_path / "b", tmp_path / "out", **choices))
    assert [one.status for one in found] == ["fused", "failed", "fused"]
    assert "made for pictures of 320x240" in found[1].error
    assert len(read_so_far) == 1
    assert read(tmp_path / "out" / "1.png").pixels.shape < (240, 320)
    steps = {"align": "auto", "save_transform": "t.json"}
    with pytest.raises(ValueError, match=r"t\.json: a transform is that of one pair"):
        list(fuse_folders(fuser, tmp_path / "a", tmp_path / "b", tmp_path / "none", **steps))
    assert not (tmp_path / "none").exists()


def test_the_command_line(tmp_path, monkeypatch, capsys):
    from aefusion.cli import main

    monkeypatch.chdir(tmp_path)
    write("a.png", VISIBLE)
    write("b.png", INFRARED)
    for words in ("-o kept.png --align affine --save-transform t.json", "-o again.png --transform t.json"):
        with pytest.raises(SystemExit, match=r"^0$"):
            main(f"fuse a.png b.png --method average --crop {words}".split())
    assert (tmp_path / "kept.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    height, width = read("kept.png").pixels.shape
    assert f"kept.png: {width}x{height}" in capsys.readouterr().out and height < 240
    with pytest.raises(SystemExit, match=r"^aefusion: a\.png: not a transform [^\n]*: give a file that [^\n]*$"):
        main(["fuse", "a.png", "b.png", "-o", "none.png", "--transform", "a.png"])
    assert not (tmp_path / "none.png").exists()


# --- real pictures ---

LARGEST_ERRORS = {"matching_01": 1.2, "matching_05": 1.5, "matching_10": 3.0}


@pytest.mark.data
@pytest.mark.parametrize("name", LARGEST_ERRORS)
def test_landmarks_of_infrared_and_visible(name, shared):
    folder = shared / "data" / "odd" / "unaligned_ir_visible" / name
    truth = json.loads((folder / "truth.json").read_text())
    a, b = (read(folder / f"{x}.png") for x in ("visible", "infrared"))
    found = Preparation(align="auto").transforms([a, b], "ab")[0]
    places = zip(truth["landmarks_fixed"], truth["landmarks_moving"], strict=True)
    back = np.linalg.inv(found.matrix)
    errors = [np.linalg.norm(placed(back, x - 1, y - 1) + 1 - to) for to, (x, y) in places]  # counted from 1
    assert np.mean(errors) < LARGEST_ERRORS[name]
