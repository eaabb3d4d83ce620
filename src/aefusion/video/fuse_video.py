"""Videos: both are decoded, fused and encoded at the same time, in threads with few frames between them."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from fractions import Fraction
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from aefusion.fusion.fuser import Fuser, KnownPoints, KnownTransform, Method
from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Align, Preparation, Resize
from aefusion.image import Picture
from aefusion.image.palette import Palette, check_palette
from aefusion.image.thermal import Range, display_ranges
from aefusion.video.ahead import Ahead, Newest
from aefusion.video.beginning import Beginning, Pair
from aefusion.video.clock import Choice, Meeting
from aefusion.video.ends import Sink, Source, check_exist, expected, open_sink, open_sources
from aefusion.video.flicker import Flicker, Steady
from aefusion.video.frame import Keep
from aefusion.video.fused_video import FusedVideo
from aefusion.video.fusing import Fusing
from aefusion.video.lag import Lag
from aefusion.video.nearest import nearest
from aefusion.video.pairing import RECENT, Standing, paired, paired_at_once
from aefusion.video.read import VideoSource
from aefusion.video.settling import Settling
from aefusion.video.target import is_address, public, target_of

AHEAD = 4
"""Frames that may wait between two stages; memory holds four times as many."""
WAITING = 2
"""The same between reading and fusing where nothing may be late; one more is paired and fused, one waits to be encoded,
and one is encoded: at most five are on the way."""


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
    view: float | None = None,
    points: KnownPoints = None,
    palette: Palette | None = None,
    progress: Callable[[int, int | None, str], object] = lambda done, of, what: None,
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
    first frames of a camera. ``palette``: draw heat in these colours over the visible detail, with a bar at the side:
    "iron", "arctic", "rainbow" or "gray"; see `Fuser.file`. ``steady``: seconds over which the brightness of the result
    is smoothed, see `Steady`; 0 for not. ``measure``: find `Flicker`.

    ``output``: a file, a folder, an address that PyAV writes to (``udp://...``, ``rtsp://...``), or "-" for standard
    output; ``encoder``: see `VideoSink`; ``container``: the name of a muxer, if not that of the suffix or address.
    ``every``: a new file after so many seconds, see `Segments`. ``suffix`` and ``quality`` are for folders. ``exist``:
    what to do where a video of that name exists already ("overwrite", if not given), or a folder that is not empty
    ("error", if not given). ``progress`` is called with the frames written so far, those of all, where that is known,
    and what is done before the first. ``fuser``: one that is there already; else one is made of ``model``, ``engine``,
    ``threads`` and ``method``.

    A video appears under its name when it is whole. After KeyboardInterrupt it is what was fused so far. Raises
    ValueError, one line, and leaves nothing behind, where it cannot be made.
    """
    begun = perf_counter()
    check_palette(palette)
    notes = Notes()
    preparation = Preparation(
        range=range, align=align, transform=transform, save_transform=save_transform, resize=resize, crop=crop,
        view=view, points=points,
    )  # fmt: skip
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
        of = expected(one, other, length)
        examples = [
            opened.enter_context(closing(_told(source.examples(every_value), source.name, partial(progress, 0, of))))
            for source in (one, other)
        ]
        displays = display_ranges(preparation.range, examples, names, notes.warn)
        flicker = Flicker() if measure else None
        # A range in numbers is known, whatever a camera brings.
        unknown = [not source.known and isinstance(preparation.range, str) for source in (one, other)]
        settling = Settling(preparation.range, names, unknown, notes.warn)
        fusing = Fusing(fuser, names, colour, preparation, displays, notes, smooth, flicker, settling, palette)
        standing, lag = Standing(float(1 / other.rate)), Lag(one)
        ahead: list[Ahead[Any]] = [
            Newest(one.frames(), WAITING) if live else Ahead(one.frames(), AHEAD),
            Newest(standing.watch(other.frames()), RECENT) if live else Ahead(standing.watch(other.frames()), AHEAD),
        ]
        for source, stage in zip((one, other), ahead, strict=True):
            if isinstance(source, VideoSource) and isinstance(stage, Newest):
                source.newest = stage
        if live and isinstance(ahead[0], Newest):
            pairs = paired_at_once(ahead[0], ahead[1], meeting, 1 / one.rate, 1 / other.rate, standing, lag.now)
        else:
            pairs = paired(ahead[0], ahead[1], meeting, 1 / other.rate, standing)
        again = partial(_again, one, other, meeting) if one.known and other.known else None
        fused = Ahead(fusing.all(Beginning(pairs, again), length), 1 if live else AHEAD)
        written = Ahead(_write(sink, fused, ahead, (one, other), one.rate, lag), 1 if live else AHEAD)
        stages = [*ahead, fused, written]
        done, interrupted = 0, False
        try:
            try:
                for done in written:
                    progress(done, of, "")
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
        aligned=planned.aligned if planned else None, width=width, height=height, count=done, by=fuser.in_words,
        rate=one.rate, bits=sink.bits, encoder=sink.encoder, interrupted=interrupted,
        skipped=(one.skipped, other.skipped), repaired=(one.repaired, other.repaired), alone=alone,
        seconds={"all": perf_counter() - begun, **{name: stage.seconds for name, stage in busy}},
        flicker=flicker.figures() if flicker else {}, parts=tuple(sink.parts) if every else (), offset=meeting.offset,
        clock=meeting.how, restarts=(one.restarts, other.restarts), repeated=(one.repeated, other.repeated),
        dropped=ahead[0].dropped if isinstance(ahead[0], Newest) else 0, stale=standing.stale,
        still=(standing.count, standing.seconds), reconnects=(one.reconnects, other.reconnects),
        away=(one.away, other.away), delay=lag.seconds,
    )  # fmt: skip


def _again(one: Source, other: Source, offset: Callable[[], Fraction]) -> Iterator[Pair]:
    """The pairs once more from the first on, by another reading of both files."""
    with closing(one.again()) as first, closing(other.again()) as second:
        shifted = ((time + offset(), frame) for time, frame in second.frames())
        yield from nearest(first.frames(), shifted, 1 / other.rate)


def _told(pictures: Iterator[Picture], name: str, tell: Callable[[str], object]) -> Generator[Picture]:
    """The pictures that are looked at to find a display range; people are told of each."""
    for i, picture in enumerate(pictures, 1):
        tell(f"finding the range of {name}: frame {i}")
        yield picture


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
