"""Frames of anything that PyAV opens: a file, a stream of a network, a camera."""

import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain
from math import lcm
from threading import Event
from time import monotonic, perf_counter
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.image import Picture
from aefusion.video.ahead import Ahead, Newest
from aefusion.video.clock import Clock, Continuity
from aefusion.video.frame import VideoFrame
from aefusion.video.opening import (
    TIMEOUT,
    can_be_read_again,
    is_live,
    named_options,
    open_video,
    starts_anew,
    states_no_times,
)
from aefusion.video.planes import DEEP_GRAYS, planes, upright
from aefusion.video.rate import LEAST, LONG_ENOUGH, plausible, rate_of, rate_of_arrival

EXAMPLES = 32
LARGEST = 2**31 - 1
"""FFmpeg's fractions are of 32-bit numbers."""
PACKETS = 1024
"""So many packets of a live source may wait: it is read as they come, so that the times of arrival are true."""
LATE = 2
"""So many newer packets may wait before one is passed over, where nothing may be late."""
PAUSES = 0.5, 5.0
"""Seconds between two tries to connect again: the shortest and the longest."""
USUAL_RATE = Fraction(25)
"""Of a source that says nothing."""
WAITED = 0.002
"""Seconds; a packet that comes sooner had arrived before it was asked for."""
MICROSECOND = Fraction(1, 1_000_000)


class VideoSource:
    """Frames of a video in order of time, upright; damaged ones are left out or as the decoder repairs them.

    ``name``: a file or what else PyAV opens (``rtsp://...``, ``/dev/video0``, the number of a camera); ``format``: the
    name of the demuxer where it cannot be guessed, and its options: "v4l2,framerate=30,video_size=640x480".
    ``reconnect``: a live source that ends is opened again, tried for so many seconds; 0 for not.
    Raises FileError if it cannot be opened or holds no video.
    """

    def __init__(
        self,
        name: str,
        format: str = "",
        warn: Callable[[str], object] = warnings.warn,
        reconnect: float = 0,
    ):
        self._warn = warn
        self.name, self.errors, self.repaired, self.seconds = name, 0, 0, 0.0
        self.packets = self.decoded = 0
        self.repeated = 0
        """Frames that were left out, as their time was not later than that of the frame before."""
        self.reconnects, self.away = 0, 0.0  # how often it was connected again, and the seconds without it
        self.newest: Newest[Any] | None = None
        """What drops frames of this live source where they are late; then late packets are not decoded."""
        self.complete = False
        self.sound: deque[tuple[Fraction, Any]] = deque()
        """Packets of sound that were read so far, with their times; none without `keep_sound`."""
        self.sound_streams: list[Any] = []
        self.begun = Event()
        """Set when `start` is known, or when there is nothing to come."""
        self._format, self._reconnect = format, reconnect
        self._closing = Event()
        self._packets: Ahead[Any] | None = None
        self._turn: np.ndarray | None = None
        self._start: Fraction | None = None
        self._container = open_video(name, format)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        container = self._container
        self._video = self._pictures()
        self.live = is_live(self.name, container)
        self._timed = self.live and states_no_times(container)  # by its arrival
        device = container.format.no_file and "://" not in self.name
        wall = named_options(self._format)[1].get("use_wallclock_as_timestamps", "0") != "0"
        self.stamped = device or wall or container.format.name == "mpegts"
        """Whether its time stamps may be those of a clock that other sources have too."""
        stated, tick = self._video.average_rate or self._video.guessed_rate, self._video.time_base
        self._guess = Fraction(stated) if stated and plausible(stated, tick) else USUAL_RATE
        self._rate = self._guess if not self._timed and plausible(self._video.average_rate, tick) else None
        self._continuity = Continuity(1 / self._guess, self.live, starts_anew(container))
        self.clock = Clock(self.live, float(1 / self._guess))
        self._seen: list[tuple[Fraction, bool]] | None = []
        # What is live is read as it comes, from now on: while another source is opened, nothing is lost.
        self._packets = Ahead(self._arriving(), PACKETS) if self.live else None
        self._read: Iterator[Any] = iter(self._packets or self._arriving())
        self._tick = MICROSECOND if self._timed else Fraction(tick or 1 / self._guess)
        self.pixel_shape = self._video.sample_aspect_ratio or Fraction(1)

    def _pictures(self) -> Any:
        found = [stream for stream in self._container.streams.video if not _is_cover(stream)]
        if not found:
            holds = "sound, but no video" if self._container.streams.audio else "no video"
            raise FileError(self.name, f"holds {holds}", "give a file with pictures")
        # Threads that each have a frame of their own give a frame later than it could be seen.
        found[0].thread_type = "SLICE" if is_live(self.name, self._container) else "AUTO"
        return found[0]

    @property
    def rate(self) -> Fraction:
        """Frames a second; where none is stated that can be meant, from the times of the first frames."""
        if self._rate is None:
            self._rate = self._measured_rate()
            self._continuity.frame = 1 / self._rate
            self.clock.frame = float(1 / self._rate)
        self._seen = None
        return self._rate

    @property
    def time_base(self) -> Fraction:
        """Every time of the file and every time at a constant rate is a whole number of these seconds."""
        # A rate that changes has a mean of large numbers; only the times of the file count then.
        both = lcm(self.rate.numerator, self._tick.denominator)
        return Fraction(1, both if both <= LARGEST else self._tick.denominator)

    def _measured_rate(self) -> Fraction:
        """The rate from the times of the first frames; what is read for that is kept."""
        held, until = [], monotonic() + 2 * float(LONG_ENOUGH)
        seen = [] if self._seen is None else self._seen
        for packet in self._read:
            held.append(packet)
            enough = len(seen) > LEAST if not self._timed else seen and seen[-1][0] - seen[0][0] > LONG_ENOUGH
            if enough or len(held) > 20 * LEAST or monotonic() > until:
                break
        self._read = chain(held, self._read)
        return (rate_of_arrival(seen) if self._timed else rate_of([stamp for stamp, _ in seen])) or self._guess

    @property
    def metadata(self) -> dict[str, str]:
        return dict(self._container.metadata)

    @property
    def count(self) -> int | None:
        """About how many frames there are; None of a camera."""
        if self._video.frames:
            return self._video.frames
        return round(self.duration * self.rate) if self.duration else None

    @property
    def duration(self) -> Fraction | None:
        """Of the whole, in seconds, where that is known."""
        return Fraction(self._container.duration, 1_000_000) if self._container.duration else None

    @property
    def turned(self) -> bool:
        """Whether the frames were turned by 90 degrees; known when the first has been read."""
        return self._turn is not None and abs(self._turn[0, 1]) > abs(self._turn[0, 0])

    @property
    def skipped(self) -> int:
        """How many frames could not be decoded, so far as is known."""
        return max(self.errors, self.packets - self.decoded if self.complete else 0)

    @property
    def restarts(self) -> int:
        """How often its clock started anew."""
        return self._continuity.restarts

    @property
    def time_of_day(self) -> Fraction | None:
        """The time of day of the time stamp 0, in seconds since 1970, where the sender says it (RTCP), else None."""
        told = self._container.start_time_realtime if self._continuity.shift == 0 else None
        return Fraction(told, 1_000_000) if told else None

    def frames(self) -> Iterator[tuple[Fraction, VideoFrame]]:
        """(seconds since the first frame, frame); FileError if not one can be decoded."""
        last: Fraction | None = None
        _ = self.rate  # which may read packets ahead: they have their turn below
        try:
            for packet in self._read:
                if packet.stream.type == "audio":
                    self._hear(packet)
                    continue
                if self._late(packet) and self.newest:
                    self.newest.dropped += 1
                    continue
                begun = perf_counter()
                self.packets += packet.size > 0
                found = self._decode(packet)
                self.seconds += perf_counter() - begun
                for decoded in found:
                    if self.live and decoded.pts is None and self._start is None:
                        continue  # the first of RTSP may come before its time is known
                    begun = perf_counter()
                    time = self._time(decoded)
                    if last is not None and time <= last:
                        self.repeated += 1
                        continue
                    last = time
                    frame = self._frame(decoded)
                    self.begun.set()
                    self.seconds += perf_counter() - begun
                    yield time, frame
        finally:
            self.begun.set()
        self.complete = not self._closing.is_set()
        if not self.decoded and self.complete:
            raise FileError(self.name, "not one frame can be decoded", "check that it plays in a video player")

    def examples(self, all: bool) -> Generator[Picture]:
        """Frames of a gray video deeper than 8 bits, all or about EXAMPLES, to find a display range: one more reading.

        Of a camera nothing can be known beforehand, but that its values may be shown in a given range.
        """
        if self._video.pix_fmt not in DEEP_GRAYS:
            return
        if not can_be_read_again(self.name):
            yield Picture(np.array([[0, 65535]], np.uint16))
            return
        step = 1 if all else max(1, (self.count or 1) // EXAMPLES)
        with closing(self.again()) as once_more:
            yield from (Picture(frame.luma) for i, (_, frame) in enumerate(once_more.frames()) if i % step == 0)

    @property
    def known(self) -> bool:
        """Whether it can be read again, so that all of it can be known beforehand."""
        return can_be_read_again(self.name)

    def again(self) -> "VideoSource":
        """The same file, opened once more."""
        return VideoSource(self.name, self._format, lambda text: None)

    def keep_sound(self) -> None:
        """Read the sound too, for somebody who takes it from `sound`. To be called before `frames`."""
        self.sound_streams = list(self._container.streams.audio)

    def rest_of_sound(self, end: Fraction) -> None:
        """Read on until the packets of sound reach a time, in seconds since the first frame. Not with `frames`."""
        for packet in self._read if self.sound_streams else ():
            time = Fraction(packet.pts or 0) * packet.time_base - self.start
            if packet.stream.type == "audio":
                self._hear(packet)
            if time > end + (0 if packet.stream.type == "audio" else 2):
                return

    @property
    def start(self) -> Fraction:
        """The time of the first frame in the file's own clock."""
        return self._start or Fraction(0)

    def stop(self) -> None:
        """Read no more: whoever takes frames sees their end. Returns at once."""
        self._closing.set()
        if self._packets:
            self._packets.stop()

    def close(self) -> None:
        """Stop, and give back what is open; a camera that holds its thread goes with the process."""
        self.stop()
        if self._packets is None or self._packets.ended():
            self._container.close()

    def _arriving(self) -> Iterator[Any]:
        """Packets of pictures and sound, of one connection after the other, with times that go on."""
        from av.error import ExitError, FFmpegError

        while True:
            begun, lost = monotonic(), "it ended"
            try:
                for packet in self._container.demux(self._video, *self._container.streams.audio):
                    if packet.size:
                        now = monotonic()
                        self._stamp(packet, now, now - begun)
                    if packet.size or packet.stream.type == "video":
                        yield packet
                    begun = monotonic()
            except FFmpegError as error:
                silent = isinstance(error, ExitError)  # which PyAV's timeout raises
                lost = f"silent for {TIMEOUT} s" if silent else error.strerror or str(error)
                if not (self.live and self._reconnect):
                    self._warn(f"{self.name}: reading ended early ({lost})")
            if not self._connected_again(lost):
                return

    def _connected_again(self, lost: str) -> bool:
        if not (self.live and self._reconnect) or self._closing.is_set():
            return False
        self._warn(f"{self.name}: no more frames ({lost}): connecting again, for {self._reconnect:g} s at most")
        begun, (pause, longest) = monotonic(), PAUSES
        while (passed := monotonic() - begun) < self._reconnect:
            if self._closing.wait(min(pause, self._reconnect - passed)):
                return False
            pause = min(2 * pause, longest)
            try:
                container, before = open_video(self.name, self._format), self._container
                self._container = container
                try:
                    self._video = self._pictures()
                except FileError:
                    self._container = before
                    container.close()
                    continue
            except FileError:
                continue
            # The packets of the connection before hold its container until they are decoded.
            self.reconnects += 1
            self.away += monotonic() - begun
            self._continuity.begin_anew()
            return True
        self._warn(f"{self.name}: no connection within {self._reconnect:g} s: it ends here")
        return False

    def _stamp(self, packet: Any, now: float, waited: float) -> None:
        """Bring the times of a packet onto the one clock, and note when it arrived."""
        video = packet.stream.type == "video"
        if self._timed and video:
            packet.pts = packet.dts = round(now / MICROSECOND)
        tick = MICROSECOND if self._timed and video else Fraction(packet.time_base)
        stamp = packet.pts if packet.dts is None else packet.dts
        if stamp is None:
            return
        if not self._timed:
            shift = self._continuity(packet.stream.index, stamp * tick, (packet.duration or 0) * tick, now) / tick
            packet.pts = None if packet.pts is None else packet.pts + round(shift)
            packet.dts = None if packet.dts is None else packet.dts + round(shift)
        if video and (stamp := packet.dts if packet.pts is None else packet.pts) is not None:
            if self._seen is not None:
                self._seen.append((stamp * tick, waited > WAITED))
            if self.live:
                self.clock.arrived(stamp * tick, now, waited)

    def _late(self, packet: Any) -> bool:
        """Whether a packet need not be decoded: newer ones wait, and no other frame needs this one."""
        late = packet.size and self.newest and self._packets and self._packets.waiting > LATE
        return bool(late) and self._video.codec_context.codec.intra_only

    def _hear(self, packet: Any) -> None:
        if self.sound_streams:
            self.sound.append((Fraction(packet.pts or 0) * packet.time_base, packet))

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
        time = frame.pts * (self._tick if self._timed else Fraction(frame.time_base))
        if self._start is None:
            self._start = self._first_time(time)
        time -= self._start
        # A container may round times, Matroska to 1/1000 s: where the rate fits, it says what was meant.
        meant = round(time * self.rate) / self.rate
        return meant if abs(meant - time) <= self._tick else time

    def _first_time(self, time: Fraction) -> Fraction:
        """The time from which times count: where the file begins, even if its first frame cannot be decoded."""
        stated = self._video.start_time
        if self.live or stated is None:
            return time
        begin = stated * Fraction(self._video.time_base)
        return begin if begin <= time <= begin + 60 else time

    def _frame(self, frame: Any) -> VideoFrame:
        data = frame.side_data.get("DISPLAYMATRIX")
        if data is not None:
            self._turn = np.frombuffer(data, np.int32).reshape(3, 3)[:2, :2]
        luma, chroma, bits, tags = planes(frame)
        if self._turn is not None:
            luma = upright(luma, self._turn)
            chroma = chroma and (upright(chroma[0], self._turn), upright(chroma[1], self._turn))
        return VideoFrame(luma, chroma, bits, tags)


def _is_cover(stream: Any) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)
