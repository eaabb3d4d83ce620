"""The stacks in a folder of many pictures, as on the card of a camera: by the times and exposures that files state."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.files import FileError
from aefusion.image.exif_facts import ExifFacts, exif_facts
from aefusion.image.exif_of_file import exif_of_file
from aefusion.image.formats import SUFFIXES
from aefusion.image.natural_order import natural
from aefusion.image.pictures_in import pictures_in
from aefusion.image.planes import SUFFIXES as MICROSCOPES
from aefusion.image.raw import RAW
from aefusion.image.taken import Taken, taken
from aefusion.stack.earlier_results import without_earlier_results

LEAST_GAP, TIMES_USUAL = 2.0, 4.0
"""Without a given gap: so many seconds at least, and so many times the usual time between two pictures."""
SAME = 0.1
"""Exposures that differ by less, in stops, are equal."""


@dataclass(frozen=True)
class Group:
    """The pictures of one stack, or one file of several planes."""

    name: str
    """What its result is called, without suffix."""
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Groups:
    """What was found in a folder."""

    stacks: tuple[Group, ...]
    alone: tuple[Path, ...]
    """Pictures that belong to no stack."""


@dataclass(frozen=True)
class _Shot:
    path: Path
    taken: Taken
    facts: ExifFacts

    @property
    def end(self) -> float:
        return self.taken.clock + (self.facts.exposure_time or 0)

    @property
    def stops(self) -> float:
        """How much light was let in, in stops; NaN where the file does not say so."""
        facts = self.facts
        if not facts.exposure_time:
            return float("nan")
        return float(np.log2(facts.exposure_time * (facts.iso or 100) / (facts.f_number or 1) ** 2))


def groups_of(
    folders: Sequence[str | PathLike[str]], gap: float | None = None, warn: Callable[[str], object] = lambda _: None
) -> Groups:
    """The stacks in folders, and in all folders inside of them.

    Pictures of one folder whose files state when they were taken, in EXIF or in their names, belong to one stack where
    less than ``gap`` seconds lie between them, the camera and its lens stay the same, and no exposure of a bracket
    comes again. Without ``gap`` it is four times the usual time between two pictures, 2 seconds at least. Those of a
    folder without times are one stack if their names differ in a number alone, else one for each beginning of a name.
    A file of a microscope is a stack by itself. ``warn`` is told of earlier results, which are left out. FileError for
    what is no folder, and where there is no stack.
    """
    stacks: list[Group] = []
    alone: list[Path] = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise FileError(folder, "not a folder", "give folders, of which the pictures are grouped into stacks")
        for inner in [folder, *sorted((path for path in folder.rglob("*") if path.is_dir()), key=natural)]:
            found = _of_folder(inner, gap, warn)
            prefix = "" if inner == folder else f"{inner.relative_to(folder).as_posix()}/"
            if prefix and len(found) == 1 and len(found[0]) > 1:  # the folder is the stack
                stacks.append(Group(prefix[:-1], tuple(found[0])))
                continue
            for paths in found:
                if len(paths) > 1 or paths[0].suffix.lower() in MICROSCOPES:
                    stacks.append(Group(f"{prefix}{_name(paths)}", tuple(paths)))
                else:
                    alone += paths
    if not stacks:
        names = ", ".join(str(folder) for folder in folders)
        raise FileError(names, "no stack in it: its pictures were taken too far apart", "give `gap`, or the pictures")
    return Groups(tuple(stacks), tuple(alone))


def _of_folder(folder: Path, gap: float | None, warn: Callable[[str], object]) -> list[list[Path]]:
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    found = [[path] for path in sorted(files, key=natural) if path.suffix.lower() in MICROSCOPES]
    if not any(path.suffix.lower() in SUFFIXES or path.suffix.lower() in RAW for path in files):
        return found
    paths, earlier = without_earlier_results(sorted(pictures_in(folder), key=natural))
    if earlier:
        warn(f"{', '.join(path.name for path in earlier)}: made by aefusion before, left out")
    moments = {path: taken(path) for path in paths}
    known = [_Shot(path, moment, exif_facts(exif_of_file(path))) for path, moment in moments.items() if moment]
    unknown = [path for path, moment in moments.items() if not moment]
    return [*found, *([shot.path for shot in group] for group in by_time(known, gap)), *by_name(unknown)]


def by_time(shots: Sequence[_Shot], gap: float | None) -> list[list[_Shot]]:
    """Pictures that were taken one shortly after the other, in the order of their times."""
    shots = sorted(shots, key=lambda shot: (shot.taken.clock, natural(shot.path)))
    pauses = [max(0.0, following.taken.clock - one.end) for one, following in pairwise(shots)]
    usual = float(np.percentile(pauses, 25)) if pauses else 0.0
    limit = gap if gap is not None else max(LEAST_GAP, TIMES_USUAL * usual)
    groups: list[list[_Shot]] = []
    for shot, pause in zip(shots, [np.inf, *pauses][: len(shots)], strict=True):
        if pause > limit or not _belongs(shot, groups[-1]):
            groups.append([])
        groups[-1].append(shot)
    return groups


def _belongs(shot: _Shot, group: list[_Shot]) -> bool:
    """Whether a picture is of the same camera and lens, and, in a bracket, of an exposure that is not there yet."""
    first = group[0].facts
    if (shot.facts.model, shot.facts.focal_length) != (first.model, first.focal_length):
        return False
    stops = [one.stops for one in group]
    bracket = len(group) > 1 and np.nanmax(stops) - np.nanmin(stops) > SAME if np.isfinite(stops).all() else False
    return not (bracket and min(abs(shot.stops - one) for one in stops) < SAME)


def by_name(paths: Sequence[Path]) -> list[list[Path]]:
    """Pictures whose names differ in their last number alone."""
    groups: dict[str, list[Path]] = {}
    for path in paths:
        groups.setdefault(re.sub(r"\d+(?!.*\d)", "#", path.stem), []).append(path)
    return list(groups.values())


def _name(paths: Sequence[Path]) -> str:
    """The name of the first picture, and of the last one; of a file its own."""
    return paths[0].stem if len(paths) == 1 else f"{paths[0].stem}-{paths[-1].stem}"
