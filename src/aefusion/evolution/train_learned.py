"""Train a network of another author here; reads from top to bottom."""

import json
from collections.abc import Callable
from dataclasses import asdict
from math import cos, pi
from pathlib import Path

import numpy as np
import torch

from aefusion.evolution.learned_loss import learned_loss
from aefusion.evolution.learned_recipe import LearnedRecipe
from aefusion.evolution.learned_samples import learned_batch, learned_pictures
from aefusion.files import make_folder, whole
from aefusion.learned.add_weights import network_of
from aefusion.weights import save


def train_learned(
    recipe: LearnedRecipe,
    data: Path,
    output: Path,
    *,
    device: str = "cpu",
    say: Callable[[str], None] = print,
    progress: Callable[[int, int, str], None] | None = None,
) -> Path:
    """Train as the recipe says on the pairs under `data`; returns the file of weights, ``<method>-here.safetensors``.

    `output` receives the recipe, a checkpoint and a line of ``log.jsonl`` each ``keep_every`` steps; a run that was
    stopped goes on from it. `aefusion weights add METHOD FILE --name here` then makes ``METHOD:here`` of it.

    ValueError for data that cannot be used, if `output` holds a run of another recipe, and at once when the loss is not
    a finite number.
    """
    checkpoint, log = output / "checkpoint.pt", output / "log.jsonl"
    state = torch.load(checkpoint, map_location=device, weights_only=True) if checkpoint.exists() else None
    if state and state["recipe"] != asdict(recipe):
        raise ValueError(f"{output}: holds a run of another recipe (see recipe.yaml there): give another folder")
    pictures = learned_pictures(recipe, data)
    say(f"{len(pictures)} pictures or pairs to learn from")
    make_folder(output)
    recipe.write(output / "recipe.yaml")
    torch.manual_seed(recipe.seed)
    network = network_of(recipe.method).train().to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    step, losses = 0, []
    if state:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
        say(f"going on after step {step}")
    while step < recipe.steps:
        rng = np.random.default_rng([recipe.seed, step])
        batch = tuple(torch.from_numpy(x).to(device) for x in learned_batch(recipe, pictures, rng))
        part = (1 + cos(pi * step / recipe.steps)) / 2 if recipe.schedule == "cosine" else 1.0
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * part
        loss = learned_loss(recipe.method, network, batch, recipe.loss)
        step += 1
        if not torch.isfinite(loss):
            raise ValueError(f"step {step}: the loss is not a finite number: lower the `rate` of the recipe")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if progress:
            progress(step, recipe.steps, f"loss {losses[-1]:.4g}")
        if step % recipe.keep_every == 0 or step == recipe.steps:
            say(f"step {step} of {recipe.steps}: loss {np.mean(losses):.4g}")
            kept = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
            with whole(checkpoint) as new:
                torch.save(kept | {"recipe": asdict(recipe)}, new)
            with log.open("a") as file:
                file.write(json.dumps({"step": step, "loss": float(np.mean(losses))}) + "\n")
            losses = []
    path = output / f"{recipe.method}-here.safetensors"
    arrays = {name: x.cpu().numpy() for name, x in network.state_dict().items() if "num_batches" not in name}
    save(path, arrays, {"method": recipe.method, "recipe": asdict(recipe), "licence": "trained here"})
    return path
