"""The layouts of public sets of pairs, and patterns of names, wherever pairs are looked for."""

import numpy as np
import pytest

from aefusion.bench.data import find
from aefusion.files import FileError
from aefusion.image import Picture, write
from aefusion.image.layouts import two_ends
from aefusion.image.pair_tree import tree


@pytest.fixture
def made(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            write(tmp_path / name, Picture(np.full((8, 8), len(name), np.uint8)))
        return tmp_path

    return make


@pytest.mark.parametrize(("first", "second"), [("vi", "ir"), ("VIS", "IR"), ("visible", "infrared"), ("near", "far")])
@pytest.mark.parametrize("before", ["", "MSRS/", "ir_visible/msrs/"])
def test_two_folders_by_their_names(made, first, second, before):
    root = made(*(f"{before}{side}/{stem}.png" for side in (first, second) for stem in ("01", "02")))
    pairs = tree(root)
    assert [pair.a.parent.name for pair in pairs] == [first] * 2 and [pair.b.parent.name for pair in pairs] == [
        second
    ] * 2
    task = "ir_visible" if before.count("/") == 2 else "pairs"
    name = {"": "01", "MSRS/": "MSRS/01", "ir_visible/msrs/": "msrs/01"}[before]
    assert (pairs[0].task, pairs[0].name) == (task, name)
    assert find([root]) == pairs


def test_parts_inside_of_the_two_folders(made):
    root = made(*(f"LLVIP/{side}/{part}/1.jpg" for side in ("visible", "infrared") for part in ("train", "test")))
    assert [pair.full_name for pair in tree(root)] == ["pairs/LLVIP/test/1", "pairs/LLVIP/train/1"]
    assert tree(root / "LLVIP")[0].full_name == "pairs/test/1"


@pytest.mark.parametrize(("first", "second"), [("-A", "-B"), ("_a", "_b"), ("_VIS", "_IR"), ("-1", "-2")])
def test_both_pictures_in_one_folder(made, first, second):
    root = made(*(f"l-{number:02}{end}.png" for number in range(3) for end in (first, second)))
    expected = [(f"l-{number:02}{first}", f"l-{number:02}{second}") for number in range(3)]
    assert [(pair.a.stem, pair.b.stem) for pair in tree(root)] == expected
    assert [pair.name for pair in tree(root)] == ["l-00", "l-01", "l-02"]


def test_a_series_of_numbers_is_no_pair(made):
    root = made(*(f"scene_{number}.png" for number in range(1, 10)))
    assert two_ends(root) is None
    with pytest.raises(FileError, match=r"no pairs; expected .*`pattern="):
        tree(root)
    assert len(find([made(*(f"{side}/scene_{number}.png" for number in (1, 2) for side in "ab"))])) == 2


def test_a_pattern_says_which_are_pairs(made):
    root = made("focus/odd/x_left.png", "focus/odd/x_right.png", "focus/odd/y_left.png")
    with pytest.raises(FileError, match="no pairs"):
        tree(root)
    (pair,) = tree(root, "{}_left:{}_right")
    assert (pair.full_name, pair.a.name, pair.b.name) == ("focus/odd/x", "x_left.png", "x_right.png")
    folder = root / "focus" / "odd"
    assert find([folder, folder], "{}_left:{}_right")[0][2:] == pair[2:]
    assert find([folder], "{}_left:{}_right")[0].full_name == "pairs/x"
