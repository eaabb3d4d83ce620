"""What a network learns from: pairs with the teacher's pictures, and random crops of them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from aefusion.evolution.alone import at_full_strength
from aefusion.evolution.data import read_pairs
from aefusion.evolution.keep_aside import keep_aside
from aefusion.evolution.made.made_exposure import made_exposure
from aefusion.evolution.made.made_focus import made_focus
from aefusion.evolution.pictures import to_16_bit
from aefusion.evolution.recipe import Recipe
from aefusion.evolution.store import MEMORY, Store
from aefusion.image.pair_tree import tree


class Example:
    """Two aligned gray pictures, and what the network should make of them.

    They are given and read as float32 (H, W) in [0, 1]; they are kept in 8 or 16 bits a pixel, see `store.Store`.
    """

    def __init__(
        self,
        name: str,
        task: str,
        a: np.ndarray,
        b: np.ndarray,
        target: np.ndarray,
        keep: Callable[[np.ndarray], np.ndarray] = lambda pixels: pixels,
    ):
        self.name, self.task = name, task
        self.pictures = tuple(keep(compact(picture)) for picture in (a, b, target))
        """a, b and the target, uint8 or uint16."""

    @property
    def a(self) -> np.ndarray:
        return spacious(self.pictures[0])

    @property
    def b(self) -> np.ndarray:
        return spacious(self.pictures[1])

    @property
    def target(self) -> np.ndarray:
        return spacious(self.pictures[2])


def compact(picture: np.ndarray) -> np.ndarray:
    """float32 in [0, 1] as uint8 where that is exact, else as uint16."""
    coarse = np.rint(picture * 255)
    if np.abs(coarse - picture * 255).max(initial=0) < 1e-3:
        return coarse.astype(np.uint8)
    return to_16_bit(picture)


def spacious(pixels: np.ndarray) -> np.ndarray:
    """uint8 or uint16 as float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)


def load_examples(
    recipe: Recipe, data: Path, folder: Path | None = None, memory: int = MEMORY
) -> tuple[list[Example], list[Example]]:
    """The pairs with the teacher's pictures: those to learn from, and those kept aside (see `keep_aside`).

    With those of the recipe's further trees. Up to ``memory`` bytes of pictures are held in memory, the rest in a file
    in ``folder`` (one for temporary files, if not given) that vanishes with the process: see `Store`. ValueError for a
    task that the data do not have, if no pair is left to learn from, and as `read_pairs` raises it.
    """
    teacher, pattern, store = recipe.make_teacher(), recipe.pair or None, Store(folder, memory)
    here = tree(data, pattern)
    to_learn = {pair.full_name for pair in keep_aside(here, recipe.kept_by, recipe.validation)[0]}
    learning: list[Example] = []
    aside: list[Example] = []
    tasks: set[str] = set()
    trees = [(data, None)]
    trees += [(Path(one), part) for part, of in ((learning, recipe.further), (aside, recipe.aside)) for one in of]
    for root, part in trees:
        for pair, a, b in read_pairs(root, pattern, recipe.range):  # pyright: ignore[reportArgumentType]
            tasks.add(pair.task)
            if recipe.tasks and pair.task not in recipe.tasks:
                continue
            target = teacher(a, b)
            if recipe.full_strength:
                target = strengthen(a, b, target)
            into = part if part is not None else learning if pair.full_name in to_learn else aside
            into.append(Example(pair.full_name, pair.task, a, b, target, store.keep))
    unknown = set(recipe.tasks) - tasks
    if unknown:
        raise ValueError(f"{data}: has no task {', '.join(sorted(unknown))}, which the recipe names")
    if not learning:
        raise ValueError(f"{data}: all {len(aside)} pairs are kept for validation: lower `validation`")
    return learning, aside


def strengthen(a: np.ndarray, b: np.ndarray, target: np.ndarray) -> np.ndarray:
    """`at_full_strength` for float32 (H, W)."""
    pictures = (torch.from_numpy(np.ascontiguousarray(x))[None, None] for x in (a, b, target))
    return at_full_strength(*pictures)[0, 0].numpy()


class Samples(NamedTuple):
    """A batch: float32 (batch, 1, size + 2 margin, ...) twice, (batch, 1, size, size), and bool (batch,)."""

    a: np.ndarray
    b: np.ndarray
    target: np.ndarray
    known: np.ndarray
    """Whether the target is the truth: the pair was made from it."""


def crops(
    examples: Sequence[Example],
    size: int,
    margin: int,
    batch: int,
    rng: np.random.Generator,
    identity: float = 0.0,
    made: float = 0.0,
    photographs: Sequence[np.ndarray] = (),
) -> Iterator[Samples]:
    """Endless batches of samples.

    Tasks are drawn with equal chance, then an example, a place, one of eight orientations and the order of the sources.
    Pictures are reflected by `margin` first, so that the border is learned as it will be used. A share `identity` of
    the samples is one picture twice, to be returned as it is. A share `made` is made anew from a place in one of the
    `photographs`, uint8 or uint16 (H, W).
    """
    tasks = sorted({example.task for example in examples})
    of_task = {task: [example for example in examples if example.task == task] for task in tasks}
    need = size + 2 * margin
    while True:
        samples = []
        for _ in range(batch):
            known = bool(made and rng.random() < made)
            if known:
                pictures = make(photographs[int(rng.integers(len(photographs)))], need, rng)
                samples.append((*cut(pictures, need, rng, 0.0), known))
                continue
            choice = of_task[tasks[rng.integers(len(tasks))]]
            example = choice[rng.integers(len(choice))]
            places = reflected(example.pictures[0].shape, size, margin)
            samples.append((*cut(example.pictures, need, rng, identity, places), known))
        a, b, target, known = (np.stack(group) for group in zip(*samples, strict=True))
        inner = slice(margin, need - margin)
        yield Samples(a[:, None], b[:, None], target[:, None, inner, inner], known)


def make(photograph: np.ndarray, need: int, rng: np.random.Generator) -> list[np.ndarray]:
    """A pair made from a place in a photograph, of two focus settings or exposures, and its truth: float32."""
    size = [min(n, need + need // 2) for n in photograph.shape]
    y, x = (int(rng.integers(n - m + 1)) for n, m in zip(photograph.shape, size, strict=True))
    place = spacious(photograph[y : y + size[0], x : x + size[1]])
    short = [max(0, need - n) for n in place.shape]
    if any(short):
        place = np.pad(place, [(0, n) for n in short], mode="reflect")
    return list((made_focus if rng.random() < 0.5 else made_exposure)(place, rng))


def reflected(shape: Sequence[int], size: int, margin: int) -> list[np.ndarray]:
    """The rows and the columns of a picture that is reflected by `margin` all around.

    And on, until a crop of `size` fits in.
    """
    return [np.pad(np.arange(n), (margin, margin + max(0, size - n)), mode="reflect") for n in shape]


def cut(
    pictures: Sequence[np.ndarray],
    need: int,
    rng: np.random.Generator,
    identity: float,
    places: Sequence[np.ndarray] | None = None,
) -> tuple[np.ndarray, ...]:
    """One place of a, b and the target, each float32 (need, need), turned, mirrored and swapped at random.

    ``places``: the rows and columns to cut from, see `reflected`; all, if not given.
    """
    rows, columns = places or [np.arange(n) for n in pictures[0].shape]
    y, x = (int(rng.integers(len(n) - need + 1)) for n in (rows, columns))
    turn, flip, swap = (int(rng.integers(n)) for n in (4, 2, 2))
    chosen = np.ix_(rows[y : y + need], columns[x : x + need])
    parts = [np.rot90(picture[chosen], turn) for picture in pictures]
    parts = [picture[:, ::-1] if flip else picture for picture in parts]
    if rng.random() < identity:
        parts = [parts[swap]] * 3
    a, b, target = (part if part.dtype == np.float32 else spacious(part) for part in parts)
    return (b, a, target) if swap else (a, b, target)
