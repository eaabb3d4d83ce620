"""A card of many stacks: which pictures belong together, one result for each, and what fails is told."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from aefusion import fuse_stacks
from aefusion.cli import main
from aefusion.stack.groups import groups_of

SCENE = np.random.default_rng(2).integers(30, 200, (40, 60), dtype=np.uint8)


def shoot(folder: Path, number: int, second: float, time: float = 0.01, model: str = "A camera", blur: float = 0.01):
    """A picture that was taken at that second of a day, with that exposure time."""
    folder.mkdir(exist_ok=True)
    exif = Image.Exif()
    exif[272] = model
    inner = exif.get_ifd(34665)
    whole = int(second)
    inner[36867] = f"2026:05:01 {10 + whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    inner[37521] = f"{round(second % 1 * 100):02}"
    inner[33434], inner[33437], inner[34855] = time, 8.0, 100
    pixels = np.clip(cv2.GaussianBlur(SCENE, (0, 0), blur).astype(float) * (time / 0.01) ** 0.45, 0, 255)
    Image.fromarray(np.uint8(pixels)).save(folder / f"IMG_{number:04}.jpg", exif=exif, quality=95)


@pytest.fixture
def card(tmp_path):
    """A focus stack of four, a single picture, and two brackets of three, the second at once after the first."""
    folder = tmp_path / "card"
    for i in range(4):
        shoot(folder, i + 1, 100 + 1.5 * i, blur=0.01 + i)
    shoot(folder, 5, 300)
    for i, time in enumerate((0.0025, 0.01, 0.04, 0.0025, 0.01, 0.04)):
        shoot(folder, 10 + i, 500 + 0.4 * i, time)
    return folder


def names(groups):
    return [(one.name, len(one.paths)) for one in groups.stacks]


EXPECTED = [("IMG_0001-IMG_0004", 4), ("IMG_0010-IMG_0012", 3), ("IMG_0013-IMG_0015", 3)]


def test_stacks_are_found_by_time_and_exposure(card):
    groups = groups_of([card])
    assert names(groups) == EXPECTED
    assert [path.name for path in groups.alone] == ["IMG_0005.jpg"]
    assert names(groups_of([card], gap=1.0)) == EXPECTED[1:]  # the focus stack took 1.5 seconds a picture


def test_another_camera_is_another_stack(tmp_path):
    for i in range(4):
        shoot(tmp_path / "card", i, i, model="one" if i < 2 else "another")
    assert names(groups_of([tmp_path / "card"])) == [("IMG_0000-IMG_0001", 2), ("IMG_0002-IMG_0003", 2)]


def test_without_times_the_names_and_the_folders_say_it(tmp_path):
    for name in ("a/left_1", "a/left_2", "a/right_1", "a/right_2", "b/1", "b/2", "b/10"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(SCENE).save(tmp_path / f"{name}.png")
    tifffile.imwrite(tmp_path / "a" / "z.lsm", np.stack([SCENE] * 3), photometric="minisblack")
    groups = groups_of([tmp_path])
    assert names(groups) == [("a/z", 1), ("a/left_1-left_2", 2), ("a/right_1-right_2", 2), ("b", 3)]
    assert [path.name for path in groups.stacks[-1].paths] == ["1.png", "2.png", "10.png"]


def test_one_command_for_a_card(card, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["stack", str(card), "-o", str(tmp_path / "out"), "--group", "--dry-run"])
    assert not stopped.value.code and not (tmp_path / "out").exists()
    assert "IMG_0010-IMG_0012.tif: 3 pictures, IMG_0010.jpg to IMG_0012.jpg" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        main(["stack", str(card), "-o", str(tmp_path / "out"), "--group"])
    said = capsys.readouterr().out
    assert not stopped.value.code
    assert "by focus (all exposures are 1/100 s" in said and "by exposure (exposures from 1/400 s" in said
    assert said.splitlines()[-1].endswith("out: 3 fused, 0 skipped, 0 failed, 1 in no stack (IMG_0005.jpg)")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{name}.tif" for name, _ in EXPECTED]
    # Again into the card itself: results are no sources.
    (tmp_path / "out" / "IMG_0001-IMG_0004.tif").rename(card / "IMG_0006.tif")
    assert names(groups_of([card])) == EXPECTED


def test_one_that_fails_does_not_stop_the_rest(card, tmp_path):
    broken = card / "IMG_0011.jpg"
    broken.write_bytes(broken.read_bytes()[:-300])
    results = list(fuse_stacks(card, tmp_path / "out", suffix=".jpg", quality=90))
    assert [one.status for one in results] == ["fused", "failed", "fused"]
    assert "IMG_0011.jpg" in results[1].error
    assert next(iter(fuse_stacks(card, tmp_path / "out", suffix=".jpg", exist="skip"))).status == "skipped"


def test_what_is_no_card_is_told(tmp_path):
    (tmp_path / "a.png").touch()
    for folder, wrong in ((tmp_path / "a.png", "not a folder"), (tmp_path / "missing", "not a folder")):
        with pytest.raises(ValueError, match=wrong):
            groups_of([folder])
    with pytest.raises(ValueError, match="no stack in it"):
        groups_of([tmp_path])
