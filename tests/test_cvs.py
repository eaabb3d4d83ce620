"""Combined vision: rendered pairs, the same each time, from parts of a terrain that have nothing in common."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_cli import aefusion

from aefusion.bench.quality import bench_quality
from aefusion.evolution.made import combined_vision as made
from aefusion.evolution.made import terrain as ground
from aefusion.evolution.made.combined_vision import combined_vision, framed, scene_of, world
from aefusion.evolution.made.enhanced_vision import transmission
from aefusion.evolution.made.make_cvs import make_cvs
from aefusion.evolution.made.runway_lights import lamps, runway_lights
from aefusion.evolution.made.runways import WIDTH as RUNWAY_WIDTH
from aefusion.evolution.made.scene import OFFSET, TURNED
from aefusion.evolution.made.seen_ground import FINE, HEIGHT, WIDTH, horizon_row, in_view, seen_ground
from aefusion.evolution.made.terrain import CELL, PARTS, at, terrain
from aefusion.files import FileError
from aefusion.image import read
from aefusion.image.pair_tree import tree
from aefusion.library import METHODS


@pytest.fixture(scope="module")
def place():
    return world("test")


@pytest.fixture(scope="module")
def scenes():
    return [scene_of("test", number)[0] for number in range(120)]


@pytest.fixture(scope="module")
def approach(scenes):
    """A scene by day, on an approach, from more than a kilometre."""
    return replace(
        next(scene for scene in scenes if scene.runway), sensor="day", visibility=2e4, fog_top=-1000.0, roll=0.0
    )


@pytest.fixture(scope="module")
def seen(place, approach):
    return seen_ground(place.ground.real, approach)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Three pairs of the part "test"."""
    folder = tmp_path_factory.mktemp("data")
    make_cvs(folder, pairs=3, part="test")
    return folder


def test_the_same_pair_each_time_and_another_for_another_number_and_seed():
    first = combined_vision("test", 3)
    world.cache_clear()
    again = combined_vision("test", 3)
    assert first[2] == again[2] and all(np.array_equal(x, y) for x, y in zip(first[:2], again[:2], strict=True))
    for other in (combined_vision("test", 4), combined_vision("test", 3, seed=1)):
        assert other[2] != first[2] and not np.array_equal(other[0], first[0])


def test_gray_pictures_of_8_bit_that_show_something():
    for number in range(4):
        for picture in combined_vision("test", number)[:2]:
            assert picture.dtype == np.uint8 and picture.shape == (300, 400)
            assert np.ptp(np.percentile(picture, (1, 99))) > 20


def test_parts_share_no_cell_of_the_elevation_model():
    used = np.zeros((344, 403), int)
    for rows, columns in PARTS.values():
        used[rows, columns] += 1
    assert (used == 1).all()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_shows_nothing_of_the_others(part, monkeypatch):
    """Nor beyond its borders: with the rest of the terrain under the sea, its pictures stay the same."""
    before = combined_vision(part, 1)[:2]
    drowned = np.zeros((344, 403), np.float32)
    drowned[PARTS[part]] = ground.elevation()[PARTS[part]]
    monkeypatch.setattr(ground, "elevation", lambda: drowned)
    world.cache_clear()
    try:
        assert all(np.array_equal(x, y) for x, y in zip(combined_vision(part, 1)[:2], before, strict=True))
    finally:
        world.cache_clear()


def test_the_terrain_is_real(place):
    known = ground.elevation()[PARTS["train"]]
    whole = terrain("train")
    assert whole.model.min() > known.min() - 20 and whole.model.max() < known.max() + 20
    coarse = cv2.resize(whole.model, known.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.corrcoef(coarse.ravel(), known.ravel())[0, 1] > 0.995
    assert 0.5 < np.abs(whole.real - whole.model).mean() < 10  # the sensor sees detail that the map has not


def test_beyond_the_border_is_the_mirror_image(place):
    grid = place.ground.model
    y = np.arange(20) * CELL
    for beyond in (1, 40):
        inside = at(grid, np.full(20, (beyond - 1) * CELL), y)
        np.testing.assert_allclose(at(grid, np.full(20, -beyond * CELL), y), inside, rtol=1e-5)


@pytest.mark.parametrize("part", PARTS)
def test_runways_lie_level_in_both_grids_with_a_free_way_to_them(part):
    here = world(part)
    assert len(here.runways) >= 5
    for runway in here.runways:
        along = np.linspace(0, runway.length, 50)
        for grid in (here.ground.model, here.ground.real):
            for across in (-RUNWAY_WIDTH, 0, RUNWAY_WIDTH):
                heights = at(grid, *runway.place(along, np.full(50, across)))
                assert np.abs(heights - runway.height).max() < 0.5
        x, y = runway.place(along, np.zeros(50))
        np.testing.assert_allclose(runway.along(x, y), along, atol=1e-6)
        assert x.min() > 0 and x.max() < here.ground.size[0] and y.min() > 0 and y.max() < here.ground.size[1]
        before = np.linspace(400, 6000, 80)
        assert (at(here.ground.model, *runway.place(-before, np.zeros(80))) < runway.height + before * 0.05).all()


def test_scenes_are_within_what_is_stated(scenes, place):
    aligned = [scene for scene in scenes if scene.offset == (0, 0)]
    assert 0.35 < len(aligned) / len(scenes) < 0.65 and all(scene.turned == 0 for scene in aligned)
    assert {scene.sensor for scene in scenes} == {"day", "fog", "infrared"}
    assert 0 < sum(scene.runway is None for scene in scenes) < 30
    for scene in scenes:
        assert max(map(abs, scene.offset)) <= OFFSET and abs(scene.turned) <= TURNED and abs(scene.roll) <= 8
        assert scene.height > at(place.ground.real, scene.x, scene.y) + 35
        assert 600 <= scene.visibility <= 4e4 and 0 < scene.black < scene.white <= 1


def test_a_place_that_a_pixel_shows_is_projected_onto_that_pixel(seen, approach):
    rows, columns = np.nonzero(~seen.sky)
    some = np.random.default_rng(0).choice(len(rows), 500, replace=False)
    rows, columns = rows[some], columns[some]
    column, row, depth = in_view(approach, seen.x[rows, columns], seen.y[rows, columns], seen.height[rows, columns])
    assert np.abs(column - columns).max() < 0.05 and np.abs(row - rows).max() < 0.05
    np.testing.assert_allclose(depth, seen.depth[rows, columns], rtol=1e-3)


def test_what_is_seen_is_the_surface_of_the_terrain(seen, place):
    near = seen.depth < 5000
    off = np.abs(seen.height - at(place.ground.real, seen.x, seen.y))[near]
    assert np.percentile(off, 95) < 2


def test_sky_is_above_and_ground_below(seen, approach):
    assert (np.diff(seen.sky.astype(int), axis=0) <= 0).all()
    assert seen.sky[0].all() and not seen.sky[int(horizon_row(approach)) + 25 :].any()


def test_both_pictures_show_one_runway(place, approach):
    """The display's runway, dark with a white outline, is where the camera's lights are."""
    runway = approach.runway
    assert runway
    corners = runway.place(np.array([0, 0, runway.length]), np.array([-1, 1, 0]) * RUNWAY_WIDTH / 2)
    column, row, depth = in_view(approach, *corners, np.full(3, runway.height))
    assert (depth > 0).all() and (column > 0).all() and (column < WIDTH).all() and row[2] < row[0]
    rendered = made.synthetic_vision(place.ground, place.runways, approach, seen_ground(place.ground.model, approach))
    middle = rendered[int(row[0] * 0.8 + row[2] * 0.2), int(column[:2].mean() * 0.8 + column[2] * 0.2)]
    assert rendered[int(row[0]) - 2 : int(row[0]) + 3, int(column[:2].mean())].max() > 0.8
    assert middle < 0.3 or middle > 0.8  # asphalt or the centre line
    light = runway_lights(runway, approach, seen_ground(place.ground.real, approach), 1e-4)
    found = np.argwhere(light > 0.3 * light.max())
    x, y = runway.place(lamps(runway)[:, 0], lamps(runway)[:, 1])
    column, row, depth = in_view(approach, x, y, np.full(len(x), runway.height + 1.0))
    places = np.stack([row, column], axis=1)[depth > 30]
    assert len(found) and all(np.hypot(*(places - place).T).min() < 3 for place in found)


def test_a_hill_hides_the_lights(place, approach, seen):
    near = replace_depth(seen, 100.0)
    assert runway_lights(approach.runway, approach, near, 1e-4).max() == 0
    assert runway_lights(approach.runway, approach, seen, 1e-4).max() > 0


def replace_depth(seen, depth: float):
    return type(seen)(
        np.full_like(seen.depth, depth), seen.x, seen.y, seen.height, seen.footprint, seen.extent, seen.slope
    )


def test_less_light_comes_through_more_fog_and_from_farther_away(approach, seen):
    clear, thick = (transmission(replace(approach, visibility=v), seen) for v in (2e4, 1e3))
    valley = transmission(replace(approach, fog_top=approach.height), seen)
    assert (thick <= clear).all() and (valley <= clear).all() and valley.mean() < 0.8 * clear.mean()
    column = clear[int(horizon_row(approach)) + 40 :, WIDTH // 2]
    assert (np.diff(column) > -0.02).all()  # downwards is nearer
    at_visibility = np.abs(seen.depth - 2e4) < 500
    if at_visibility.any():
        assert clear[at_visibility].mean() == pytest.approx(0.02, abs=0.005)


def test_the_offset_is_in_pixels_of_the_picture():
    view = cv2.GaussianBlur(np.random.default_rng(0).random((HEIGHT, WIDTH), np.float32), (0, 0), 4)
    moved, still = framed(view, 0.0, (2.0, -1.0)), framed(view, 0.0)
    np.testing.assert_allclose(moved[10:-10, 10:-10], still[11:-9, 8:-12], atol=1e-4)
    right_wing_down = framed(np.float32(np.indices((HEIGHT, WIDTH))[0] > HEIGHT / 2), 5.0)
    edge = (right_wing_down > 0.5).argmax(axis=0)
    assert edge[-1] - edge[0] == pytest.approx(-np.tan(np.radians(5)) * 399, abs=2)
    assert FINE * 400 < WIDTH and FINE * 300 < HEIGHT


def test_pairs_in_the_layout_of_a_tree_with_a_card(data):
    folder = data / "cvs" / "jacksboro"
    assert [pair.full_name for pair in tree(data)] == [f"cvs/jacksboro/test-{n:04}" for n in range(3)]
    for number, pair in enumerate(tree(data)):
        for path, picture in zip((pair.a, pair.b), combined_vision("test", number)[:2], strict=True):
            assert np.array_equal(read(path).pixels, picture)
    card = (folder / "README.md").read_text()
    assert "rendered, not photographed" in card and "No camera took these pictures" in card and "--part test" in card
    assert "50% of the pairs are aligned" in card
    told = json.loads((folder / "scenes.json").read_text())
    assert list(told) == ["test-0000", "test-0001", "test-0002"]
    assert told["test-0001"]["visibility"] == scene_of("test", 1)[0].visibility


def test_what_is_there_is_not_made_again_and_what_lacks_is(data, tmp_path, monkeypatch):
    folder = tmp_path / "cvs" / "jacksboro"
    shutil.copytree(data / "cvs", tmp_path / "cvs")
    (folder / "b" / "test-0001.png").unlink()
    times = {file: file.stat().st_mtime_ns for file in folder.glob("?/*.png")}
    seen = []
    result = make_cvs(tmp_path, pairs=3, part="test", progress=lambda *what: seen.append(what))
    assert result == (folder, 3, 2)
    assert seen[0] == (0, 3, "test-0000") and seen[-1] == (3, 3, "")
    again = {file for file in times if file.stat().st_mtime_ns != times[file]}
    assert again == {folder / "a" / "test-0001.png"}
    assert (folder / "b" / "test-0001.png").read_bytes() == (data / "cvs/jacksboro/b/test-0001.png").read_bytes()


def test_the_card_is_there_from_the_start_and_counts_what_is_there(data, tmp_path):
    def stop(done, total, what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_cvs(tmp_path, pairs=2, part="test", progress=stop)
    assert "2 pairs, part `test`" in (tmp_path / "cvs/jacksboro/README.md").read_text()
    assert make_cvs(data, pairs=1, part="test") == (data / "cvs" / "jacksboro", 1, 1)
    assert "3 pairs, part `test`" in (data / "cvs/jacksboro/README.md").read_text()


def test_a_folder_of_other_pairs_is_refused(data, tmp_path):
    before = sorted(data.rglob("*"))
    for other in ({"part": "train"}, {"part": "test", "seed": 1}):
        with pytest.raises(FileError, match="holds pairs of another part, seed or version"):
            make_cvs(data, pairs=1, **other)
    (tmp_path / "cvs/jacksboro/a").mkdir(parents=True)
    (tmp_path / "cvs/jacksboro/a/mine.png").touch()
    with pytest.raises(FileError, match="holds pictures that were not made here"):
        make_cvs(tmp_path, pairs=1, part="test")
    with pytest.raises(ValueError, match="pairs is 0: give 1 or more"):
        make_cvs(data, pairs=0)
    with pytest.raises(ValueError, match="no part 'north' of the terrain: give one of train, validation, test"):
        make_cvs(data, part="north")
    assert sorted(data.rglob("*")) == before


def test_the_command(data, tmp_path):
    done = aefusion("evolve", "cvs", "out", "--pairs", "1", "--part", "test", cwd=tmp_path)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "out/cvs/jacksboro: 1 rendered pairs\n")
    written = tmp_path / "out/cvs/jacksboro/a/test-0000.png"
    assert written.read_bytes() == (data / "cvs/jacksboro/a/test-0000.png").read_bytes()
    done = aefusion("evolve", "cvs", "out", "--pairs", "0", cwd=tmp_path)
    assert done.returncode == 1 and done.stderr == "aefusion: pairs is 0: give 1 or more\n"
    done = aefusion("evolve", "cvs", "out", "--part", "south", cwd=tmp_path)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_it_is_the_fifth_task_of_benchmarks(data):
    """Methods for other tasks are left out, and the method that is made for it takes part."""
    assert [name for name, method in METHODS.items() if method.tasks == ("cvs",)] == ["cvs"]
    results = bench_quality(data, methods=["average", "cvs", "mertens"], metrics=["EN", "Qabf"], pairs=2)
    rows = {(row["key"]["method"], row["key"]["task"]): row for row in results.rows if row["samples"]}
    assert set(rows) == {("average", "cvs"), ("cvs", "cvs")}
    quality = {name: rows[name, "cvs"]["measured"]["Qabf"]["mean"] for name in ("average", "cvs")}
    assert quality["cvs"] > quality["average"]
