"""Opening what PyAV reads: a file, a stream of a network, a camera; and what kind of source it is."""

import sys
from pathlib import Path
from typing import Any

from aefusion.files import FileError

TIMEOUT = 10
"""Seconds that a camera or a network may be silent."""
CAMERAS = {"linux": ("v4l2", "/dev/video{}"), "darwin": ("avfoundation", "{}")}
"""For each system the demuxer of cameras, and what the camera of a number is called."""
SEQUENCES = (".seq", ".csq", ".fff", ".ats", ".sfmov")
"""Suffixes of recordings of FLIR; those that can be read do not come here."""


def require_av() -> None:
    """ValueError where PyAV is not installed."""
    from importlib.util import find_spec

    if not find_spec("av"):
        raise ValueError("videos need PyAV: pip install 'aefusion[video]'")


def open_video(name: str, format: str = "") -> Any:
    """PyAV's container of a file, an address, a device or the number of a camera; FileError where it cannot be opened.

    ``format``: the name of the demuxer where it cannot be guessed, and its options, see `named_options`.
    """
    require_av()
    import av
    from av.error import FFmpegError

    path = Path(name)
    if path.is_file() and path.stat().st_size == 0:
        raise FileError(name, "the file is empty", "copy or download it again")
    advice = "check that it plays in a video player"
    if path.is_file() and path.suffix.lower() in SEQUENCES:
        advice = (
            "a recording of FLIR of a kind that is not read, or a damaged one: export it as AVI or as 16-bit TIFF "
            "pictures with FLIR's program, and give the file or the folder"
        )
    demuxer, options = named_options(format)
    place = name
    if name.isdecimal() and not path.exists() and sys.platform in CAMERAS:
        of_cameras, pattern = CAMERAS[sys.platform]
        demuxer, place = demuxer or of_cameras, pattern.format(name)
        advice = f"see which cameras there are (camera {name} is {place} of {demuxer}), or give the name of one"
    try:
        return av.open(place, "r", format=demuxer or None, options=options, timeout=TIMEOUT)
    except ValueError as error:
        if not isinstance(error, FFmpegError):
            raise FileError(name, f"format {demuxer!r} is not known", "see ffmpeg -formats") from None
        wrong = f"cannot be read as a video ({error.strerror})"
    except OSError as error:
        missing = "no such file" if place == name else "there is no such camera"
        wrong = missing if isinstance(error, FileNotFoundError) else f"cannot be opened ({error.strerror})"
    except FFmpegError as error:
        wrong = f"cannot be opened ({error.strerror})"
    raise FileError(name, wrong, advice)


def named_options(text: str) -> tuple[str, dict[str, str]]:
    """A name and its options; a comma inside of a value is written as a backslash and a comma.

    >>> named_options("v4l2,framerate=30,video_size=640x480")
    ('v4l2', {'framerate': '30', 'video_size': '640x480'})
    >>> named_options(r"rtsp,protocol_whitelist=rtp\\,udp\\,tcp")
    ('rtsp', {'protocol_whitelist': 'rtp,udp,tcp'})
    """
    name, *pairs = (part.replace("\0", ",") for part in text.replace("\\,", "\0").split(","))
    for pair in pairs:
        if "=" not in pair:
            raise ValueError(f"{text!r}: expected a name and options: name,option=value,option=value")
    return name, dict(pair.split("=", 1) for pair in pairs)


def can_be_read_again(name: str) -> bool:
    """Whether a source is a file, from which the first frames can be read once more."""
    return Path(name).is_file()


def is_live(name: str, container: Any) -> bool:
    """Whether frames come when they are taken: a camera, a network stream without an end, lavfi with `realtime`."""
    if can_be_read_again(name) or container.duration:
        return False
    format = container.format
    if format.name == "lavfi":
        return "realtime" in name
    return ("://" in name and not name.startswith(("file:", "pipe:", "fd:"))) or _is_device(format)


def _is_device(format: Any) -> bool:
    return format.no_file and format.name not in ("lavfi", "rtsp", "rtp", "sdp")


def states_no_times(container: Any) -> bool:
    """Whether the times of a format are made up, as those of MJPEG over HTTP."""
    from av.format import Flags

    return bool(container.format.flags & Flags.no_timestamps.value)


def starts_anew(container: Any) -> bool:
    """Whether the clock of a format may jump, as that of MPEG-TS."""
    from av.format import Flags

    return bool(container.format.flags & Flags.ts_discont.value)
