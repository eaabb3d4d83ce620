"""Training that keeps the network alive: starts by rule, made pairs, losses, runs in parts, and what stops a run."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from test_train import quiet, recipe

from aefusion import Fuser
from aefusion.evolution.alive import Watch
from aefusion.evolution.alone import at_full_strength
from aefusion.evolution.examples import Example, crops, load_examples
from aefusion.evolution.losses import halo, raised, strength_lost
from aefusion.evolution.recipe import RULES
from aefusion.evolution.selection import select_by_detail
from aefusion.evolution.train import initialise, train
from aefusion.image import Picture, write
from aefusion.network import MODELS
from aefusion.weights import find as find_weights
from aefusion.weights import load as load_weights
from aefusion.weights import save as save_weights


@pytest.fixture
def pairs(tmp_path, photographs):
    for side, picture in zip("ab", photographs, strict=True):
        folder = tmp_path / "data" / "task" / "set" / side
        folder.mkdir(parents=True)
        for i in range(4):
            write(folder / f"{i}.png", Picture(np.ascontiguousarray(picture[i * 40 : i * 40 + 96, i : i + 90])))
    return tmp_path / "data"


@pytest.mark.parametrize("model", [name + form for name in RULES for form in ("", "-p")])
def test_every_start_by_rule_chooses_the_sharper_source(model, photographs):
    sharp = photographs[0].astype(np.float32) / 255
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    middle = sharp.shape[1] // 2
    a, b = blurred.copy(), sharp.copy()
    a[:, :middle], b[:, :middle] = sharp[:, :middle], blurred[:, :middle]
    a, b, sharp = (torch.from_numpy(x)[None, None] for x in (a, b, sharp))
    torch.manual_seed(0)
    network = MODELS[model].network(fast=True)
    select_by_detail(network, *(torch.cat([x, y]) for x, y in ((a, b), (b, a))))
    watch = Watch(network.eval())
    with torch.no_grad():
        mean, fused = (a + b) / 2, network(a, b)
        # The bands of a pyramid are finer than the whole difference: something of the mean stays.
        assert (fused - sharp).abs().mean() < (0.5 if model.endswith("-p") else 0.3) * (mean - sharp).abs().mean()
        assert (fused - network(b, a)).abs().mean() < 3e-3
        assert (network(sharp, sharp) - sharp).abs().mean() < 3e-3
    assert max(watch.counts().values()) == 0, watch.counts()
    assert sum(p.numel() for p in network.parameters()) == MODELS[model].cost().parameters


def test_training_from_a_rule_on_a_pyramid_with_made_pairs(pairs, tmp_path):
    photograph_task(pairs)
    terms = {"ssim": 1.0, "strength": 1.0, "halo": 1.0, "raised": 1.0}
    settings = recipe(model="aenetv2-squeeze2-gcb-p", start="selection", made=0.5, full_strength=True, loss=terms)
    said: list[str] = []
    path = train(settings, pairs, tmp_path / "run", say=said.append)
    metadata = load_weights(path)[1]
    assert metadata["silent"].keys() == {
        "c1",
        *(f"r{i}_{x}" for i in (1, 2) for x in ("squeeze", "expand1", "expand3")),
    }
    assert metadata["epoch"] == 2 and any("silent maps: " in line for line in said)
    assert Fuser(str(path))(*np.zeros((2, 9, 9), np.uint8)).shape == (9, 9)
    so_far = load_weights(tmp_path / "run" / "so-far.safetensors")
    assert so_far[1]["epoch"] == 2 and so_far[0].keys() == load_weights(path)[0].keys()


def photograph_task(pairs) -> None:
    """Let the pairs be of the task whose pictures a are photographs."""
    (pairs / "task").rename(pairs / "ir_visible")


def test_a_share_of_the_samples_has_a_known_truth(pairs):
    learning, _ = load_examples(recipe(), pairs)
    photograph = np.random.default_rng(0).integers(0, 256, (90, 100), np.uint8)
    samples = crops(learning, 32, 3, 200, np.random.default_rng(0), made=0.4, photographs=[photograph])
    a, b, target, known = next(samples)
    assert a.shape == b.shape == (200, 1, 38, 38) and target.shape == (200, 1, 32, 32) and a.dtype == np.float32
    assert 0.3 < known.mean() < 0.5
    places = {patch.tobytes() for patch in target[known][:, 0, :2, :2]}
    turned = [np.rot90(x, turn) for x in (photograph, photograph[:, ::-1]) for turn in range(4)]
    windows = [np.lib.stride_tricks.sliding_window_view(x, (2, 2)).reshape(-1, 4) for x in turned]
    of_photograph = {row.tobytes() for rows in windows for row in np.float32(rows) / np.float32(255)}
    assert places and places <= of_photograph


def test_a_run_that_has_ended_goes_on_when_it_is_made_longer(pairs, tmp_path):
    short, long = recipe(segments=[(1, 2e-3)]), recipe(segments=[(1, 2e-3), (2, 1e-3)])
    train(short, pairs, tmp_path / "parts", say=quiet)
    path = train(long, pairs, tmp_path / "parts", say=quiet)
    assert path.read_bytes() == train(long, pairs, tmp_path / "whole", say=quiet).read_bytes()
    with pytest.raises(ValueError, match="holds a run of another recipe"):
        train(short, pairs, tmp_path / "parts", say=quiet)


def test_a_loss_that_is_not_finite_stops_at_once_and_keeps_the_checkpoint(pairs, tmp_path):
    said: list[str] = []
    train(recipe(segments=[(1, 1e-3)]), pairs, tmp_path / "run", say=quiet)
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    wild = recipe(segments=[(1, 1e-3), (3, 1e30)])
    with pytest.raises(
        ValueError, match=r"epoch 2, learning rate 1e\+30: .* not a finite number.*holds the epoch before"
    ):
        train(wild, pairs, tmp_path / "run", say=said.append)
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before
    assert not any(line.startswith("epoch 2") for line in said)
    wild.write(tmp_path / "wild.yaml")
    command = [sys.executable, "-m", "aefusion", "train", tmp_path / "wild.yaml", pairs, "--output", tmp_path / "run"]
    done = subprocess.run([*map(str, command), "--accelerator", "cpu"], capture_output=True, text=True, timeout=200)
    assert done.returncode == 1 and "not a finite number" in done.stderr and "Traceback" not in done.stderr


def test_a_loss_that_rose_is_said(pairs, tmp_path):
    said: list[str] = []
    train(recipe(segments=[(1, 1e-9), (2, 0.5)]), pairs, tmp_path / "run", say=said.append)
    assert "the rates in segments are too high" in said[-1]
    said.clear()
    train(recipe(segments=[(4, 2e-3)]), pairs, tmp_path / "other", say=said.append)
    assert not any("too high" in line for line in said)


def test_weights_that_are_not_finite_are_refused(tmp_path):
    from safetensors.numpy import save_file

    arrays, metadata = load_weights(find_weights("aenetv2"))
    arrays["c1.weight"][0, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match=r"not written: the weights c1\.weight are not finite"):
        save_weights(tmp_path / "wrong.safetensors", arrays, metadata)
    assert not (tmp_path / "wrong.safetensors").exists()
    save_file(arrays, tmp_path / "wrong.safetensors", {"aefusion": json.dumps({"model": "aenetv2"})})
    with pytest.raises(ValueError, match=r"wrong\.safetensors: the weights c1\.weight are not finite"):
        Fuser(str(tmp_path / "wrong.safetensors"))


def test_what_one_source_alone_shows_keeps_its_strength():
    white, empty, gray = (torch.full((1, 1, 40, 40), x) for x in (0.6, 0.0, 0.4))
    target = (white + empty) / 2
    torch.testing.assert_close(at_full_strength(white, empty, target), white)
    torch.testing.assert_close(at_full_strength(empty, white, target), white)
    torch.testing.assert_close(at_full_strength(white, gray, target), target)
    torch.testing.assert_close(at_full_strength(empty, empty, target), target)
    clipped = torch.ones(1, 1, 40, 40)
    torch.testing.assert_close(at_full_strength(clipped, empty, target), target)
    assert strength_lost(target, white, empty) == pytest.approx(0.3) and strength_lost(white, white, empty) == 0


def test_halos_and_raised_noise_cost(photographs):
    a, b = (torch.from_numpy(x.astype(np.float32) / 255)[None, None] for x in photographs)
    assert halo(torch.maximum(a, b), a, b) == 0 < halo(torch.maximum(a, b) + 0.5, a, b)
    assert raised(a, a, b) == pytest.approx(0, abs=1e-6)
    flat = torch.full_like(a, 0.5)
    assert raised(flat + 0.1 * torch.rand_like(flat), flat, flat) > 0.01


def test_examples_take_8_or_16_bits_a_pixel_in_memory():
    eight = np.random.default_rng(0).integers(0, 256, (5, 7)).astype(np.float32) / np.float32(255)
    sixteen = np.random.default_rng(0).random((5, 7), np.float32)
    example = Example("name", "task", eight, sixteen, sixteen)
    assert [x.dtype for x in example.pictures] == [np.uint8, np.uint16, np.uint16]
    np.testing.assert_array_equal(example.a, eight)
    np.testing.assert_allclose(example.b, sixteen, atol=1e-5)


def test_woken_maps_are_woken_in_the_average_too(pairs, tmp_path):
    settings = recipe(segments=[(4, 1e-3)], wake_every=1, average=0.5)
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aefusion.evolution.train.set_weights", silent_start)
        path = train(settings, pairs, tmp_path / "run", say=said.append)
    assert "epoch 1: 5 silent maps are drawn anew" in said
    assert load_weights(path)[1]["silent"] == {"c1": 0}


def silent_start(network, start, model, batch) -> None:
    initialise(network, *batch[:3])
    with torch.no_grad():
        network.c1_norm.bias[:5] = -1e3


def test_further_trees_do_not_move_what_is_kept_aside(pairs, tmp_path):
    for tree in ("more", "kept"):
        for side in "ab":
            folder = tmp_path / tree / "another" / "set" / side
            folder.mkdir(parents=True)
            write(folder / f"{tree}.png", Picture(np.full((40, 40), 90 if side == "a" else 200, np.uint8)))
    before = [[example.name for example in part] for part in load_examples(recipe(), pairs)]
    further = {"further": [str(tmp_path / "more")], "aside": [str(tmp_path / "kept")]}
    after = [[example.name for example in part] for part in load_examples(recipe(**further), pairs)]
    assert after == [[*before[0], "another/set/more"], [*before[1], "another/set/kept"]]
    only = load_examples(recipe(**further, tasks=["another"]), pairs)
    assert [[example.name for example in part] for part in only] == [["another/set/more"], ["another/set/kept"]]


def test_layers_named_gentle_learn_by_smaller_steps(pairs, tmp_path):
    start = train(recipe(segments=[(1, 1e-12)]), pairs, tmp_path / "start", say=quiet)
    settings = {"start": str(start), "segments": [(1, 1e-3)], "steps_per_epoch": 1}
    moved = {}
    for factor in (1.0, 0.01):
        path = train(recipe(**settings, gentle={"c1": factor}), pairs, tmp_path / str(factor), say=quiet)
        before, after = (load_weights(x)[0] for x in (start, path))
        moved[factor] = {name: np.abs(after[name] - before[name]).max() for name in ("c1.weight", "c2.weight")}
    assert moved[0.01]["c1.weight"] == pytest.approx(0.01 * moved[1.0]["c1.weight"], rel=0.05)
    assert moved[0.01]["c2.weight"] == pytest.approx(moved[1.0]["c2.weight"], rel=0.05)
    with pytest.raises(ValueError, match="gentle: aenetv2 has no layer nope"):
        train(recipe(gentle={"nope": 0.1}), pairs, tmp_path / "wrong", say=quiet)


def test_trainings_of_several_seeds_can_keep_the_same_pairs_aside(pairs):
    def aside(**changes) -> list[str]:
        return [example.name for example in load_examples(recipe(validation=0.5, **changes), pairs)[1]]

    assert aside(seed=1) == aside(seed=7, aside_seed=1) != aside(seed=7)
