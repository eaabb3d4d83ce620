"""Every fusion method side by side on a pair of one's own: time, the evaluation E_2, and the pictures."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.bench.data import AnyPath
from aefusion.bench.demo import exposure_pair, focus_pair
from aefusion.bench.paper import TABLE_V_SECONDS
from aefusion.bench.sheet import contact_sheet
from aefusion.engine import Trained, start
from aefusion.fusion.method import load
from aefusion.image import Picture, check_target, write
from aefusion.image.colour import luminance
from aefusion.image.pair_tree import of_two
from aefusion.image.resize import resize
from aefusion.image.shown_files import folder_displays, read_shown
from aefusion.image.thermal import Range
from aefusion.library import METHODS
from aefusion.quality import METRICS
from aefusion.quality.evaluation import evaluate
from aefusion.weights import shipped

Gray = np.ndarray
SMALLEST = METRICS["E2"].smallest


def bench_pair(
    a: AnyPath | None = None,
    b: AnyPath | None = None,
    *,
    methods: Iterable[str] = (),
    size: int = 400,
    runs: int = 5,
    output: AnyPath | None = None,
    pattern: str | None = None,
    range: Range = "auto",
    say: Callable[[str], None] = print,
) -> list[dict[str, Any]]:
    """Run every method (or those named) and the network on pairs of pictures; a row for each, the best E_2 first.

    ``a``, ``b``: two pictures or two folders; without them, two pairs made from photographs in scikit-image. Pictures
    become gray of ``size`` x ``size``, as in the paper's protocol; 0 keeps their sizes. The time is the median of
    ``runs`` calls on the first pair after one that is not counted, or of one call where that took over 2 s. E_2
    compares the methods with one another on each pair; the mean over the pairs is given. A method that fails is a row
    that says why. ``pattern``: which files of folders are pairs, see `image.pairs`; ``range``: how thermal pictures are
    shown, as in `aefusion.fuse`. ``output``: a picture file for a sheet with the sources and all results of the first
    pair. ``say`` gets a line before each method. ValueError for pictures, methods and sizes that cannot be meant.
    """
    if (a is None) != (b is None):
        raise ValueError(f"{a or b}: give two pictures or two folders")
    if runs < 1 or (size and size < SMALLEST):
        raise ValueError(f"runs {runs}, size {size}: at least 1 and {SMALLEST} (E_2 needs that much; 0 keeps the size)")
    if output:
        check_target(output)
    found = read_pairs(Path(a), Path(b), pattern, range) if a and b else [focus_pair(), exposure_pair()]
    sources = [tuple(prepare(x, size) for x in pair) for pair in found]
    chosen: dict[str, Callable[[Gray, Gray], Gray]] = {
        name: start(Trained.load(name)) if name in shipped() else load(name)
        for name in methods or [*METHODS, *shipped()]
    }
    rows, results = [], {}
    for number, (name, method) in enumerate(chosen.items(), 1):
        say(f"{number} of {len(chosen)}: {name}")
        row = {
            "method": name,
            "year": str(getattr(method, "year", 2020)),
            "seconds": None,
            "paper (s)": None,
            "E2": None,
        }
        row["paper (s)"] = TABLE_V_SECONDS.get(name)
        try:
            fused = [np.clip(method(*pair), 0, 1).astype(np.float32) for pair in sources]
            row["seconds"] = median_time(lambda method=method: method(*sources[0]), runs)
            results[name] = fused
            row["failure"] = ""
        except (ValueError, ModuleNotFoundError, MemoryError) as error:
            row["failure"] = " ".join(str(error).split())
        rows.append(row)
    if results:
        scores = [evaluate(x, y, [fused[i] for fused in results.values()]) for i, (x, y) in enumerate(sources)]
        for name, score in zip(results, np.mean(scores, axis=0), strict=True):
            next(row for row in rows if row["method"] == name)["E2"] = float(score)
    rows.sort(key=lambda row: (row["E2"] is None, -(row["E2"] or 0)))
    if output:
        order = [row["method"] for row in rows if row["method"] in results]
        cells = [("a", sources[0][0]), ("b", sources[0][1]), *((name, results[name][0]) for name in order)]
        lines = [cells[start:][:6] for start in np.arange(0, len(cells), 6)]
        write(output, Picture(contact_sheet(lines, height=240)))
        say(f"{output}: sources and results of the first pair")
    return rows


def read_pairs(a: Path, b: Path, pattern: str | None, range: Range) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pixels of two pictures, or of all pairs of two folders; of thermal ones as they are fused."""
    files = [(x, y) for _, _, x, y in of_two(a, b, pattern)] if a.is_dir() else [(a, b)]
    displays = folder_displays(files, range)
    shown = [read_shown(x, y, displays) for x, y in files]
    return [(x.pixels, y.pixels) for x, y in shown]


def prepare(pixels: np.ndarray, size: int) -> Gray:
    """Gray, float32 (size, size) in [0, 1]; the size as it is for 0."""
    gray = luminance(pixels)
    return resize(Picture(gray), size, size).pixels if size else gray


def median_time(call: Callable[[], object], runs: int) -> float:
    """Seconds; the median of `runs` calls, of fewer where they take long (2 s in all)."""
    times = []
    while len(times) < runs and (not times or sum(times) < 2):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return float(np.median(times))
