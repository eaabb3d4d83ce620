"""What a network learns from: pairs with the teacher's pictures in memory, and random crops of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aefusion.evolution.data import read_pairs
from aefusion.evolution.keep_aside import keep_aside
from aefusion.evolution.recipe import Recipe


@dataclass
class Example:
    """Two aligned gray pictures, float32 (H, W) in [0, 1], and what the network should make of them."""

    name: str
    task: str
    a: np.ndarray
    b: np.ndarray
    target: np.ndarray


def load_examples(recipe: Recipe, data: Path) -> tuple[list[Example], list[Example]]:
    """The pairs with the teacher's pictures: those to learn from, and those kept aside (see `keep_aside`).

    ValueError for a task that the data do not have, if no pair is left to learn from, and as `read_pairs` raises it.
    """
    teacher, pairs = recipe.make_teacher(), list(read_pairs(data))
    unknown = set(recipe.tasks) - {pair.task for pair, _, _ in pairs}
    if unknown:
        raise ValueError(f"{data}: has no task {', '.join(sorted(unknown))}, which the recipe names")
    learning, aside = (
        [
            Example(pair.full_name, pair.task, a, b, teacher(a, b))
            for pair, a, b in part
            if not recipe.tasks or pair.task in recipe.tasks
        ]
        for part in keep_aside(pairs, recipe.seed, recipe.validation)
    )
    if not learning:
        raise ValueError(f"{data}: all {len(aside)} pairs are kept for validation: lower `validation`")
    return learning, aside


def crops(
    examples: Sequence[Example], size: int, margin: int, batch: int, rng: np.random.Generator, identity: float = 0.0
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Endless batches ``(a, b, target)``: float32 (batch, 1, size + 2 margin, ...) twice and (batch, 1, size, size).

    Tasks are drawn with equal chance, then an example, a place, one of eight orientations and the order of the sources.
    Pictures are reflected by `margin` first, so that the border is learned as it will be used. A share `identity` of
    the samples is one picture twice, to be returned as it is.
    """
    tasks = sorted({example.task for example in examples})
    of_task = {task: [example for example in examples if example.task == task] for task in tasks}
    padded: dict[str, list[np.ndarray]] = {}
    need = size + 2 * margin
    while True:
        samples = []
        for _ in range(batch):
            choice = of_task[tasks[rng.integers(len(tasks))]]
            example = choice[rng.integers(len(choice))]
            if example.name not in padded:
                padded[example.name] = reflected(example, size, margin)
            samples.append(cut(padded[example.name], need, rng, identity))
        a, b, target = (np.stack(group)[:, None] for group in zip(*samples, strict=True))
        yield a, b, target[:, :, margin : need - margin, margin : need - margin]


def reflected(example: Example, size: int, margin: int) -> list[np.ndarray]:
    """Both sources and the target, reflected by `margin` all around, and on until a crop of `size` fits in."""
    height, width = example.a.shape
    more = ((margin, margin + max(0, size - height)), (margin, margin + max(0, size - width)))
    return [np.pad(picture, more, mode="reflect") for picture in (example.a, example.b, example.target)]


def cut(pictures: list[np.ndarray], need: int, rng: np.random.Generator, identity: float) -> tuple[np.ndarray, ...]:
    """One place of a, b and the target, each (need, need), turned, mirrored and swapped at random."""
    y, x = (int(rng.integers(n - need + 1)) for n in pictures[0].shape)
    turn, flip, swap = (int(rng.integers(n)) for n in (4, 2, 2))
    parts = [np.rot90(picture[y : y + need, x : x + need], turn) for picture in pictures]
    parts = [picture[:, ::-1] if flip else picture for picture in parts]
    if rng.random() < identity:
        parts = [parts[swap]] * 3
    a, b, target = parts
    return (b, a, target) if swap else (a, b, target)
