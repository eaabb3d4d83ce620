"""The pairs of a benchmark: a tree of tasks, or any two folders."""

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from aefusion.bench.contestants import digest
from aefusion.image.pair_tree import TreePair, of_two, tree

AnyPath = str | PathLike[str]
Folders = AnyPath | Sequence[AnyPath]
"""One folder, or two."""


def find(folders: Folders, pattern: str | None = None) -> list[TreePair]:
    """The pairs of one folder, or of two.

    One: a tree ``<task>/<dataset>/{a,b}/<stem>.*``, only ``{a,b}/<stem>.*``, or another layout that `tree` knows. Two:
    pictures of equal stem. ``pattern``: which files are pairs, see `image.pairs`. Where no task is named, it is
    "pairs". ValueError if there are none, as `tree` and `pairs` say it.
    """
    given = [Path(folders)] if isinstance(folders, str | PathLike) else [Path(folder) for folder in folders]
    if len(given) > 2 or not given:
        raise ValueError(f"{len(given)} folders: give one, or two with the first and the second pictures")
    return tree(given[0], pattern) if len(given) == 1 else of_two(given[0], given[1], pattern)


def first(pairs: Iterable[TreePair], count: int) -> list[TreePair]:
    """The first `count` pairs of each dataset."""
    seen: dict[tuple[str, str], int] = {}
    kept = []
    for pair in pairs:
        key = pair.task, pair.name.rpartition("/")[0]
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= count:
            kept.append(pair)
    return kept


def describe(pairs: Iterable[TreePair]) -> str:
    """A digest of names and sizes: the same for the same pictures, wherever they lie."""
    return digest(f"{task} {name} {a.stat().st_size} {b.stat().st_size}" for task, name, a, b in pairs)
