import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch

from aefusion import Fuser
from aefusion.evolution.add_method import add_method as add
from aefusion.evolution.build_bank import build_bank as build
from aefusion.evolution.examples import load_examples
from aefusion.evolution.losses import edges_kept, fusion_loss, ssim
from aefusion.evolution.mix import mix
from aefusion.evolution.recipe import Recipe
from aefusion.evolution.train import learning_rates, share_of, train
from aefusion.image import Picture, write
from aefusion.weights import load as load_weights


@pytest.fixture
def pairs(tmp_path, photographs):
    for side, picture in zip("ab", photographs, strict=True):
        folder = tmp_path / "data" / "task" / "set" / side
        folder.mkdir(parents=True)
        for i in range(4):
            write(folder / f"{i}.png", Picture(np.ascontiguousarray(picture[i * 40 : i * 40 + 96, i : i + 90])))
    return tmp_path / "data"


def recipe(**changes) -> Recipe:
    return Recipe(
        **{"segments": [(2, 2e-3)], "steps_per_epoch": 4, "batch": 2, "crop": 32, "validation": 0.25, "seed": 1}
        | changes
    )


def quiet(line: str) -> None:
    pass


def test_training_learns_and_what_it_writes_fuses(pairs, tmp_path):
    out = tmp_path / "run"
    path = train(recipe(segments=[(12, 5e-3)], steps_per_epoch=5), pairs, out, say=quiet)
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert log[-1]["loss"] < 0.7 * log[0]["loss"]
    a, b = np.random.default_rng(0).random((2, 40, 50), np.float32)
    assert np.abs(Fuser(str(path))(a, b) - (a + b) / 2).mean() < 0.25
    assert Recipe.read(out / "recipe.yaml") == recipe(segments=[[12, 5e-3]], steps_per_epoch=5)


@pytest.mark.parametrize("model", ["aenetv2-plusplus", "aenetv2-m"])
def test_other_networks_train_too(model, pairs, tmp_path):
    path = train(recipe(model=model, segments=[(1, 1e-3)]), pairs, tmp_path / "run", say=quiet)
    assert Fuser(str(path))(*np.zeros((2, 9, 9), np.uint8)).shape == (9, 9)


def test_a_stopped_run_goes_on_as_if_it_had_not_been(pairs, tmp_path):
    whole = train(recipe(), pairs, tmp_path / "whole", say=quiet)

    class Stop(Exception):
        pass

    def stop(line: str) -> None:
        if line.startswith("epoch 2"):
            raise Stop

    with pytest.raises(Stop):
        train(recipe(), pairs, tmp_path / "parts", say=stop)
    parts = train(recipe(), pairs, tmp_path / "parts", say=quiet)
    assert parts.read_bytes() == whole.read_bytes()
    log = [json.loads(line)["epoch"] for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert log == [1, 2]
    with pytest.raises(ValueError, match="holds a run of another recipe"):
        train(recipe(seed=2), pairs, tmp_path / "parts", say=quiet)


def test_a_bank_is_a_teacher(pairs, tmp_path):
    """Which training builds, as far as the recipe names the methods."""
    wanted = {"methods": ["average"], "evaluation": "Qabf"}
    settings = recipe(teacher=f"bank:{tmp_path / 'bank'}", teacher_parameters=wanted)
    settings.prepare(pairs)
    build(pairs, tmp_path / "bank", methods=["lp"], evaluation="Qabf", jobs=1)
    training, kept = load_examples(settings, pairs)
    for pair in (*training, *kept):
        np.testing.assert_allclose(pair.target, (pair.a + pair.b) / 2, atol=1e-5)
    assert train(settings, pairs, tmp_path / "run", say=quiet).is_file()


def test_without_validation(pairs, tmp_path):
    train(recipe(validation=0, segments=[(1, 1e-3)]), pairs, tmp_path / "run", say=quiet)
    with pytest.raises(ValueError, match="all 4 pairs are kept for validation"):
        train(recipe(validation=0.999), pairs, tmp_path / "other", say=quiet)


def test_learning_rates():
    rates = learning_rates(Recipe())
    assert len(rates) == 110 * 149 and rates[0] == 1e-3 and rates[10 * 149] == rates[-1] == 1e-4
    cosine = learning_rates(Recipe(schedule="cosine", segments=[(1, 1e-3), (2, 1e-3)], steps_per_epoch=10))
    assert cosine[9] == cosine[10] == 1e-3 and cosine[20] == pytest.approx(5e-4) and cosine[-1] < 1e-5


def test_ssim_is_that_of_scikit_image(photographs):
    from skimage.metrics import structural_similarity

    a, b = (x.astype(np.float64) / 255 for x in photographs)
    # scikit-image pads, then crops; its mean over the valid part is ours.
    _, full = structural_similarity(
        a, b, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    ours = ssim(*(torch.from_numpy(x)[None, None] for x in (a, b)))
    assert ours.item() == pytest.approx(full[5:-5, 5:-5].mean(), abs=1e-6)


def test_losses_are_zero_where_nothing_is_lost(photographs):
    a = torch.from_numpy(photographs[0].astype(np.float32) / 255)[None, None]
    terms = {"ssim": 1, "mse": 1, "l1": 1, "tone": 1, "gradient": 1, "detail": 1, "sources": 1}
    assert fusion_loss(a, a, a, a, terms).item() == pytest.approx(0, abs=1e-5)
    assert edges_kept(a, a, a) > 0.95 > 0.1 > edges_kept(a.flip(-1), a, a)
    with pytest.raises(ValueError, match=r"unknown terms \['nonsense'\]; known are"):
        fusion_loss(a, a, a, a, {"nonsense": 1.0})


def test_bad_recipes_and_folders(tmp_path):
    (tmp_path / "recipe.yaml").write_text("modle: aenetv2\n")
    with pytest.raises(ValueError, match=r"recipe.yaml: unknown settings \['modle'\]"):
        Recipe.read(tmp_path / "recipe.yaml")
    for text, message in (
        ("[1", "not YAML"),
        ("aenetv2", "expected settings"),
        ("model: nope", "recipe.yaml: recipe: model 'nope'; known are aenetv2"),
        ("teacher: laplace", "recipe.yaml: no fusion method laplace: did you mean lp"),
        ("schedule: cosin", "schedule 'cosin': constant or cosine"),
        ("segments: []", "segments"),
        ("crop: 37", "crop 37: a multiple of 8"),
    ):
        (tmp_path / "recipe.yaml").write_text(text)
        with pytest.raises(ValueError, match=message):
            Recipe.read(tmp_path / "recipe.yaml")
    with pytest.raises(ValueError, match="no pairs; expected <task>/<dataset>/a/NAME"):
        train(Recipe(), tmp_path, tmp_path / "out", say=quiet)


def test_training_goes_on_from_weights_on_chosen_tasks(pairs, tmp_path):
    (pairs / "task").rename(pairs / "one")
    for side in "ab":
        (pairs / "two" / "set" / side).mkdir(parents=True)
        write(pairs / "two" / "set" / side / "0.png", Picture(np.full((40, 40), 90 if side == "a" else 200, np.uint8)))
    first = train(recipe(segments=[(1, 1e-3)]), pairs, tmp_path / "first", say=quiet)
    still = recipe(segments=[(1, 1e-12)], start=str(first), tasks=["two"], validation=0.0)
    assert {pair.task for pair in load_examples(still, pairs)[0]} == {"two"}
    second = train(still, pairs, tmp_path / "second", say=quiet)
    for name, array in load_weights(first)[0].items():
        np.testing.assert_allclose(load_weights(second)[0][name], array, atol=1e-6)
    with pytest.raises(ValueError, match="weights of aenetv2, not of aenetv2-plus"):
        train(recipe(model="aenetv2-plus", start=str(first)), pairs, tmp_path / "third", say=quiet)
    with pytest.raises(ValueError, match="has no task three"):
        load_examples(recipe(tasks=["three"]), pairs)


def test_a_recipe_starts_with_another(pairs, tmp_path):
    recipe(segments=[(1, 1e-3)]).write(tmp_path / "first.yaml")
    still = recipe(segments=[(1, 1e-12)], start=str(tmp_path / "first.yaml"))
    path = train(still, pairs, tmp_path / "run", say=quiet)
    first = load_weights(tmp_path / "run" / "first" / "aenetv2.safetensors")[0]
    for name, array in load_weights(path)[0].items():
        np.testing.assert_allclose(array, first[name], atol=1e-6)
    with pytest.raises(OSError, match=r"nowhere\.yaml"):
        train(recipe(start="nowhere.yaml"), pairs, tmp_path / "other", say=quiet)


def test_a_start_by_rule_chooses_the_sharper_source(pairs, photographs, tmp_path):
    sharp = photographs[0].astype(np.float32) / 255
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    middle = sharp.shape[1] // 2
    a, b = blurred.copy(), sharp.copy()
    a[:, :middle], b[:, :middle] = sharp[:, :middle], blurred[:, :middle]
    still = recipe(model="aenetv2-plus", start="selection", segments=[(1, 1e-12)], steps_per_epoch=1)
    network = Fuser(str(train(still, pairs, tmp_path / "run", say=quiet)))
    mean = np.abs((a + b) / 2 - sharp).mean()
    assert np.abs(network(a, b) - sharp).mean() < 0.25 * mean
    assert np.abs(network(a, b) - network(b, a)).mean() < 3e-3
    assert np.abs(network(sharp, sharp) - sharp).mean() < 3e-3  # exact but for the maps that are only quiet
    with pytest.raises(
        ValueError,
        match=r"start: selection is for aenetv2-plus, aenetv2-squeeze-gcb, aenetv2-squeeze2-gcb, not for aenetv2$",
    ):
        recipe(start="selection")


def test_bad_pairs_are_listed(pairs, tmp_path):
    write(pairs / "task" / "set" / "a" / "1.png", Picture(np.zeros((20, 30), np.uint8)))
    (pairs / "task" / "set" / "b" / "2.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"2 bad pairs: task/set/1: a and b differ in size, 30x20 and .*2\.png"):
        train(recipe(), pairs, tmp_path / "run", say=quiet)
    assert not (tmp_path / "run").exists()


def test_progress_and_tensorboard(pairs, tmp_path):
    seen = []
    settings = recipe(segments=[(1, 1e-3)], steps_per_epoch=2)
    train(settings, pairs, tmp_path / "run", say=quiet, progress=lambda *x: seen.append(x[:2]))
    assert seen == [(1, 2), (2, 2)]
    assert list((tmp_path / "run" / "tensorboard").glob("events.out.tfevents*"))


def test_two_processes_share_the_batch(pairs, tmp_path):
    recipe(segments=[(1, 1e-3)], steps_per_epoch=2).write(tmp_path / "recipe.yaml")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "aefusion", "train", tmp_path / "recipe.yaml", pairs, "--output", tmp_path / "run"]
    done = subprocess.run([*map(str, command), "--accelerator", "cpu"], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("epoch 1 of 1") == 1
    assert (tmp_path / "run" / "aenetv2.safetensors").is_file()
    with pytest.raises(ValueError, match="batch 3: 2 devices cannot share it equally"):
        share_of(3, 2)


def test_adding_a_method_moves_optima_and_goes_on_from_the_weights(pairs, tmp_path):
    bank, out = tmp_path / "bank", tmp_path / "added"
    build(pairs, bank, methods=["average"], evaluation="Qabf", jobs=1)
    settings = recipe(teacher=f"bank:{bank}")
    model = train(settings, pairs, tmp_path / "first", say=quiet)
    done = add("lp", pairs, bank, out, model=str(model), epochs=2, jobs=1, say=quiet, margin=1.0)
    assert done.pairs == 4 and set(done.moved.values()) == {("average", "lp")} and len(done.moved) == 4
    assert done.weights and done.kept and Fuser(str(done.weights))
    (row,) = done.tasks
    assert row["change"] == pytest.approx(row["E after"] - row["E before"])
    again = add("lp", pairs, bank, out, model=str(model), epochs=2, jobs=1, say=quiet, margin=-1.0)
    assert again.moved == done.moved and not again.kept
    with pytest.raises(ValueError, match="holds a run of another recipe"):
        add("max", pairs, bank, out, model=str(model), epochs=2, jobs=1, say=quiet)
    nothing = add("max", pairs, bank, tmp_path / "nothing", model=str(model), jobs=1, say=quiet)
    assert nothing.weights is None or nothing.moved


def test_mixing_weights(pairs, tmp_path):
    one = train(recipe(segments=[(1, 1e-3)]), pairs, tmp_path / "one", say=quiet)
    other = train(recipe(segments=[(1, 1e-3)], seed=5), pairs, tmp_path / "other", say=quiet)
    mixed, metadata = load_weights(mix(one, other, 0.5, tmp_path / "mixed.safetensors"))
    for name, array in mixed.items():
        expected = (load_weights(one)[0][name] + 0.5 * load_weights(other)[0][name]) / 1.5
        np.testing.assert_allclose(array, expected, atol=1e-6)
    assert metadata["mixed"]["share"] == 0.5
    assert Fuser(str(tmp_path / "mixed.safetensors"))(*np.zeros((2, 9, 9), np.uint8)).shape == (9, 9)
    with pytest.raises(ValueError, match="share -1"):
        mix(one, other, -1, tmp_path / "wrong.safetensors")
    with pytest.raises(ValueError, match=r"wrong\.npz: give a name in \.safetensors"):
        mix(one, other, 1, tmp_path / "wrong.npz")


def test_adding_says_when_the_weights_have_seen_what_is_kept_aside_now(pairs, tmp_path):
    model = str(train(recipe(segments=[(1, 1e-3)]), pairs, tmp_path / "first", say=quiet))
    for seed, expected in ((1, False), (4, True)):
        bank, told = tmp_path / f"bank-{seed}", []
        build(pairs, bank, methods=["average"], evaluation="Qabf", jobs=1)
        settings = recipe(teacher=f"bank:{bank}", segments=[(1, 1e-3)], seed=seed)
        add("lp", pairs, bank, tmp_path / f"out-{seed}", model=model, recipe=settings, jobs=1, say=told.append)
        assert any("has learned from pairs that are kept aside now: give `test`" in line for line in told) == expected


def test_training_takes_names_of_files(pairs, tmp_path):
    recipe(segments=[(1, 1e-3)], steps_per_epoch=1).write(tmp_path / "one.yaml")
    path = train(str(tmp_path / "one.yaml"), str(pairs), str(tmp_path / "run"), say=quiet)
    assert path == tmp_path / "run" / "aenetv2.safetensors" and path.is_file()
    with pytest.raises(FileNotFoundError, match=r"nowhere\.yaml"):
        train("nowhere.yaml", pairs, tmp_path / "run", say=quiet)
