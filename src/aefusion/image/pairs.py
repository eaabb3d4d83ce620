"""Finding the pairs of two folders, or of one folder that holds both pictures of each pair."""

import os
import re
from os import PathLike
from pathlib import Path

from aefusion.files import FileError, as_path
from aefusion.image.formats import READ
from aefusion.image.medical_files import what_to_give
from aefusion.image.pair import Pair, Pairs
from aefusion.image.pair_by_pattern import pair_by_pattern
from aefusion.image.pair_by_time import pair_by_time
from aefusion.image.pair_in_order import pair_in_order, pair_in_turn
from aefusion.image.sides import all_of, sides, thermal_sides

WITH_PATTERN = 'give `pattern="{}_W.JPG:{}_T.JPG"`, or `pattern="time"`'
"""What a caller that has a pattern may advise."""
_WAY = re.compile(r"(?P<way>time|order)(?::(?P<how>[^ *{}]*))?(?: +(?P<sides>.*))?")


def pairs(
    folder_a: str | PathLike[str],
    folder_b: str | PathLike[str] | None = None,
    *,
    pattern: str | None = None,
    recursive: bool = False,
    without: str | PathLike[str] | None = None,
    advice: str = "rename the files",
) -> Pairs:
    """The pictures of two folders, or of one, that belong together.

    ``pattern`` says which:

    * None: those of the same stem, whatever their suffixes. In one folder every JPEG file is a pair of its own,
      Pair(stem, path, path), as radiometric files are.
    * ``"{}_W.JPG:{}_T.JPG"``: what ``{}`` stands for must be equal; the left side is for the first folder, the right
      side for the second, or both for the one folder. ``*`` stands for anything, upper and lower case count as equal, a
      side without suffix takes pictures of all suffixes, and ``"visible/{}:infrared/{}"`` names the folder too. Several
      pictures of one stem are kept apart by what ``*`` stands for, see `pair_by_pattern`.
    * ``"time"``, ``"time:2"``: those that were taken within 1 second, or 2; ``"time:2+3600"`` where the second
      camera's clock is an hour ahead. See `pair_by_time`.
    * ``"order"``, ``"order:time"``: the first of each side, the second of each, and so on, by their names, or by the
      times at which they were taken; in one folder those that follow each other. See `pair_in_order`.

    ``"time"`` and ``"order"`` in one folder take the thermal pictures as the second side, by the names that cameras
    give them; else sides may follow: ``"time:2 *_W:*_T"``.

    ``recursive``: folders inside count too, and partners of the same stem lie at the same place in both trees.
    ``without``: a folder to pass over, such as that of the results. ``advice``: what to do where names do not match.

    Hidden files and folders, and files with other suffixes, are passed over. Raises FileError if a folder is not
    there or holds no picture, if two pictures have the same stem, and if none has a partner; ValueError if the pattern
    is none.
    """
    one = folder_b is None
    folder_a = as_path(folder_a, "a folder of pictures")
    folder_b = folder_a if folder_b is None else as_path(folder_b, "a folder of pictures")
    way = _WAY.fullmatch(pattern or "")
    deep = recursive or bool(pattern and "/" in pattern)
    files_a, files_b = _pictures(folder_a, deep, without), _pictures(folder_b, deep, without)
    if way:
        paired = _by_way(way, folder_a, folder_b, files_a, files_b)
    elif pattern is not None:
        paired = pair_by_pattern(folder_a, *sides(pattern, 1, folder_a, folder_b, files_a, files_b))
    elif one:
        jpegs = {name: path for name, path in files_a.items() if READ[path.suffix.lower()] == "jpeg"}
        if not jpegs:
            wrong = "one folder, and no radiometric JPEG in it, which would hold both pictures"
            raise FileError(folder_a, wrong, f"give a second folder, or {WITH_PATTERN}")
        paired = Pairs([Pair(stem, path, path) for stem, path in _by_stem(folder_a, jpegs).items()], [], [])
    else:
        a, b = _by_stem(folder_a, files_a), _by_stem(folder_b, files_b)
        paired = Pairs(
            [Pair(stem, path, b[stem]) for stem, path in a.items() if stem in b],
            [path for stem, path in a.items() if stem not in b],
            [path for stem, path in b.items() if stem not in a],
        )
    if not paired.pairs:
        here, there = (
            min(only or files.values()).name for only, files in ((paired.only_a, files_a), (paired.only_b, files_b))
        )
        wrong = f"no pair for the pattern {pattern}" if pattern else "no picture has a partner of the same stem"
        example = f"{wrong}: here is for example {here}, in {folder_b} for example {there}"
        raise FileError(folder_a, example, advice)
    _check_names(folder_a, paired)
    return Pairs(sorted(paired.pairs), sorted(paired.only_a), sorted(paired.only_b))


def _by_way(
    way: re.Match[str], folder_a: Path, folder_b: Path, files_a: dict[str, Path], files_b: dict[str, Path]
) -> Pairs:
    """By time, or in order."""
    same = folder_a.samefile(folder_b)
    if way["sides"]:
        a, b = sides(way["sides"], 0, folder_a, folder_b, files_a, files_b)
        if not a or not b:
            wrong = f"no picture fits the {'first' if not a else 'second'} side of {way['sides']}"
            raise FileError(folder_a if not a else folder_b, wrong, "check the names")
    else:
        a, b = thermal_sides(folder_a, files_a) if same else (all_of(files_a), all_of(files_b))
    if way["way"] == "order":
        if way["how"] not in (None, "name", "time"):
            raise ValueError(f"pattern {way[0]!r}: expected order, or order:time")
        return (pair_in_turn if same else pair_in_order)(folder_a, a, b, way["how"] == "time")
    seconds = re.fullmatch(r"(\d+\.?\d*|\.\d+)(?:([+-])(\d+\.?\d*))?", way["how"] or "1")
    if not seconds:
        raise ValueError(f"pattern {way[0]!r}: expected time and seconds, as time:2; time:2+3600 if one clock is ahead")
    ahead = float(f"{seconds[2]}{seconds[3]}") if seconds[2] else 0.0
    return pair_by_time(folder_a, a, b, float(seconds[1]), ahead)


def _check_names(folder: Path, paired: Pairs) -> None:
    """FileError where two pairs have one name: the result of one would be written over that of the other."""
    seen: dict[str, Pair] = {}
    for pair in paired.pairs:
        if pair.stem in seen:
            wrong = f"two pictures with one stem, {seen[pair.stem].a.name} and {pair.a.name}"
            raise FileError(folder, wrong, "rename or move one of them")
        seen[pair.stem] = pair


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
        raise FileError(folder, "holds no picture", what_to_give(folder, f"supported are {', '.join(READ)}"))
    return dict(sorted(found.items()))


def _by_stem(folder: Path, files: dict[str, Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name, path in files.items():
        stem = name.rpartition(".")[0]
        if stem in found:
            wrong = f"two pictures with one stem, {found[stem].name} and {path.name}"
            raise FileError(folder, wrong, "rename or move one of them")
        found[stem] = path
    return found
