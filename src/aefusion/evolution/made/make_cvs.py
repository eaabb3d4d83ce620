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
CARD = """# Combined vision, Jacksboro: rendered, not photographed

{pairs} pairs, part `{part}` of the terrain, seed {seed}:

    aefusion evolve cvs OUT --pairs {pairs} --part {part} --seed {seed}

**No camera took these pictures.** Both pictures of a pair are rendered by a program. They stand in for the 4,000 pairs
of the paper, which are not public. Figures that are measured on them say how a method does with such pictures, and
nothing about flying.

- `a`: enhanced vision, what a sensor in the nose would see: by day, in fog, or as a thermal camera at night. Haze, fog
  in valleys, the sun, noise, blur, gain, the lights of the runway.
- `b`: synthetic vision, what a cockpit display draws of the map: relief, a grid of 500 m, ridges, runways, the horizon.
- Real: the heights. They are the elevation model of Jacksboro, Tennessee, that matplotlib ships (3 seconds of arc,
  USGS, public domain).
- Made up: detail below 150 m, woods, fields, roads, the weather, and the airfields, for which the ground is levelled.
- {aligned:.0%} of the pairs are aligned. In the others b is off by up to {offset:g} pixels each way and {turned:g}
  degrees. Everywhere the sensor sees detail that the map has not.
- `train`, `validation` and `test` show different parts of the terrain, each continued as its mirror image beyond its
  borders. So no pair of one part shows any place of another.
- `scenes.json` says where each pair was flown, in which weather, and by how much it is off.

The elevation model is in the public domain. The renderings are as free as this package is (Apache-2.0).
"""


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

    The same pairs for the same part and seed; a larger `pairs` adds to them. Each file is written whole, and what is
    there is not made again. ValueError for a part that there is not, or fewer than 1 pair; FileError where the folder
    holds other pictures.
    """
    if pairs < 1:
        raise ValueError(f"pairs is {pairs}: give 1 or more")
    world(part)
    folder = as_path(output, "a folder") / TASK / DATASET
    claim(folder, {"part": part, "seed": seed, "code": version(Path(__file__).with_name("combined_vision.py"))})
    names = [f"{part}-{number:04}" for number in range(pairs)]
    there = 0
    for number, name in enumerate(names):
        progress(number, pairs, name)
        files = [folder / side / f"{name}.png" for side in "ab"]
        if all(file.exists() for file in files):
            there += 1
            continue
        for file, picture in zip(files, combined_vision(part, number, seed)[:2], strict=True):
            write(file, Picture(picture))
    progress(pairs, pairs, "")
    scenes = {name: asdict(scene_of(part, number, seed)[0]) for number, name in enumerate(names)}
    write_whole(folder / "scenes.json", json.dumps(scenes, indent=1).encode())
    facts = {"pairs": pairs, "part": part, "seed": seed, "aligned": ALIGNED_SHARE, "offset": OFFSET, "turned": TURNED}
    write_whole(folder / "README.md", CARD.format(**facts).encode())
    return MadeCvs(folder, pairs, there)


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
