"""What pairs of files are."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Pair(NamedTuple):
    """Two pictures that belong together."""

    stem: str
    """What names the pair: the name without suffix, or what ``{}`` and ``*`` stand for in a pattern; inside of folders
    of a tree it is "folder/stem"."""
    a: Path
    b: Path


@dataclass(frozen=True)
class Pairs:
    """The pictures of two folders, matched by the name without suffix, by a pattern, by time or in order."""

    pairs: list[Pair]
    """Sorted by stem."""
    only_a: list[Path]
    """Pictures of the first folder without partner."""
    only_b: list[Path]
    """Pictures of the second folder without partner."""
