"""Which files of folders fit one side of a pattern, LEFT:RIGHT."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aefusion.files import FileError
from aefusion.image.formats import READ

SECOND = re.compile(r"(?:.*[_-](?:T|R|IR|THERMAL|INFRARED))|(?:IRX?[_-].*)", re.IGNORECASE)
"""The stems of thermal pictures in folders that hold both, as cameras write them: DJI, Autel, FLIR."""


class Match(NamedTuple):
    """A file that fits one side of a pattern."""

    stem: str
    """What ``{}`` stands for, behind the folders that the pattern does not name; without ``{}`` the file's name."""
    stars: tuple[str, ...]
    """What each ``*`` stands for."""
    name: str
    """From the beginning of the first ``{}`` or ``*`` to the end of the last one: what names the pair."""
    path: Path


def split_pattern(pattern: str, holes: int = 1) -> tuple[str, str]:
    """Both sides of LEFT:RIGHT with so many ``{}`` in each; ValueError for anything else."""
    left, colon, right = pattern.partition(":")
    if not colon or ":" in right or left.count("{}") != holes or right.count("{}") != holes:
        expected = "{} once in each, such as {}_W.JPG:{}_T.JPG" if holes else "no {}, such as *_W:*_T"
        raise ValueError(f"pattern {pattern!r}: expected LEFT:RIGHT with {expected}")
    return left, right


def sides(
    pattern: str, holes: int, folder_a: Path, folder_b: Path, files_a: dict[str, Path], files_b: dict[str, Path]
) -> tuple[list[Match], list[Match]]:
    """The files that fit the left and the right side of a pattern, of files by their name in their folder.

    In one folder a file that fits both sides belongs to the one that says more of its name, as in "{}.JPG:{}_T.JPG".
    """
    left, right = split_pattern(pattern, holes)
    a, b = _matches(left, files_a), _matches(right, files_b)
    if not folder_a.samefile(folder_b):
        return a, b
    if left.lower() == right.lower():
        raise ValueError(f"pattern {pattern!r}: both sides match the same files of {folder_a}")
    if len(left) < len(right):
        return _without(a, b), b
    return a, _without(b, a)


def thermal_sides(folder: Path, files: dict[str, Path]) -> tuple[list[Match], list[Match]]:
    """The pictures of one folder that are not thermal, and those that are, by the names that cameras give (SECOND).

    FileError where no name says so, or where the others are of several lenses, as _W and _Z.
    """
    b = [_whole(name, path) for name, path in files.items() if SECOND.fullmatch(path.stem)]
    theirs = {one.path for one in b}
    a = [_whole(name, path) for name, path in files.items() if path not in theirs]
    advice = 'say which are the first and which the second: `pattern="time *_W:*_T"`, `pattern="order *_W:*_T"`'
    if not a or not b:
        example = next(iter(files.values())).name
        raise FileError(folder, f"no name says which pictures are thermal: here is for example {example}", advice)
    lenses = sorted({match[1].upper() for one in a if (match := re.search(r"[_-]([A-Za-z])$", one.path.stem))})
    if len(lenses) > 1:
        raise FileError(folder, f"pictures of several lenses, {' and '.join(lenses)}, beside the thermal ones", advice)
    return a, b


def all_of(files: dict[str, Path]) -> list[Match]:
    """All files of a folder, as one side."""
    return [_whole(name, path) for name, path in files.items()]


def _whole(name: str, path: Path) -> Match:
    stem = name.removesuffix(path.suffix)
    return Match(stem, (), stem, path)


def _without(some: Sequence[Match], others: Sequence[Match]) -> list[Match]:
    theirs = {one.path for one in others}
    return [one for one in some if one.path not in theirs]


def _matches(side: str, files: dict[str, Path]) -> list[Match]:
    expression = _expression(side)
    rows = []
    for name, path in files.items():
        if match := expression.fullmatch(name):
            parts = match.groupdict()
            before = parts.pop("before")
            stars = tuple(text.lower() for key, text in parts.items() if key.startswith("star"))
            if "stem" in parts:
                rows.append(Match(before + parts["stem"], stars, before + parts["name"], path))
            else:
                rows.append(_whole(name, path)._replace(stars=stars))
    return rows


def _expression(side: str) -> re.Pattern[str]:
    """``{}`` and ``*`` as groups: stem, star0, star1 ...; from the first to the last of them: name."""
    parts = re.split(r"(\{\}|\*)", side)
    texts = [re.escape(part) for part in parts]
    for i in range(1, len(parts), 2):
        texts[i] = "(?P<stem>[^/]+?)" if parts[i] == "{}" else f"(?P<star{i // 2}>[^/]*?)"
    if len(texts) > 1:
        texts[1] = f"(?P<name>{texts[1]}"
        texts[-2] += ")"
    expression = "".join(texts)
    if Path(side).suffix.lower() not in READ:
        expression += f"(?:{'|'.join(map(re.escape, READ))})"
    return re.compile(f"(?P<before>(?:.*/)?){expression}", re.IGNORECASE)
