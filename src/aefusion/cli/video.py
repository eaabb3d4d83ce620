"""Fuse videos."""

import sys
from collections.abc import Iterator
from contextlib import nullcontext, redirect_stdout
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Group, Parameter

from aefusion.cli.options import (
    ENGINE,
    FUSION,
    IN_FILES,
    STEPS_BEFORE,
    WRITING,
    Engine,
    Json,
    Steps,
    Suffix,
    Writing,
)
from aefusion.cli.words import say

if TYPE_CHECKING:
    from aefusion.video import FusedVideo

TIME = Parameter(group=Group("Time", sort_key=5))
LIVE = Parameter(group=Group("Live", sort_key=5))
UNITS = {"s": 1, "m": 60, "h": 3600}


def video(
    a: Annotated[str, IN_FILES],
    b: Annotated[str, IN_FILES],
    /,
    *,
    output: Annotated[str, Parameter(alias="-o", allow_leading_hyphen=True), IN_FILES],
    exist: Annotated[Literal["overwrite", "error"] | None, IN_FILES] = None,
    encoder: Annotated[str | None, IN_FILES] = None,
    container: Annotated[str | None, IN_FILES] = None,
    every: Annotated[str | None, IN_FILES] = None,
    format: Annotated[Suffix, IN_FILES] = "png",
    writing: Writing = WRITING,
    format_a: Annotated[str, IN_FILES, Parameter(show_default=False)] = "",
    format_b: Annotated[str, IN_FILES, Parameter(show_default=False)] = "",
    json: Annotated[Json, IN_FILES] = False,
    rate: Annotated[str | None, TIME] = None,
    offset: Annotated[str, TIME] = "0",
    clock: Annotated[Literal["auto", "first", "stamps", "arrival"], TIME] = "auto",
    length: Annotated[str | None, TIME] = None,
    steady: Annotated[float, TIME] = 0,
    measure: Annotated[bool, TIME] = False,
    live: Annotated[bool, LIVE] = False,
    reconnect: Annotated[str | None, LIVE] = None,
    engine: Engine = ENGINE,
    colour: Annotated[Literal["a", "gray"], Parameter(group=FUSION)] = "a",
    palette: Annotated[Literal["iron", "arctic", "rainbow", "gray"] | None, Parameter(group=FUSION)] = None,
    steps: Steps = STEPS_BEFORE,
) -> int:
    """Fuse two videos, cameras, network streams or folders of frames.

    The result has the frames, times, colour and sound of the first. Each frame is fused with the frame of the second
    that is nearest in time; of live sources, that was taken at the same moment. The result ends with the shorter.
    Ctrl-C, SIGTERM and SIGHUP end it, and what was fused so far is kept and plays.

    Parameters
    ----------
    a
        The first video: visible. A file, a folder of frames, `rtsp://...`, `/dev/video0`, or the number of a camera.
    b
        The second video: infrared.
    output
        The fused video: .mp4, .m4v, .mov, .mkv, .ts or .webm. Or a folder for frames; an address, `udp://HOST:PORT`,
        `rtsp://...`; or `-` for standard output.
    exist
        What to do where a video of that name exists already (the default is `overwrite`), or a folder that is not empty
        (the default is `error`; with `overwrite` frames of other names stay in it).
    encoder
        A name that FFmpeg knows, and its options: `libx265,preset=medium,crf=20`.
    container
        A container that FFmpeg knows, if not that of the suffix: `-o - --container matroska`. To an address and to
        standard output MPEG-TS is sent.
    every
        Begin a new file after so long: `10m`, `90s`, `1h`. Of `out.mp4` they are `out-0001.mp4`, `out-0002.mp4` and so
        on. Each appears when it is whole. Numbers go on after those that are there; `--exist overwrite` begins with 1.
    format
        The format of frames in a folder.
    format_a
        How to open the first video, if it cannot be guessed: `v4l2,framerate=30,video_size=640x480`,
        `rtsp,rtsp_transport=tcp`.
    format_b
        The same for the second.
    rate
        Frames a second of folders, such as `25` or `30000/1001`. The default is that of the other source, or 25.
    offset
        Show the second video so many seconds later (earlier: a negative number), beside what `--clock` finds.
    clock
        By which clock frames belong together. `auto`: files count from their first frames; live sources by the time of
        day that both state (RTCP), by time stamps of one clock, else by arrival. `first`: always from the first frames.
        `stamps`: by the time stamps. `arrival`: when frames of live sources arrived.
    length
        End after so long: `60`, `10m`.
    steady
        Smooth changes of brightness over so many seconds, such as 0.5 for an infrared camera whose gain jumps.
    measure
        Measure how much brightness changes from frame to frame, in gray levels of 255. See docs/video.md.
    live
        Rather drop frames of a camera than be late: at most five are on the way from its arrival to the encoder.
    reconnect
        Where a camera or a network stream ends, try so long to connect again: `30s`, `5m`.
    colour
        The colour of the first video, or `gray` for none.
    palette
        Draw heat in these colours over the visible detail, as thermal cameras do (MSX), with a bar of temperatures at
        the right side.
    """
    from aefusion import fuse_video
    from aefusion.cli.console import progress_bar
    from aefusion.cli.results import showing_one

    timing = {
        "rate": rate and seconds(rate, "rate"), "offset": seconds(offset, "offset", signed=True),
        "length": length and seconds(length, "length"), "every": every and seconds(every, "every"),
        "reconnect": float(seconds(reconnect, "reconnect")) if reconnect else 0, "clock": clock, "live": live,
    }  # fmt: skip
    # Standard output is the video then, and what else is said goes to standard error.
    aside = redirect_stdout(sys.stderr) if output == "-" else nullcontext()
    with aside, showing_one([a, b], output, json) as (_, show):
        with progress_bar("fusing", lines=False) as progress:
            fused = fuse_video(
                a, b, output, exist=exist, encoder=encoder, container=container, suffix=f".{format}",
                format_a=format_a, format_b=format_b, steady=steady, measure=measure, colour=colour, palette=palette,
                progress=progress,
                **timing, **vars(engine), **vars(steps), **vars(writing),
            )  # fmt: skip
        show(fused, in_words(fused))
    for line in noticed(a, b, fused):
        say(line)
    if fused.interrupted:
        say(f"interrupted: {fused.place} holds what was fused so far" if not fused.address else "interrupted")
    return 130 if fused.interrupted else 0


def noticed(a: str, b: str, fused: "FusedVideo") -> Iterator[str]:
    """What people should know of the frames: a line each."""
    for i, name in enumerate((a, b)):
        if fused.skipped[i] or fused.repaired[i]:
            yield f"{name}: {count(fused.skipped[i], 'damaged frame')} left out, {fused.repaired[i]} repaired"
        if fused.restarts[i]:
            yield f"{name}: its clock started anew {times(fused.restarts[i])}; the frames go on"
        if fused.repeated[i]:
            yield f"{name}: {count(fused.repeated[i], 'frame')} of the time of another frame, or earlier, left out"
        if fused.reconnects[i]:
            yield f"{name}: connected again {times(fused.reconnects[i])}, {fused.away[i]:.1f} s without it"
    if fused.still[0]:
        how = f"stood still {times(fused.still[0])}, {fused.still[1]:.1f} s in all"
        yield f"{b}: {how}: {count(fused.stale, 'frame')} got a picture that was not of the moment"
    if fused.dropped:
        yield f"{a}: {count(fused.dropped, 'frame')} dropped, as fusing was slower than they came"
    if fused.alone:
        pictures = "1 picture without partner is" if fused.alone == 1 else f"{fused.alone} pictures without partner are"
        yield f"{pictures} left out"


def times(number: int) -> str:
    """How often."""
    return "once" if number == 1 else f"{number} times"


def count(number: int, what: str) -> str:
    """How many of a thing.

    >>> count(1, "frame"), count(2, "frame")
    ('1 frame', '2 frames')
    """
    return f"{number} {what}{'s' * (number != 1)}"


def in_words(fused: "FusedVideo") -> str:
    """What was made, and how fast; with a line for each figure that was measured."""
    rate, fast = f"{float(fused.rate):.6g}", fused.count / fused.seconds["all"]
    line = (
        f"{fused.place}: {count(fused.count, 'frame')} of {fused.width}x{fused.height} at {rate} a second, "
        f"{fused.bits} bit, {fused.encoder}; {fused.by}, {fast:.1f} frames a second"
        + "".join(f"; {one}" for one in fused.ranges)
    )
    lines = [line]
    if fused.offset or fused.delay:
        lines.append(f"b begins {float(fused.offset):.3f} s after a, by {fused.clock}")
    if fused.delay:
        lines.append(f"written {fused.delay[0]:.2f} s after the arrival of a frame, {fused.delay[1]:.2f} s at most")
    if fused.parts:
        lines.append(f"{count(len(fused.parts), 'file')}: {fused.parts[0]} to {fused.parts[-1].name}")
    return "\n".join([*lines, *(f"{name:<22} {value:.2f}" for name, value in fused.flicker.items())])


def seconds(text: str, option: str, signed: bool = False) -> Fraction:
    """A number or fraction, exactly; of minutes and hours the seconds.

    >>> seconds("10m", "every"), seconds("30000/1001", "rate")
    (Fraction(600, 1), Fraction(30000, 1001))
    """
    unit = UNITS.get(text[-1:], 0)
    try:
        value = Fraction(text[:-1]) * unit if unit else Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"--{option} {text}: expected a number, such as 25 or 30000/1001") from None
    if value <= 0 and not signed:
        raise ValueError(f"--{option} {text}: expected more than 0")
    return value
