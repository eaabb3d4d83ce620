"""Both ends of the pipeline: where frames come from, and where they go."""

from contextlib import ExitStack, closing
from fractions import Fraction
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Literal

from aefusion.files import FileError
from aefusion.fusion.fuser import Fuser
from aefusion.fusion.notes import Notes
from aefusion.image.flir_sequence import is_sequence
from aefusion.video.flir_source import FlirSource
from aefusion.video.folder import FolderSink, FolderSource, same_stems
from aefusion.video.read import VideoSource
from aefusion.video.segments import Segments
from aefusion.video.target import is_address, public, target_of
from aefusion.video.write import VideoSink

RATE = Fraction(25)
"""Of folders, where nothing else says it."""
Source = VideoSource | FolderSource
Sink = VideoSink | FolderSink | Segments


def check_exist(output: Path, exist: Literal["overwrite", "error"] | None) -> None:
    """ValueError where something of that name is there and may not be written over."""
    if output.is_file() and exist == "error":
        raise ValueError(f"{output}: exists already: see `exist`")
    if output.is_dir() and exist != "overwrite":
        there = sorted(path.name for path in output.iterdir() if not path.name.startswith("."))
        if there:
            what = f"holds {there[0]}" + (f" and {len(there) - 1} more" if len(there) > 1 else "")
            raise ValueError(f'{output}: a folder that {what}: give an empty or a new one, or `exist="overwrite"`')


def open_sources(
    a: str,
    b: str,
    format_a: str,
    format_b: str,
    rate: Fraction | None,
    reconnect: float,
    opened: ExitStack,
    notes: Notes,
) -> tuple[Source, Source, int]:
    """Both sources, which ``opened`` closes, and how many pictures of two folders have no partner."""
    one, other = (
        None
        if Path(name).is_dir()
        else FlirSource(name, rate, notes.warn)
        if is_sequence(name)
        else opened.enter_context(closing(VideoSource(name, format, notes.warn, reconnect)))
        for name, format in ((a, format_a), (b, format_b))
    )
    rate = rate or (one.rate if one else other.rate if other else RATE)
    one, other = one or FolderSource(a, rate, notes.warn), other or FolderSource(b, rate, notes.warn)
    alone = same_stems(one, other) if isinstance(one, FolderSource) and isinstance(other, FolderSource) else 0
    return one, other, alone


def open_sink(
    output: str | PathLike[str],
    one: Source,
    other: Source,
    fuser: Fuser,
    *,
    encoder: str | None,
    container: str | None,
    every: Fraction | None,
    exist: Literal["overwrite", "error"] | None,
    suffix: str,
    quality: int,
    strip: bool,
    notes: Notes,
) -> Sink:
    """An address; a folder where one is of that name, or the name has no suffix; else a video, or some in a row."""
    names = [public(source.name) for source in (one, other)]
    path = Path(output)
    if not is_address(output):
        for source in (one, other):
            if path.exists() and Path(source.name).exists() and path.samefile(source.name):
                raise FileError(path, "the result would overwrite this source", "give another name")
        if path.is_dir() or not path.suffix:
            if every is not None:
                raise ValueError(f"{path}: a folder of frames: `every` is for videos: leave it out")
            sign = partial(fuser.sign, sources=names, strip=strip)
            stems = [path.stem for path in one.paths] if isinstance(one, FolderSource) else []
            # Of f.png and f.jpg one would replace the other.
            return FolderSink(path, suffix, quality, stems if len(set(stems)) == len(stems) else None, sign)
    about = f"{fuser.software}, {' + '.join(names)}"
    video = partial(VideoSink, encoder=encoder, source=one, strip=strip, about=about, warn=notes.warn)
    target = target_of(output, container)
    return video(target) if every is None else Segments(target, every, video, exist)


def expected(one: Source, other: Source, length: Fraction | None) -> int | None:
    """About how many frames the result will have."""
    counts = [length and int(length * one.rate), one.count, other.count and round(other.count * one.rate / other.rate)]
    return min((count for count in counts if count), default=None)
