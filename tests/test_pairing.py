"""Pairs as drones write them: by time, in order, two flights in a folder, lenses; and the names of their results."""

import json
import struct
import warnings

import numpy as np
import pytest

from aefusion.cli import main
from aefusion.files import FileError
from aefusion.image import Metadata, Picture, pairs, write
from aefusion.image.exif import Tag, build_directory
from aefusion.image.taken import Taken, taken


def exif(time: str, subsecond: str = "", zone: str = "", focal_length: int = 0) -> bytes:
    """An EXIF block that says when a picture was taken, and its focal length on 35 mm."""
    texts = {36867: time, 37521: subsecond, 36881: zone}
    tags = [Tag(code, 2, len(text) + 1, text.encode() + b"\0") for code, text in texts.items() if text]
    tags += [Tag(41989, 3, 1, struct.pack("<H", focal_length))] if focal_length else []
    return b"II*\0" + struct.pack("<I", 8) + build_directory([Tag(34665, 4, 1, tags)], "<", 8)


@pytest.fixture
def shots(tmp_path):
    """Writes small pictures: name=seconds after 10:00:00, or a whole EXIF block, or None for a file without time."""

    def make(**names):
        for number, (name, when) in enumerate(names.items()):
            path = tmp_path / name.replace("__", "/")
            path = path if path.suffix else path.with_suffix(".jpg")
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(when, int | float):
                minutes, seconds = divmod(int(when), 60)
                when = exif(f"2024:05:31 10:{minutes:02}:{seconds:02}", f"{when % 1:.3f}"[2:])
            write(path, Picture(np.full((24, 32), 40 + number, np.uint8), metadata=Metadata(exif=when or b"")))
        return tmp_path

    return make


def names(found):
    return [(stem, a.name, b.name) for stem, a, b in found.pairs], [
        path.name for path in (*found.only_a, *found.only_b)
    ]


# --- when a picture was taken ---


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".png", ".webp"])
def test_the_time_of_a_file(tmp_path, suffix):
    path = tmp_path / f"DJI_20200101000000_0001{suffix}"
    block = exif("2024:05:31 12:00:01", "25", "+02:00")
    write(path, Picture(np.zeros((8, 8), np.uint8), metadata=Metadata(exif=block)))
    assert taken(path) == Taken(1717156801.25, 7200.0)


@pytest.mark.parametrize(
    ("name", "clock"),
    [
        ("DJI_20240531120001_0007_W.jpg", 1717156801.0),
        ("IMG_20240531_120001.jpg", 1717156801.0),
        ("2024-05-31 12-00-01.png", 1717156801.0),
        ("DJI_20241331120001_0007_W.jpg", None),
        ("DJI_0007.jpg", None),
    ],
)
def test_the_time_in_a_name(tmp_path, name, clock):
    write(tmp_path / name, Picture(np.zeros((8, 8), np.uint8)))
    assert taken(tmp_path / name) == (None if clock is None else Taken(clock, None))
    assert taken(tmp_path / "there_is_none_20240531120001.jpg") == Taken(1717156801.0, None)


def test_a_damaged_block_says_nothing(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8\xff\xe1\x00\x20Exif\0\0II*\0" + bytes(3))
    (tmp_path / "y.tif").write_bytes(b"II*\0" + bytes(3))
    assert taken(tmp_path / "x.jpg") is None and taken(tmp_path / "y.tif") is None


# --- by time ---


def test_infrared_comes_about_a_second_after_visible(shots):
    folder = shots(v__1=0, v__2=10, v__3=20, v__4=30, t__a=0.9, t__b=21.5, t__c=10.4)
    found, alone = names(pairs(folder / "v", folder / "t", pattern="time"))
    assert found == [("1", "1.jpg", "a.jpg"), ("2", "2.jpg", "c.jpg")] and alone == ["3.jpg", "4.jpg", "b.jpg"]
    found, alone = names(pairs(folder / "v", folder / "t", pattern="time:2"))
    assert found[-1] == ("3", "3.jpg", "b.jpg") and alone == ["4.jpg"]


def test_each_is_used_once_by_its_nearest(shots):
    folder = shots(v__1=0, v__2=1, v__3=2, t__1=1.25, t__2=2.25)
    found, alone = names(pairs(folder / "v", folder / "t", pattern="time:2"))
    assert found == [("2", "2.jpg", "1.jpg"), ("3", "3.jpg", "2.jpg")] and alone == ["1.jpg"]


def test_shots_of_one_second_stay_in_order(shots):
    folder = shots(v__1=5, v__2=5, v__3=5, t__1=5, t__2=5, t__3=5)
    assert [a[0] == b[0] for _, a, b in names(pairs(folder / "v", folder / "t", pattern="time"))[0]] == [True] * 3


def test_a_clock_that_is_ahead(shots):
    folder = shots(v__1=0, v__2=10, t__1=600.5, t__2=610.5)
    with pytest.raises(FileError, match=r"no two pictures were taken within 2 seconds: 1\.jpg comes 590\.5 s after"
                       r" 2\.jpg.*`pattern=\"time:2\+590\.5\"`$"):  # fmt: skip
        pairs(folder / "v", folder / "t", pattern="time:2")
    assert names(pairs(folder / "v", folder / "t", pattern="time:2+600")) == (
        [("1", "1.jpg", "1.jpg"), ("2", "2.jpg", "2.jpg")], [],
    )  # fmt: skip
    assert len(pairs(folder / "t", folder / "v", pattern="time:2-600").pairs) == 2


def test_time_zones_count_where_all_state_one(shots):
    here, there = "2024:05:31 12:00:00", "2024:05:31 10:00:00"
    folder = shots(v__1=exif(here, zone="+02:00"), t__1=exif(there, zone="+00:00"))
    assert len(pairs(folder / "v", folder / "t", pattern="time").pairs) == 1
    folder = shots(v__1=exif(here, zone="+02:00"), t__1=exif(here))
    assert len(pairs(folder / "v", folder / "t", pattern="time").pairs) == 1


def test_names_tell_the_time_where_exif_does_not(shots):
    folder = shots(v__DJI_20240531100007_0001_W=None, t__1=7.5, t__2=None)
    found, alone = names(pairs(folder / "v", folder / "t", pattern="time"))
    assert found == [("DJI_20240531100007_0001_W", "DJI_20240531100007_0001_W.jpg", "1.jpg")] and alone == ["2.jpg"]
    folder = shots(u__1=None)
    with pytest.raises(FileError, match=r"u?: no picture says when it was taken, as 1\.jpg.*`pattern=\"order\"`"):
        pairs(folder / "u", folder / "t", pattern="time")


@pytest.mark.parametrize("pattern", ["time:soon", "time:2+", "time:-1", "time:1e3", "order:size"])
def test_ways_that_are_none(shots, pattern):
    folder = shots(v__1=0, t__1=0)
    with pytest.raises(ValueError, match=r"pattern '.*': expected (time and seconds|order)"):
        pairs(folder / "v", folder / "t", pattern=pattern)


# --- in order ---


def test_in_the_natural_order_of_the_names(shots):
    folder = shots(v__9=None, v__10=None, t__b1=None, t__b2=None)
    found, _ = names(pairs(folder / "v", folder / "t", pattern="order"))
    assert found == [("10", "10.jpg", "b2.jpg"), ("9", "9.jpg", "b1.jpg")]
    shots(t__b3=None)
    with pytest.raises(FileError, match=r"2 pictures on the first side and 3 on the second: in order they would shift"):
        pairs(folder / "v", folder / "t", pattern="order")


def test_in_the_order_of_time(shots):
    folder = shots(v__999=0, v__1=5, t__999=100, t__1=105)
    found, _ = names(pairs(folder / "v", folder / "t", pattern="order:time"))
    assert found == [("1", "1.jpg", "1.jpg"), ("999", "999.jpg", "999.jpg")]
    shots(t__2=None)
    with pytest.raises(FileError, match=r"2\.jpg does not say when"):
        pairs(folder / "v", folder / "t", pattern="order:time")


def test_two_cameras_that_take_turns_in_one_folder(shots):
    """A DJI XT2 writes DJI_0001_R.JPG, DJI_0002.JPG: thermal and visible, numbered in turn."""
    numbers = dict.fromkeys(("DJI_0001_R", "DJI_0002", "DJI_0003_R", "DJI_0004", "DJI_0009_R", "DJI_0010"))
    folder = shots(**numbers)
    expected = [("DJI_0002", "DJI_0002.jpg", "DJI_0001_R.jpg"), ("DJI_0004", "DJI_0004.jpg", "DJI_0003_R.jpg"),
                ("DJI_0010", "DJI_0010.jpg", "DJI_0009_R.jpg")]  # fmt: skip
    assert names(pairs(folder, pattern="order")) == (expected, [])
    assert names(pairs(folder, pattern="order DJI_*:DJI_*_R")) == (expected, [])
    # One visible picture is missing, and one thermal: nothing shifts.
    (folder / "DJI_0004.jpg").unlink()
    (folder / "DJI_0009_R.jpg").unlink()
    found, alone = names(pairs(folder, pattern="order"))
    assert found == expected[:1] and alone == [
        "DJI_0010.jpg",
        "DJI_0003_R.jpg",
    ]


# --- sides of one folder ---


def test_time_in_one_folder_knows_thermal_pictures_by_their_names(shots):
    """An H20T: the thermal picture a second after the other, in its name and in EXIF."""
    folder = shots(DJI_20240531100000_0001_W=0, DJI_20240531100001_0001_T=1, DJI_20240531100010_0002_W=10)
    found, alone = names(pairs(folder, pattern="time"))
    assert found == [("DJI_20240531100000_0001_W", "DJI_20240531100000_0001_W.jpg", "DJI_20240531100001_0001_T.jpg")]
    assert alone == ["DJI_20240531100010_0002_W.jpg"]
    assert names(pairs(folder, folder, pattern="time")) == (found, alone)
    shots(DJI_20240531100000_0001_Z=0)
    with pytest.raises(
        FileError, match=r"several lenses, W and Z, beside the thermal ones: .*`pattern=\"time \*_W:\*_T\"`"
    ):
        pairs(folder, pattern="time")
    assert names(pairs(folder, pattern="time *_Z:*_T"))[0][0][0] == "DJI_20240531100000_0001_Z"
    with pytest.raises(FileError, match=r"no picture fits the second side of \*_W:\*_X"):
        pairs(folder, pattern="time *_W:*_X")
    with pytest.raises(ValueError, match=r"expected LEFT:RIGHT with no \{\}"):
        pairs(folder, pattern="time {}_W:{}_T")
    with pytest.raises(FileError, match="no name says which pictures are thermal: here is for example"):
        pairs(shots(x__1=0, x__2=1) / "x", pattern="time")


# --- two flights in one folder ---

FLIGHTS = ("DJI_20240531100000_0001", "DJI_20240531100010_0002", "DJI_20240601170000_0001", "DJI_20240601170010_0002")


def test_two_flights_whose_numbers_begin_anew(shots):
    folder = shots(
        **{f"{flight}_W": None for flight in FLIGHTS}, **{f"{flight[:17]}1{flight[18:]}_T": None for flight in FLIGHTS}
    )
    found, alone = names(pairs(folder, pattern="DJI_*_{}_W:DJI_*_{}_T"))
    assert [stem for stem, *_ in found] == [flight[4:] for flight in FLIGHTS] and not alone
    assert all(a[:17] == b[:17] and a[19:23] == b[19:23] for _, a, b in found)
    # One of the first flight has no thermal picture: that of the other flight is not taken for it.
    (folder / "DJI_20240531100001_0001_T.jpg").unlink()
    found, alone = names(pairs(folder, pattern="DJI_*_{}_W:DJI_*_{}_T"))
    assert len(found) == 3 and alone == ["DJI_20240531100000_0001_W.jpg"]


def test_what_stars_stand_for_keeps_equal_stems_apart(shots):
    folder = shots(north__1_W=None, north__1_T=None, south__1_W=None, south__1_T=None, west__1_W=None)
    found, alone = names(pairs(folder, pattern="*/{}_W:*/{}_T"))
    assert [stem for stem, *_ in found] == ["north/1", "south/1"] and alone == ["1_W.jpg"]
    folder = shots(v__day_1=None, v__night_1=None, t__day_1=None, t__night_1=None)
    assert [stem for stem, *_ in pairs(folder / "v", folder / "t", pattern="*_{}:*_{}").pairs] == ["day_1", "night_1"]
    folder = shots(t__dusk_1=None, v__dawn_1=None)
    with pytest.raises(
        FileError, match=r"two pictures with one stem, dawn_1\.jpg and dusk_1\.jpg: .*by time: `pattern="
    ):
        pairs(folder / "v", folder / "t", pattern="*_{}:*_{}")


# --- the command ---


@pytest.fixture
def command(monkeypatch, capsys):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return (
            (1, out, f"{err}{exit.value.code}\n") if isinstance(exit.value.code, str) else (exit.value.code, out, err)
        )

    return run


def test_pictures_without_partner_are_named(shots, command):
    folder = shots(v__1=0, v__2=10, v__3=20, v__4=30, v__5=40, v__6=50, t__1=0.5, t__7=70)
    arguments = ("fuse", folder / "v", folder / "t", "-o", folder / "o", "--pair", "time", "--method", "max")
    status, out, _ = command(*arguments)
    assert (
        status == 0
        and "1 fused, 0 skipped, 0 failed, 6 pictures without partner (2.jpg, 3.jpg, 4.jpg and 3 more" in out
    )
    _, out, err = command(*arguments, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["status"] for row in rows] == ["fused", *["no partner"] * 6]
    assert [row["sources"] for row in rows][-1] == [str(folder / "t" / "7.jpg")]
    assert "6 pictures without partner" in err
    _, out, _ = command(*arguments, "--dry-run")
    assert len(out.splitlines()) == 7 and out.count("no partner") == 6
    shares = [command(*arguments, "--json", "--shard", f"{i}/2")[1].splitlines() for i in (1, 2)]
    assert sorted(json.loads(line)["pair"] for share in shares for line in share) == ["1", "2", "3", "4", "5", "6", "7"]


def test_results_of_two_flights_keep_their_dates(shots, command):
    folder = shots(**{f"{flight}_W": None for flight in FLIGHTS}, **{f"{flight}_T": None for flight in FLIGHTS})
    status, _, _ = command("fuse", folder, "-o", folder / "o", "--pair", "DJI_*_{}_W:DJI_*_{}_T", "--method", "max")
    assert status == 0
    assert sorted(path.stem for path in (folder / "o").iterdir()) == [flight[4:] for flight in FLIGHTS]


def test_commands_that_pair_folders_have_the_option_that_they_advise(shots, command):
    folder = shots(a__1=None, b__2=None)
    status, _, err = command("bench", "pair", folder / "a", folder / "b")
    assert status == 1 and "no picture has a partner of the same stem" in err and "--pair" in err
    assert "--pair" in command("bench", "pair", "--help")[1]
    status, _, err = command("fuse", folder / "a", folder / "b", "-o", folder / "o")
    assert status == 1 and "--pair" in err
