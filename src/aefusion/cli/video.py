"""Fuse videos."""

import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

FILES = Group("Files", sort_key=1)
FUSION = Group("Fusion", sort_key=2)
TIME = Group("Time", sort_key=3)
SPEED = Group("Speed", sort_key=4)


def video(
    a: Annotated[str, Parameter(group=FILES)],
    b: Annotated[str, Parameter(group=FILES)],
    /,
    *,
    output: Annotated[str, Parameter(alias="-o", group=FILES)],
    exist: Annotated[Literal["overwrite", "error"] | None, Parameter(group=FILES)] = None,
    encoder: Annotated[str | None, Parameter(group=FILES)] = None,
    format: Annotated[Literal["png", "jpg", "tif", "webp", "bmp"], Parameter(group=FILES)] = "png",
    quality: Annotated[int, Parameter(group=FILES)] = 95,
    strip: Annotated[bool, Parameter(negative="", group=FILES)] = False,
    format_a: Annotated[str, Parameter(group=FILES)] = "",
    format_b: Annotated[str, Parameter(group=FILES)] = "",
    rate: Annotated[str | None, Parameter(group=TIME)] = None,
    offset: Annotated[str, Parameter(group=TIME)] = "0",
    length: Annotated[str | None, Parameter(group=TIME)] = None,
    steady: Annotated[float, Parameter(group=TIME)] = 0,
    measure: Annotated[bool, Parameter(negative="", group=TIME)] = False,
    model: Annotated[str | None, Parameter(group=FUSION, show_default=lambda _: "aenetv2")] = None,
    method: Annotated[str | None, Parameter(group=FUSION)] = None,
    colour: Annotated[Literal["a", "gray"], Parameter(group=FUSION)] = "a",
    resize: Annotated[Literal["b-to-a", "a-to-b"] | None, Parameter(group=FUSION)] = None,
    range: Annotated[tuple[float, float] | Literal["auto", "set"], Parameter(group=FUSION)] = "auto",
    align: Annotated[Literal["none", "auto", "translation", "affine", "homography"], Parameter(group=FUSION)] = "none",
    transform: Annotated[Path | None, Parameter(group=FUSION)] = None,
    save_transform: Annotated[Path | None, Parameter(group=FUSION)] = None,
    crop: Annotated[bool, Parameter(negative="", group=FUSION)] = False,
    engine: Annotated[Literal["auto", "cpu", "onnx", "torch"], Parameter(group=SPEED)] = "auto",
    threads: Annotated[int | None, Parameter(group=SPEED)] = None,
    json: Annotated[bool, Parameter(negative="", group=SPEED)] = False,
) -> int:
    """Fuse two videos, cameras, network streams or folders of frames. Ctrl-C ends it: what was fused so far is kept.

    The result has the frames, times, colour and sound of the first; each is fused with the frame of the second that is
    nearest in time. It ends with the shorter.

    Parameters
    ----------
    a
        The first video: visible. A file, a folder of frames, `rtsp://...`, `/dev/video0`.
    b
        The second: infrared.
    output
        The fused video: .mp4, .m4v, .mov, .mkv or .webm; or a folder for frames.
    exist
        What to do where a video of that name exists already (`overwrite`, if not given), or a folder that is not empty
        (`error`, if not given; with `overwrite` frames of other names stay in it).
    encoder
        A name that FFmpeg knows and its options: `libx265,preset=medium,crf=20`.
    format
        For a folder: the format of the frames.
    quality
        For frames as JPEG and WebP, 1 to 100.
    strip
        Leave out the metadata of the first video, and what says how it was fused.
    format_a
        How to open the first, if it cannot be guessed: `v4l2,framerate=30,video_size=640x480`,
        `rtsp,rtsp_transport=tcp`.
    format_b
        The same for the second.
    rate
        Frames a second of folders, such as `25` or `30000/1001`; that of the other source or 25, if not given.
    offset
        Seconds by which the second video is to be shown later (earlier: a negative number).
    length
        End after so many seconds.
    steady
        Seconds over which changes of brightness are smoothed, such as 0.5 for an infrared camera whose gain jumps.
    measure
        Measure how much brightness changes from frame to frame, in levels of 255: see docs/video.md.
    model
        A name that `aefusion models` lists, or a file of weights.
    method
        A fusion algorithm instead of a network: a name that `aefusion methods` lists, or `file.py:function`.
    colour
        That of the first video, or `gray` for none.
    resize
        Bring one source to the other's size.
    range
        What becomes black and white of thermal frames, 16-bit gray: two values in the unit of the file; `set` for the
        lowest and highest of all; `auto` for percentiles 0.1 and 99.9 of what is clearly thermal. One range for the
        whole video.
    align
        Lay the second onto the first by the transform, of this kind, that aligns the first two frames.
    transform
        Lay it by the transform in this file, which `aefusion fuse --save-transform` wrote, instead.
    save_transform
        Write the transform that was found to this file.
    crop
        Keep the area that both show.
    engine
        What runs the network; see `aefusion doctor`.
    threads
        How many threads fuse; all cores, if not given.
    json
        For programs: what was written, and the time each stage was busy.
    """
    from aefusion.fusion.fuser import Fuser

    if Path(output).is_file() and exist == "error":
        raise ValueError(f"{output}: exists already: see --exist")
    if Path(output).is_dir() and exist != "overwrite":
        there = sorted(path.name for path in Path(output).iterdir() if not path.name.startswith("."))
        if there:
            what = f"holds {there[0]}" + (f" and {len(there) - 1} more" if len(there) > 1 else "")
            raise ValueError(f"{output}: a folder that {what}: give an empty or a new one, or --exist overwrite")
    choices = {
        "rate": rate if rate is None else seconds(rate, "rate"), "offset": seconds(offset, "offset", signed=True),
        "length": length if length is None else seconds(length, "length"), "range": range,
        "format_a": format_a, "format_b": format_b, "keep": colour, "resize": resize, "steady": steady,
        "align": align, "transform": transform, "save_transform": save_transform, "crop": crop,
        "measure": measure, "encoder": encoder, "suffix": f".{format}", "quality": quality, "strip": strip,
    }  # fmt: skip
    return report(Fuser(model, engine, threads, method), a, b, output, json, choices)


def report(fuser, a: str, b: str, output: str, json: bool, choices: dict) -> int:
    """Fuse with a progress bar, and say what became of it."""
    from aefusion.cli.console import progress_bar
    from aefusion.fusion.preparation import Found
    from aefusion.video import fuse_video

    with progress_bar("fusing", lines=False) as show:
        done = fuse_video(fuser, a, b, output, progress=show, **choices)
    if json:
        from dataclasses import asdict
        from json import dumps

        print(dumps(asdict(done) | {"rate": str(done.rate)}, indent=1))
    else:
        rate = f"{float(done.rate):.6g}"
        fast = done.frames / done.seconds["all"]
        print(
            f"{output}: {done.frames} frames of {done.width}x{done.height} at {rate} a second, {done.bits} bit, "
            f"{done.encoder}; {fuser.name} on {fuser.runs_on}, {fast:.1f} frames a second"
            + Found(ranges=list(done.ranges)).ranges_in_words
        )
        for name, value in done.flicker.items():
            print(f"{name:<22} {value:.2f}")
    for name, skipped, repaired in zip((a, b), done.skipped, done.repaired, strict=True):
        if skipped or repaired:
            print(f"aefusion: {name}: {skipped} damaged frames left out, {repaired} repaired", file=sys.stderr)
    if done.alone:
        pictures = "1 picture without partner is" if done.alone == 1 else f"{done.alone} pictures without partner are"
        print(f"aefusion: {pictures} left out", file=sys.stderr)
    if done.interrupted:
        print(f"aefusion: interrupted: {output} holds what was fused so far", file=sys.stderr)
    return 130 if done.interrupted else 0


def seconds(text: str, option: str, signed: bool = False) -> Fraction:
    """A number or fraction, exactly."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"--{option} {text}: expected a number, such as 25 or 30000/1001") from None
    if value <= 0 and not signed:
        raise ValueError(f"--{option} {text}: expected more than 0")
    return value
