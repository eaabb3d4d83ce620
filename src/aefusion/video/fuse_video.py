"""Videos: both are decoded, fused and encoded at the same time, in threads with few frames between them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, Literal

from aefusion.files import FileError
from aefusion.fusion.fuser import Fuser, KnownTransform, Method
from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Align, Preparation, Resize
from aefusion.fusion.result import Fused
from aefusion.image.flir_sequence import is_sequence
from aefusion.image.thermal import Range, display_ranges
from aefusion.video.ahead import Ahead, Newest
from aefusion.video.beginning import Beginning, Pair
from aefusion.video.clock import Choice, Meeting
from aefusion.video.flicker import Flicker, Steady
from aefusion.video.flir_source import FlirSource
from aefusion.video.folder import FolderSink, FolderSource, same_stems
from aefusion.video.frame import Keep
from aefusion.video.fusing import Fusing
from aefusion.video.nearest import nearest
from aefusion.video.pairing import RECENT, Standing, paired, paired_at_once
from aefusion.video.read import VideoSource
from aefusion.video.segments import Segments
from aefusion.video.settling import Settling
from aefusion.video.target import is_address, public, target_of
from aefusion.video.write import VideoSink

AHEAD = 4
"""Frames that may wait between two stages; memory holds four times as many."""
WAITING = 2
"""The same between reading and fusing where nothing may be late; one more is paired and fused, one waits to be encoded,
and one is encoded: at most LATE."""
LATE = WAITING + 3
RATE = Fraction(25)
"""Of folders, where nothing else says it."""

Source = VideoSource | FolderSource
Sink = VideoSink | FolderSink | Segments


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
    address: str = ""
    """Where it was sent, if not to a file (`output` is None then): without user, password and query."""
    parts: tuple[Path, ...] = ()
    """The files of ``every``."""
    offset: Fraction = Fraction(0)
    """Seconds that were added to the times of the second, which count from its first frame: found and given ones."""
    clock: str = ""
    """How that was found, in words; see `Meeting`."""
    restarts: tuple[int, int] = (0, 0)
    """How often the clock of each source started anew."""
    repeated: tuple[int, int] = (0, 0)
    """Frames of each source that were left out, as their time was not later than that of the frame before."""
    dropped: int = 0
    """Frames of the first that were left out, as fusing was slower than they came (``live``)."""
    stale: int = 0
    """Frames that got a picture of the second that was not of their moment, as it had nothing newer."""
    still: tuple[int, float] = (0, 0.0)
    """How often the second stood still, with no frame or always the same picture, and for how many seconds in all."""
    reconnects: tuple[int, int] = (0, 0)
    """How often each source was connected again."""
    away: tuple[float, float] = (0.0, 0.0)
    """Seconds without each source until it was connected again."""
    delay: tuple[float, float] | None = None
    """Of a live first source: seconds from the arrival of a frame to its being written, on average and at most."""

    @property
    def frames(self) -> int:
        """How many were written."""
        return self.count

    @property
    def place(self) -> str:
        """The file, the folder or the address, in words."""
        return self.address or str(self.output)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return super().row() | {
            "output": self.place, "frames": self.frames, "rate": str(self.rate), "bits": self.bits,
            "encoder": self.encoder, "interrupted": self.interrupted, "skipped": self.skipped,
            "repaired": self.repaired, "alone": self.alone, "seconds": self.seconds, "flicker": self.flicker,
            "parts": [str(path) for path in self.parts], "offset": float(self.offset), "clock": self.clock,
            "restarts": self.restarts, "repeated": self.repeated, "dropped": self.dropped, "stale": self.stale,
            "still": self.still, "reconnects": self.reconnects, "away": self.away, "delay": self.delay,
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
    clock: Choice = "auto",
    live: bool = False,
    every: Fraction | None = None,
    reconnect: float = 0,
    length: Fraction | None = None,
    colour: Keep = "a",
    steady: float = 0,
    measure: bool = False,
    encoder: str | None = None,
    container: str | None = None,
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
    """Fuse two videos, streams, cameras or folders of frames into a video, into a folder of frames, or to an address.

    The result has the frames and times of the first, each fused with the frame of the second that is nearest in time:
    see `nearest`. It ends with the shorter, or after ``length`` seconds. Folders are frames at ``rate``, if not given
    that of the other source, else 25; of two folders, pictures of equal stems belong together, or the first with the
    first and so on if no stems are equal.

    Times of files count from each one's first frame. Live sources (cameras, network streams) are fused by the moment
    at which their frames were taken, ``clock``: "auto" for the best of what is known, see `Meeting`, "first" for each
    one's first frame, "stamps" for their time stamps as those of one clock, "arrival" for the times of arrival.
    ``offset`` seconds are added to the times of the second. ``live``: rather drop frames than be late: at most five
    frames of the first are on the way from its arrival to the encoder. ``reconnect``: a live source that ends is opened
    again, tried for so many seconds.

    The luma is fused, in the greater depth of both; ``colour`` is that of the first, "a", or none, "gray". What is done
    to the frames before, ``range`` to ``crop``: see `Preparation`; it is planned once. The transform is that of the
    first frames, of some that are spread over the start, which can be aligned; the range is that of all, or of the
    first frames of a camera. ``steady``: seconds over which the brightness of the result is smoothed, see `Steady`; 0
    for not. ``measure``: find `Flicker`.

    ``output``: a file, a folder, an address that PyAV writes to (``udp://...``, ``rtsp://...``), or "-" for standard
    output; ``encoder``: see `VideoSink`; ``container``: the name of a muxer, if not that of the suffix or address.
    ``every``: a new file after so many seconds, see `Segments`. ``suffix`` and ``quality`` are for folders. ``exist``:
    what to do where a video of that name exists already ("overwrite", if not given), or a folder that is not empty
    ("error", if not given). ``progress`` is called with the frames written so far and those of all, where that is
    known. ``fuser``: one that is there already; else one is made of ``model``, ``engine``, ``threads`` and ``method``.

    A video appears under its name when it is whole. After KeyboardInterrupt it is what was fused so far. Raises
    ValueError, one line, and leaves nothing behind, where it cannot be made.
    """
    begun = perf_counter()
    preparation, notes = Preparation(range, align, transform, save_transform, resize, crop), Notes()
    to_address = is_address(output)
    if not to_address:
        check_exist(Path(output), exist if every is None else None)
    fuser = fuser or Fuser(model, engine, threads, method)
    smooth = Steady(steady) if steady else None
    with ExitStack() as opened:
        one, other, alone = open_sources(fspath(a), fspath(b), format_a, format_b, rate, reconnect, opened, notes)
        if live and not one.live:
            raise ValueError(f"{one.name}: `live` is for cameras and network streams: leave it out")
        names = one.name, other.name
        meeting = Meeting(one, other, clock, offset)
        sink = open_sink(
            output, one, other, fuser, encoder=encoder, container=container, every=every, exist=exist, suffix=suffix,
            quality=quality, strip=strip, notes=notes,
        )  # fmt: skip
        every_value = preparation.range == "set"
        examples = [opened.enter_context(closing(source.examples(every_value))) for source in (one, other)]
        displays = display_ranges(preparation.range, examples, names, notes.warn)
        flicker = Flicker() if measure else None
        # A range in numbers is known, whatever a camera brings.
        unknown = [not source.known and isinstance(preparation.range, str) for source in (one, other)]
        settling = Settling(preparation.range, names, unknown, notes.warn)
        fusing = Fusing(fuser, names, colour, preparation, displays, notes, smooth, flicker, settling)
        standing, lag = Standing(float(1 / other.rate)), Lag(one)
        ahead: list[Ahead[Any]] = [
            Newest(one.frames(), WAITING) if live else Ahead(one.frames(), AHEAD),
            Newest(standing.watch(other.frames()), RECENT) if live else Ahead(standing.watch(other.frames()), AHEAD),
        ]
        if live and isinstance(ahead[0], Newest):
            pairs = paired_at_once(ahead[0], ahead[1], meeting, 1 / one.rate, 1 / other.rate, standing, lag.now)
        else:
            pairs = paired(ahead[0], ahead[1], meeting, 1 / other.rate, standing)
        again = partial(_again, one, other, meeting) if one.known and other.known else None
        fused = Ahead(fusing.all(Beginning(pairs, again), length), 1 if live else AHEAD)
        written = Ahead(_write(sink, fused, ahead, (one, other), one.rate, lag), 1 if live else AHEAD)
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
                meeting.stopped.set()
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
            for source in (one, other):
                source.stop()
            meeting.stopped.set()
            # A camera may hold its thread for longer: it goes with the process.
            if sum(stage.ended() for stage in stages) < len(stages):
                opened.pop_all()
    width, height = fusing.size
    busy = [("decoding a", one), ("decoding b", other), ("fusing", fusing), ("encoding", sink)]
    planned = fusing.plan
    return FusedVideo(
        name=public(fspath(output)) if to_address else Path(output).stem, sources=names,
        output=None if to_address else Path(output), address=target_of(output, container).name if to_address else "",
        warnings=tuple(notes.warnings), ranges=planned.ranges if planned else (),
        aligned=not planned or planned.aligned, width=width, height=height, count=done, by=fuser.in_words,
        rate=one.rate, bits=sink.bits, encoder=sink.encoder, interrupted=interrupted,
        skipped=(one.skipped, other.skipped), repaired=(one.repaired, other.repaired), alone=alone,
        seconds={"all": perf_counter() - begun, **{name: stage.seconds for name, stage in busy}},
        flicker=flicker.figures() if flicker else {}, parts=tuple(sink.parts) if every else (), offset=meeting.offset,
        clock=meeting.how, restarts=(one.restarts, other.restarts), repeated=(one.repeated, other.repeated),
        dropped=ahead[0].dropped if isinstance(ahead[0], Newest) else 0, stale=standing.stale,
        still=(standing.count, standing.seconds), reconnects=(one.reconnects, other.reconnects),
        away=(one.away, other.away), delay=lag.seconds,
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


class Lag:
    """How late the frames of a live source are written: seconds after they arrived."""

    def __init__(self, source: Source):
        self._source = source if source.live else None
        self._sum, self._most, self._count = 0.0, 0.0, 0

    def now(self, time: Fraction) -> float:
        """For how many seconds a frame, of this time since the first of the source, has been there; 0 if unknown."""
        clock = self._source and self._source.clock
        if not self._source or not clock or clock.lag is None:
            return 0.0
        return monotonic() - clock.lag - float(self._source.start + time)

    def written(self, time: Fraction) -> None:
        """A frame of this time is written now."""
        if self._source:
            late = self.now(time)
            self._sum, self._most, self._count = self._sum + late, max(self._most, late), self._count + 1

    @property
    def seconds(self) -> tuple[float, float] | None:
        """On average and at most; None where the source is not live."""
        return (self._sum / self._count, self._most) if self._count else None


def _again(one: Source, other: Source, offset: Callable[[], Fraction]) -> Iterator[Pair]:
    """The pairs once more from the first on, by another reading of both files."""
    with closing(one.again()) as first, closing(other.again()) as second:
        shifted = ((time + offset(), frame) for time, frame in second.frames())
        yield from nearest(first.frames(), shifted, 1 / other.rate)


def _write(
    sink: Sink, fused: Ahead, ahead: list[Ahead], sources: tuple[Source, Source], rate: Fraction, lag: Lag
) -> Iterator[int]:
    """Write the frames, end what makes them, and finish the file; yields the number of frames so far."""
    done = 0
    for done, (time, frame) in enumerate(fused, 1):
        sink.write(time, frame, rate)
        lag.written(time)
        yield done
    interrupted = fused.stopped
    for stage in (*ahead, fused):
        stage.stop()
    if interrupted:
        for source in sources:
            source.stop()
    if not done and interrupted:
        return
    if not done:
        raise ValueError("there is no pair of frames to fuse: check the sources, `offset` and `length`")
    sink.close(whole=not interrupted and ahead[0].ended())
