"""The pairs of a benchmark: a tree of tasks, or any two folders."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from aefusion.bench.contestants import digest
from aefusion.image import pairs

Pair = tuple[str, str, Path, Path]
"""Task, name (``<dataset>/<stem>`` or the stem), and the two files."""


def find(folders: Sequence[Path]) -> list[Pair]:
    """The pairs of one folder, or of two.

    One: a tree ``<task>/<dataset>/{a,b}/<stem>.*``, or only ``{a,b}/<stem>.*``. Two: pictures of equal stem. Where no
    task is named, it is "pairs". ValueError if there are none.
    """
    if len(folders) == 2:
        return [("pairs", stem, a, b) for stem, a, b in pairs(*folders).pairs]
    if len(folders) != 1:
        raise ValueError(f"{len(folders)} folders: give one, or two with the first and the second pictures")
    root = folders[0]
    if not root.is_dir():
        raise ValueError(f"{root}: no such folder")
    if (root / "a").is_dir() and (root / "b").is_dir():
        return find([root / "a", root / "b"])
    found: list[Pair] = []
    for folder in sorted(root.glob("*/*/a")):
        dataset = folder.parent
        found += [(dataset.parts[-2], f"{dataset.name}/{s}", a, b) for s, a, b in pairs(folder, dataset / "b").pairs]
    if not found:
        raise ValueError(f"{root}: no pairs; expected <task>/<dataset>/a/NAME and b/NAME, or a/NAME and b/NAME")
    return found


def first(found: Iterable[Pair], count: int) -> list[Pair]:
    """The first `count` pairs of each dataset."""
    seen: dict[tuple[str, str], int] = {}
    kept = []
    for pair in found:
        key = pair[0], pair[1].rpartition("/")[0]
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= count:
            kept.append(pair)
    return kept


def describe(found: Iterable[Pair]) -> str:
    """A digest of names and sizes: the same for the same pictures, wherever they lie."""
    return digest(f"{task} {name} {a.stat().st_size} {b.stat().st_size}" for task, name, a, b in found)
