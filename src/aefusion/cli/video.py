"""Fuse videos."""

from fractions import Fraction
from pathlib import Path
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


def video(
    a: Annotated[str, IN_FILES],
    b: Annotated[str, IN_FILES],
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o"), IN_FILES],
    exist: Annotated[Literal["overwrite", "error"] | None, IN_FILES] = None,
    encoder: Annotated[str | None, IN_FILES] = None,
    format: Annotated[Suffix, IN_FILES] = "png",
    writing: Writing = WRITING,
    format_a: Annotated[str, IN_FILES, Parameter(show_default=False)] = "",
    format_b: Annotated[str, IN_FILES, Parameter(show_default=False)] = "",
    json: Annotated[Json, IN_FILES] = False,
    rate: Annotated[str | None, TIME] = None,
    offset: Annotated[str, TIME] = "0",
    length: Annotated[str | None, TIME] = None,
    steady: Annotated[float, TIME] = 0,
    measure: Annotated[bool, TIME] = False,
    engine: Engine = ENGINE,
    colour: Annotated[Literal["a", "gray"], Parameter(group=FUSION)] = "a",
    steps: Steps = STEPS_BEFORE,
) -> int:
    """Fuse two videos, cameras, network streams or folders of frames. Ctrl-C ends it and keeps what was fused so far.

    The result has the frames, times, colour and sound of the first. Each frame is fused with the frame of the second
    that is nearest in time. The result ends with the shorter.

    Parameters
    ----------
    a
        The first video: visible. A file, a folder of frames, `rtsp://...`, `/dev/video0`.
    b
        The second video: infrared.
    output
        The fused video: .mp4, .m4v, .mov, .mkv or .webm. Or a folder for frames.
    exist
        What to do where a video of that name exists already (the default is `overwrite`), or a folder that is not empty
        (the default is `error`; with `overwrite` frames of other names stay in it).
    encoder
        A name that FFmpeg knows, and its options: `libx265,preset=medium,crf=20`.
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
        Show the second video so many seconds later (earlier: a negative number).
    length
        End after so many seconds.
    steady
        Smooth changes of brightness over so many seconds, such as 0.5 for an infrared camera whose gain jumps.
    measure
        Measure how much brightness changes from frame to frame, in gray levels of 255. See docs/video.md.
    colour
        The colour of the first video, or `gray` for none.
    """
    from aefusion import fuse_video
    from aefusion.cli.console import progress_bar
    from aefusion.cli.results import showing_one

    times = {
        "rate": rate and seconds(rate, "rate"), "offset": seconds(offset, "offset", signed=True),
        "length": length and seconds(length, "length"),
    }  # fmt: skip
    with showing_one([a, b], output, json) as (_, show):
        with progress_bar("fusing", lines=False) as progress:
            fused = fuse_video(
                a, b, output, exist=exist, encoder=encoder, suffix=f".{format}", format_a=format_a, format_b=format_b,
                steady=steady, measure=measure, colour=colour, progress=progress, **times, **vars(engine),
                **vars(steps), **vars(writing),
            )  # fmt: skip
        show(fused, in_words(fused))
    for name, skipped, repaired in zip((a, b), fused.skipped, fused.repaired, strict=True):
        if skipped or repaired:
            say(f"{name}: {skipped} damaged frames left out, {repaired} repaired")
    if fused.alone:
        pictures = "1 picture without partner is" if fused.alone == 1 else f"{fused.alone} pictures without partner are"
        say(f"{pictures} left out")
    if fused.interrupted:
        say(f"interrupted: {output} holds what was fused so far")
    return 130 if fused.interrupted else 0


def in_words(fused: "FusedVideo") -> str:
    """What was made, and how fast; with a line for each figure that was measured."""
    rate, fast = f"{float(fused.rate):.6g}", fused.count / fused.seconds["all"]
    line = (
        f"{fused.output}: {fused.count} frames of {fused.width}x{fused.height} at {rate} a second, {fused.bits} bit, "
        f"{fused.encoder}; {fused.by}, {fast:.1f} frames a second" + "".join(f"; {one}" for one in fused.ranges)
    )
    return "\n".join([line, *(f"{name:<22} {value:.2f}" for name, value in fused.flicker.items())])


def seconds(text: str, option: str, signed: bool = False) -> Fraction:
    """A number or fraction, exactly."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"--{option} {text}: expected a number, such as 25 or 30000/1001") from None
    if value <= 0 and not signed:
        raise ValueError(f"--{option} {text}: expected more than 0")
    return value
