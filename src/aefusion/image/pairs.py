"""Finding the pairs of two folders, or of one folder that holds both pictures of each pair."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from aefusion.files import FileError, as_path
from aefusion.image.formats import READ


class Pair(NamedTuple):
    """Two pictures that belong together."""

    stem: str
    """What names the pair: the name without suffix, or what ``{}`` stands for in a pattern; inside of folders of a
    tree it is "folder/stem"."""
    a: Path
    b: Path


@dataclass(frozen=True)
class Pairs:
    """The pictures of two folders, matched by the name without suffix, or by a pattern."""

    pairs: list[Pair]
    """Sorted by stem."""
    only_a: list[Path]
    """Pictures of the first folder without partner."""
    only_b: list[Path]
    """Pictures of the second folder without partner."""


def pairs(
    folder_a: str | PathLike[str],
    folder_b: str | PathLike[str] | None = None,
    *,
    pattern: str | None = None,
    recursive: bool = False,
    without: str | PathLike[str] | None = None,
) -> Pairs:
    """The pictures of two folders that belong together.

    Without ``pattern``: those of the same stem, whatever their suffixes. With one, ``"{}_W.JPG:{}_T.JPG"``: what ``{}``
    stands for must be equal; the left side is for the first folder, the right side for the second. ``*`` stands for
    anything, upper and lower case count as equal, a side without suffix takes pictures of all suffixes, and
    ``"visible/{}:infrared/{}"`` names the folder too. Without ``folder_b``: both sides of the pattern are for the one
    folder; without pattern too, every JPEG file is a pair of its own, Pair(stem, path, path), as radiometric files are.
    ``recursive``: folders inside count too, and partners lie at the same place in both trees. ``without``: a folder to
    pass over, such as that of the results.

    Hidden files and folders, and files with other suffixes, are passed over. Raises FileError if a folder is not
    there or holds no picture, if two pictures have the same stem, and if none has a partner; ValueError if the pattern
    is none.
    """
    one = folder_b is None
    folder_a = as_path(folder_a, "a folder of pictures")
    folder_b = folder_a if folder_b is None else as_path(folder_b, "a folder of pictures")
    deep = recursive or bool(pattern and "/" in pattern)
    files_a, files_b = _pictures(folder_a, deep, without), _pictures(folder_b, deep, without)
    if pattern is not None:
        a, b = _matched(pattern, folder_a, folder_b, files_a, files_b)
    elif one:
        jpegs = {name: path for name, path in files_a.items() if READ[path.suffix.lower()] == "jpeg"}
        if not jpegs:
            wrong = "one folder, and no radiometric JPEG in it, which would hold both pictures"
            raise FileError(folder_a, wrong, 'give a second folder, or `pattern="{}_W.JPG:{}_T.JPG"`')
        a = b = _by_stem(folder_a, jpegs)
    else:
        a, b = _by_stem(folder_a, files_a), _by_stem(folder_b, files_b)
    common = sorted(a.keys() & b.keys())
    if not common:
        here, there = min(a.values() or files_a.values()).name, min(b.values() or files_b.values()).name
        wrong = f"no pair for the pattern {pattern}" if pattern else "no picture has a partner of the same stem"
        example = f"{wrong}: here is for example {here}, in {folder_b} for example {there}"
        raise FileError(folder_a, example, 'rename the files, or give `pattern="{}_W.JPG:{}_T.JPG"`')
    return Pairs(
        [Pair(stem, a[stem], b[stem]) for stem in common],
        [a[stem] for stem in sorted(a.keys() - b.keys())],
        [b[stem] for stem in sorted(b.keys() - a.keys())],
    )


def shard(items: list, part: str) -> list:
    """The share of one of several machines: ``"2/5"`` is the second of five. Together they make the whole, once.

    >>> shard(list("abcde"), "1/2"), shard(list("abcde"), "2/2")
    (['a', 'c', 'e'], ['b', 'd'])
    """
    numbers = re.fullmatch(r"(\d+)/(\d+)", part)
    i, n = map(int, numbers.groups()) if numbers else (0, 0)
    if not 1 <= i <= n:
        raise ValueError(f"shard {part!r}: expected i/n, from 1/n to n/n, for example 2/5")
    return items[i - 1 :: n]


def _pictures(folder: Path, deep: bool, without: str | PathLike[str] | None) -> dict[str, Path]:
    """Name relative to the folder, with slashes, to path."""
    if not folder.is_dir():
        wrong = "a file, not a folder" if folder.exists() else "no such folder"
        raise FileError(folder, wrong, "give a folder of pictures")

    def refuse(error: OSError) -> None:
        place = error.filename or folder
        raise FileError(place, f"cannot be listed ({error.strerror})", "check its permissions") from None

    hidden = Path(without).resolve() if without else None
    found = {}
    for place, folders, names in os.walk(folder, onerror=refuse):
        below = [] if not deep else [name for name in folders if not name.startswith(".")]
        folders[:] = sorted(name for name in below if Path(place, name).resolve() != hidden)
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and path.suffix.lower() in READ and path.is_file():
                found[path.relative_to(folder).as_posix()] = path
    if not found:
        raise FileError(folder, "holds no picture", f"supported are {', '.join(READ)}")
    return dict(sorted(found.items()))


def _by_stem(folder: Path, files: dict[str, Path]) -> dict[str, Path]:
    return _unique(folder, ((name.rpartition(".")[0], path) for name, path in files.items()))


def _unique(folder: Path, stems: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for stem, path in stems:
        if stem in found:
            wrong = f"two pictures with one stem, {found[stem].name} and {path.name}"
            raise FileError(folder, wrong, "rename or move one of them")
        found[stem] = path
    return found


def _matched(
    pattern: str, folder_a: Path, folder_b: Path, files_a: dict[str, Path], files_b: dict[str, Path]
) -> tuple[dict[str, Path], dict[str, Path]]:
    left, colon, right = pattern.partition(":")
    if not colon or ":" in right or left.count("{}") != 1 or right.count("{}") != 1:
        raise ValueError(
            f"pattern {pattern!r}: expected LEFT:RIGHT with {{}} once in each, such as {{}}_W.JPG:{{}}_T.JPG"
        )
    both = folder_a.samefile(folder_b)
    if both and left.lower() == right.lower():
        raise ValueError(f"pattern {pattern!r}: both sides match the same files of {folder_a}")
    one, other = _expression(left), _expression(right)
    matches_a = [(path, found) for name, path in files_a.items() if (found := one.fullmatch(name))]
    matches_b = [(path, found) for name, path in files_b.items() if (found := other.fullmatch(name))]
    if both:  # "{}.JPG:{}_T.JPG": a file that fits both sides belongs to the one that says more of its name
        if len(left) < len(right):
            theirs = {path for path, _ in matches_b}
            matches_a = [(path, found) for path, found in matches_a if path not in theirs]
        else:
            theirs = {path for path, _ in matches_a}
            matches_b = [(path, found) for path, found in matches_b if path not in theirs]
    return (
        _unique(folder_a, ((found["before"] + found["stem"], path) for path, found in matches_a)),
        _unique(folder_b, ((found["before"] + found["stem"], path) for path, found in matches_b)),
    )


def _expression(side: str) -> re.Pattern[str]:
    expression = re.escape(side).replace(r"\{\}", "(?P<stem>[^/]+?)").replace(r"\*", "[^/]*?")
    if Path(side).suffix.lower() not in READ:
        expression += f"(?:{'|'.join(map(re.escape, READ))})"
    return re.compile(f"(?P<before>(?:.*/)?){expression}", re.IGNORECASE)
