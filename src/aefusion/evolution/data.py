"""Training pairs: a folder tree of pictures in memory, and random crops of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aefusion.image import pairs, read
from aefusion.image.colour import luminance


@dataclass
class Pair:
    """Two aligned gray pictures, float32 (H, W) in [0, 1], and what the network should make of them."""

    name: str
    task: str
    a: np.ndarray
    b: np.ndarray
    target: np.ndarray


def find_pairs(root: Path) -> list[tuple[str, str, Path, Path]]:
    """Name, task and the two files of every pair in ``root/<task>/<dataset>/{a,b}/<stem>.*``, sorted."""
    found = []
    for folder in sorted(root.glob("*/*/a")):
        dataset = folder.parent
        for stem, a, b in pairs(folder, dataset / "b").pairs:
            found.append(((dataset / stem).relative_to(root).as_posix(), dataset.parts[-2], a, b))
    if not found:
        raise ValueError(f"{root}: no pairs; expected <task>/<dataset>/a/NAME and <task>/<dataset>/b/NAME")
    return found


def read_gray(path: Path) -> np.ndarray:
    """The luminance of a picture, float32 (H, W) in [0, 1]."""
    return luminance(read(path).pixels)


def read_pairs(root: Path) -> Iterator[tuple[str, str, Path, Path, np.ndarray, np.ndarray]]:
    """Every pair as name, task, files and pictures; ValueError, one line, with all that is wrong with the folder."""
    if not root.is_dir():
        raise ValueError(
            f"{root}: there is no such folder: expected <task>/<dataset>/a/NAME and <task>/<dataset>/b/NAME"
        )
    alone = [str(folder) for folder in sorted(root.glob("*/*/a")) if not (folder.parent / "b").is_dir()]
    if alone:
        raise ValueError(f"{', '.join(alone)}: no folder b beside it")
    wrong = []
    for name, task, path_a, path_b in find_pairs(root):
        try:
            a, b = read_gray(path_a), read_gray(path_b)
        except ValueError as error:
            wrong.append(str(error))
            continue
        if a.shape != b.shape:
            sizes = " and ".join(f"{x.shape[1]}x{x.shape[0]}" for x in (a, b))
            wrong.append(f"{name}: a and b differ in size, {sizes}")
            continue
        yield name, task, path_a, path_b, a, b
    if wrong:
        more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise ValueError(f"{root}: {len(wrong)} bad pairs: {'; '.join(wrong[:10])}{more}")


def crops(
    examples: list[Pair], size: int, margin: int, batch: int, rng: np.random.Generator, identity: float = 0.0
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Endless batches ``(a, b, target)``: float32 (batch, 1, size + 2 margin, ...) twice and (batch, 1, size, size).

    Tasks are drawn with equal chance, then a pair, a place, one of eight orientations and the order of the sources.
    Pictures are reflected by `margin` first, so that the border is learned as it will be used. A share `identity` of
    the samples is one picture twice, to be returned as it is.
    """
    tasks = sorted({pair.task for pair in examples})
    of_task = {task: [pair for pair in examples if pair.task == task] for task in tasks}
    padded: dict[str, tuple] = {}
    need = size + 2 * margin
    while True:
        samples = []
        for _ in range(batch):
            choice = of_task[tasks[rng.integers(len(tasks))]]
            pair = choice[rng.integers(len(choice))]
            if pair.name not in padded:
                h, w = pair.a.shape
                more = ((margin, margin + max(0, size - h)), (margin, margin + max(0, size - w)))
                padded[pair.name] = tuple(
                    np.pad(picture, more, mode="reflect") for picture in (pair.a, pair.b, pair.target)
                )
            pictures = padded[pair.name]
            y, x = (int(rng.integers(n - need + 1)) for n in pictures[0].shape)
            turn, flip, swap = (int(rng.integers(n)) for n in (4, 2, 2))
            cut = [np.rot90(picture[y : y + need, x : x + need], turn) for picture in pictures]
            cut = [picture[:, ::-1] if flip else picture for picture in cut]
            if rng.random() < identity:
                cut = [cut[swap]] * 3
            samples.append((cut[1], cut[0], cut[2]) if swap else tuple(cut))
        a, b, target = (np.stack(group)[:, None] for group in zip(*samples, strict=True))
        yield a, b, target[:, :, margin : need - margin, margin : need - margin]
