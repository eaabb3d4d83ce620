"""The pairs of a tree of data sets: what benchmarks measure on and training learns from."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from aefusion.files import FileError
from aefusion.image.formats import READ
from aefusion.image.layouts import ADVICE, two_ends, two_folders
from aefusion.image.pair import Pair
from aefusion.image.pairs import pairs

FORM = "expected <task>/<dataset>/a/NAME and <task>/<dataset>/b/NAME"
NO_TASK = "pairs"
"""The task of pairs whose folder says none."""


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


def tree(root: str | PathLike[str], pattern: str | None = None) -> list[TreePair]:
    """All pairs of ``root/<task>/<dataset>/{a,b}/<stem>.*``, sorted by task, data set and stem.

    The folders may have other names, and both pictures may lie in one folder: see `layouts`. ``pattern`` says which
    files of each data set are pairs, see `image.pairs`. Where no folder of a data set fits, the folders of ``root``
    are data sets, or ``root`` is one; their task is "pairs".

    The order counts: which pairs training keeps aside depends on it (see `evolution.keep_aside`).
    FileError if the folder is not there, if it holds no pair, or if a folder ``a`` has no ``b`` beside it; and as
    `pairs` raises it, for a data set in which no two pictures belong together.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileError(root, "there is no such folder", FORM)
    alone = [str(folder) for folder in sorted(root.glob("*/*/a")) if not (folder.parent / "b").is_dir()]
    if alone and not pattern:
        raise FileError(", ".join(alone), "no folder b beside it", FORM)
    is_one = bool(two_folders(root)) and not any(root.glob("*/*/a"))
    for depth in (".",) if is_one else ("*/*", "*", "."):
        folders = [root] if depth == "." else sorted(path for path in root.glob(depth) if path.is_dir())
        found = {folder: of for folder in folders if (of := _pairs_of(folder, pattern))}
        if found:
            return [one for folder, of in found.items() for one in _named(root, folder, of)]
    raise FileError(root, f"no pairs; {FORM}", f"give such a folder; {ADVICE}")


def of_two(a: str | PathLike[str], b: str | PathLike[str], pattern: str | None = None) -> list[TreePair]:
    """The pairs of two folders; their task is "pairs". Errors as `pairs` raises them."""
    advice = 'rename the files, or give `pattern="{}-A.png:{}-B.png"`'
    found = pairs(a, b, pattern=pattern, advice=advice).pairs
    return [TreePair(NO_TASK, stem, one, other) for stem, one, other in found]


def _pairs_of(folder: Path, pattern: str | None) -> Sequence[Pair]:
    """The pairs of one data set; none where nothing says that the folder is one."""
    if pattern:
        try:
            return pairs(folder, pattern=pattern).pairs
        except FileError:
            return ()
    if two := two_folders(folder):
        inside = not any(path.is_file() and path.suffix.lower() in READ for path in two[0].iterdir())
        return pairs(*two, recursive=inside).pairs  # LLVIP has visible/train and infrared/train
    ends = two_ends(folder)
    return pairs(folder, pattern=ends).pairs if ends else ()


def _named(root: Path, folder: Path, found: Sequence[Pair]) -> list[TreePair]:
    task, dataset = (NO_TASK, *folder.relative_to(root).parts, "")[-3:-1] if folder != root else (NO_TASK, "")
    before = f"{dataset}/" if dataset else ""
    return [TreePair(task, f"{before}{stem}", a, b) for stem, a, b in found]
