"""The quality of one fused picture or of a folder of them: what ``aefusion score`` does."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from aefusion._version import __version__
from aefusion.files import is_place
from aefusion.image.shown_files import Displays, folder_displays
from aefusion.image.thermal import Range
from aefusion.one_thread import in_processes
from aefusion.quality.metric import check_convention
from aefusion.quality.score_pair import TABLE_III, Names, Values, select, three
from aefusion.quality.scores import Scores, same_as_before
from aefusion.quality.triples import Triples, find_triples

File = str | PathLike[str]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Task:
    """One pair to be measured."""

    stem: str
    files: tuple[Path, Path, Path]
    metrics: tuple[str, ...]
    convention: str
    displays: Displays


def score_folders(
    a: File,
    b: File,
    fused: File,
    metrics: Names = TABLE_III,
    convention: str = "paper",
    *,
    range: Range = "auto",
    pattern: str | None = None,
    jobs: int = 1,
    output: File | None = None,
    fresh: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> Scores:
    """The quality of ``fused``: three files, or three folders whose pictures are paired by stem.

    ``metrics``, ``convention``: as `score` takes them. ``range``: how thermal sources were shown, one range for a
    folder, as `aefusion.fuse_folders` shows them. ``pattern``: which files belong together, ``"{}-A:{}-B"`` or with
    the fused ones ``"{}-A:{}-B:{}_fused"``; see `triples`. ``jobs``: processes of one thread each. ``output``: a .csv
    or .json file that is written as the values come; what stands in it of the same files, metrics and settings is not
    measured again, unless ``fresh``. ``progress``: called after each pair with how many are done, and the next.

    A pair that cannot be scored, or that lacks a partner, is listed in ``failures`` and does not stop the others; a
    metric that is not defined for a pair is in ``undefined``. ValueError if the metrics or the convention are unknown,
    or the folders hold nothing to score.
    """
    chosen = tuple(select(metrics))
    check_convention(convention)
    if jobs < 1:
        raise ValueError(f"jobs {jobs}: give 1 or more")
    if output is not None and Path(output).suffix.lower() not in (".csv", ".json"):
        raise ValueError(f"{output}: the suffix is not known: end the name in .csv or .json")
    found: Triples = find_triples(Path(a), Path(b), Path(fused), pattern)
    scores = Scores(chosen, convention, failures=dict(found.failures))
    pairs = [files[:2] for files in found.files.values()]
    # A file has its own range; a folder, and all of its pictures, one.
    displays = folder_displays(pairs, range) if found.folders else None
    settings = f"{__version__} {convention} {range} {displays} {_own_files(metric.name for metric in chosen)}"
    for stem, files in found.files.items():
        scores.made_from[stem] = _digest(settings, files)
    if output is not None and not fresh:
        same_as_before(scores, Path(output))
    todo = [stem for stem in found.files if stem not in scores.pairs]

    def take(stem: str, values: Values | str, number: int) -> None:
        if isinstance(values, str):
            scores.failures[stem] = values
        else:
            scores.pairs[stem] = values.values
            if values.undefined:
                scores.undefined[stem] = values.undefined
        if output is not None:
            scores.keep(Path(output), last=number == len(todo))
        progress(number, len(todo), todo[number] if number < len(todo) else "")

    try:
        if jobs == 1 or len(todo) < 2 or any(callable(metric) for metric in _given(metrics)):
            for number, stem in enumerate(todo, 1):
                try:
                    pair = three(*found.files[stem], range=range, displays=displays)
                    take(stem, pair.score(chosen, convention), number)
                except ValueError as error:
                    take(stem, str(error), number)
        else:
            names = tuple(metric.name for metric in chosen)
            tasks = [Task(stem, found.files[stem], names, convention, displays or (None, None)) for stem in todo]
            with in_processes(measure, tasks, jobs) as outcomes:
                for number, (stem, values) in enumerate(outcomes, 1):
                    take(stem, values, number)
    finally:
        scores.in_order(found.files)
        if output is not None:
            scores.write(Path(output))
    return scores


def measure(task: Task) -> tuple[str, Values | str]:
    """The values of one pair, or why there are none; in a process of its own."""
    try:
        pair = three(*task.files, displays=task.displays, warn=lambda text: None)
        return task.stem, pair.score(select(task.metrics), task.convention)
    except ValueError as error:
        return task.stem, str(error)


def _given(metrics: Names) -> list[object]:
    return [] if isinstance(metrics, str) else list(metrics)


def _own_files(names) -> str:
    """A digest of the files of metrics of one's own."""
    files = sorted({name.rpartition(":")[0] for name in names if is_place(name)})
    return " ".join(hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12] for file in files)


def _digest(settings: str, files: tuple[Path, ...]) -> str:
    """The same for the same files, metrics' code and settings."""
    parts = [settings]
    for file in files:
        try:
            facts = file.stat()
            parts.append(f"{file.name} {facts.st_size} {facts.st_mtime_ns}")
        except OSError:
            parts.append(f"{file.name} is not there")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
