"""Folders of pairs: one pair is decoded, one fused and one encoded at the same time."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from aefusion.files import make_folder, refuse_overwriting
from aefusion.fusion.fuser import Fuser, read_sources
from aefusion.fusion.preparation import Found, Preparation
from aefusion.image import Picture, check_quality, check_target, pairs, read, write
from aefusion.image.colour import Colour

Exist = Literal["overwrite", "skip", "error"]
Pair = tuple[str, Path, Path]
"""Stem, a, b; a and b are the same path where one file holds both."""
AHEAD = 3
"""Pairs that are read before their turn, and results that may wait to be written: what memory has to hold."""
EXAMPLES = 64
"""Pairs, evenly spread, that say in which range all of a folder are shown."""


@dataclass(frozen=True)
class Outcome:
    """What became of one pair."""

    stem: str
    path: Path
    status: Literal["fused", "skipped", "failed"]
    error: str = ""
    warning: str = ""
    """What of the steps before did not go as wished, such as aligning."""
    aligned: bool = True
    """False where no transform was found, and nothing was moved."""


def fuse_folders(
    fuser: Fuser,
    folder_a: str | PathLike[str],
    folder_b: str | PathLike[str] | None,
    output: str | PathLike[str],
    *,
    pattern: str | None = None,
    recursive: bool = False,
    suffix: str = ".png",
    exist: Exist = "overwrite",
    colour: Colour = "auto",
    quality: int = 95,
    strip: bool = False,
    **steps: Any,
) -> Iterator[Outcome]:
    """Fuse all pairs of two folders, or of one, into ``output/<stem><suffix>``; yields what became of each, in order.

    ``pattern``, ``recursive``: which files are pairs, see `image.pairs`; pictures without partner are not mentioned
    here. ``steps``: the fields of `Preparation`; a display range is one for the whole folder. The rest: `fuse_pairs`.
    ValueError if the output is one of the folders: pictures without partner could be overwritten there.
    """
    for folder in (folder_a, folder_a if folder_b is None else folder_b):
        refuse_overwriting(folder, output)
    found = pairs(folder_a, folder_b, pattern=pattern, recursive=recursive, without=output).pairs
    prepare = for_folder(Preparation(**steps), found)
    choices: dict[str, Any] = {"suffix": suffix, "exist": exist, "colour": colour, "quality": quality, "strip": strip}
    yield from fuse_pairs(fuser, found, output, prepare, **choices)


def fuse_pairs(
    fuser: Fuser,
    found: Sequence[Pair],
    output: str | PathLike[str],
    prepare: Preparation,
    *,
    suffix: str = ".png",
    exist: Exist = "overwrite",
    colour: Colour = "auto",
    quality: int = 95,
    strip: bool = False,
) -> Iterator[Outcome]:
    """Fuse pairs into ``output/<stem><suffix>``; yields what became of each, in order.

    A pair that cannot be read, fused or written is an outcome that says so; the rest goes on. The folder is made if it
    is missing, and so are folders inside that stems name. ``strip``: leave the metadata out.
    """
    if prepare.save_transform:
        raise ValueError(f"{prepare.save_transform}: a transform is that of one pair: give two files, not folders")
    output = Path(output)
    check_quality(quality)
    todo = deque(found)
    sources = {path.resolve() for _, a, b in found for path in (a, b)}
    make_folder(output)

    def read_pair(path: Path, a: Path, b: Path) -> tuple[list[Picture], Found] | None:
        make_folder(path.parent)
        check_target(path)
        # Stems of folders inside may lead to the source of another pair.
        if path.exists() and path.resolve() in sources:
            refuse_overwriting(path, path)
        if path.exists() and exist == "skip":
            return None
        if path.exists() and exist == "error":
            raise ValueError(f"{path}: exists already: see --exist")
        notes = Found()
        return prepare(read_sources([a] if a == b else [a, b]), (str(a), str(b)), notes), notes

    reading: deque[Any] = deque()
    writing: deque[Any] = deque()

    def finished(keep: int) -> Iterator[Outcome]:
        while len(writing) > keep:
            stem, path, task, notes = writing.popleft()
            fused = Outcome(stem, path, "fused", warning="; ".join(notes.warnings), aligned=notes.aligned)
            yield outcome(stem, path, task) or fused

    with ThreadPoolExecutor(2, thread_name_prefix="aefusion-files") as pool:
        try:
            while todo or reading:
                while todo and len(reading) < AHEAD:
                    stem, a, b = todo.popleft()
                    path = output / f"{stem}{suffix}"
                    reading.append((stem, path, a, b, pool.submit(read_pair, path, a, b)))
                stem, path, a, b, task = reading.popleft()
                failed = outcome(stem, path, task)
                if failed or task.result() is None:
                    yield from finished(0)
                    yield failed or Outcome(stem, path, "skipped")
                    continue
                try:
                    (one, other), notes = task.result()
                    fused = fuser.sign(fuser.pair(one, other, colour), [a] if a == b else [a, b], strip)
                except Exception as error:  # whatever one pair does, the rest goes on
                    yield from finished(0)
                    yield Outcome(stem, path, "failed", str(error) or type(error).__name__)
                    continue
                writing.append((stem, path, pool.submit(write, path, fused, quality), notes))
                yield from finished(AHEAD)
            yield from finished(0)
        except KeyboardInterrupt:  # what is written already is told before the end
            yield from finished(0)
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def for_folder(prepare: Preparation, found: Sequence[Pair]) -> Preparation:
    """The preparation with one display range for all the pairs; shares of the same pairs then have the same range.

    "set" reads every picture that may be thermal; "auto" at most EXAMPLES, evenly spread. Files that cannot be read are
    passed over: their pairs fail in their turn.
    """
    examples = found if prepare.range == "set" else found[:: -(-len(found) // EXAMPLES) or 1]

    def readable(side: int) -> Iterator[Picture]:
        for pair in examples:
            try:
                # The photograph inside of a file that holds both is 8 bit.
                if side == 2 or pair[1] != pair[2]:
                    yield read(pair[side], measured=True)
            except ValueError:
                continue

    names = [str(folder) for folder in (found[0][1].parent, found[0][2].parent)] if found else ["a", "b"]
    return prepare.for_set([readable(1), readable(2)], names)


def outcome(stem: str, path: Path, task) -> Outcome | None:
    """A failure as an outcome, waiting for it; None where all went well."""
    try:
        task.result()
    except Exception as error:
        return Outcome(stem, path, "failed", str(error) or type(error).__name__)
    return None
