"""Training the networks of other authors here: their losses, their samples, runs that stop and go on, recipes."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from aefusion import METHODS
from aefusion.evolution.learned_loss import learned_loss, structure
from aefusion.evolution.learned_recipe import TRAINED, LearnedRecipe
from aefusion.evolution.learned_samples import learned_batch, learned_pictures
from aefusion.evolution.losses import ssim
from aefusion.evolution.mef_ssim_loss import mef_ssim_loss
from aefusion.evolution.train import train
from aefusion.image import Picture, write
from aefusion.learned.add_weights import add_weights
from aefusion.learned.find_weights import HERE
from aefusion.quality.mef_ssim import mef_ssim

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Two exposure pairs, made of photographs."""
    from skimage import data as photographs

    root = tmp_path_factory.mktemp("data")
    for side, power in (("a", 2.0), ("b", 0.5)):
        folder = root / "multi_exposure" / "made" / side
        folder.mkdir(parents=True)
        for number, picture in enumerate((photographs.camera(), photographs.moon())):
            small = cv2.resize(picture, (96, 80), interpolation=cv2.INTER_AREA) / 255
            write(folder / f"{number}.png", Picture(np.uint8(255 * small**power)))
    return root


def recipe(method: str, **settings) -> LearnedRecipe:
    small = {"steps": 3, "batch": 2, "crop": 16 if method == "cnn_iv" else 32, "keep_every": 2, "validation": 0.0}
    return LearnedRecipe(method, **(small | settings))


# --- losses ---


def test_the_loss_of_exposures_is_the_metric(photographs):
    a, b = (x[:64, :64].astype(np.float32) / 255 for x in photographs)
    fused = (a + b) / 2
    tensors = [torch.from_numpy(x)[None, None].double() for x in (a, b, fused)]
    assert float(mef_ssim_loss(*tensors)) == pytest.approx(1 - mef_ssim(a, b, fused, scales=1), abs=1e-4)


def test_the_structure_is_ssim_without_brightness(photographs):
    x, y = (torch.from_numpy(p[:64, :64].astype(np.float32) / 255)[None, None] for p in photographs)
    assert float(structure(x, x + 0.2)) == pytest.approx(1, abs=1e-3)
    assert float(ssim(x, x + 0.2)) < 0.98
    assert float(structure(x, y)) < 0.95


@pytest.mark.parametrize("method", TRAINED)
def test_every_part_of_a_network_learns(method, data):
    from aefusion.learned.add_weights import network_of

    torch.manual_seed(0)
    network = network_of(method).train()
    settings = recipe(method)
    batch = learned_batch(settings, learned_pictures(settings, data), np.random.default_rng(0))
    assert all(x.dtype == np.float32 and len(x) == 2 for x in batch)
    loss = learned_loss(method, network, tuple(map(torch.from_numpy, batch)), {})
    loss.backward()
    silent = [name for name, x in network.named_parameters() if x.grad is None or not x.grad.abs().max()]
    assert torch.isfinite(loss) and not silent
    with pytest.raises(ValueError, match=rf"unknown terms \['more'\]; those of {method} are"):
        learned_loss(method, network, tuple(map(torch.from_numpy, batch)), {"more": 1.0})


def test_the_sharp_patch_is_the_one_that_is_named(data):
    settings = recipe("cnn_iv", batch=32)
    first, second, is_first = learned_batch(settings, learned_pictures(settings, data), np.random.default_rng(0))
    contrast = [x.std(axis=(1, 2, 3)) for x in (first, second)]
    assert ((contrast[0] > contrast[1]) == (is_first[:, 0] == 1)).mean() > 0.9 and 0 < is_first.mean() < 1


# --- runs ---


@pytest.mark.parametrize("method", TRAINED)
def test_what_was_trained_here_becomes_a_method(method, data, tmp_path, monkeypatch):
    monkeypatch.setenv("AEFUSION_WEIGHTS", str(tmp_path / "kept"))
    steps = []
    path = train(recipe(method), data, tmp_path / "run", say=lambda line: None, progress=lambda *x: steps.append(x[:2]))
    assert path.name == f"{method}-here.safetensors" and steps[-1] == (3, 3)
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log] == [2, 3]
    add_weights(method, [path], name="here")
    a, b = np.random.default_rng(0).random((2, 30, 34), dtype=np.float32)
    fused = METHODS[method].with_weights("here")(a, b)
    assert fused.shape == a.shape and np.ptp(fused) > 0
    with pytest.raises(ValueError, match=f"or take {method}:here, which was trained here"):
        METHODS[method](a, b)


def test_a_run_that_was_stopped_goes_on(data, tmp_path):
    settings = recipe("densefuse", steps=4, keep_every=1)

    def stop(done, total, what):
        if done == 3:
            raise KeyboardInterrupt

    whole = train(settings, data, tmp_path / "whole", say=lambda line: None)
    with pytest.raises(KeyboardInterrupt):
        train(settings, data, tmp_path / "parts", say=lambda line: None, progress=stop)
    assert not list((tmp_path / "parts").glob("*.safetensors"))
    said = []
    path = train(settings, data, tmp_path / "parts", say=said.append)
    assert "going on after step 2" in said and path.read_bytes() == whole.read_bytes()
    with pytest.raises(ValueError, match="holds a run of another recipe"):
        train(replace(settings, rate=0.5), data, tmp_path / "parts", say=lambda line: None)


def test_a_loss_that_is_no_number_ends_the_run(data, tmp_path):
    with pytest.raises(ValueError, match="the loss is not a finite number: lower the `rate`"):
        train(recipe("densefuse", rate=1e30, steps=9), data, tmp_path / "run", say=lambda line: None)
    assert not list((tmp_path / "run").glob("*.safetensors"))


# --- recipes ---


@pytest.mark.parametrize("method", TRAINED)
def test_the_recipes_of_the_package_can_be_read(method, tmp_path):
    found = LearnedRecipe.read(HERE / f"{method}-here.yaml")
    assert found and found.method == method
    assert LearnedRecipe.read(Path(f"{method}-here")) == found and LearnedRecipe.read(Path("paper")) is None
    found.write(tmp_path / "again.yaml")
    assert LearnedRecipe.read(tmp_path / "again.yaml") == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method: lp", "method 'lp': trained are ifcnn, densefuse, cnn_iv, deepfuse"),
        ("method: ifcnn\nmore: 1", r"unknown settings \['more'\]"),
        ("method: ifcnn\nsteps: many", "steps 'many': expected a number"),
        ("method: cnn_iv\ncrop: 32", "crop 32: 16, the window of cnn_iv"),
        ("method: ifcnn\nrate: 0", "rate: above 0"),
        ("method: ifcnn\nschedule: linear", "schedule 'linear': cosine or constant"),
    ],
)
def test_a_wrong_recipe_is_one_line(text, message, tmp_path, data):
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        train(tmp_path / "r.yaml", data, tmp_path / "run")
    assert "\n" not in str(error.value) and not (tmp_path / "run").exists()


def test_data_that_cannot_be_used_is_one_line(tmp_path, data):
    with pytest.raises(ValueError, match="has no task medical, which the recipe names"):
        train(recipe("deepfuse", tasks=["medical"]), data, tmp_path / "run", say=lambda line: None)
    with pytest.raises(ValueError, match="has no picture to train deepfuse with, of 512 pixels"):
        train(recipe("deepfuse", crop=512), data, tmp_path / "run", say=lambda line: None)


def test_the_command_trains_by_such_a_recipe(tmp_path, data, capsys):
    from aefusion.cli import main

    (tmp_path / "r.yaml").write_text("method: densefuse\nsteps: 1\nbatch: 1\ncrop: 32\n")
    line = ["train", str(tmp_path / "r.yaml"), str(data), "-o", str(tmp_path / "run")]
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "run" / "densefuse-here.safetensors")
    with pytest.raises(SystemExit, match="a recipe with a method takes no --pair"):
        main([*line, "--pair", "a/{}:b/{}"])
