"""Train a network of the family towards the pictures of a teacher; reads from top to bottom."""

import ctypes
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.loggers.tensorboard import TensorBoardLogger
from torch import Tensor

from aefusion.evolution.alive import SOFTLY, Watch, wake
from aefusion.evolution.examples import Example, compact, crops, load_examples
from aefusion.evolution.learned_recipe import LearnedRecipe
from aefusion.evolution.losses import fusion_loss
from aefusion.evolution.recipe import SELECTION, Recipe
from aefusion.evolution.selection import select_by_detail
from aefusion.evolution.train_learned import train_learned
from aefusion.evolution.validate import validate
from aefusion.files import whole
from aefusion.network import MODELS
from aefusion.network.module import Network
from aefusion.network.own import model_of, to_values
from aefusion.weights import find, load, save

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Sources a and b with a margin, the target: float32 (N, 1, H, W) in [0, 1]; whether it is the truth: bool (N,)."""


def train(
    recipe: Recipe | LearnedRecipe | Path | str,
    data: Path | str,
    output: Path | str,
    *,
    threads: int | None = None,
    accelerator: str = "auto",
    devices: int | str = "auto",
    say: Callable[[str], None] = print,
    progress: Callable[[int, int, str], None] | None = None,
) -> Path:
    """Train as `recipe` (or the YAML file of that name) says on the pairs under `data`; returns the file of weights.

    `data` holds ``<task>/<dataset>/{a,b}/<stem>.*``. `output` is a folder that receives the recipe, a checkpoint after
    each epoch (a run that was stopped goes on from it, and one that has ended when the recipe is given more epochs),
    ``log.jsonl``, a TensorBoard log, ``so-far.safetensors`` each time that the pairs kept aside are measured, and in
    the end ``<model>.safetensors``. `accelerator` and `devices` are Lightning Fabric's: all GPUs there are, else the
    CPU; each of several devices takes its share of the batch, also when started by ``torchrun``. `say` gets a line for
    people after each epoch. `progress` is called after each step with the steps done, all steps, and the loss.

    A recipe with a ``method`` trains a network of another author instead, on one device: see `train_learned`.

    ValueError for wrong settings, for data that cannot be used, if `output` holds a run of another recipe, and at once
    when the loss is not a finite number any more; the last checkpoint is good then.
    """
    if isinstance(recipe, str | Path):
        recipe = LearnedRecipe.read(Path(recipe)) or Recipe.read(Path(recipe))
    data, output = Path(data), Path(output)
    if threads is not None and threads < 1:
        raise ValueError(f"threads is {threads}; it must be 1 or more")
    if threads:
        torch.set_num_threads(threads)
    keep_memory()
    if isinstance(recipe, LearnedRecipe):
        cuda = accelerator in ("auto", "cuda", "gpu") and torch.cuda.is_available()
        return train_learned(recipe, data, output, device="cuda" if cuda else "cpu", say=say, progress=progress)
    recipe.check()
    model, start = model_of(recipe.model), recipe.start
    if start.endswith(".yaml"):  # what that recipe gives is where this one starts
        kind = {"threads": threads, "accelerator": accelerator, "devices": devices}
        start = str(train(recipe.first(), data, output / "first", say=say, progress=progress, **kind))
    if start and start != SELECTION:
        starting_weights(start, recipe.model)  # before pictures are read
    logger = TensorBoardLogger(output, name="tensorboard", version="")
    devices = int(os.environ.get("LOCAL_WORLD_SIZE", 0)) or devices
    fabric = Fabric(accelerator=accelerator, devices=devices, loggers=logger)
    fabric.launch()
    share = share_of(recipe.batch, fabric.world_size)

    checkpoint, log = output / "checkpoint.pt", output / "log.jsonl"
    state = torch.load(checkpoint, map_location=fabric.device, weights_only=True) if checkpoint.exists() else None
    if state and not recipe.goes_on_from(state["recipe"], state["epoch"]):
        raise ValueError(f"{output}: holds a run of another recipe (see recipe.yaml there): give another folder")
    if not fabric.is_global_zero:
        say, progress = say_nothing, None
    say(f"reading {data} and computing what {recipe.teacher} makes of it")
    if fabric.is_global_zero:
        recipe.prepare(data, progress=progress)
    fabric.barrier()
    learning, aside = load_examples(recipe, data, output)
    say(f"{len(learning)} pairs to learn from, {len(aside)} kept aside")
    photographs = photographs_of(recipe, data, aside)
    output.mkdir(parents=True, exist_ok=True)
    recipe.write(output / "recipe.yaml")

    torch.manual_seed(recipe.seed)
    network = model.network(fast=True).train()

    def batches(epoch: int) -> Iterator[Batch]:
        rng = np.random.default_rng([recipe.seed, epoch, fabric.global_rank])
        samples = crops(
            learning, recipe.crop, network.margin, share, rng, recipe.identity, recipe.made, photographs
        )  # fmt: skip
        for arrays in samples:
            a, b, target, known = (torch.from_numpy(x).to(fabric.device) for x in arrays)
            yield a, b, target, known

    network.to(fabric.device)
    set_weights(network, start, recipe.model, next(batches(0)))
    averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.Adam(parameter_groups(network, recipe), lr=recipe.segments[0][1])
    epoch = 0
    if state:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        averaged, epoch = state["averaged"], state["epoch"]
        if fabric.is_global_zero:
            forget_after(log, epoch)
        say(f"going on after epoch {epoch}")
    watch = Watch(network)
    parallel, optimizer = fabric.setup(network, optimizer)
    parallel.mark_forward_method("valid")

    rates = learning_rates(recipe)
    epochs = recipe.epochs
    while epoch < epochs:
        epoch += 1
        exact = recipe.precision == "float32" or epoch > epochs - recipe.exact_epochs
        begin, losses = time.perf_counter(), []
        watch.forget()
        for step, batch in zip(range(recipe.steps_per_epoch), batches(epoch), strict=False):
            done = (epoch - 1) * recipe.steps_per_epoch + step
            for group in optimizer.param_groups:
                group["lr"] = float(rates[done]) * group["factor"]
            network.slope = recipe.slope * max(0.0, 1 - 2 * done / len(rates))
            loss = batch_loss(parallel.valid, batch, network.margin, recipe, exact)
            if not torch.isfinite(loss):
                raise ValueError(diverged(epoch, float(rates[done]), "the loss", checkpoint))
            optimizer.zero_grad()
            fabric.backward(loss)
            optimizer.step()
            losses.append(loss.item())
            for name, value in network.named_parameters():
                averaged[name].lerp_(value.detach(), 1 - recipe.average)
            if progress:
                progress(done + 1, len(rates), f"epoch {epoch}, loss {losses[-1]:.3f}")
        if not all(value.isfinite().all() for value in network.state_dict().values()):
            raise ValueError(diverged(epoch, float(rates[epoch * recipe.steps_per_epoch - 1]), "a weight", checkpoint))
        if recipe.wake_every and epoch % recipe.wake_every == 0 and epoch <= epochs * 3 // 4:
            woken = wake_silent(network, averaged, optimizer, watch, next(batches(epoch)), recipe.seed + epoch)
            if woken:
                say(f"epoch {epoch}: {woken} silent maps are drawn anew")
        if not fabric.is_global_zero:
            continue
        entry = {"epoch": epoch, "loss": float(np.mean(losses)), "seconds": round(time.perf_counter() - begin, 2)}
        if epoch % recipe.validate_every == 0 or epoch == epochs:
            entry |= validate(network, averaged, aside, fabric.device)
            write(output / "so-far.safetensors", averaged, recipe, entry)
        with log.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        numbers = {k: v for k, v in entry.items() if isinstance(v, float)}
        fabric.log_dict(numbers | {"learning rate": float(rates[epoch * recipe.steps_per_epoch - 1])}, step=epoch)
        line = ", ".join(f"{k} {v:.4g}" for k, v in numbers.items())
        silent = {name: count for name, count in entry.get("silent", {}).items() if count}
        line += f"; silent maps: {silent or 'none'}" if "silent" in entry else ""
        say(f"epoch {epoch} of {epochs}: {line}")
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
        state |= {"averaged": averaged, "epoch": epoch, "recipe": asdict(recipe)}
        with whole(checkpoint) as part:
            torch.save(state, part)

    path = output / f"{model.name}.safetensors"
    if fabric.is_global_zero:
        logger.finalize("success")
        entries = [json.loads(line) for line in log.read_text().splitlines()]
        write(path, averaged, recipe, entries[-1])
        first, last = entries[0]["loss"], entries[-1]["loss"]
        if last > first:
            say(f"the loss ended at {last:.4g}, above the {first:.4g} of epoch 1: the rates in segments are too high")
    fabric.barrier()
    return path


def photographs_of(recipe: Recipe, data: Path, aside: Sequence[Example]) -> list[np.ndarray]:
    """The photographs that pairs are made from, uint8 or uint16; none of them is of a pair that is kept aside."""
    if not recipe.made:
        return []
    from aefusion.evolution.made.sharp_pictures import sharp_pictures

    found = [compact(picture) for picture in sharp_pictures(data, {example.name for example in aside})]
    if not found:
        raise ValueError(f"{data}: has no sharp photograph (pictures a of ir_visible): give `made=0`")
    return found


def write(path: Path, averaged: dict[str, Tensor], recipe: Recipe, entry: dict[str, Any]) -> None:
    """Write weights as they are after the epoch of that entry of the log."""
    arrays = {name: value.cpu().numpy() for name, value in averaged.items() if "num_batches" not in name}
    model = model_of(recipe.model)
    metadata = {"model": model.name, "recipe": asdict(recipe), "epoch": entry["epoch"]}
    if model.name not in MODELS:
        metadata["graph"] = to_values(model.graph())
    save(path, arrays, metadata | {"silent": entry.get("silent", {})})


def diverged(epoch: int, rate: float, what: str, checkpoint: Path) -> str:
    kept = f"; {checkpoint} holds the epoch before" if checkpoint.exists() else ""
    return f"epoch {epoch}, learning rate {rate:g}: {what} is not a finite number: lower the rates in segments{kept}"


def wake_silent(
    network: Network, averaged: dict[str, Tensor], optimizer: Any, watch: Watch, batch: Batch, seed: int
) -> int:
    """Draw maps anew that were silent since the watch began, in the network and in its average; returns how many.

    Adam forgets what it knew of them.
    """
    silent = {name: rows for name, rows in watch.silent().items() if rows.any()}
    if not silent:
        return 0
    wake(network, batch[0], batch[1], silent, deviation=SOFTLY, draw=torch.Generator().manual_seed(seed))
    parameters, state = dict(network.named_parameters()), network.state_dict()
    for name, rows in silent.items():
        for key, value in state.items():
            if key.startswith((f"{name}.", f"{name}_norm.")) and value.ndim:
                averaged[key][rows] = value[rows]
                for moment in ("exp_avg", "exp_avg_sq") if key in parameters else ():
                    if moment in optimizer.state.get(parameters[key], {}):
                        optimizer.state[parameters[key]][moment][rows] = 0
    return sum(int(rows.sum()) for rows in silent.values())


def share_of(batch: int, devices: int) -> int:
    """How many samples of a batch each device takes."""
    if batch % devices:
        raise ValueError(f"batch {batch}: {devices} devices cannot share it equally")
    return batch // devices


def say_nothing(line: str) -> None:
    """Of several processes only the first one speaks."""


def keep_memory() -> None:
    """Let the C library keep freed memory, where it can be told so: on Linux a step then takes a third less time."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in ((-4, 0), (-1, 2**31 - 1), (-2, 2**28)):  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
        mallopt(option, value)


def set_weights(network: Network, start: str, model: str, batch: Batch) -> None:
    """The weights that training begins with: by a rule, of a file, or random ones that are set to the data."""
    a, b, target, _known = batch
    if start == SELECTION:
        select_by_detail(network, a, b)
    elif start:
        network.load_state_dict(starting_weights(start, model), strict=False)  # all is there but the counts of batches
    else:
        initialise(network, a, b, target)


def starting_weights(start: str, model: str) -> dict[str, Tensor]:
    """The weights of a shipped name or a file; ValueError if they are those of another network."""
    path = find(start)
    arrays, metadata = load(path)
    if model_of(model).shapes() != {name: array.shape for name, array in arrays.items()}:
        raise ValueError(f"{path}: weights of {metadata.get('model')}, not of {model}")
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def initialise(network: Network, a: Tensor, b: Tensor, target: Tensor) -> None:
    """Set norms and thresholds to the data, so that no map is silent; the last norm to the teacher's contrast."""
    network.calibrate(a, b)
    wake(network, a, b)
    network.calibrate(a, b)
    parameters = dict(network.named_parameters())
    last = [layer for layer in network.graph if layer.name][-1]
    if last.op == "norm":
        parameters[f"{last.name}.weight"].data.fill_(target.std().item())
    if f"{last.name}.bias" in parameters:
        parameters[f"{last.name}.bias"].data.fill_(target.mean().item())


def forget_after(log: Path, epoch: int) -> None:
    """Take out of the log what was written after the checkpoint of that epoch."""
    lines = log.read_text().splitlines(keepends=True) if log.exists() else []
    log.write_text("".join(line for line in lines if json.loads(line)["epoch"] <= epoch))


def parameter_groups(network: Network, recipe: Recipe) -> list[dict[str, Any]]:
    """The parameters, those of each factor of the learning rate together; ValueError for a layer that there is not."""
    factors: dict[float, list[Tensor]] = {}
    unknown = set(recipe.gentle) - {layer.name for layer in network.graph}
    if unknown:
        raise ValueError(f"recipe: gentle: {recipe.model} has no layer {', '.join(sorted(unknown))}")
    for name, parameter in network.named_parameters():
        factors.setdefault(recipe.gentle.get(name.rpartition(".")[0], 1.0), []).append(parameter)
    return [{"params": parameters, "factor": factor} for factor, parameters in factors.items()]


def learning_rates(recipe: Recipe) -> np.ndarray:
    """The learning rate of every step."""
    rates = [np.full(epochs * recipe.steps_per_epoch, rate) for epochs, rate in recipe.segments]
    if recipe.schedule == "cosine":
        rates[-1] = rates[-1] * (1 + np.cos(np.pi * np.arange(len(rates[-1])) / len(rates[-1]))) / 2
    return np.concatenate(rates)


def batch_loss(
    fuse: Callable[[Tensor, Tensor], Tensor], batch: Batch, margin: int, recipe: Recipe, exact: bool
) -> Tensor:
    """What the network loses on a batch; `fuse` takes sources with a margin and gives a picture without.

    Unless it shall be `exact`, the network (not the loss) is computed in bfloat16 where the processor can.
    """
    a, b, target, known = batch
    some = max(1, len(a) // 4) if recipe.symmetry else 0
    with torch.autocast(a.device.type, torch.bfloat16, enabled=not exact):
        p = fuse(torch.cat([a, b[:some]]), torch.cat([b, a[:some]]))  # some of them the other way round
    p, swapped = p[: len(a)], p[len(a) :]
    inner = slice(margin, -margin) if margin else slice(None)
    a, b = a[..., inner, inner], b[..., inner, inner]
    loss = p.new_zeros((), dtype=torch.float32)
    for chosen, terms in ((~known, recipe.loss), (known, recipe.made_loss)):
        if chosen.any():
            part = fusion_loss(p[chosen].float(), target[chosen], a[chosen], b[chosen], terms)
            loss = loss + part * chosen.float().mean()
    return loss + recipe.symmetry * (p[:some] - swapped).abs().float().mean() if some else loss
