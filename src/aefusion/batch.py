"""Folders of pairs: one pair is decoded, one fused and one encoded at the same time."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from aefusion.fuser import Fuser, refuse_overwriting
from aefusion.image import Picture, check_quality, check_target, pairs, read, write
from aefusion.image.colour import Colour
from aefusion.prepare import Preparation

Exist = Literal["overwrite", "skip", "error"]
AHEAD = 3
"""Pairs that are read before their turn, and results that may wait to be written: what memory has to hold."""


@dataclass(frozen=True)
class Outcome:
    """What became of one pair."""

    stem: str
    path: Path
    status: Literal["fused", "skipped", "failed"]
    error: str = ""


def fuse_folders(
    fuser: Fuser,
    folder_a: str | PathLike[str],
    folder_b: str | PathLike[str],
    output: str | PathLike[str],
    *,
    suffix: str = ".png",
    exist: Exist = "overwrite",
    colour: Colour = "auto",
    quality: int = 95,
    **steps: Any,
) -> Iterator[Outcome]:
    """Fuse all pairs of equal stem into ``output/<stem><suffix>``; yields what became of each, in order.

    A pair that cannot be read, fused or written is an outcome that says so; the rest goes on. The folder is made if it
    is missing. Pictures without partner are not mentioned here: see `image.pairs`. ``steps``: the fields of
    `Preparation`.
    """
    output = Path(output)
    check_quality(quality)
    prepare = Preparation(**steps)
    todo = deque(pairs(folder_a, folder_b).pairs)
    output.mkdir(parents=True, exist_ok=True)

    def read_pair(path: Path, a: Path, b: Path) -> tuple[Picture, Picture] | None:
        check_target(path)
        for source in (a, b):
            refuse_overwriting(source, path)
        if path.exists() and exist == "skip":
            return None
        if path.exists() and exist == "error":
            raise ValueError(f"{path}: exists already: see --exist")
        return read(a, measured=True), read(b, measured=True)

    reading: deque[Any] = deque()
    writing: deque[Any] = deque()

    def finished(keep: int) -> Iterator[Outcome]:
        while len(writing) > keep:
            stem, path, task = writing.popleft()
            yield outcome(stem, path, task) or Outcome(stem, path, "fused")

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
                    one, other = prepare(task.result(), (str(a), str(b)))
                    fused = fuser.pair(one, other, colour)
                except Exception as error:  # whatever one pair does, the rest goes on
                    yield from finished(0)
                    yield Outcome(stem, path, "failed", str(error) or type(error).__name__)
                    continue
                writing.append((stem, path, pool.submit(write, path, fused, quality)))
                yield from finished(AHEAD)
            yield from finished(0)
        finally:
            pool.shutdown(cancel_futures=True)


def outcome(stem: str, path: Path, task) -> Outcome | None:
    """A failure as an outcome, waiting for it; None where all went well."""
    try:
        task.result()
    except Exception as error:
        return Outcome(stem, path, "failed", str(error) or type(error).__name__)
    return None
