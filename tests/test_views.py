"""Views that differ by more than two cameras side by side do: found, stated, written in the files, marked by points."""

import json
import warnings

import numpy as np
import pytest
from test_align import as_infrared
from test_pairing import exif

from aefusion import fuse, fuse_files
from aefusion.cli import main
from aefusion.image import Metadata, Picture, read, write
from aefusion.image.align import align
from aefusion.image.geometry import farthest
from aefusion.image.points import read_points
from aefusion.image.views import stated_view

VIEW, LEFT, TOP = 2.4, 260, 70


@pytest.fixture(scope="module")
def wide() -> np.ndarray:
    """A photograph of 600 x 400."""
    import cv2
    from skimage import data

    return np.float32(cv2.cvtColor(data.coffee(), cv2.COLOR_RGB2GRAY)) / 255


@pytest.fixture(scope="module")
def narrow(wide) -> np.ndarray:
    """What an infrared camera sees of it, of 250 x 167 pixels."""
    return as_infrared(wide[TOP : TOP + 167, LEFT : LEFT + 250])


TRUTH = np.array([[1, 0, -LEFT], [0, 1, -TOP], [0, 0, 1.0]])
BACK = np.linalg.inv(TRUTH)


@pytest.mark.parametrize("view", [None, 2.0, 2.8])
def test_a_narrow_view_is_found_in_a_wide_one_and_the_other_way_round(wide, narrow, view):
    back = np.linalg.inv(align(wide, narrow, "auto", view).matrix)
    assert farthest(back, BACK, narrow.shape) < 5
    if view is None:  # which takes longer
        return
    turned_round = align(narrow, wide, "auto", 1 / view)
    assert turned_round.ok and farthest(turned_round.matrix, BACK, narrow.shape) < 5


def test_half_of_the_narrow_view_is_enough(wide):
    """The other half shows what no photograph does. A transform that may deform from the start goes astray here."""
    import cv2

    rng = np.random.default_rng(1)
    height, width = 167, 250
    left, top = int(rng.uniform(0.2, 0.8) * (600 - width)), int(rng.uniform(0.2, 0.8) * (400 - height))
    narrow = as_infrared(wide[top : top + height, left : left + width]).copy()
    blobs = cv2.GaussianBlur(rng.random((height, width)).astype(np.float32), (0, 0), 4)
    narrow[:, :112] = ((blobs - blobs.min()) / np.ptp(blobs))[:, :112]
    found = align(wide, narrow)
    truth = np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
    assert found.ok and farthest(np.linalg.inv(found.matrix), truth, narrow.shape) < 10


def test_what_shows_something_else_is_refused_and_told_what_to_do(wide, tmp_path):
    from skimage import data

    other = as_infrared(np.float32(data.moon()[100:267, 100:350]) / 255)
    assert not align(wide, other, "auto", 2.4).ok
    with pytest.warns(UserWarning, match="if you know how much wider the first sees, give `view`; places marked in"):
        fuse(Picture(wide), Picture(other), align="auto", resize="b-to-a")
    with pytest.raises(ValueError, match="view 30: expected how many times wider"):
        align(wide, other, "auto", 30)
    with pytest.raises(ValueError, match="`view` needs `align`"):
        fuse(Picture(wide), Picture(other), view=2)


def test_files_that_state_their_focal_lengths_say_the_view(wide, narrow, tmp_path):
    """Of a camera with 24 mm beside one with 58 mm; lengths that are wrong, as after a crop, do no harm."""
    for name, length in (("thermal", 58), ("cropped", 24)):
        write(
            tmp_path / f"{name}.png", Picture(np.uint8(narrow * 255), metadata=Metadata(exif("", focal_length=length)))
        )
    write(tmp_path / "wide.png", Picture(np.uint8(wide * 255), metadata=Metadata(exif("", focal_length=24))))
    pictures = {one.stem: read(one) for one in tmp_path.glob("*.png")}
    assert stated_view(pictures["wide"], pictures["thermal"]) == pytest.approx(58 / 24, rel=0.01)
    for name in ("thermal", "cropped"):
        files = [tmp_path / "wide.png", tmp_path / f"{name}.png"]
        fused = fuse_files(files, tmp_path / "f.png", align="auto", crop=True, method="max")
        assert fused.aligned and abs(fused.width - 250) < 12 and abs(fused.height - 167) < 12


def test_commands_take_a_view_and_points(wide, narrow, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write("a.png", Picture(np.uint8(wide * 255)))
    write("b.png", Picture(np.uint8(narrow * 255)))
    (tmp_path / "points.csv").write_text(
        "x a;y a;x b;y b\n# marked by hand\n270;80;10,0;10\n500;80;240;10\n270;220;10;150\n500;221;240;150,5\n"
    )
    for words in (["--align", "auto", "--view", "2.2"], ["--points", "points.csv"]):
        with pytest.raises(SystemExit) as ended:
            main(["fuse", "a.png", "b.png", "-o", "f.png", "--crop", "--method", "max", "--json", *words])
        row = json.loads(capsys.readouterr().out)
        assert ended.value.code == 0 and row["aligned"] and abs(row["width"] - 250) < 8 and abs(row["height"] - 167) < 8


# --- places that were marked ---

A = np.array([(270, 80), (500, 90), (290, 220), (490, 210), (380, 150), (300, 100), (450, 130), (400, 200)], float)
SIZES = (400, 600), (167, 250)


def rows(count: int, moved: int | None = None) -> list[list[float]]:
    """Points and where they lie in the second picture; one may be marked wrongly."""
    found = [[*place, place[0] - LEFT, place[1] - TOP] for place in A[:count]]
    if moved is not None:
        found[moved][2] += 40
    return found


@pytest.mark.parametrize(("count", "kind"), [(2, "similarity"), (3, "affine"), (4, "homography"), (8, "homography")])
def test_so_many_points_give_such_a_transform(count, kind):
    found, said = read_points(rows(count)).transform(*SIZES)
    assert found.kind == kind and farthest(found.matrix, TRUTH, (400, 600)) < 0.01
    assert not said or "0.0 pixels off in the mean" in said


def test_one_point_gives_a_shift_of_what_is_stretched_or_as_the_view_says():
    found, _ = read_points(rows(1)).transform(*SIZES, view=2.4)
    assert found.kind == "translation" and farthest(found.matrix, TRUTH, (400, 600)) < 2
    found, _ = read_points(rows(1)).transform(*SIZES)
    assert np.allclose(np.diag(found.matrix)[:2], [250 / 600, 167 / 400])


def test_a_point_that_was_marked_wrongly_is_left_out_and_named():
    found, said = read_points(rows(8, moved=4)).transform(*SIZES)
    assert farthest(found.matrix, TRUTH, (400, 600)) < 0.1 and "left out as they do not fit: point 5 (by 40)" in said
    _, said = read_points(rows(5, moved=0)).transform(*SIZES, kind="affine")
    assert "affine of 5 points" in said and "left out" not in said  # too few to know which


@pytest.mark.parametrize(
    ("points", "wrong"),
    [
        ([], "expected rows of four numbers"),
        ([[1, 2, 3]], "expected rows of four numbers"),
        ([[1, 2, 3, float("nan")]], "expected rows of four numbers"),
        ([[900, 2, 3, 4]], r"point 1 \(900,2,3,4\) lies outside of the picture of 600x400"),
        ([[9, 2, 3, 200]], r"point 1 \(9,2,3,200\) lies outside of the picture of 250x167"),
        ([[9, 2, 3, 4], [19, 12, 13, 14], [29, 22, 23, 24]], "they give no transform"),
        ([[9, 9, 9, 9], [99, 9, 9, 99], [9, 99, 99, 9]], "they give no transform"),  # mirrored
    ],
)
def test_points_that_are_none_are_one_line(points, wrong):
    with pytest.raises(ValueError, match=wrong):
        read_points(points).transform(*SIZES)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("", "holds no point"), ("x,y,u,v\n", "holds no point"), ("1,2,3,4\n1,2,3\n", "line 2 is no point: 1,2,3")],
)
def test_files_of_points_that_are_none(tmp_path, text, wrong):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(ValueError, match=wrong):
        read_points(tmp_path / "p.csv")
    with pytest.raises(ValueError, match=r"nowhere\.csv: cannot be read"):
        read_points(tmp_path / "nowhere.csv")


def test_points_of_more_than_two_pictures_are_refused(wide):
    picture = Picture(np.uint8(wide * 255))
    with warnings.catch_warnings(action="ignore"), pytest.raises(ValueError, match="points are those of two pictures"):
        fuse(picture, picture, picture, points=[[1, 1, 1, 1]])
