"""Videos: both are decoded, fused and encoded at the same time, in threads with few frames between them."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from aefusion.files import FileError
from aefusion.fusion.fuser import Fuser, KnownTransform, Method
from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Align, Preparation, Resize
from aefusion.fusion.result import Fused
from aefusion.image.thermal import Range, display_ranges
from aefusion.video.ahead import Ahead
from aefusion.video.flicker import Flicker, Steady
from aefusion.video.folder import FolderSink, FolderSource, same_stems
from aefusion.video.frame import Keep
from aefusion.video.fusing import Fusing
from aefusion.video.nearest import nearest
from aefusion.video.read import VideoSource
from aefusion.video.write import VideoSink

AHEAD = 4
"""Frames that may wait between two stages; memory holds four times as many."""
RATE = Fraction(25)
"""Of folders, where nothing else says it."""

Source = VideoSource | FolderSource


@dataclass(frozen=True, kw_only=True)
class FusedVideo(Fused):
    """What was written, and what it cost; `count` is the number of frames."""

    rate: Fraction
    """Frames a second."""
    bits: int
    encoder: str
    """Or the suffix of the pictures."""
    interrupted: bool
    skipped: tuple[int, int]
    """Frames of each source that are missing because they could not be decoded."""
    repaired: tuple[int, int]
    """Frames of each source that the decoder gave, but marked as damaged."""
    alone: int
    """Of two folders: pictures without partner."""
    seconds: dict[str, float]
    """The whole, and for how long each stage was busy; they run at the same time."""
    flicker: dict[str, float]
    """See `Flicker`; empty if it was not asked for."""

    @property
    def frames(self) -> int:
        """How many were written."""
        return self.count

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return super().row() | {
            "frames": self.frames, "rate": str(self.rate), "bits": self.bits, "encoder": self.encoder,
            "interrupted": self.interrupted, "skipped": self.skipped, "repaired": self.repaired, "alone": self.alone,
            "seconds": self.seconds, "flicker": self.flicker,
        }  # fmt: skip


def fuse_video(
    a: str | PathLike[str],
    b: str | PathLike[str],
    output: str | PathLike[str],
    *,
    fuser: Fuser | None = None,
    model: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    method: Method | None = None,
    format_a: str = "",
    format_b: str = "",
    rate: Fraction | None = None,
    offset: Fraction = Fraction(0),
    length: Fraction | None = None,
    colour: Keep = "a",
    steady: float = 0,
    measure: bool = False,
    encoder: str | None = None,
    suffix: str = ".png",
    quality: int = 95,
    strip: bool = False,
    exist: Literal["overwrite", "error"] | None = None,
    range: Range = "auto",
    align: Align = "none",
    transform: KnownTransform = None,
    save_transform: str | PathLike[str] | None = None,
    resize: Resize | None = None,
    crop: bool = False,
    progress: Callable[[int, int | None], None] = lambda done, of: None,
) -> FusedVideo:
    """Fuse two videos, streams, cameras or folders of frames into a video, or into a folder of frames.

    The result has the frames and times of the first, each fused with the frame of the second that is nearest in time:
    see `nearest`; times count from each one's first frame, and ``offset`` seconds are added to those of the second. It
    ends with the shorter, or after ``length`` seconds. Folders are frames at ``rate``, if not given that of the other
    source, else 25; of two folders, pictures of equal stems belong together, or the first with the first and so on if
    no stems are equal.

    The luma is fused, in the greater depth of both; ``colour`` is that of the first, "a", or none, "gray". What is done
    to the frames before, ``range`` to ``crop``: see `Preparation`; it is planned once, on the first two frames and the
    range of all. ``steady``: seconds over which the brightness of the result is smoothed, see `Steady`; 0 for not.
    ``measure``: find `Flicker`. ``encoder``: see `VideoSink`; ``suffix`` and ``quality`` are for folders. ``exist``:
    what to do where a video of that name exists already ("overwrite", if not given), or a folder that is not empty
    ("error", if not given). ``progress`` is called with the frames written so far and those of all, where that is
    known. ``fuser``: one that is there already; else one is made of ``model``, ``engine``, ``threads`` and ``method``.

    The video appears under its name when it is whole. After KeyboardInterrupt it is what was fused so far. Raises
    ValueError, one line, and leaves nothing behind, where it cannot be made.
    """
    begun = perf_counter()
    preparation, notes = Preparation(range, align, transform, save_transform, resize, crop), Notes()
    check_exist(Path(output), exist)
    fuser = fuser or Fuser(model, engine, threads, method)
    smooth = Steady(steady) if steady else None
    with ExitStack() as opened:
        one, other, alone = open_sources(fspath(a), fspath(b), format_a, format_b, rate, opened, notes)
        names = one.name, other.name
        sink = open_sink(Path(output), one, other, fuser, encoder, suffix, quality, strip, notes)
        every = preparation.range == "set"
        examples = [opened.enter_context(closing(source.examples(every))) for source in (one, other)]
        displays = display_ranges(preparation.range, examples, names, notes.warn)
        flicker = Flicker() if measure else None
        fusing = Fusing(fuser, names, colour, preparation, displays, notes, smooth, flicker)
        ahead = [Ahead(source.frames(), AHEAD) for source in (one, other)]
        fused = Ahead(fusing.all(nearest(ahead[0], ahead[1], 1 / other.rate, offset), length), AHEAD)
        written = Ahead(_write(sink, fused, ahead, one.rate), AHEAD)
        stages = [*ahead, fused, written]
        of = expected(one, other, length)
        done, interrupted = 0, False
        try:
            try:
                for done in written:
                    progress(done, of)
            except KeyboardInterrupt:
                interrupted = True
                fused.stop()  # for what encodes, the frames are at their end
                for later in written:
                    done = later
                if not done:
                    raise
        except BaseException:
            for stage in stages:
                stage.stop()
            if written.ended(60):
                sink.abort()
            raise
        finally:
            # A camera may hold its thread for longer: it goes with the process.
            if sum(stage.ended() for stage in stages) < len(stages):
                opened.pop_all()
    width, height = fusing.size
    busy = [("decoding a", one), ("decoding b", other), ("fusing", fusing), ("encoding", sink)]
    planned = fusing.plan
    return FusedVideo(
        name=Path(output).stem, sources=names, output=Path(output), warnings=tuple(notes.warnings),
        ranges=planned.ranges if planned else (), aligned=not planned or planned.aligned, width=width, height=height,
        count=done, by=fuser.in_words, rate=one.rate, bits=sink.bits, encoder=sink.encoder, interrupted=interrupted,
        skipped=(one.skipped, other.skipped), repaired=(one.repaired, other.repaired), alone=alone,
        seconds={"all": perf_counter() - begun, **{name: stage.seconds for name, stage in busy}},
        flicker=flicker.figures() if flicker else {},
    )  # fmt: skip


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
    a: str, b: str, format_a: str, format_b: str, rate: Fraction | None, opened: ExitStack, notes: Notes
) -> tuple[Source, Source, int]:
    """Both sources, which ``opened`` closes, and how many pictures of two folders have no partner."""
    one, other = (
        None if Path(name).is_dir() else opened.enter_context(closing(VideoSource(name, format, notes.warn)))
        for name, format in ((a, format_a), (b, format_b))
    )
    rate = rate or (one.rate if one else other.rate if other else RATE)
    one, other = one or FolderSource(a, rate, notes.warn), other or FolderSource(b, rate, notes.warn)
    alone = same_stems(one, other) if isinstance(one, FolderSource) and isinstance(other, FolderSource) else 0
    return one, other, alone


def open_sink(
    output: Path,
    one: Source,
    other: Source,
    fuser: Fuser,
    encoder: str | None,
    suffix: str,
    quality: int,
    strip: bool,
    notes: Notes,
) -> VideoSink | FolderSink:
    """A folder where one is of that name, or the name has no suffix; else a video."""
    for source in (one, other):
        if output.exists() and Path(source.name).exists() and output.samefile(source.name):
            raise FileError(output, "the result would overwrite this source", "give another name")
    names = [public(source.name) for source in (one, other)]
    about = f"{fuser.software}, {' + '.join(names)}"
    if not (output.is_dir() or not output.suffix):
        return VideoSink(output, encoder, one, strip=strip, about=about, warn=notes.warn)
    sign = partial(fuser.sign, sources=names, strip=strip)
    stems = [path.stem for path in one.paths] if isinstance(one, FolderSource) else []
    # Of f.png and f.jpg one would replace the other.
    return FolderSink(output, suffix, quality, stems if len(set(stems)) == len(stems) else None, sign)


def public(name: str) -> str:
    """What a result may say of its source: a file without its folders, an address without user, password and query.

    >>> public("/home/ada/a.mp4"), public("rtsp://user:password@camera/stream?token=1")
    ('a.mp4', 'rtsp://camera/stream')
    """
    if "://" not in name or name.startswith("file:"):
        return Path(name).name
    return re.sub(r"[?#].*", "", re.sub(r"(?<=://)[^/?#]*@", "", name))


def expected(one: Source, other: Source, length: Fraction | None) -> int | None:
    """About how many frames the result will have."""
    counts = [length and int(length * one.rate), one.count, other.count and round(other.count * one.rate / other.rate)]
    return min((count for count in counts if count), default=None)


def _write(sink: VideoSink | FolderSink, fused: Ahead, ahead: list[Ahead], rate: Fraction) -> Iterator[int]:
    """Write the frames, end what makes them, and finish the file; yields the number of frames so far."""
    done = 0
    for done, (time, frame) in enumerate(fused, 1):
        sink.write(time, frame, rate)
        yield done
    interrupted = fused.stopped
    for stage in (*ahead, fused):
        stage.stop()
    if not done and interrupted:
        return
    if not done:
        raise ValueError("there is no pair of frames to fuse: check the sources, `offset` and `length`")
    sink.close(whole=not interrupted and ahead[0].ended())
