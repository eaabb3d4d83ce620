"""Sources and results side by side, with insets: the paper's figures 4, 5, 7, 8, 9 and 11."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, groupby
from pathlib import Path

import numpy as np

from aefusion.bench.contestants import Contestant, Fuse, contestants
from aefusion.bench.data import Pair, find, first
from aefusion.bench.gallery_page import page, section
from aefusion.bench.measure import find_fused
from aefusion.bench.quality import check_tasks
from aefusion.bench.sheet import contact_sheet
from aefusion.files import write_whole
from aefusion.image import Picture, check_target, join, read, split, write
from aefusion.image.colour import luminance
from aefusion.image.depth import to_depth

METHODS = ("aenetv2", "lp", "gff")
Box = tuple[int, int, int, int]
"""x, y, width, height in pixels of a picture."""
ZOOM = 4
"""How much larger than in the picture an inset is shown that nobody has placed."""
COLUMNS = 6
"""Pictures in a line of a sheet, at most."""
PAIRS = 12
"""Pairs in a sheet, at most."""
FRAME = (230, 60, 40)
GAP = 4


@dataclass
class Panel:
    """The pictures of one pair, uint8 (H, W) or (H, W, 3) RGB of one size, by name; `box` is what insets show."""

    task: str
    name: str
    pictures: dict[str, np.ndarray] = field(default_factory=dict)
    box: Box = (0, 0, 0, 0)
    failed: dict[str, str] = field(default_factory=dict)
    """Why there is no picture of a method; of the pair as a whole under the empty name."""
    sheet: str = ""
    """The name of the sheet that it belongs to."""


def bench_gallery(
    data: Sequence[Path],
    *,
    output: Path | None = None,
    html: Path | None = None,
    methods: Iterable[str] = METHODS,
    fused: Iterable[str] = (),
    tasks: Iterable[str] = (),
    pairs: int = 3,
    inset: Box | None = None,
    height: int = 240,
    report: Callable[[int, int, str], None] = lambda *_: None,
) -> tuple[list[Path], dict[str, str]]:
    """Fuse pairs with methods and networks, in colour, and show all side by side.

    Returns the files that were written, and what failed and why.

    ``data``, the pairs: see `data.find`; the first ``pairs`` of each dataset, 0 for all. ``methods``, ``fused``: see
    `contestants`; methods that are not made for a task are left out of it. ``inset``: x, y, width, height in pixels;
    where the results differ most, if not given. ``output``: a folder for sheets, ``<task>--<dataset>.png``, whose
    pictures are ``height`` pixels high. ``html``: a file for one page with everything in it, and a slider.
    """
    if not (output or html):
        raise ValueError("nothing to write: give a folder for sheets, a file for a page, or both")
    if pairs < 0 or height < 32:
        raise ValueError(f"pairs {pairs}, height {height}: give 0 or more, and 32 or more")
    if html is not None and (html.is_dir() or not html.parent.is_dir()):
        raise ValueError(f"{html}: give the name of a file in a folder that exists")
    chosen = contestants(methods, fused)
    found = check_tasks(find(data), tasks)
    found = first(found, pairs) if pairs else found
    if output:
        output.mkdir(parents=True, exist_ok=True)
        check_target(output / "sheet.png")
    written: list[Path] = []
    failed: dict[str, str] = {}
    sections: list[str] = []
    numbers = count(1)
    for sheet, group in groupby(panels(chosen, found, inset), lambda panel: panel.sheet):
        rows = []
        for panel in group:
            report(next(numbers), len(found), f"{panel.task}, {panel.name}")
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
    return written, failed


def panels(chosen: Sequence[Contestant], found: Sequence[Pair], inset: Box | None) -> Iterator[Panel]:
    """The panel of each pair; what cannot be made is named in it."""
    started: dict[str, Fuse] = {}
    seen: dict[str, int] = {}
    for task, name, path_a, path_b in found:
        dataset = "--".join((task, *Path(name).parts[:-1]))
        number = seen[dataset] = seen.get(dataset, -1) + 1
        panel = Panel(task, name, sheet=dataset if number < PAIRS else f"{dataset}-{number // PAIRS + 1}")
        try:
            a, b = (Picture(to_depth(read(path).pixels, np.uint8)) for path in (path_a, path_b))
            parts = split(a, b)
            height, width = a.pixels.shape[:2]
            box = within(inset, height, width) if inset else None
        except ValueError as error:
            panel.failed[""] = " ".join(str(error).split())
            yield panel
            continue
        panel.pictures = {"a": a.pixels, "b": b.pixels}
        for contestant in chosen:
            if not contestant.suits(task):
                continue
            try:
                if contestant.kind == "pictures":
                    picture = to_depth(read(find_fused(Path(contestant.place), task, name)).pixels, np.uint8)
                else:
                    if contestant.name not in started:
                        started[contestant.name] = contestant.start()
                    picture = join(parts, started[contestant.name](parts.a, parts.b)).pixels
                if picture.shape[:2] != a.pixels.shape[:2]:
                    raise ValueError(f"sizes differ: it is {picture.shape[:2]}, the sources {a.pixels.shape[:2]}")
                panel.pictures[contestant.name] = to_depth(picture, np.uint8)
            except (ValueError, ModuleNotFoundError, MemoryError) as error:
                panel.failed[contestant.name] = " ".join(str(error).split()) or type(error).__name__
        panel.box = box or most_different(list(panel.pictures.values()))
        yield panel


def within(box: Box, height: int, width: int) -> Box:
    """The part of a box that lies in a picture; ValueError where none does."""
    x, y, w, h = box
    left, top, right, bottom = max(0, x), max(0, y), min(x + w, width), min(y + h, height)
    if left >= right or top >= bottom:
        raise ValueError(f"inset {x} {y} {w} {h}: outside of a picture of {width}x{height}")
    return left, top, right - left, bottom - top


def most_different(pictures: Sequence[np.ndarray]) -> Box:
    """Where results differ most in detail: a box a quarter as wide and high as the pictures.

    Pictures: a, b, then the results, of one size. Detail is what is left without the mean of its surroundings of the
    box's size: a method that is brighter in the whole would else be shown where it is brightest. A single result is
    compared with the sources.
    """
    import cv2

    compared = pictures[2:] if len(pictures) > 3 else pictures
    height, width = pictures[0].shape[:2]
    h, w = max(1, height // ZOOM), max(1, width // ZOOM)
    grays = [luminance(picture) for picture in compared]
    details = np.stack([gray - cv2.blur(gray, (w, h), borderType=cv2.BORDER_REFLECT_101) for gray in grays])
    total = cv2.integral(details.var(axis=0))
    sums = total[h:, w:] - total[:-h, w:] - total[h:, :-w] + total[:-h, :-w]
    y, x = np.unravel_index(np.argmax(sums), sums.shape)
    return int(x), int(y), w, h


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
