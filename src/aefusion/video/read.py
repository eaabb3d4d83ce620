"""Frames of anything that PyAV opens: a file, a stream of a network, a camera."""

import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from fractions import Fraction
from math import lcm
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.image import Picture
from aefusion.video.frame import FULL, Tags, VideoFrame, plane_of
from aefusion.video.levels import expanded

TIMEOUT = 10
"""Seconds that a camera or a network may be silent."""
GRAYS = {"gray": 8, "gray10le": 10, "gray12le": 12, "gray14le": 14, "gray16le": 16}
DEEP_GRAYS = (*[name for name, bits in GRAYS.items() if bits > 8], "gray16be", "gray10be", "gray12be")
EXAMPLES = 32
LARGEST = 2**31 - 1
"""FFmpeg's fractions are of 32-bit numbers."""
PLANAR = {"yuv420p": 8, "yuvj420p": 8, "yuv420p10le": 10}


class VideoSource:
    """Frames of a video in order of time, upright; damaged ones are left out or as the decoder repairs them.

    ``name``: a file or what else PyAV opens (``rtsp://...``, ``/dev/video0``); ``format``: the name of the demuxer
    where it cannot be guessed, and its options: "v4l2,framerate=30,video_size=640x480".
    Raises FileError if it cannot be opened or holds no video.
    """

    def __init__(self, name: str, format: str = "", warn: Callable[[str], object] = warnings.warn):
        self._warn = warn
        self.name, self.errors, self.repaired, self.seconds = name, 0, 0, 0.0
        self.packets = self.decoded = 0
        self.complete = False
        self.sound: deque[tuple[Fraction, Any]] = deque()
        """Packets of sound that were read so far, with their times; none without `keep_sound`."""
        self.sound_streams: list[Any] = []
        self._format = format
        self._container = _open(name, format)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        pictures = [s for s in self._container.streams.video if not _is_cover(s)]
        if not pictures:
            holds = "sound, but no video" if self._container.streams.audio else "no video"
            raise FileError(self.name, f"holds {holds}", "give a file with pictures")
        self._video = pictures[0]
        self._video.thread_type = "AUTO"
        self.rate = Fraction(self._video.average_rate or self._video.guessed_rate or 25)
        self._tick = Fraction(self._video.time_base or 1 / self.rate)
        # Every time of the file and every time at a constant rate is a whole number of these. A rate that changes has
        # a mean of large numbers; only the times of the file count then.
        both = lcm(self.rate.numerator, self._tick.denominator)
        self.time_base = Fraction(1, both if both <= LARGEST else self._tick.denominator)
        self.pixel_shape = self._video.sample_aspect_ratio or Fraction(1)
        self._turn: np.ndarray | None = None
        self._start: Fraction | None = None
        self._read = self._demux()

    @property
    def metadata(self) -> dict[str, str]:
        return dict(self._container.metadata)

    @property
    def count(self) -> int | None:
        """About how many frames there are; None of a camera."""
        if self._video.frames:
            return self._video.frames
        return round(self._container.duration / 1_000_000 * self.rate) if self._container.duration else None

    @property
    def turned(self) -> bool:
        """Whether the frames were turned by 90 degrees; known when the first has been read."""
        return self._turn is not None and abs(self._turn[0, 1]) > abs(self._turn[0, 0])

    @property
    def skipped(self) -> int:
        """How many frames could not be decoded, so far as is known."""
        return max(self.errors, self.packets - self.decoded if self.complete else 0)

    def frames(self) -> Iterator[tuple[Fraction, VideoFrame]]:
        """(seconds since the first frame, frame); FileError if not one can be decoded."""
        last = Fraction(-1)
        for packet in self._read:
            if packet.stream.type == "audio":
                self.sound.append((Fraction(packet.pts or 0) * packet.time_base, packet))
                continue
            begun = perf_counter()
            found = self._decode(packet)
            self.seconds += perf_counter() - begun
            for decoded in found:
                begun = perf_counter()
                time = self._time(decoded)
                if time <= last:  # repeated or out of order
                    continue
                last = time
                frame = self._frame(decoded)
                self.seconds += perf_counter() - begun
                yield time, frame
        self.complete = True
        if not self.decoded:
            raise FileError(self.name, "not one frame can be decoded", "check that it plays in a video player")

    def examples(self, all: bool) -> Generator[Picture]:
        """Frames of a gray video deeper than 8 bits, all or about EXAMPLES, to find a display range: one more reading.

        Of a camera nothing can be known beforehand, but that its values may be shown in a given range.
        """
        if self._video.pix_fmt not in DEEP_GRAYS:
            return
        if not Path(self.name).is_file():
            yield Picture(np.array([[0, 65535]], np.uint16))
            return
        step = 1 if all else max(1, (self.count or 1) // EXAMPLES)
        with closing(VideoSource(self.name, self._format)) as once_more:
            yield from (Picture(frame.luma) for i, (_, frame) in enumerate(once_more.frames()) if i % step == 0)

    def keep_sound(self) -> None:
        """Read the sound too, for somebody who takes it from `sound`. To be called before `frames`."""
        self.sound_streams = list(self._container.streams.audio)

    def rest_of_sound(self, end: Fraction) -> None:
        """Read on until the packets of sound reach a time, in seconds since the first frame. Not with `frames`."""
        for packet in self._read if self.sound_streams else ():
            time = Fraction(packet.pts or 0) * packet.time_base - self.start
            if packet.stream.type == "audio":
                self.sound.append((time + self.start, packet))
            if time > end + (0 if packet.stream.type == "audio" else 2):
                return

    @property
    def start(self) -> Fraction:
        """The time of the first frame in the file's own clock."""
        return self._start or Fraction(0)

    def close(self) -> None:
        self._container.close()

    def _demux(self) -> Iterator[Any]:
        from av.error import FFmpegError

        try:
            for packet in self._container.demux(self._video, *self.sound_streams):
                if packet.stream.type == "video":
                    self.packets += packet.size > 0
                    yield packet
                elif packet.size:
                    yield packet
        except FFmpegError as error:
            self._warn(f"{self.name}: reading ended early ({error.strerror})")

    def _decode(self, packet: Any) -> list[Any]:
        from av.error import FFmpegError

        try:
            found = packet.decode()
        except EOFError:
            return []
        except FFmpegError:
            self.errors += 1
            return []
        self.decoded += len(found)
        self.repaired += sum(frame.is_corrupt for frame in found)
        return found

    def _time(self, frame: Any) -> Fraction:
        if frame.pts is None:  # a stream without a container
            return (self.decoded - 1) / self.rate
        time = frame.pts * Fraction(frame.time_base)
        if self._start is None:
            self._start = time
        time -= self._start
        # A container may round times, Matroska to 1/1000 s: where the rate fits, it says what was meant.
        meant = round(time * self.rate) / self.rate
        return meant if abs(meant - time) <= self._tick else time

    def _frame(self, frame: Any) -> VideoFrame:
        data = frame.side_data.get("DISPLAYMATRIX")
        if data is not None:
            self._turn = np.frombuffer(data, np.int32).reshape(3, 3)[:2, :2]
        luma, chroma, bits, tags = _planes(frame)
        if self._turn is not None:
            luma = upright(luma, self._turn)
            chroma = chroma and (upright(chroma[0], self._turn), upright(chroma[1], self._turn))
        return VideoFrame(luma, chroma, bits, tags)


def upright(plane: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A plane turned and mirrored as the upper left of a display matrix says, rounded to quarter turns."""
    (a, b), (c, d) = matrix.tolist()
    if abs(b) > abs(a):
        plane, a, d = plane.T, c, b
    return np.ascontiguousarray(plane[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def _planes(frame: Any) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray] | None, int, Tags]:
    """Luma over the whole range, chroma 4:2:0 as stored, its bits, what they mean."""
    name = frame.format.name
    depth = max(component.bits for component in frame.format.components)
    tags = Tags(frame.color_range == FULL, frame.colorspace, frame.color_primaries, frame.color_trc)
    if name.startswith(("gray", "ya8", "ya16", "mono")):
        if name not in GRAYS:
            frame = frame.reformat(format="gray" if depth <= 8 else "gray16le")
        bits = GRAYS[frame.format.name]
        # The tags do not say which range a gray frame has but for limited: pictures and thermal cameras use all of it.
        full = frame.color_range != 1
        return expanded(plane_of(frame, 0, bits), bits, full), None, bits, Tags()
    if frame.format.is_rgb or name.startswith(("pal", "bayer", "xyz")):
        tags = Tags(False, 1, frame.color_primaries, frame.color_trc)
        frame = frame.reformat(
            format=_target(depth), dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG"
        )
    elif name not in PLANAR:
        full = tags.full_range or name.startswith("yuvj")
        tags = Tags(full, tags.matrix, tags.primaries, tags.transfer)
        stored = "JPEG" if full else "MPEG"
        frame = frame.reformat(format=_target(depth), src_color_range=stored, dst_color_range=stored)
    elif name == "yuvj420p":
        tags = Tags(True, tags.matrix, tags.primaries, tags.transfer)
    bits = PLANAR[frame.format.name]
    y, cb, cr = (plane_of(frame, i, bits) for i in range(3))
    return expanded(y, bits, tags.full_range), (cb, cr), bits, tags


def _target(depth: int) -> str:
    return "yuv420p" if depth <= 8 else "yuv420p10le"


def _is_cover(stream: Any) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def require_av() -> None:
    """ValueError where PyAV is not installed."""
    from importlib.util import find_spec

    if not find_spec("av"):
        raise ValueError("videos need PyAV: pip install 'aefusion[video]'")


def _open(name: str, format: str) -> Any:
    require_av()
    import av
    from av.error import FFmpegError

    path = Path(name)
    if path.is_file() and path.stat().st_size == 0:
        raise FileError(name, "the file is empty", "copy or download it again")
    demuxer, options = named_options(format)
    try:
        return av.open(name, "r", format=demuxer or None, options=options, timeout=TIMEOUT)
    except ValueError as error:
        if not isinstance(error, FFmpegError):
            raise FileError(name, f"format {demuxer!r} is not known", "see ffmpeg -formats") from None
        wrong = f"cannot be read as a video ({error.strerror})"
    except OSError as error:
        wrong = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be opened ({error.strerror})"
    except FFmpegError as error:
        wrong = f"cannot be opened ({error.strerror})"
    raise FileError(name, wrong, "check that it plays in a video player")


def named_options(text: str) -> tuple[str, dict[str, str]]:
    """A name and its options.

    >>> named_options("v4l2,framerate=30,video_size=640x480")
    ('v4l2', {'framerate': '30', 'video_size': '640x480'})
    """
    name, *pairs = text.split(",")
    for pair in pairs:
        if "=" not in pair:
            raise ValueError(f"{text!r}: expected a name and options: name,option=value,option=value")
    return name, dict(pair.split("=", 1) for pair in pairs)
