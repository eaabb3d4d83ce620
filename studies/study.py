"""The studies of docs/study.md: what the block R, pooling, depth, the teacher, the task, the bank and sight do.

    python studies/study.py STUDY DATA --output runs/study [--write docs/study.md]

STUDY is teachers, variants, tasks, forgetting, sight, rules or alive. DATA holds training pairs,
<task>/<dataset>/{a,b}/<stem>.*; a tenth, chosen by the seed, is kept aside from all trainings, and all figures are
means over it. Each study is a list of trainings, one folder each; a run that was stopped goes on. --write puts the
table between the markers of a page. Needs the extra `train`.
"""

import argparse
import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
import torch

from aefusion import Fuser
from aefusion.evolution.data import read_pairs
from aefusion.evolution.examples import Example
from aefusion.evolution.keep_aside import keep_aside
from aefusion.evolution.mix import mix
from aefusion.evolution.recipe import RULES, Recipe
from aefusion.evolution.train import train
from aefusion.evolution.validate import validate
from aefusion.evolution.waves import waves
from aefusion.markers import fill_file
from aefusion.network import MODELS
from aefusion.quality.qabf import qabf
from aefusion.quality.ssim import ssim
from aefusion.quality.viff import viff
from aefusion.weights import load

KEYS = ("Qabf", "VIFF", "SSIM")
TASKS = ("ir_visible", "medical", "multi_exposure", "multi_focus")
FOLDER = Path(__file__).parents[1] / "src" / "aefusion" / "weights"


def short(**changes) -> Recipe:
    """The budget of all studies: 8 epochs of 149 batches of 8 crops of 64 pixels."""
    recipe = Recipe.read(FOLDER / "aenetv2-squeeze.yaml")
    return replace(recipe, **{"model": "aenetv2"} | changes)


def run(name: str, recipe: Recipe, options) -> Path:
    print(f"--- {name}", flush=True)
    folder = options.output / name
    path = folder / f"{recipe.model}.safetensors"
    return path if path.exists() else train(recipe, options.data, folder, threads=options.threads)


@cache
def kept_aside(data: Path, seed: int, share: float) -> list[Example]:
    """The pairs that no training sees; of what they are measured by, nothing looks at the target."""
    aside = keep_aside(list(read_pairs(data)), seed, share)[1]
    return [Example(pair.full_name, pair.task, a, b, a) for pair, a, b in aside]


def quality(weights: Path, options) -> dict[str, dict[str, float]]:
    """Qabf, VIFF and SSIM of the pairs kept aside: of each task, and the mean of the tasks."""
    path = weights.with_suffix(".json")
    if not path.exists():
        arrays, metadata = load(weights)
        network = MODELS[metadata["model"]].network(fast=True)
        state = network.state_dict() | {name: torch.from_numpy(array) for name, array in arrays.items()}
        found = validate(network, state, kept_aside(options.data, short().seed, short().validation), "cpu")["tasks"]
        path.write_text(json.dumps(found))
    tasks = {task: {key: row[key] for key in KEYS} for task, row in json.loads(path.read_text()).items()}
    return tasks | {"mean": {key: sum(row[key] for row in tasks.values()) / len(tasks) for key in KEYS}}


def table(rows: dict[str, dict], tasks: tuple[str, ...]) -> list[str]:
    """A line for each training: Qabf / VIFF / SSIM, of each task and their mean."""
    lines = ["| | " + " | ".join(tasks) + " |", "|---" * (len(tasks) + 1) + "|"]
    for name, row in rows.items():
        cells = [" / ".join(f"{value:.3f}" for value in row[task].values()) if task in row else "" for task in tasks]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def teachers(options) -> list[str]:
    """What the optimum adds over a single teacher."""
    lp = {"teacher": "lp", "teacher_parameters": {"levels": 4, "base": "mean"}}
    chosen = {"lp alone": lp, "optimum by MEF-SSIM": {}}
    rows = {}
    for name, changes in chosen.items():
        folder = f"teachers/{name.replace(' ', '-')}"
        rows[name] = quality(run(folder, short(**changes), options), options)
    return table(rows, (*TASKS, "mean"))


RATES = (0.0004, 0.001, 0.0025)
"""Of which each network of the table of variants gets the best, by the mean of Qabf, VIFF and SSIM."""


def variants(options) -> list[str]:
    """What the block R, pooling, depth and the pyramid do: one budget, the best rate of each, the spread of the seeds.

    A network that a rule can start is trained from it and from random weights.
    """
    rows = {}
    starts = [(model, start) for model in options.models or MODELS for start in starts_of(model)]
    for model, start in starts:
        tried = {}
        for rate in RATES:
            tried[rate] = quality(run(*variant(model, start, rate, 0, options), options), options)
        best = max(tried, key=lambda rate: sum(tried[rate]["mean"].values()))
        runs = [tried[best]]
        others = (variant(model, start, best, seed, options) for seed in range(1, options.seeds))
        runs += [quality(run(*settings, options), options) for settings in others]
        cost = MODELS[model].cost()
        name = f"{MODELS[model].title}, {'from the rule' if start else 'from random weights'}"
        rows[f"{name} | {cost.parameters:,} | {cost.flops / 1e6:,.0f} M | {best:g}"] = runs
    lines = spread_table(rows, (*TASKS, "mean"))
    return [lines[0].replace("| | ", "| | parameters | FLOPs | rate | ", 1), "|---|---|---" + lines[1], *lines[2:]]


def starts_of(model: str) -> tuple[str, ...]:
    return ("", "selection") if model.removesuffix("-p") in RULES else ("",)


def variant(model: str, start: str, rate: float, seed: int, options) -> tuple[str, Recipe]:
    """The folder and the recipe of one training of that table."""
    settings = {"segments": [(1, rate / 5), (options.epochs - 1, rate)], "seed": seed, "aside_seed": short().seed}
    settings |= {"wake_every": 1, "precision": "float32"} | ({"gentle": GENTLE} if start else {})
    return f"variants/{model}-{start or 'random'}-{rate:g}-{seed}", short(model=model, start=start, **settings)


GENTLE = {"c1": 0.05, "c1_norm": 0.05}
"""Smaller steps for the filters that measure detail after a start by rule."""


def spread_table(rows: dict[str, list[dict]], tasks: tuple[str, ...]) -> list[str]:
    """As `table`, the mean of several trainings, and in brackets half the distance of the farthest two."""
    lines = ["| | " + " | ".join(tasks) + " |", "|---" * (len(tasks) + 1) + "|"]
    for name, runs in rows.items():
        cells = []
        for task in tasks:
            values = np.array([list(run[task].values()) for run in runs])
            means, spreads = values.mean(0), np.ptp(values, axis=0) / 2
            cells.append(" / ".join(f"{m:.3f} ({s:.3f})" for m, s in zip(means, spreads, strict=True)))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def tasks(options) -> list[str]:
    """One task alone, transfer from another (equation 3), the common weights, own and common (equation 5)."""
    common = run("tasks/common", short(), options)
    rows = {"common, all tasks": quality(common, options)}
    half = {"segments": [(1, 2e-3), (3, 5e-3)]}  # of the common budget, for a quarter of the tasks
    alone = {task: run(f"tasks/alone-{task}", short(tasks=[task], **half), options) for task in TASKS}
    rows["one task alone, from scratch"] = {t: quality(alone[t], options)[t] for t in TASKS}
    fewer = {"segments": [(2, 2e-3)]}
    row = {}
    for i, task in enumerate(TASKS):
        source = TASKS[i - 1]
        moved = run(f"tasks/{source}-to-{task}", short(tasks=[task], start=str(alone[source]), **fewer), options)
        row[task] = quality(moved, options)[task]
    rows["transfer from the task before it (3)"] = row
    own = {task: run(f"tasks/own-{task}", short(tasks=[task], start=str(common), **fewer), options) for task in TASKS}
    for share in (0.0, 0.5, 2.0):
        row, others = {}, {}
        for task in TASKS:
            folder = options.output / f"tasks/mixed-{share:g}-{task}"
            folder.mkdir(parents=True, exist_ok=True)
            measured = quality(mix(own[task], common, share, folder / "aenetv2.safetensors"), options)
            row[task] = measured[task]
            others[task] = {key: sum(measured[t][key] for t in TASKS if t != task) / 3 for key in KEYS}
        rows[f"own + {share:g} x common (5)"] = row
        rows[f"own + {share:g} x common (5): mean of the other three tasks"] = others
    return table(rows, TASKS)


def forgetting(options) -> list[str]:
    """The tasks one after the other, with and without the bank; quality of all tasks after each step."""
    unsupervised = {"sources": 1.0, "detail": 25.0, "edges": 1.0}
    kinds = {
        "no bank: the new task, towards its sources": lambda seen: {"tasks": [seen[-1]], "loss": unsupervised},
        "O of the new task": lambda seen: {"tasks": [seen[-1]]},
        "bank: O of all tasks so far": lambda seen: {"tasks": list(seen)},
    }
    lines = []
    for kind, changes in kinds.items():
        before, rows = "", {}
        for step in range(1, 5):
            folder = f"forgetting/{kind.split(':')[0].replace(' ', '-')}-{step}"
            settings = short(segments=[(2, 4e-3)], start=before, **changes(TASKS[:step]))
            before = str(run(folder, settings, options))
            rows[f"{kind}, after {TASKS[step - 1]}"] = quality(Path(before), options)
        lines += table(rows, (*TASKS, "mean"))[2 if lines else 0 :]
    return lines


def sight(options) -> list[str]:
    """What rules can choose that see so many pixels, beside networks, on focus pairs; what such a start does."""
    fusers = {
        "mean of both": lambda a, b: (a + b) / 2,
        "rule: each wave from where it is stronger (5 x 5 pixels)": chosen_waves,
        "rule: each pixel from where waves are stronger in 3 x 3 (5 x 5)": partial(chosen_pixels, 3),
        "the same in 5 x 5 (7 x 7)": partial(chosen_pixels, 5),
        "the same in 7 x 7 (9 x 9)": partial(chosen_pixels, 7),
        "the rule in 3 x 3 as weights of AE-Netv2+, untrained": untrained(options),
    }
    fusers |= {name: Fuser(name) for name in ("aenetv2", "aenetv2-focus", "aenetv2-p", "aenetv2-plus-focus")}
    fusers |= {name: Fuser(method=name) for name in ("lp", "gff", "dsift")}
    rows = {}
    for name, fuse in fusers.items():
        scores = []
        for pair in kept_aside(options.data, short().seed, short().validation):
            if pair.task == "multi_focus":
                fused = np.float32(fuse(pair.a, pair.b)).clip(0, 1)
                scores.append([metric(pair.a, pair.b, fused) for metric in (qabf, viff, ssim)])
        rows[name] = {"multi_focus": dict(zip(KEYS, np.mean(scores, axis=0), strict=True))}
    for start in ("", "selection"):
        for rate in (0.005, 0.0008):
            recipe = short(model="aenetv2-plus", start=start, segments=[(1, rate * 0.4), (7, rate)])
            folder = f"sight/{start or 'random'}-{rate}"
            label = f"AE-Netv2+, small budget, from {'the rule' if start else 'random weights'}, rate {rate}"
            rows[label] = quality(run(folder, recipe, options), options)
    return table(rows, (*TASKS, "mean"))


def rules(options) -> list[str]:
    """What the starts by rule give before any training, plain and on the pyramid, on all pairs kept aside."""
    rows = {}
    aside = kept_aside(options.data, short().seed, short().validation)
    for model in (name + form for form in ("", "-p") for name in RULES):
        still = {"start": "selection", "segments": [(1, 1e-12)], "steps_per_epoch": 1, "average": 0.0}
        weights = run(f"rules/{model}", short(model=model, teacher="lp", teacher_parameters={}, **still), options)
        rows[f"the rule as {MODELS[model].title}, untrained"] = quality(weights, options)
    for name in ("lp", "average"):
        rows[name] = quality_of(Fuser(method=name), aside)
    for name in ("aenetv2", "aenetv2-plus", "aenetv2-p"):
        rows[f"{name}, as shipped"] = quality_of(Fuser(name), aside)
    return table(rows, (*TASKS, "mean"))


def quality_of(fuse, aside: list[Example]) -> dict[str, dict[str, float]]:
    """As `quality`, of any function of two pictures."""
    rows: dict[str, list[list[float]]] = {}
    for pair in aside:
        fused = np.float32(fuse(pair.a, pair.b)).clip(0, 1)
        rows.setdefault(pair.task, []).append([metric(pair.a, pair.b, fused) for metric in (qabf, viff, ssim)])
    tasks = {task: dict(zip(KEYS, np.mean(scores, axis=0), strict=True)) for task, scores in rows.items()}
    return tasks | {"mean": {key: sum(row[key] for row in tasks.values()) / len(tasks) for key in KEYS}}


def alive(options) -> list[str]:
    """How many maps are silent after a short training, and what keeps them alive."""
    ways = {
        "as the studies above: rate 0.005": {},
        "a gentle rate: 0.001": {"segments": [(1, 4e-4), (3, 1e-3)]},
        "a slope of 0.1 below zero, which goes to 0 halfway": {"slope": 0.1},
        "silent maps drawn anew after each epoch": {"wake_every": 1},
        "a slope, and drawn anew": {"slope": 0.1, "wake_every": 1},
        "a slope, drawn anew, a gentle rate": {"slope": 0.1, "wake_every": 1, "segments": [(1, 4e-4), (3, 1e-3)]},
    }
    lines = ["| | network | silent maps | Qabf / VIFF / SSIM |", "|---|---|---|---|"]
    for model in options.models or ("aenetv2", "aenetv2-squeeze2-gcb"):
        for number, (way, changes) in enumerate(ways.items()):
            settings = {"teacher": "lp", "teacher_parameters": {}, "segments": [(1, 2e-3), (3, 5e-3)], "crop": 48}
            settings |= {"precision": "float32", "validate_every": 4}
            weights = run(f"alive/{model}-{number}", short(model=model, **settings | changes), options)
            silent = ", ".join(f"{name} {count}" for name, count in load(weights)[1]["silent"].items())
            means = " / ".join(f"{value:.3f}" for value in quality(weights, options)["mean"].values())
            lines.append(f"| {way} | {model} | {silent} | {means} |")
    return lines


def responses(picture: np.ndarray) -> np.ndarray:
    """What the eight cosine waves of 3 x 3 pixels find in it: (8, H, W)."""
    return np.stack([cv2.filter2D(picture, -1, wave.numpy(), borderType=cv2.BORDER_REFLECT_101) for wave in waves()])


def chosen_waves(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The mean of both, and each wave of 3 x 3 pixels from the source in which it is stronger."""
    a, b = (np.pad(picture, 2, mode="reflect") for picture in (a, b))
    fused = cv2.blur(cv2.blur((a + b) / 2, (3, 3)), (3, 3))
    for wave, in_a, in_b in zip(waves(), responses(a), responses(b), strict=True):
        chosen = np.where(np.abs(in_a) >= np.abs(in_b), in_a, in_b)
        fused += cv2.filter2D(chosen, -1, np.flip(wave.numpy()).copy()) / 9
    return fused[2:-2, 2:-2]


def chosen_pixels(window: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Each pixel from the source with stronger waves in the window around it."""
    more = np.abs(responses(a)).sum(0) - np.abs(responses(b)).sum(0)
    return np.where(cv2.blur(more, (window, window)) >= 0, a, b)


def untrained(options) -> Fuser:
    """AE-Netv2+ as `start: selection` sets it: a training of one step at next to no rate."""
    still = short(model="aenetv2-plus", start="selection", segments=[(1, 1e-12)], steps_per_epoch=1, average=0.0)
    return Fuser(str(run("sight/untrained", still, options)))


def main() -> None:
    studies = {study.__name__: study for study in (teachers, variants, tasks, forgetting, sight, rules, alive)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", choices=studies)
    parser.add_argument("data", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--models", nargs="*")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each variant")
    parser.add_argument("--epochs", type=int, default=8, help="of each variant")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    lines = studies[options.study](options)
    print("\n".join(lines))
    if options.write:
        fill_file(options.write, f"study {options.study}", lambda _: "\n".join(lines))


if __name__ == "__main__":
    main()
