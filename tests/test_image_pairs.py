"""Pairing two folders by stem."""

import pytest

from aefusion.files import FileError
from aefusion.image import Pair, pairs


@pytest.fixture
def folders(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    a.mkdir()
    b.mkdir()

    def fill(names_a, names_b):
        for folder, names in ((a, names_a), (b, names_b)):
            for name in names:
                (folder / name).write_bytes(b"")
        return a, b

    return fill


def test_equal_stems_sorted_whatever_the_suffix(folders):
    a, b = folders(["2.png", "10.JPG", "1.tif", ".1.tif", "notes.txt"], ["1.jpeg", "10.webp", "3.bmp", ".x.png"])
    (a / "3.png").mkdir()
    found = pairs(a, str(b))
    assert found.pairs == [("1", a / "1.tif", b / "1.jpeg"), ("10", a / "10.JPG", b / "10.webp")]
    assert found.only_a == [a / "2.png"]
    assert found.only_b == [b / "3.bmp"]


@pytest.mark.parametrize(
    ("names_a", "names_b", "wrong"),
    [
        (["1.png", "1.jpg"], ["1.png"], r"a: two pictures with one stem, 1\.jpg and 1\.png"),
        (["1.png"], ["2.png", "2.tif", "1.png"], r"b: two pictures with one stem, 2\.png and 2\.tif"),
        (["left.png"], ["right.png"], r"left\.png, in .*b for example right\.png"),
        ([], ["1.png"], "a: holds no picture"),
        (["1.png"], ["1.txt"], "b: holds no picture"),
    ],
)
def test_what_cannot_be_paired(folders, names_a, names_b, wrong):
    with pytest.raises(FileError, match=wrong):
        pairs(*folders(names_a, names_b))


def test_not_a_folder(folders):
    a, b = folders(["1.png"], ["1.png"])
    with pytest.raises(FileError, match="no such folder"):
        pairs(a / "none", b)
    with pytest.raises(FileError, match="a file, not a folder"):
        pairs(a, b / "1.png")


def test_a_pair_has_names_and_is_a_tuple(folders):
    a, b = folders(["1.png"], ["1.jpg"])
    (pair,) = pairs(a, b).pairs
    assert (pair.stem, pair.a, pair.b) == pair == Pair("1", a / "1.png", b / "1.jpg")


@pytest.mark.parametrize("arguments", [(3,), (["a"], "b"), (".", b"b")])
def test_what_is_no_path_is_told_in_one_line(arguments):
    with pytest.raises(ValueError, match=r"^a \w+ where the path of a folder of pictures is expected: give a str or"):
        pairs(*arguments)
