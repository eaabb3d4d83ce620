"""Where a video goes: a file, an address of a network, or standard output; in which container, by which encoder."""

import os
import re
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

from aefusion.files import FileError
from aefusion.video.opening import named_options, require_av

H264 = ("libx264,preset=veryfast,crf=18", "libopenh264,b=8M")
AT_ONCE = ("libx264,preset=veryfast,tune=zerolatency,crf=20", "libopenh264,b=8M")
"""For whoever looks on while it is made: a frame goes out as soon as it is encoded."""
# The first that PyAV was built with is used.
ENCODERS = {
    ".mp4": H264,
    ".m4v": H264,
    ".mov": H264,
    ".mkv": (*H264, "ffv1"),
    ".ts": H264,
    ".webm": ("libvpx-vp9,crf=24,b=0,deadline=realtime,cpu-used=6,row-mt=1", "libsvtav1,crf=24,preset=10"),
}
"""Suffixes that are written, each with encoders and their options."""
MUXERS = {".m4v": "mp4", ".ts": "mpegts"}
"""The containers of suffixes by which FFmpeg would not find them."""
PIPE = "-"
ADDRESSES = {
    "udp": "mpegts", "tcp": "mpegts", "srt": "mpegts", "http": "mpegts", "rtp": "rtp_mpegts", "rtsp": "rtsp",
    "rtmp": "flv",
}  # fmt: skip
"""What goes to an address of a network, by its beginning: the container that receivers expect."""


@dataclass(frozen=True)
class Target:
    """Where a video goes."""

    name: str
    """As people may read it: without user, password and query."""
    place: str
    """As PyAV opens it; of a file another name is opened, see `files.whole`."""
    path: Path | None
    """None where it goes to no file."""
    muxer: str | None
    """The name of the container, None for that of the suffix."""
    options: dict[str, str]
    """Of the container."""
    encoders: tuple[str, ...]

    @property
    def at_once(self) -> bool:
        """Whether somebody looks on while it is made."""
        return self.path is None

    @property
    def is_address(self) -> bool:
        return self.path is None and self.place != "pipe:1"


def is_address(output: str | PathLike[str]) -> bool:
    """Whether an output is no file and no folder: an address such as ``udp://...``, or "-" for standard output."""
    return fspath(output) == PIPE or "://" in fspath(output)


def target_of(output: str | PathLike[str], container: str | None = None) -> Target:
    """What is meant by an output; FileError where it cannot be written. ``container``: the name of another muxer."""
    name = fspath(output)
    if name == PIPE:
        return Target("standard output", "pipe:1", None, container or "mpegts", {"flush_packets": "1"}, AT_ONCE)
    if "://" in name:
        kind = name.partition("://")[0]
        if kind not in ADDRESSES and not container:
            known = ", ".join(f"{one}://" for one in ADDRESSES)
            raise FileError(public(name), f"{kind}:// is not known", f"begin it with {known}, or give `container`")
        options = {"flush_packets": "1"} | ({"rtsp_transport": "tcp"} if kind == "rtsp" else {})
        return Target(public(name), name, None, container or ADDRESSES[kind], options, AT_ONCE)
    path = Path(output)
    suffix = path.suffix.lower()
    if suffix not in ENCODERS and not container:
        known = ", ".join(ENCODERS)
        raise FileError(path, f"the suffix {path.suffix!r} is not known", f"end it in {known}, or give a folder")
    if not path.parent.is_dir():
        raise FileError(path, f"there is no folder {path.parent}", "make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise FileError(path, "cannot be written (permission denied)", "choose another place")
    fast = {"movflags": "faststart"} if suffix in (".mp4", ".m4v", ".mov") and not container else {}
    return Target(str(path), name, path, container or MUXERS.get(suffix), fast, ENCODERS.get(suffix, H264))


def chosen_encoder(target: Target, encoder: str | None) -> tuple[str, dict[str, str]]:
    """The encoder for a target and its options; ValueError where PyAV does not have it. To be called before work."""
    require_av()
    import av

    for one in (encoder,) if encoder else target.encoders:
        name, options = named_options(one)
        try:
            if av.Codec(name, "w").type == "video":
                return name, options
        except ValueError:
            continue
    raise ValueError(f"encoder {encoder!r}: this PyAV has none of that name; known are for example libx264, libx265")


def public(name: str) -> str:
    """What a result may say of its source: a file without its folders, an address without user, password and query.

    >>> public("/home/ada/a.mp4"), public("rtsp://user:password@camera/stream?token=1")
    ('a.mp4', 'rtsp://camera/stream')
    """
    if "://" not in name or name.startswith("file:"):
        return Path(name).name
    return re.sub(r"[?#].*", "", re.sub(r"(?<=://)[^/?#]*@", "", name))
