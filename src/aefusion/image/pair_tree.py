"""The pairs of a tree of data sets: what benchmarks measure on and training learns from."""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

from aefusion.files import FileError
from aefusion.image.pairs import pairs

FORM = "expected <task>/<dataset>/a/NAME and <task>/<dataset>/b/NAME"


class TreePair(NamedTuple):
    """The two files of one pair, and where in the tree it stands."""

    task: str
    """The folder of the task, such as "multi_focus"."""
    name: str
    """``<dataset>/<stem>``, unique within the task."""
    a: Path
    b: Path

    @property
    def full_name(self) -> str:
        """``<task>/<dataset>/<stem>``, unique within the tree."""
        return f"{self.task}/{self.name}"


def tree(root: str | PathLike[str]) -> list[TreePair]:
    """All pairs of ``root/<task>/<dataset>/{a,b}/<stem>.*``, sorted by task, data set and stem.

    The order counts: which pairs training keeps aside depends on it (see `evolution.keep_aside`).
    FileError if the folder is not there, if it holds no pair, or if a folder ``a`` has no ``b`` beside it; and as
    `pairs` raises it, for a data set in which no two pictures belong together.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileError(root, "there is no such folder", FORM)
    folders = sorted(root.glob("*/*/a"))
    if not folders:
        raise FileError(root, f"no pairs; {FORM}", "give such a folder")
    alone = [str(folder) for folder in folders if not (folder.parent / "b").is_dir()]
    if alone:
        raise FileError(", ".join(alone), "no folder b beside it", FORM)
    return [
        TreePair(dataset.parent.name, f"{dataset.name}/{stem}", a, b)
        for dataset in (folder.parent for folder in folders)
        for stem, a, b in pairs(dataset / "a", dataset / "b").pairs
    ]
