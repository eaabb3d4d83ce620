"""What networks of other authors are shown in training here: batches of float32 (batch, 1, crop, crop) in [0, 1]."""

from pathlib import Path

import cv2
import numpy as np

from aefusion.evolution.data import read_pairs
from aefusion.evolution.examples import compact, spacious
from aefusion.evolution.keep_aside import keep_aside
from aefusion.evolution.learned_recipe import LearnedRecipe
from aefusion.evolution.made.made_focus import made_focus
from aefusion.evolution.made.sharp_pictures import sharp_pictures
from aefusion.image.pair_tree import tree

BLURS = 5
"""How often a patch of cnn_iv may be blurred: 7 x 7 pixels, standard deviation 2."""
Pictures = list[tuple[np.ndarray, ...]]


def learned_pictures(recipe: LearnedRecipe, data: Path) -> Pictures:
    """What samples are cut from, uint8 or uint16: pairs for deepfuse, single pictures for the others.

    None is of a pair that is kept aside. ValueError if nothing is left, or for a task that the data do not have.
    """
    pairs = tree(data, None)
    learning, aside = keep_aside([pair.full_name for pair in pairs], recipe.seed, recipe.validation)
    if unknown := set(recipe.tasks) - {pair.task for pair in pairs}:
        raise ValueError(f"{data}: has no task {', '.join(sorted(unknown))}, which the recipe names")
    if recipe.method in ("ifcnn", "cnn_iv"):
        found = [(compact(picture),) for picture in sharp_pictures(data, set(aside))]
    else:
        chosen = set(learning)
        read = (
            (compact(a), compact(b))
            for pair, a, b in read_pairs(data)
            if pair.full_name in chosen and (not recipe.tasks or pair.task in recipe.tasks)
        )
        found = [x for pair in read for x in ([pair] if recipe.method == "deepfuse" else [(y,) for y in pair])]
    found = [pictures for pictures in found if min(pictures[0].shape) >= recipe.crop]
    if not found:
        raise ValueError(
            f"{data}: has no picture to train {recipe.method} with, of {recipe.crop} pixels a side or more"
        )
    return found


def learned_batch(recipe: LearnedRecipe, pictures: Pictures, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """A batch, by the method: sources and truth of made pairs (ifcnn), single pictures (densefuse), a sharp patch and
    the same one blurred in either order with which is sharp (cnn_iv), or two exposures (deepfuse)."""
    make = {"ifcnn": _focus, "densefuse": lambda cut, rng: cut, "cnn_iv": _sharp, "deepfuse": lambda cut, rng: cut}
    samples = []
    for _ in range(recipe.batch):
        cut = _cut(pictures[int(rng.integers(len(pictures)))], recipe.crop, rng)
        samples.append(make[recipe.method](cut, rng))
    return tuple(np.stack(group).astype(np.float32) for group in zip(*samples, strict=True))


def _cut(pictures: tuple[np.ndarray, ...], size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """The same place of each, turned and mirrored at random: float32 (1, size, size)."""
    y, x = (int(rng.integers(n - size + 1)) for n in pictures[0].shape)
    turn, flip = int(rng.integers(4)), bool(rng.integers(2))
    parts = [np.rot90(spacious(picture[y : y + size, x : x + size]), turn) for picture in pictures]
    return [np.ascontiguousarray(part[:, ::-1] if flip else part)[None] for part in parts]


def _focus(cut: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    made = made_focus(cut[0][0], rng)
    return [np.asarray(x, np.float32)[None] for x in (made.a, made.b, made.truth)]


def _sharp(cut: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    sharp = blurred = cut[0][0]
    for _ in range(int(rng.integers(1, BLURS + 1))):
        blurred = cv2.GaussianBlur(blurred, (7, 7), 2)
    first = int(rng.integers(2))
    pair = [sharp, blurred] if first else [blurred, sharp]
    return [*(x[None] for x in pair), np.float32(first).reshape(1)]
