"""Pictures laid onto one of them and written by themselves: values, names, series, what cannot be."""

import json

import numpy as np
import pytest
import tifffile
from test_align import FAR, as_infrared, scene, seen_by, turned

from aefusion import align_files
from aefusion.cli import main
from aefusion.image import Picture, read, write


def run(*words) -> int:
    """The exit status of ``aefusion align``."""
    with pytest.raises(SystemExit) as ended:
        main(["align", *map(str, words)])
    return ended.value.code  # pyright: ignore


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A photograph, and the counts of a thermal camera that sees it from elsewhere."""
    folder = tmp_path_factory.mktemp("two")
    visible, infrared = seen_by(scene(), np.eye(3)), as_infrared(seen_by(scene(), FAR))
    write(folder / "visible.png", Picture(np.uint8(visible * 255)))
    write(folder / "thermal.tif", Picture(np.uint16(7000 + 3000 * infrared)))
    tifffile.imwrite(folder / "celsius.tif", np.float32(10 + 30 * infrared))
    return folder


def test_the_second_is_written_in_its_own_values_where_the_first_has_it(two, tmp_path, capsys):
    assert run(two / "visible.png", two / "thermal.tif", "-o", tmp_path / "t.tif", "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["status"], row["kind"], row["width"], row["height"]) == ("aligned", "affine", 320, 240)
    pixels = read(tmp_path / "t.tif").pixels
    right = 7000 + 3000 * as_infrared(seen_by(scene(), np.eye(3)))
    shows = pixels > 0
    assert pixels.dtype == np.uint16 and 0.7 < shows.mean() < 0.99 and abs(row["covered"] - shows.mean()) < 0.001
    assert np.abs(pixels[shows] - right[shows]).mean() < 100  # of 1200 that it would be unaligned, and a noise of 60


def test_degrees_stay_degrees_in_tiff_and_are_nan_where_nothing_is_seen(two, tmp_path):
    (one,) = align_files([two / "visible.png", two / "celsius.tif"], tmp_path / "c.tif")
    values = tifffile.imread(tmp_path / "c.tif")
    assert values.dtype == np.float32 and abs(np.isfinite(values).mean() - one.covered) < 1e-3 < 1 - one.covered
    assert np.nanmin(values) > 15 and np.nanmax(values) < 35
    (one,) = align_files([two / "visible.png", two / "celsius.tif"], tmp_path / "c.png")
    assert read(tmp_path / "c.png").pixels.dtype == np.uint16 and read(tmp_path / "c.png").pixels.max() > 60000


def test_a_series_is_laid_onto_its_middle_and_cropped_to_what_all_show(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    for i, shift in ((9, 8.0), (10, 0.0), (11, -6.0)):  # in natural order
        write(tmp_path / "in" / f"{i}.png", Picture(np.uint8(255 * seen_by(scene(), turned(1, 0, shift, shift)))))
    options = ["--onto", "middle", "--crop", "--save-transform", tmp_path / "t.json"]
    assert run(tmp_path / "in", "-o", tmp_path / "out", *options) == 0
    first, middle, last = (read(tmp_path / "out" / f"{i}.png").pixels.astype(int) for i in (9, 10, 11))
    assert middle.shape == (226, 306) and first.shape == last.shape == middle.shape
    assert max(np.abs(first - middle).mean(), np.abs(last - middle).mean()) < 2
    assert "10.png: 306x226, stays where it is" in capsys.readouterr().out
    again = list(align_files([tmp_path / "in"], tmp_path / "again", onto="middle", transform=tmp_path / "t.json"))
    assert [one.row()["status"] for one in again] == ["aligned", "reference", "aligned"]
    assert (read(tmp_path / "again" / "9.png").pixels[6:232, 6:312] == first).all()


def test_what_cannot_be_aligned_is_told_once_and_the_rest_goes_on(two, tmp_path, capsys):
    noise = np.random.default_rng(0).integers(0, 256, (240, 320), np.uint8)
    write(tmp_path / "noise.png", Picture(noise))
    files = [two / "visible.png", tmp_path / "noise.png", two / "thermal.tif"]
    assert run(*files, "-o", tmp_path / "out") == 1
    said = capsys.readouterr()
    assert said.err.count("noise.png: not aligned to") == 1 and "--view" in said.err
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["thermal.tif", "visible.png"]


def test_equal_names_get_their_folder_and_no_source_is_overwritten(two, tmp_path):
    for name, matrix in (("visible", np.eye(3)), ("infrared", turned(1, 0, 9, 4))):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "1.png", Picture(np.uint8(255 * seen_by(scene(), matrix))))
    files = [tmp_path / "visible" / "1.png", tmp_path / "infrared" / "1.png"]
    names = [one.output.name for one in align_files(files, tmp_path / "out") if one.output]
    assert names == ["visible_1.png", "infrared_1.png"]
    for options, wrong in (
        ({"output": files[1]}, "would overwrite this source"),
        ({"output": tmp_path / "x.png", "crop": True}, "give a folder, or leave out `crop`"),
        ({"output": tmp_path / "x.doc"}, "the suffix '.doc' is not known"),
        ({"output": tmp_path / "x", "align": "none"}, "nothing would be laid onto anything"),
        ({"output": tmp_path / "x", "onto": "best"}, "expected first, middle, last"),
    ):
        with pytest.raises(ValueError, match=wrong):
            align_files(files, **options)
    with pytest.raises(ValueError, match="give two or more"):
        align_files(files[:1], tmp_path / "x")
