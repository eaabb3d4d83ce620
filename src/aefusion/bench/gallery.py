"""Sources and results side by side, with insets: the paper's figures 4, 5, 7, 8, 9 and 11."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aefusion.bench.contestants import Contestant, Fuse, contestants
from aefusion.bench.data import AnyPath, Folders, find, first
from aefusion.bench.gallery_page import page, section
from aefusion.bench.measure import find_fused
from aefusion.bench.panel import Box, Panel, most_different, within
from aefusion.bench.quality import of_tasks
from aefusion.bench.results import Progress
from aefusion.bench.sheet import contact_sheet
from aefusion.files import make_folder, write_whole
from aefusion.image import Picture, check_target, join, read, split, write
from aefusion.image.depth import to_depth
from aefusion.image.pair_tree import TreePair
from aefusion.image.shown_files import Displays, read_shown
from aefusion.image.shown_pairs import displays_of
from aefusion.image.thermal import Range

METHODS = ("aenetv2", "lp", "gff")
COLUMNS = 6
"""Pictures in a line of a sheet, at most."""
PAIRS = 12
"""Pairs in a sheet, at most."""
FRAME = (230, 60, 40)
GAP = 4


class Gallery(NamedTuple):
    """What `bench_gallery` made."""

    written: list[Path]
    """The files of sheets, and that of the page."""
    failed: dict[str, str]
    """By the pair, or "pair, method": why there is no picture."""


def bench_gallery(
    data: Folders,
    *,
    output: AnyPath | None = None,
    html: AnyPath | None = None,
    methods: Iterable[str] = METHODS,
    fused: Iterable[str] = (),
    tasks: Iterable[str] = (),
    pairs: int = 3,
    inset: Box | None = None,
    height: int = 240,
    pattern: str | None = None,
    range: Range = "auto",
    progress: Progress = lambda done, total, what: None,
) -> Gallery:
    """Fuse pairs with methods and networks, in colour, and show all side by side.

    ``data``, the pairs: see `data.find`; the first ``pairs`` of each dataset, 0 for all. ``methods``, ``fused``: see
    `contestants`; methods that are not made for a task are left out of it. ``inset``: x, y, width, height in pixels;
    where the results differ most, if not given. ``output``: a folder for sheets, ``<task>--<dataset>.png``, whose
    pictures are ``height`` pixels high. ``html``: a file for one page with everything in it, and a slider.
    ``pattern``, ``range``: which files are pairs, and how thermal pictures are shown, as in `aefusion.fuse_folders`.
    ``progress``: called after each pair. A pair or a method that fails is left out; ValueError for wrong arguments.
    """
    output, html = (Path(path) if path else None for path in (output, html))
    if not (output or html):
        raise ValueError("nothing to write: give `output`, a folder for sheets, or `html`, a file for a page, or both")
    if pairs < 0 or height < 32:
        raise ValueError(f"pairs {pairs}, height {height}: give 0 or more, and 32 or more")
    if html is not None and (html.is_dir() or not html.parent.is_dir()):
        raise ValueError(f"{html}: give the name of a file in a folder that exists")
    chosen = contestants(methods, fused)
    every = find(data, pattern)
    displays = dict(zip((pair.full_name for pair in every), displays_of(every, range), strict=True))
    shown = of_tasks(every, tasks)
    shown = first(shown, pairs) if pairs else shown
    if output:
        make_folder(output)
        check_target(output / "sheet.png")
    written: list[Path] = []
    failed: dict[str, str] = {}
    sections: list[str] = []
    numbers = count(1)
    for sheet, group in groupby(panels(chosen, shown, inset, displays), lambda panel: panel.sheet):
        rows = []
        for panel in group:
            progress(next(numbers), len(shown), f"{panel.task}, {panel.name}")
            of = f"{panel.task}/{panel.name}"
            failed |= {f"{of}, {name}" if name else of: why for name, why in panel.failed.items()}
            if panel.pictures and html:
                sections.append(section(panel))
            if panel.pictures and output:
                rows += sheet_rows(panel, height)
        if rows and output:
            written.append(output / f"{sheet}.png")
            write(written[-1], Picture(contact_sheet(rows, height=len(rows[0][0][1]))))
    if sections and html:
        write_whole(html, page(sections))
        written.append(html)
    return Gallery(written, failed)


def panels(
    chosen: Sequence[Contestant], pairs: Iterable[TreePair], inset: Box | None, displays: Mapping[str, Displays]
) -> Iterator[Panel]:
    """The panel of each pair; what cannot be made is named in it. ``displays``: the ranges of each, by its name."""
    started: dict[str, Fuse] = {}
    seen: dict[str, int] = {}
    for pair in pairs:
        dataset = "--".join((pair.task, *Path(pair.name).parts[:-1]))
        number = seen[dataset] = seen.get(dataset, -1) + 1
        panel = Panel(pair.task, pair.name, sheet=dataset if number < PAIRS else f"{dataset}-{number // PAIRS + 1}")
        suited = [one for one in chosen if one.suits(pair.task)]
        fill_panel(panel, pair, suited, started, inset, displays.get(pair.full_name))
        yield panel


def fill_panel(
    panel: Panel,
    pair: TreePair,
    chosen: Iterable[Contestant],
    started: dict[str, Fuse],
    inset: Box | None,
    displays: Displays | None = None,
) -> None:
    """Put the sources and all results into a panel, or why they are not there; ``started``: what runs already."""
    try:
        a, b = (Picture(to_depth(one.pixels, np.uint8)) for one in read_shown(pair.a, pair.b, displays))
        parts = split(a, b)
        size = a.pixels.shape[:2]
        box = within(inset, *size) if inset else None
    except ValueError as error:
        panel.failed[""] = " ".join(str(error).split())
        return
    panel.pictures = {"a": a.pixels, "b": b.pixels}
    for contestant in chosen:
        try:
            if contestant.kind == "pictures":
                picture = to_depth(read(find_fused(Path(contestant.place), pair)).pixels, np.uint8)
            else:
                if contestant.name not in started:
                    started[contestant.name] = contestant.start()
                picture = join(parts, started[contestant.name](parts.a, parts.b)).pixels
            if picture.shape[:2] != size:
                raise ValueError(f"sizes differ: it is {picture.shape[:2]}, the sources {size}")
            panel.pictures[contestant.name] = to_depth(picture, np.uint8)
        except (ValueError, ModuleNotFoundError, MemoryError) as error:
            panel.failed[contestant.name] = " ".join(str(error).split()) or type(error).__name__
    panel.box = box or most_different(list(panel.pictures.values()))


def sheet_rows(panel: Panel, height: int) -> list[list[tuple[str, np.ndarray]]]:
    """Lines of a contact sheet: each picture with a frame around the box, and the box enlarged below."""
    import cv2

    x, y, w, h = panel.box
    stem = panel.name.rpartition("/")[2]
    cells = []
    for name, picture in panel.pictures.items():
        colour = picture if picture.ndim == 3 else np.dstack([picture] * 3)
        scale = height / colour.shape[0]
        width = max(1, round(colour.shape[1] * scale))
        shrunk = cv2.resize(colour, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        corners = ((round(x * scale), round(y * scale)), (round((x + w) * scale) - 1, round((y + h) * scale) - 1))
        cv2.rectangle(shrunk, *corners, FRAME, 2)
        zoom = min(width / w, height / h)
        size = (max(1, round(w * zoom)), max(1, round(h * zoom)))
        cell = np.full((2 * height + GAP, width, 3), 255, np.uint8)
        cell[:height] = shrunk
        enlarged = cv2.resize(colour[y : y + h, x : x + w], size, interpolation=cv2.INTER_CUBIC)
        cell[height + GAP : height + GAP + size[1], : size[0]] = enlarged
        cells.append((f"{stem}: a" if name == "a" else name, cell))
    lines = -(-len(cells) // COLUMNS)
    columns = -(-len(cells) // lines)
    return [cells[i : i + columns] for i in range(0, len(cells), columns)]
