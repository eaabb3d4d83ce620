"""Folders as users have them: names of drones, trees, shares of several machines, output for programs."""

import json
import warnings

import numpy as np
import pytest
from calls import Preparation, for_folder, fuse_folders, fuse_pairs
from flir_file import flir_jpeg

from aefusion import Fuser
from aefusion.cli import main
from aefusion.files import FileError
from aefusion.image import Picture, pairs, read, write
from aefusion.image.pairs import shard
from aefusion.image.shown_files import EXAMPLES
from aefusion.image.thermal import display_range, stretch


@pytest.fixture
def tree(tmp_path):
    """Makes files, as small pictures where a size is given and empty otherwise; gives their folder."""

    def make(*names, size=0):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if size:
                write(path, Picture(np.full((size, size), 60 + len(name), np.uint8)))
            else:
                path.touch()
        return tmp_path

    return make


def stems(found):
    return [(stem, a.name, b.name) for stem, a, b in found.pairs]


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs `aefusion` in this process; gives the exit status, standard output, standard error."""
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        code = exit.value.code
        if isinstance(code, str):
            return 1, out, err + code + "\n"
        return code or 0, out, err

    return run


DRONE = [
    "DJI_0001_W.JPG",
    "DJI_0001_T.JPG",
    "DJI_0002_W.jpg",
    "DJI_0002_T.jpg",
    "DJI_0003_W.JPG",
    "notes.txt",
    ".DJI_W.JPG",
]


def test_a_pattern_pairs_one_folder(tree):
    folder = tree(*DRONE)
    found = pairs(folder, pattern="{}_W.JPG:{}_T.JPG")
    assert stems(found) == [
        ("DJI_0001", "DJI_0001_W.JPG", "DJI_0001_T.JPG"),
        ("DJI_0002", "DJI_0002_W.jpg", "DJI_0002_T.jpg"),
    ]
    assert [path.name for path in found.only_a] == ["DJI_0003_W.JPG"] and found.only_b == []
    assert stems(pairs(folder, folder, pattern="{}_t:{}_w"))[0] == ("DJI_0001", "DJI_0001_T.JPG", "DJI_0001_W.JPG")


def test_patterns_of_two_folders_of_parts_and_of_one_name_in_the_other(tree):
    folder = tree("a/x_1.png", "a/x_2.tif", "b/thermal 2.tiff", "b/thermal 1.png", "c/I1.JPG", "c/I1_R.JPG", "c/I2.JPG")
    found = pairs(folder / "a", folder / "b", pattern="x_{}:thermal {}")
    assert stems(found) == [("1", "x_1.png", "thermal 1.png"), ("2", "x_2.tif", "thermal 2.tiff")]
    # I1_R.JPG fits {}.JPG too, and is still no picture without partner.
    found = pairs(folder / "c", pattern="{}.JPG:{}_R.JPG")
    assert stems(found) == [("I1", "I1.JPG", "I1_R.JPG")] and [path.name for path in found.only_a] == ["I2.JPG"]
    tree("d/DJI_20230501101112_0007_T.JPG", "d/DJI_20230501101113_0007_W.JPG")  # the clock went on between them
    assert stems(pairs(folder / "d", pattern="DJI_*_{}_W:DJI_*_{}_T"))[0][0] == "20230501101113_0007"


def test_trees(tree):
    folder = tree("a/1.png", "a/day/1.png", "a/day/deep/2.png", "a/.hidden/3.png", "b/1.jpg", "b/day/1.jpg", "b/3.jpg")
    found = pairs(folder / "a", folder / "b", recursive=True)
    assert [stem for stem, *_ in found.pairs] == ["1", "day/1"]
    assert found.only_a == [folder / "a" / "day" / "deep" / "2.png"] and found.only_b == [folder / "b" / "3.jpg"]
    assert [stem for stem, *_ in pairs(folder / "a", folder / "b").pairs] == ["1"]
    tree(
        "set/s1/visible/1.png",
        "set/s1/infrared/1.png",
        "set/s2/visible/1.png",
        "set/s2/infrared/1.png",
        "set/out/s1/1.png",
    )
    found = pairs(folder / "set", pattern="visible/{}:infrared/{}", without=folder / "set" / "out")
    assert [stem for stem, *_ in found.pairs] == ["s1/1", "s2/1"]
    with pytest.raises(FileError, match="no pair for the pattern"):
        pairs(folder / "set", pattern="{}:infrared/{}")


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [
        ("{}_W.JPG", "expected LEFT:RIGHT"),
        ("{}_W.JPG:_T.JPG", "once in each"),
        ("{}_{}_W.JPG:{}_T.JPG", "once in each"),
        ("a{}:b{}:c{}", "expected LEFT:RIGHT"),
        ("{}_t.jpg:{}_T.JPG", "both sides match the same files"),
        ("{}_V.JPG:{}_T.JPG", r"no pair for the pattern \{\}_V\.JPG:\{\}_T\.JPG: here is for example"),
        ("*_{}_W.JPG:*_{}_T.JPG", "two pictures with one stem"),
    ],
)
def test_patterns_that_match_nothing_or_twice(tree, pattern, wrong):
    folder = tree(*DRONE, "EXTRA_0001_W.JPG", "OTHER_0001_T.JPG")
    with pytest.raises(ValueError, match=wrong) as caught:
        pairs(folder, pattern=pattern)
    assert "\n" not in str(caught.value)


def test_one_folder_without_pattern_holds_files_of_both(tree):
    folder = tree("f/1.jpg", "f/2.JPEG", "f/3.png", "g/1.png")
    assert [(stem, a == b) for stem, a, b in pairs(folder / "f").pairs] == [("1", True), ("2", True)]
    with pytest.raises(FileError, match=r"g: one folder, and no radiometric JPEG in it.*`pattern="):
        pairs(folder / "g")


def test_one_folder_of_photographs_is_one_line(tree, command):
    folder = tree("f/1_W.jpg", "f/1_T.jpg", size=16)
    status, out, err = command("fuse", folder / "f", "-o", folder / "o", "--method", "max")
    assert (status, out) == (1, "") and err.count("\n") == 1 and "f: one folder, and no radiometric" in err
    assert "--pair" in err and not (folder / "o").exists()
    assert command("fuse", folder / "f", folder / "f", "-o", folder / "o", "--method", "max")[2] == err


def test_a_folder_of_sources_takes_no_results(tree):
    folder = tree("1_W.png", "1_T.png", "1.png", size=16)
    before = (folder / "1.png").read_bytes()
    with pytest.raises(ValueError, match="would overwrite this source"):
        list(fuse_folders(Fuser(method="max"), folder, None, folder, pattern="{}_W:{}_T"))
    assert (folder / "1.png").read_bytes() == before


def test_no_result_falls_on_the_source_of_another_pair(tree):
    folder = tree("a/x.png", "b/x.png", "a/a/x.png", "b/a/x.png", size=16)
    before = (folder / "a/x.png").read_bytes()
    found = list(fuse_folders(Fuser(method="max"), folder / "a", folder / "b", folder, recursive=True))
    assert [(one.stem, one.status) for one in found] == [("a/x", "failed"), ("x", "fused")]
    assert "would overwrite this source" in found[0].error and (folder / "a/x.png").read_bytes() == before


def test_shares_make_the_whole_once():
    items = list(range(17))
    for n in (1, 3, 17, 20):
        shares = [shard(items, f"{i}/{n}") for i in range(1, n + 1)]
        assert sorted(item for one in shares for item in one) == items
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("part", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", "", "1.5/3"])
def test_bad_shares(part):
    with pytest.raises(ValueError, match="expected i/n"):
        shard([1, 2], part)


def test_the_command_pairs_keeps_the_tree_and_speaks_json(tree, command):
    folder = tree("p/day 1/I1_W.png", "p/day 1/I1_T.png", "p/night/I2_W.png", "p/night/I2_T.png", size=12)
    tree("p/night/I3_W.png", "p/night/I3_T.png")  # empty files
    arguments = ("fuse", folder / "p", "-o", folder / "p" / "out", "--pair", "{}_W:{}_T", "--recursive")
    status, out, err = command(*arguments, "--json", "--method", "average")
    assert status == 1
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["pair"], row["status"]) for row in rows] == [
        ("day 1/I1", "fused"), ("night/I2", "fused"), ("night/I3", "failed"),
    ]  # fmt: skip
    assert rows[0]["sources"] == [str(folder / "p" / "day 1" / f"I1_{side}.png") for side in "WT"]
    assert rows[0]["output"] == str(folder / "p" / "out" / "day 1" / "I1.png")
    assert rows[0]["error"] is None and rows[0]["warning"] is None
    assert rows[2]["output"] is None and "the file is empty" in rows[2]["error"]
    assert "2 fused, 0 skipped, 1 failed" in err and err.splitlines()[-1].startswith("aefusion: night/I3: ")
    # Results of before are no sources, and a second run may skip them.
    status, out, _ = command(*arguments, "--exist", "skip", "--method", "average")
    assert status == 1 and "0 fused, 2 skipped, 1 failed" in out
    assert sorted(path.name for path in (folder / "p" / "out").rglob("*.png")) == ["I1.png", "I2.png"]


def test_the_command_takes_shares(tree, command):
    folder = tree(*(f"{side}/{i}.png" for side in "ab" for i in range(5)), size=8)
    done = []
    for i in (1, 2):
        status, out, _ = command(
            "fuse", folder / "a", folder / "b", "-o", folder / "out", "--shard", f"{i}/2", "--json", "--method", "max"
        )
        assert status == 0
        done += [json.loads(line)["pair"] for line in out.splitlines()]
    assert sorted(done) == ["0", "1", "2", "3", "4"]
    status, out, _ = command("fuse", folder / "a", folder / "b", "-o", folder / "o", "--shard", "7/9", "--json")
    assert (status, out) == (0, "")
    status, out, _ = command("fuse", folder / "a", folder / "b", "-o", folder / "o", "--shard", "2/2", "--dry-run")
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ("{0}/a {0}/b -o {0}/out --shard 3/2", "shard '3/2': expected i/n"),
        ("{0}/a {0}/b -o {0}/out --pair {{}}", "expected LEFT:RIGHT"),
        ("{0}/a -o {0}/out", "one folder, and no radiometric JPEG"),
        ("{0}/a/1.png -o {0}/out.png", "1.png: one source, and no radiometric FLIR JPEG"),
        ("{0}/a/1.png {0}/b/1.png -o {0}/out.png --recursive", "--recursive is for folders"),
        ("{0}/a/1.png {0}/b/1.png -o {0}/out.png --range 60 20", "range 60 20: expected the lower value first"),
        ("{0}/a/1.png {0}/b/1.png -o {0}/out.png --range 20 60", "range: neither 16-bit gray nor of a thermal camera"),
        ("{0}/a {0}/b -o {0}/out --range set", "range: neither 16-bit gray nor of a thermal camera"),
    ],
)
def test_bad_arguments_get_one_line_and_leave_nothing(tree, command, arguments, wrong):
    folder = tree("a/1.png", "b/1.png", size=9)
    status, out, err = command("fuse", *arguments.format(folder).split(), "--method", "max")
    assert status == 1 and out == ""
    assert err.count("\n") == 1 and wrong in err
    assert not (folder / "out").exists() and not (folder / "out.png").exists()


def test_one_pair_in_json(tree, command):
    folder = tree("a/1.png", "b/1.png", size=9)
    arguments = ("fuse", folder / "a" / "1.png", folder / "b" / "1.png", "--json", "--method", "max")
    for output, extra, expected in (
        (folder / "x.png", (), "fused"),
        (folder / "x.png", ("--exist", "skip"), "skipped"),
        (folder / "y.png", ("--dry-run",), "planned"),
        (folder / "y.png", ("--range", "3", "7"), "failed"),
    ):
        status, out, _ = command(*arguments, "-o", output, *extra)
        row = json.loads(out)
        assert (row["status"], row["output"]) == (expected, None if expected == "failed" else str(output))
        assert status == (expected == "failed")


def test_a_folder_and_its_shares_have_one_range(tree, photographs):
    folder = tree()
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    thermal = [7000 + 40 * i + photographs[1][:64, :64].astype(np.uint16) for i in range(4)]
    for i, counts in enumerate(thermal):
        write(folder / "a" / f"{i}.png", Picture(photographs[0][:64, :64]))
        write(folder / "b" / f"{i}.tif", Picture(counts))
    fuser = Fuser(method=lambda a, b: b)
    assert all(one.status == "fused" for one in fuse_folders(fuser, folder / "a", folder / "b", folder / "out"))
    expected = display_range(thermal)
    for i, counts in enumerate(thermal):
        shown = read(folder / "out" / f"{i}.png").pixels
        np.testing.assert_allclose(shown, stretch(counts, *expected).astype(float), atol=1)
    found = pairs(folder / "a", folder / "b").pairs
    prepare = for_folder(Preparation(), found)
    assert prepare.displays == (None, expected)
    (one,) = fuse_pairs(fuser, shard(found, "4/4"), folder / "share", prepare)
    np.testing.assert_array_equal(read(one.path).pixels, read(folder / "out" / "3.png").pixels)


def test_an_interrupted_folder_tells_what_is_written(tree, command, monkeypatch):
    folder = tree(*(f"{side}/{i}.png" for side in "ab" for i in range(6)), size=8)
    fuse, calls = Fuser.pair, []

    def interrupted(self, *arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return fuse(self, *arguments)

    monkeypatch.setattr(Fuser, "pair", interrupted)
    status, out, err = command("fuse", folder / "a", folder / "b", "-o", folder / "o", "--json", "--method", "max")
    assert status == 130 and "interrupted: 2 of 6 done; --exist skip goes on" in err
    assert [json.loads(line)["pair"] for line in out.splitlines()] == ["0", "1"]
    assert sorted(path.name for path in (folder / "o").iterdir()) == ["0.png", "1.png"]


@pytest.mark.filterwarnings("default")
def test_a_range_that_misses_everything_is_told_once(tree, command):
    folder = tree()
    for side, value in (("a", 60), ("b", 9000)):
        (folder / side).mkdir()
        for i in range(2):
            dtype = np.uint8 if side == "a" else np.uint16
            write(folder / side / f"{i}.png", Picture(np.full((8, 8), value + i, dtype)))
    arguments = ("--method", "max", "--range", "500", "600")
    status, _, err = command("fuse", folder / "a", folder / "b", "-o", folder / "o", *arguments)
    assert status == 0 and err.count("nothing of it lies in the range 500 to 600: its values are 9000 to 9001") == 1
    one = [folder / side / "0.png" for side in "ab"]
    status, out, err = command("fuse", *one, "-o", folder / "o.png", *arguments)
    assert err.count("nothing of it lies in the range") == 1 and "b from 500 to 600 counts" in out
    status, _, err = command("fuse", *one, "-o", folder / "o.png", "--method", "max", "--range", "8000", "9100")
    assert err == ""


def test_a_folder_that_cannot_be_made(tree):
    with pytest.raises(FileError, match=r"o: a file of this name is there, a folder is needed: give another name$"):
        list(fuse_pairs(Fuser(method="max"), [], tree("o") / "o", Preparation()))


def test_the_range_of_many_is_that_of_examples_and_of_the_set_that_of_all(tree, monkeypatch):
    folder = tree()
    for side in "ab":
        (folder / side).mkdir()
    for i in range(2 * EXAMPLES):
        write(folder / "a" / f"{i:03}.png", Picture(np.zeros((4, 4), np.uint8)))
        write(folder / "b" / f"{i:03}.png", Picture(np.full((4, 4), 9000 + i, np.uint16)))
    opened = []
    monkeypatch.setattr("aefusion.image.shown_files.read", lambda path, **how: opened.append(path) or read(path, **how))
    found = pairs(folder / "a", folder / "b").pairs
    (folder / "b" / "004.png").write_bytes(b"")  # a file that cannot be read is passed over
    assert for_folder(Preparation(range="set"), found).displays == (None, (9000.0, 9000.0 + 2 * EXAMPLES - 1))
    assert len(opened) == 2 * EXAMPLES + 1
    opened.clear()
    for_folder(Preparation(), found)
    assert len(opened) == EXAMPLES + 1


def test_folders_of_radiometric_files(tree, command):
    folder = tree()
    (folder / "in").mkdir()
    photograph = np.full((48, 64, 3), 120, np.uint8)
    for i in (1, 2):
        celsius = np.linspace(10 * i, 10 * i + 20, 12 * 16, dtype=np.float32).reshape(12, 16)
        (folder / "in" / f"{i}.jpg").write_bytes(flir_jpeg(celsius, photograph, 1.0))
    status, out, _ = command("fuse", folder / "in", "-o", folder / "out", "--range", "set", "--method", "max")
    assert status == 0 and "2 fused" in out
    low, high = (float(word) for word in out.split("b from ")[1].split(" to "))
    assert (low, high) == pytest.approx((10, 40), abs=0.1)
