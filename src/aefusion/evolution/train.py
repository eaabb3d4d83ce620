"""Train a network of the family towards the pictures of a teacher; reads from top to bottom."""

import ctypes
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.loggers.tensorboard import TensorBoardLogger

from aefusion.evolution.data import Pair, crops, read_pairs
from aefusion.evolution.losses import fusion_loss
from aefusion.evolution.recipe import SELECTION, Recipe
from aefusion.evolution.selection import select_by_detail
from aefusion.network import MODELS
from aefusion.network.module import Network
from aefusion.weights import find, save
from aefusion.weights import load as load_weights


def train(
    recipe: Recipe,
    data: Path,
    output: Path,
    *,
    threads: int | None = None,
    accelerator: str = "auto",
    devices: int | str = "auto",
    report: Callable[[str], None] = print,
    progress: Callable[[int, int, str], None] | None = None,
) -> Path:
    """Train as `recipe` says on the pairs under `data`; returns the file of weights.

    `data` holds ``<task>/<dataset>/{a,b}/<stem>.*``. `output` is a folder that receives the recipe, a checkpoint after
    each epoch (a run that was stopped goes on from it), ``log.jsonl``, a TensorBoard log and in the end
    ``<model>.safetensors``. `accelerator` and `devices` are Lightning Fabric's: all GPUs there are, else the CPU; each
    of several devices takes its share of the batch, also when started by ``torchrun``. `progress` is called after
    each step with the steps done, all steps, and the loss.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads is {threads}; it must be 1 or more")
    if threads:
        torch.set_num_threads(threads)
    keep_memory()
    start = recipe.start
    if start.endswith(".yaml"):  # what that recipe gives is where this one starts
        kind = {"threads": threads, "accelerator": accelerator, "devices": devices}
        start = str(train(recipe.first(), data, output / "first", report=report, progress=progress, **kind))
    logger = TensorBoardLogger(output, name="tensorboard", version="")
    devices = int(os.environ.get("LOCAL_WORLD_SIZE", 0)) or devices
    fabric = Fabric(accelerator=accelerator, devices=devices, loggers=logger)
    fabric.launch()
    share = share_of(recipe.batch, fabric.world_size)

    checkpoint, log = output / "checkpoint.pt", output / "log.jsonl"
    state = torch.load(checkpoint, map_location=fabric.device) if checkpoint.exists() else None
    if state and state["recipe"] != asdict(recipe):
        raise ValueError(f"{output}: holds a run of another recipe (see recipe.yaml there): give another folder")
    if not fabric.is_global_zero:
        report = print_nothing
    report(f"reading {data} and computing what {recipe.teacher} makes of it")
    if fabric.is_global_zero:
        recipe.prepare(data)
    fabric.barrier()
    training, validation = load(recipe, data)
    report(f"{len(training)} pairs to learn from, {len(validation)} kept aside")
    output.mkdir(parents=True, exist_ok=True)
    recipe.write(output / "recipe.yaml")

    torch.manual_seed(recipe.seed)
    network = MODELS[recipe.model].network(fast=True).train()
    margin, some = network.margin, max(1, share // 4)

    def batches(epoch: int):
        rng = np.random.default_rng([recipe.seed, epoch, fabric.global_rank])
        for a, b, target in crops(training, recipe.crop, margin, share, rng, recipe.identity):
            yield tuple(torch.from_numpy(x).to(fabric.device) for x in (a, b, target))

    network.to(fabric.device)
    if start == SELECTION:
        select_by_detail(network, *next(batches(0))[:2])
    elif start:
        network.load_state_dict(
            starting_weights(start, recipe.model), strict=False
        )  # all is there but the counts of batches
    else:
        initialise(network, *next(batches(0)))
    averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.segments[0][1])
    epoch = 0
    if state:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        averaged, epoch = state["averaged"], state["epoch"]
        lines = log.read_text().splitlines(keepends=True) if log.exists() else []
        if fabric.is_global_zero:
            log.write_text("".join(line for line in lines if json.loads(line)["epoch"] <= epoch))
        report(f"going on after epoch {epoch}")
    parallel, optimizer = fabric.setup(network, optimizer)
    parallel.mark_forward_method("valid")

    rates = learning_rates(recipe)
    epochs = len(rates) // recipe.steps_per_epoch
    while epoch < epochs:
        epoch += 1
        exact = recipe.precision == "float32" or epoch > epochs - recipe.exact_epochs
        start, losses = time.perf_counter(), []
        for step, (a, b, target) in zip(range(recipe.steps_per_epoch), batches(epoch), strict=False):
            done = (epoch - 1) * recipe.steps_per_epoch + step
            for group in optimizer.param_groups:
                group["lr"] = float(rates[done])
            with torch.autocast(fabric.device.type, torch.bfloat16, enabled=not exact):
                p = parallel.valid(a, b)
                swapped = parallel.valid(b[:some], a[:some]) if recipe.symmetry else p[:some]
            inner = slice(margin, -margin) if margin else slice(None)
            loss = fusion_loss(p.float(), target, a[..., inner, inner], b[..., inner, inner], recipe.loss)
            loss = loss + recipe.symmetry * (p[:some] - swapped).abs().float().mean()
            optimizer.zero_grad()
            fabric.backward(loss)
            optimizer.step()
            losses.append(loss.item())
            for name, value in network.named_parameters():
                averaged[name].lerp_(value.detach(), 1 - recipe.average)
            if progress and fabric.is_global_zero:
                progress(done + 1, len(rates), f"epoch {epoch}, loss {losses[-1]:.3f}")
        if not fabric.is_global_zero:
            continue
        entry = {
            "epoch": epoch,
            "loss": float(np.mean(losses)),
            "seconds": round(time.perf_counter() - start, 2),
        }
        if epoch % recipe.validate_every == 0 or epoch == epochs:
            entry |= validate(network, averaged, validation, fabric.device)
        with log.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        numbers = {k: v for k, v in entry.items() if isinstance(v, float)}
        fabric.log_dict(numbers | {"learning rate": float(rates[epoch * recipe.steps_per_epoch - 1])}, step=epoch)
        report(f"epoch {epoch} of {epochs}: " + ", ".join(f"{k} {v:.4g}" for k, v in numbers.items()))
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
        state |= {"averaged": averaged, "epoch": epoch, "recipe": asdict(recipe)}
        torch.save(state, temporary := checkpoint.with_suffix(".tmp"))
        temporary.replace(checkpoint)

    path = output / f"{recipe.model}.safetensors"
    if fabric.is_global_zero:
        logger.finalize("success")
        arrays = {name: value.cpu().numpy() for name, value in averaged.items() if "num_batches" not in name}
        save(path, arrays, {"model": recipe.model, "recipe": asdict(recipe)})
    fabric.barrier()
    return path


def share_of(batch: int, devices: int) -> int:
    """How many samples of a batch each device takes."""
    if batch % devices:
        raise ValueError(f"batch {batch}: {devices} devices cannot share it equally")
    return batch // devices


def print_nothing(line: str) -> None:
    pass


def keep_memory() -> None:
    """Let the C library keep freed memory, where it can be told so: on Linux a step then takes a third less time."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in ((-4, 0), (-1, 2**31 - 1), (-2, 2**28)):  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
        mallopt(option, value)


def load(recipe: Recipe, data: Path) -> tuple[list[Pair], list[Pair]]:
    """The pairs with the teacher's pictures, split into those to learn from and those kept aside.

    Which are kept aside depends on the folder and the seed alone, not on the tasks that the recipe takes.
    """
    teacher, pairs = recipe.make_teacher(), list(read_pairs(data))
    unknown = set(recipe.tasks) - {task for _, task, *_ in pairs}
    if unknown:
        raise ValueError(f"{data}: has no task {', '.join(sorted(unknown))}, which the recipe names")
    kept = np.random.default_rng(recipe.seed).random(len(pairs)) < recipe.validation
    training, validation = [], []
    for (name, task, _, _, a, b), keep in zip(pairs, kept, strict=True):
        if not recipe.tasks or task in recipe.tasks:
            (validation if keep else training).append(Pair(name, task, a, b, teacher(a, b)))
    if not training:
        raise ValueError(f"{data}: all {len(validation)} pairs are kept for validation: lower `validation`")
    return training, validation


def starting_weights(start: str, model: str) -> dict[str, torch.Tensor]:
    """The weights to go on from."""
    path = find(start)
    arrays, metadata = load_weights(path)
    if MODELS[model].shapes() != {name: array.shape for name, array in arrays.items()}:
        raise ValueError(f"{path}: weights of {metadata.get('model')}, not of {model}")
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


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
def validate(network: Network, averaged: dict, pairs: list[Pair], device) -> dict[str, float | dict]:
    """Distance to the teacher and quality of the pairs that were kept aside: means of all, and of each task."""
    from aefusion.quality.qabf import qabf
    from aefusion.quality.ssim import ssim
    from aefusion.quality.viff import viff

    copy = type(network)(network.graph, fast=True).to(device).eval()
    copy.load_state_dict(averaged)
    rows = {}
    for pair in pairs:
        a, b = (torch.from_numpy(x)[None, None].to(device) for x in (pair.a, pair.b))
        fused = copy(a, b)[0, 0].cpu().numpy()
        swapped = copy(b, a)[0, 0].cpu().numpy()
        rows.setdefault(pair.task, []).append(
            {
                "l1": np.abs(fused - pair.target).mean(),
                "swap": np.abs(fused - swapped).mean(),
                "shift": float((fused - pair.target).mean()),
                "Qabf": qabf(pair.a, pair.b, fused),
                "VIFF": viff(pair.a, pair.b, fused),
                "SSIM": ssim(pair.a, pair.b, fused),
            }
        )

    def means(group: list[dict]) -> dict[str, float]:
        return {key: float(np.mean([row[key] for row in group])) for key in group[0]} if group else {}

    every = [row for group in rows.values() for row in group]
    return means(every) | {"tasks": {task: means(group) for task, group in rows.items()}}
