"""Writing pairs of combined vision as a data set of the fifth task, with a card beside them."""

import json
from collections.abc import Callable
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from aefusion.evolution.made.combined_vision import combined_vision, scene_of, world
from aefusion.evolution.made.scene import ALIGNED_SHARE, OFFSET, TURNED
from aefusion.evolution.versions import version
from aefusion.files import FileError, as_path, make_folder, write_whole
from aefusion.image import Picture, write

TASK, DATASET = "cvs", "jacksboro"
CARD = Path(__file__).with_name("cvs_card.md")
"""What is written beside the pairs, with the names of its figures in braces."""


class MadeCvs(NamedTuple):
    """What was written."""

    folder: Path
    """The data set, `OUT/cvs/jacksboro`."""
    pairs: int
    there: int
    """How many of them were there before."""


def make_cvs(
    output: str | PathLike[str],
    *,
    pairs: int = 400,
    part: str = "train",
    seed: int = 0,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> MadeCvs:
    """Write pairs of combined vision to ``output/cvs/jacksboro/{a,b}``, gray PNG of 8 bit, 400 x 300, and their card.

    The same pairs for the same part and seed; a larger `pairs` adds to them. The card comes first. Each file is written
    whole, and what is there is not made again. ValueError for a part that there is not, or fewer than 1 pair; FileError
    where the folder holds other pictures.
    """
    if pairs < 1:
        raise ValueError(f"pairs is {pairs}: give 1 or more")
    world(part)
    folder = as_path(output, "a folder") / TASK / DATASET
    claim(folder, {"part": part, "seed": seed, "code": version(Path(__file__).with_name("combined_vision.py"))})
    total = max(pairs, sum(1 for _ in (folder / "b").glob(f"{part}-*.png")))
    scenes = {name_of(part, n): asdict(scene_of(part, n, seed)[0]) for n in range(total)}
    write_whole(folder / "scenes.json", json.dumps(scenes, indent=1).encode())
    facts = {"pairs": total, "part": part, "seed": seed, "aligned": ALIGNED_SHARE, "offset": OFFSET, "turned": TURNED}
    write_whole(folder / "README.md", CARD.read_text(encoding="utf-8").format(**facts).encode())
    there = 0
    for number in range(pairs):
        name = name_of(part, number)
        progress(number, pairs, name)
        files = [folder / side / f"{name}.png" for side in "ab"]
        if all(file.exists() for file in files):
            there += 1
            continue
        for file, picture in zip(files, combined_vision(part, number, seed)[:2], strict=True):
            write(file, Picture(picture))
    progress(pairs, pairs, "")
    return MadeCvs(folder, pairs, there)


def name_of(part: str, number: int) -> str:
    return f"{part}-{number:04}"


def claim(folder: Path, settings: dict[str, str | int]) -> None:
    """Make the folder for pairs of these settings; FileError where it holds pictures of others."""
    file = folder / "made.json"
    if file.is_file():
        if json.loads(file.read_text(encoding="utf-8")) != settings:
            raise FileError(folder, "holds pairs of another part, seed or version", "give another folder")
    elif any(folder.glob("*/*")):
        raise FileError(folder, "holds pictures that were not made here", "give another folder")
    for side in "ab":
        make_folder(folder / side)
    write_whole(file, json.dumps(settings, indent=1).encode())
