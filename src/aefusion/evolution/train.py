"""Train a network of the family towards the pictures of a teacher; reads from top to bottom."""

import ctypes
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from aefusion.evolution.data import Pair, crops, find_pairs, read_gray
from aefusion.evolution.losses import fusion_loss
from aefusion.evolution.recipe import Recipe
from aefusion.network import MODELS
from aefusion.network.module import Network
from aefusion.weights import save


def train(
    recipe: Recipe,
    data: Path,
    output: Path,
    *,
    threads: int | None = None,
    report: Callable[[str], None] = print,
) -> Path:
    """Train as `recipe` says on the pairs under `data`; returns the file of weights.

    `data` holds ``<task>/<dataset>/{a,b}/<stem>.*``. `output` is a folder that receives the recipe, a checkpoint after
    each epoch (a run that was stopped goes on from it), ``log.jsonl`` and in the end ``<model>.safetensors``.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads is {threads}; it must be 1 or more")
    if threads:
        torch.set_num_threads(threads)
    keep_memory()
    output.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    checkpoint = output / "checkpoint.pt"
    state = torch.load(checkpoint, map_location=device) if checkpoint.exists() else None
    if state and state["recipe"] != asdict(recipe):
        raise ValueError(f"{output}: holds a run of another recipe (see recipe.yaml there): give another folder")
    recipe.write(output / "recipe.yaml")
    torch.manual_seed(recipe.seed)

    report(f"reading {data} and computing what {recipe.teacher} makes of it")
    training, validation = load(recipe, data)
    report(f"{len(training)} pairs to learn from, {len(validation)} kept aside")

    network = Network(MODELS[recipe.model].graph(), fast=True).train()
    margin = network.graph.margin
    size = recipe.crop
    network.to(device)

    def batches(epoch: int):
        rng = np.random.default_rng([recipe.seed, epoch])
        for a, b, target in crops(training, size, margin, recipe.batch, rng, recipe.identity):
            yield tuple(torch.from_numpy(x).to(device) for x in (a, b, target))

    initialise(network, *next(batches(0)))
    averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.segments[0][1])
    rates = learning_rates(recipe)
    epoch, log = 0, output / "log.jsonl"
    if state:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        averaged, epoch = state["averaged"], state["epoch"]
        lines = log.read_text().splitlines(keepends=True) if log.exists() else []
        log.write_text("".join(line for line in lines if json.loads(line)["epoch"] <= epoch))
        report(f"going on after epoch {epoch}")

    epochs = len(rates) // recipe.steps_per_epoch
    while epoch < epochs:
        epoch += 1
        exact = recipe.precision == "float32" or epoch > epochs - recipe.exact_epochs
        start, losses = time.perf_counter(), []
        for step, (a, b, target) in zip(range(recipe.steps_per_epoch), batches(epoch), strict=False):
            for group in optimizer.param_groups:
                group["lr"] = float(rates[(epoch - 1) * recipe.steps_per_epoch + step])
            with torch.autocast(device.type, torch.bfloat16, enabled=not exact):
                p = network.valid(a, b)
            inner = slice(margin, -margin) if margin else slice(None)
            loss = fusion_loss(p.float(), target, a[..., inner, inner], b[..., inner, inner], recipe.loss)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            for name, value in network.named_parameters():
                averaged[name].lerp_(value.detach(), 1 - recipe.average)
        entry = {
            "epoch": epoch,
            "loss": float(np.mean(losses)),
            "seconds": round(time.perf_counter() - start, 2),
        }
        if epoch % 10 == 0 or epoch == epochs:
            entry |= validate(network, averaged, validation, device)
        with log.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        report(f"epoch {epoch} of {epochs}: " + ", ".join(f"{k} {v:.4g}" for k, v in entry.items() if k != "epoch"))
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
        state |= {"averaged": averaged, "epoch": epoch, "recipe": asdict(recipe)}
        torch.save(state, temporary := checkpoint.with_suffix(".tmp"))
        temporary.replace(checkpoint)

    path = output / f"{recipe.model}.safetensors"
    arrays = {name: value.cpu().numpy() for name, value in averaged.items() if "num_batches" not in name}
    save(path, arrays, {"model": recipe.model, "recipe": asdict(recipe)})
    return path


def keep_memory() -> None:
    """Let the C library keep freed memory, where it can be told so: on Linux a step then takes a third less time."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in ((-4, 0), (-1, 2**31 - 1), (-2, 2**28)):  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
        mallopt(option, value)


def load(recipe: Recipe, data: Path) -> tuple[list[Pair], list[Pair]]:
    """The pairs with the teacher's pictures, split into those to learn from and those kept aside."""
    pairs, teacher = [], recipe.make_teacher()
    for name, task, path_a, path_b in find_pairs(data):
        a, b = read_gray(path_a), read_gray(path_b)
        if a.shape != b.shape:
            raise ValueError(f"{path_a} and {path_b}: sizes differ, {a.shape} and {b.shape}")
        target = teacher(a, b)
        pairs.append(Pair(name, task, a, b, target))
    kept = np.random.default_rng(recipe.seed).random(len(pairs)) < recipe.validation
    training = [pair for pair, keep in zip(pairs, kept, strict=True) if not keep]
    if not training:
        raise ValueError(f"{data}: all {len(pairs)} pairs are kept for validation: lower `validation` in the recipe")
    return training, [pair for pair, keep in zip(pairs, kept, strict=True) if keep]


def initialise(network: Network, a: torch.Tensor, b: torch.Tensor, target: torch.Tensor) -> None:
    """Set the batch norms to the data, and the last one to the teacher's brightness and contrast."""
    network.calibrate(a, b)
    parameters = dict(network.named_parameters())
    if "c2_norm.weight" in parameters:
        parameters["c2_norm.weight"].data.fill_(target.std().item())
        parameters["c2_norm.bias"].data.fill_(target.mean().item())
    else:
        parameters["c2.bias"].data.fill_(target.mean().item())


def learning_rates(recipe: Recipe) -> np.ndarray:
    """The learning rate of every step."""
    rates = [np.full(epochs * recipe.steps_per_epoch, rate) for epochs, rate in recipe.segments]
    if recipe.schedule == "cosine":
        rates[-1] = rates[-1] * (1 + np.cos(np.pi * np.arange(len(rates[-1])) / len(rates[-1]))) / 2
    return np.concatenate(rates)


@torch.no_grad()
def validate(network: Network, averaged: dict, pairs: list[Pair], device) -> dict[str, float]:
    """Mean distance to the teacher and mean quality over the pairs that were kept aside."""
    from aefusion.quality.qabf import qabf
    from aefusion.quality.ssim import ssim
    from aefusion.quality.viff import viff

    copy = Network(network.graph, fast=True).to(device).eval()
    copy.load_state_dict(averaged)
    rows = []
    for pair in pairs:
        a, b = (torch.from_numpy(x)[None, None].to(device) for x in (pair.a, pair.b))
        fused = copy(a, b)[0, 0].cpu().numpy()
        swapped = copy(b, a)[0, 0].cpu().numpy()
        rows.append(
            {
                "l1": np.abs(fused - pair.target).mean(),
                "swap": np.abs(fused - swapped).mean(),
                "shift": float((fused - pair.target).mean()),
                "Qabf": qabf(pair.a, pair.b, fused),
                "VIFF": viff(pair.a, pair.b, fused),
                "SSIM": ssim(pair.a, pair.b, fused),
            }
        )
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]} if rows else {}
