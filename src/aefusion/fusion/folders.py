"""Folders of pairs: one pair is decoded, one fused and one encoded at the same time."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from aefusion.files import FileError, make_folder, refuse_overwriting
from aefusion.fusion.fuse_files import Exist
from aefusion.fusion.fuser import Fuser, KnownPoints, KnownTransform, Method
from aefusion.fusion.heat import with_heat
from aefusion.fusion.notes import Notes
from aefusion.fusion.plan import Display, Plan, plan
from aefusion.fusion.preparation import Align, Preparation, Resize
from aefusion.fusion.result import Fused
from aefusion.fusion.sources import read_sources
from aefusion.image import Pairs, Picture, check_quality, check_target, pairs, shown_files, write
from aefusion.image.colour import Colour
from aefusion.image.flir import is_flir
from aefusion.image.formats import SUFFIXES
from aefusion.image.icc_convert import of_one_profile
from aefusion.image.pairs import WITH_PATTERN, Pair
from aefusion.image.pairs import shard as share_of
from aefusion.image.palette import Palette, check_palette
from aefusion.image.thermal import Range

AHEAD = 3
"""Pairs that are read before their turn, and results that may wait to be written: what memory has to hold."""


def fuse_folders(
    a: str | PathLike[str],
    b: str | PathLike[str] | None,
    output: str | PathLike[str],
    *,
    fuser: Fuser | None = None,
    model: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    method: Method | None = None,
    pattern: str | None = None,
    recursive: bool = False,
    shard: str | None = None,
    suffix: str = ".png",
    exist: Exist = "overwrite",
    colour: Colour = "auto",
    quality: int = 95,
    strip: bool = False,
    range: Range = "auto",
    align: Align = "none",
    transform: KnownTransform = None,
    resize: Resize | None = None,
    crop: bool = False,
    palette: Palette | None = None,
    rendered: bool = False,
    view: float | None = None,
    points: KnownPoints = None,
) -> "Folders":
    """Fuse the pairs of two folders, or of one, into ``output/<stem><suffix>``: go through what this returns.

        for fused in fuse_folders("visible", "infrared", "fused"):
            print(fused.name, fused.status, fused.error)

    ``b``: None where one folder holds both pictures of each pair: with ``pattern``, or radiometric files. ``pattern``,
    ``recursive``: which files are pairs, see `image.pairs`. ``shard``: of the pairs only a share, "2/5" for the second
    of five machines; all shares have one display range. ``suffix``: the format of the results. ``exist``: what to do
    where a result exists: "overwrite", "skip", or "error", which fails for that pair. The rest: see `fuse_files`; a
    display range is one for the whole folder.

    Pairs are fused in order while the caller goes through; a pair that cannot be read, fused or written comes out as
    ``status`` "failed" with its ``error``, and the rest goes on. ValueError, one line, where folders or options cannot
    be meant, before anything is read.
    """
    preparation = Preparation(range, align, transform, None, resize, crop, rendered, view, points)
    check_palette(palette)
    every = find_pairs(Path(a), None if b is None else Path(b), Path(output), pattern, recursive)
    chosen = every.pairs
    if shard:
        chosen = share_of(chosen, shard)
        every = replace(every, only_a=share_of(every.only_a, shard), only_b=share_of(every.only_b, shard))
    fuser = fuser or Fuser(model, engine, threads, method)
    return Folders(
        fuser, every, chosen, Path(output), preparation, Writing(suffix, exist, colour, quality, strip, palette)
    )


@dataclass(frozen=True)
class Writing:
    """How the results of a folder are made and written: see `fuse_folders`."""

    suffix: str = ".png"
    exist: Exist = "overwrite"
    colour: Colour = "auto"
    quality: int = 95
    strip: bool = False
    palette: Palette | None = None


@dataclass(frozen=True)
class Folders:
    """Pairs that are to be fused; going through it fuses them."""

    fuser: Fuser
    pairs: Pairs
    """All pairs of the folders, and the pictures without partner; of a share of the pairs, its share of those."""
    chosen: Sequence[Pair]
    """Those that are to be fused."""
    output: Path
    preparation: Preparation
    writing: Writing

    def __len__(self) -> int:
        return len(self.chosen)

    @cached_property
    def notes(self) -> Notes:
        """What was noticed of the folders as a whole; it is in the warnings of each of their results."""
        return Notes()

    @cached_property
    def displays(self) -> tuple[Display, ...]:
        """The display range of either folder."""
        return folder_displays(self.preparation, self.pairs.pairs, self.notes)

    @property
    def alone(self) -> list[Path]:
        """The pictures without partner."""
        return [*self.pairs.only_a, *self.pairs.only_b]

    def planned(self) -> list[Fused]:
        """What would be fused into what; nothing is read."""
        suffix = self.writing.suffix
        return [
            Fused(name=stem, sources=_names(one, other), output=self.output / f"{stem}{suffix}", status="planned")
            for stem, one, other in self.chosen
        ]

    def __iter__(self) -> Iterator[Fused]:
        results = fuse_pairs(self.fuser, self.chosen, self.output, self.preparation, self.displays, self.writing)
        for one in results:
            noticed = tuple(dict.fromkeys((*self.notes.warnings, *one.warnings)))
            yield replace(one, warnings=noticed) if one.status in ("fused", "failed") else one


def fuse_pairs(
    fuser: Fuser,
    chosen: Sequence[Pair],
    output: str | PathLike[str],
    preparation: Preparation,
    displays: Sequence[Display] | None = None,
    writing: Writing = Writing(),
) -> Iterator[Fused]:
    """Fuse pairs into ``output/<stem><suffix>``; yields what became of each, in order.

    The folder is made if it is missing, and so are folders inside that stems name. ``displays``: see `folder_displays`;
    without them each picture has a range of its own.
    """
    if preparation.save_transform:
        raise ValueError(f"{preparation.save_transform}: a transform is that of one pair: give two files, not folders")
    output = Path(output)
    check_quality(writing.quality)
    todo = deque(chosen)
    sources = {path.resolve() for _, a, b in chosen for path in (a, b)}
    make_folder(output)

    def read_pair(job: Fused, notes: Notes, a: Path, b: Path) -> tuple[list[Picture], list[Picture], Plan] | None:
        path = job.output or output
        make_folder(path.parent)
        check_target(path)
        # Stems of folders inside may lead to the source of another pair.
        if path.exists() and path.resolve() in sources:
            refuse_overwriting(path, path)
        if path.exists() and writing.exist == "skip":
            return None
        if path.exists() and writing.exist == "error":
            raise ValueError(f"{path}: exists already: see `exist`")
        pictures = read_sources([a] if a == b else [a, b], notes.warn, preparation.rendered)
        names = (str(a), str(b))
        pictures = of_one_profile(pictures, names, notes.warn)
        planned = plan(pictures, names, preparation, displays=displays, notes=notes)
        return pictures if writing.palette else [], planned(pictures), planned

    reading: deque[tuple[Fused, Notes, Future[Any]]] = deque()
    written: deque[tuple[Fused, Future[Any]]] = deque()

    def finished(keep: int) -> Iterator[Fused]:
        while len(written) > keep:
            job, task = written.popleft()
            yield _failure(job, task) or job

    with ThreadPoolExecutor(2, thread_name_prefix="aefusion-files") as pool:
        try:
            while todo or reading:
                while todo and len(reading) < AHEAD:
                    stem, a, b = todo.popleft()
                    job = Fused(name=stem, sources=_names(a, b), output=output / f"{stem}{writing.suffix}", count=2)
                    notes = Notes()
                    reading.append((job, notes, pool.submit(read_pair, job, notes, a, b)))
                job, notes, task = reading.popleft()
                failed = _failure(job, task, notes)
                if failed or task.result() is None:
                    yield from finished(0)
                    yield failed or replace(job, status="skipped")
                    continue
                try:
                    pictures, (one, other), planned = task.result()
                    fused, more = fuser.pair(one, other, writing.colour), ""
                    if writing.palette:
                        fused, drawn = with_heat(pictures, (one, other), planned, fused, writing.palette)
                        more = f", {writing.palette} for {drawn}"
                    fused = fuser.sign(fused, job.sources, writing.strip, more)
                except Exception as error:  # whatever one pair does, the rest goes on
                    yield from finished(0)
                    yield _failed(job, error, notes)
                    continue
                job = replace(fuser.result(job.sources, str(job.output), planned, fused), name=job.name, picture=None)
                written.append((job, pool.submit(write, str(job.output), fused, writing.quality)))
                yield from finished(AHEAD)
            yield from finished(0)
        except KeyboardInterrupt:  # what is written already is told before the end
            yield from finished(0)
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def folder_displays(preparation: Preparation, pairs: Sequence[Pair], notes: Notes | None = None) -> tuple[Display, ...]:
    """One display range for all pictures of either side; shares of the same pairs then have the same range.

    See `image.shown_files`. ``notes``: gets the warnings.
    """
    files = [(pair[1], pair[2]) for pair in pairs]
    return shown_files.folder_displays(
        files, preparation.range, rendered=preparation.rendered, warn=(notes or Notes()).warn
    )


def find_pairs(a: Path, b: Path | None, output: Path, pattern: str | None, recursive: bool) -> Pairs:
    """The pairs of folders; ValueError where sources or output cannot be meant.

    The output may not be one of the folders: pictures without partner could be overwritten there.
    """
    folders = [a] if b is None else [a, b]
    for path in folders:
        if not path.exists():
            raise ValueError(f"{path}: no such file or folder")
    for path in folders:
        if not path.is_dir():
            raise ValueError(f"{path}: a file, but the other source is a folder: give two of a kind")
    if output.is_file() or output.suffix.lower() in SUFFIXES:
        raise ValueError(f"{output}: a file, but the sources are folders: give a folder")
    if output.exists() and any(output.samefile(source) for source in folders):
        raise ValueError(f"{output}: holds the sources, the result would overwrite this source: give another folder")
    advice = f"rename the files, or {WITH_PATTERN}"
    found = pairs(a, b, pattern=pattern, recursive=recursive, without=output, advice=advice)
    alone = pattern is None and all(path == other for _, path, other in found.pairs)
    if alone and not any(_may_hold_both(path) for _, path, _ in found.pairs):
        wrong = "one folder, and no radiometric FLIR JPEG in it, which would hold both pictures"
        raise FileError(a, wrong, 'give a second folder, or say what are pairs: see `pattern="{}_W.JPG:{}_T.JPG"`')
    return found


def _may_hold_both(path: Path) -> bool:
    """Whether a file is a radiometric FLIR JPEG, or cannot be read."""
    try:
        return is_flir(path.read_bytes())
    except OSError:
        return True


def _names(a: Path, b: Path) -> tuple[str, ...]:
    return (str(a),) if a == b else (str(a), str(b))


def _failed(job: Fused, error: BaseException, notes: Notes | None = None) -> Fused:
    warnings = tuple(notes.warnings) if notes else job.warnings
    return replace(job, status="failed", output=None, error=str(error) or type(error).__name__, warnings=warnings)


def _failure(job: Fused, task: Future[Any], notes: Notes | None = None) -> Fused | None:
    """A failure, waiting for it; None where all went well."""
    try:
        task.result()
    except Exception as error:
        return _failed(job, error, notes)
    return None
