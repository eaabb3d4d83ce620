"""Counts of a thermal camera are read in one way wherever they are measured, ranked or learned from."""

import json
import warnings

import numpy as np
import pytest

import aefusion
from aefusion.bench.gallery import bench_gallery
from aefusion.bench.pair import bench_pair
from aefusion.bench.quality import bench_quality
from aefusion.cli import main
from aefusion.evolution.bank import Bank
from aefusion.evolution.build_bank import build_bank
from aefusion.evolution.data import look_at, read_pairs
from aefusion.evolution.examples import load_examples
from aefusion.evolution.recipe import Recipe
from aefusion.image import Picture, read, write
from aefusion.image.colour import luminance
from aefusion.image.thermal import display_range, stretch

SIDE = 100


@pytest.fixture(scope="module")
def trees(tmp_path_factory, photographs_of_module):
    """One tree with counts of 7000 to 8300 as second pictures, and one with the same as they are shown."""
    root = tmp_path_factory.mktemp("trees")
    visible, infrared = photographs_of_module
    counts = [np.uint16(7000 + 5.0 * infrared[i : i + SIDE, :SIDE]) for i in (0, 60)]
    display = display_range(counts)
    for number, one in enumerate(counts):
        for name, second in (("counts", one), ("shown", stretch(one, *display))):
            folder = root / name / "ir_visible" / "set"
            for side, pixels in (("a", visible[number * 40 : number * 40 + SIDE, :SIDE].copy()), ("b", second)):
                (folder / side).mkdir(parents=True, exist_ok=True)
                write(folder / side / f"{number}.png", Picture(pixels))
    return root / "counts", root / "shown", display


@pytest.fixture(scope="module")
def photographs_of_module():
    from skimage.data import camera, moon

    return camera()[60:300, 150:350], moon()[60:300, 150:350]


def sides(tree):
    return tree / "ir_visible" / "set" / "a", tree / "ir_visible" / "set" / "b"


def test_score_measures_what_was_fused(trees, tmp_path):
    counts, shown, display = trees
    results = aefusion.fuse_folders(*sides(counts), tmp_path / "fused", method="lp")
    assert [one.status for one in results] == ["fused"] * 2
    names = ["Qabf", "SSIM", "PSNR", "EN"]
    of_counts = aefusion.score_folders(*sides(counts), tmp_path / "fused", metrics=names)
    assert (
        of_counts.pairs == aefusion.score_folders(*sides(shown), tmp_path / "fused", metrics=names, range="none").pairs
    )
    flat = aefusion.score_folders(*sides(counts), tmp_path / "fused", metrics=names, range="none")
    assert flat.mean["SSIM"] != pytest.approx(of_counts.mean["SSIM"], abs=0.02)
    given = aefusion.score_folders(*sides(counts), tmp_path / "fused", metrics=names, range=display)
    assert given.pairs == of_counts.pairs


def test_one_pair_of_files_and_of_arrays_has_a_range_of_its_own(trees, tmp_path):
    a, b = (folder / "0.png" for folder in sides(trees[0]))
    fused = aefusion.fuse_files([a, b], tmp_path / "fused.png", method="average")
    files = aefusion.score(a, b, tmp_path / "fused.png", ["SSIM", "Qabf"])
    assert fused.ranges and files == aefusion.score(read(a).pixels, read(b).pixels, read(tmp_path / "fused.png").pixels,
                                                    ["SSIM", "Qabf"])  # fmt: skip
    own = stretch(read(b).pixels, *display_range([read(b).pixels]))
    assert files == aefusion.score(a, own, tmp_path / "fused.png", ["SSIM", "Qabf"])


def test_twelve_bits_in_sixteen_are_told(tmp_path):
    random = np.random.default_rng(0)
    eight, twelve = random.integers(0, 256, (64, 64), np.uint8), random.integers(0, 4096, (64, 64)).astype(np.uint16)
    with pytest.warns(
        UserWarning, match="fused: its values, 0 to 40.., are a small part of 0 to 65535: stretch them first"
    ):
        aefusion.score(eight, eight, Picture(twelve), ["EN"])
    with pytest.warns(UserWarning, match=r"b: its values, .* `range=\(0, 40..\)` stretches them"):
        aefusion.score(eight, twelve, eight, ["EN", "SSIM"])


def test_bench_ranks_what_was_fused(trees):
    values = []
    for tree, how in ((trees[0], "auto"), (trees[1], "none")):
        measured = bench_quality(tree, methods=["lp", "average"], metrics=["Qabf", "SSIM", "EN"], range=how)
        values.append({row["key"]["method"]: row["samples"] for row in measured.rows})
    assert values[0] == values[1]
    rows = [bench_pair(*sides(tree), methods=["lp"], size=0, say=lambda line: None) for tree in trees[:1]]
    assert 0 < rows[0][0]["E2"] <= 1


def test_the_gallery_shows_what_was_fused(trees, tmp_path):
    for tree, name in zip(trees[:2], ("counts", "shown"), strict=True):
        how = "auto" if name == "counts" else "none"
        made = bench_gallery(tree, output=tmp_path / name, methods=["lp"], range=how)
        assert not made.failed
    sheets = [read(next((tmp_path / name).glob("*.png"))).pixels for name in ("counts", "shown")]
    np.testing.assert_array_equal(*sheets)


def test_the_bank_and_training_learn_from_what_is_fused(trees, tmp_path):
    counts, shown, display = trees
    ours, theirs = (list(read_pairs(tree, choice=how)) for tree, how in ((counts, "auto"), (shown, "none")))
    for (_, _, b), (_, _, expected) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(b, expected)
        assert np.ptp(b) > 0.2
    built = build_bank(counts, tmp_path / "bank", methods=["average", "max"], evaluation="Qabf", jobs=1)
    assert built.pairs == 2 and not built.failures
    bank = Bank(tmp_path / "bank")
    for _, a, b in ours:
        assert bank(a, b).shape == a.shape
    assert {source.displays for source in look_at(counts)} == {(None, display)}
    assert {source.displays for source in look_at(counts, choice="none")} == {(None, None)}
    recipe = Recipe(teacher=f"bank:{tmp_path / 'bank'}", validation=0)
    learned, _ = load_examples(recipe, counts)
    np.testing.assert_allclose(learned[0].b, ours[0][2], atol=1e-4)
    assert np.ptp(load_examples(Recipe(teacher="average", validation=0, range="none"), counts)[0][0].b) < 0.05


def test_the_commands_take_a_range(trees, tmp_path, capsys):
    counts = trees[0]
    low, high = map(str, trees[2])

    def run(*words) -> tuple[int, str]:
        with pytest.raises(SystemExit) as done:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return done.value.code or 0, said.out + said.err

    fused = tmp_path / "fused"
    assert run("fuse", *sides(counts), "-o", fused, "--method", "lp", "--range", low, high)[0] == 0
    code, said = run("score", *sides(counts), fused, "--metrics", "SSIM", "--range", low, high, "--json")
    mean = aefusion.score_folders(*sides(counts), fused, metrics=["SSIM"]).mean
    assert code == 0 and json.loads(said)["mean"] == mean
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        code, said = run("score", *sides(counts), fused, "--metrics", "SSIM", "--range", 1, 2)
    assert code == 0 and "nothing of it lies in the range 1 to 2" in said
    assert run("evolve", "bank", counts, "-o", tmp_path / "bank", "--methods", "max", "--range", "set", "--jobs", 1,
               "--evaluation", "EN")[0] == 0  # fmt: skip
    assert luminance(read(sides(counts)[1] / "0.png").pixels).max() < 0.2
