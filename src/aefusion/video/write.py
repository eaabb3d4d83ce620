"""Writing a video: the name of a file appears when it is whole; an address or a pipe gets each frame at once."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from time import monotonic, perf_counter, sleep
from typing import Any

from aefusion.files import FileError, part_name
from aefusion.video.frame import Frame, tag
from aefusion.video.target import Target, chosen_encoder

OF_THE_CONTAINER = ("major_brand", "minor_version", "compatible_brands", "encoder")
"""Metadata that say how a file is made, not what it shows."""
JOINING = 2
"""Seconds from one key frame to the next in what is sent: so long somebody who joins sees nothing."""


class VideoSink:
    """Writes frames with their times, and the sound of a source as it is.

    ``encoder``: a name and its options, "libx265,preset=fast,crf=20"; by the target, if not given. ``source``: whose
    rate, times, shape of pixels, metadata and sound are kept. A file has no name until `close`. Frames that are sent to
    an address are sent at their times, if the source does not come at its own pace.
    """

    def __init__(
        self,
        target: Target,
        encoder: str | None,
        source: Any,
        *,
        strip: bool = False,
        about: str = "",
        warn: Callable[[str], object] = warnings.warn,
    ):
        self._warn = warn
        self.target, self.source, self.strip, self.about = target, source, strip, about
        self.encoder, options = chosen_encoder(target, encoder)
        if self.encoder == "libx265":  # which writes a page of statistics on standard error
            options |= {"x265-params": ":".join(["log-level=error", *filter(None, [options.get("x265-params")])])}
        if target.at_once:
            options = {"g": str(max(1, round(JOINING * source.rate)))} | options
        self.options, self.seconds, self.bits = options, 0.0, 8
        self._part = part_name(target.path) if target.path else None
        self._paced = target.is_address and not source.live
        self._container: Any = None
        self._video: Any = None
        self._first = self._end = Fraction(0)
        self._begun = 0.0
        source.keep_sound()

    @property
    def parts(self) -> list[Any]:
        """The files that are written."""
        return [self.target.path] if self.target.path else []

    def write(self, time: Fraction, frame: Frame, rate: Fraction) -> None:
        """Encode a frame; the first one says size, depth and colour of all."""
        begun = perf_counter()
        if not self._container:
            self._first, self._begun = time, monotonic()
            self._open(frame)
        encoded = frame.to_av(self.bits)
        encoded.pts, encoded.time_base = round((time - self._first) / self._base), self._base
        if self._paced and (early := self._begun + float(time - self._first) - monotonic()) > 0:
            sleep(early)
            begun += early
        self._mux(self._video.encode(encoded))
        self._end = time + 1 / rate
        self._sound(time)
        self.seconds += perf_counter() - begun

    def close(self, *, whole: bool) -> None:
        """Finish the file and give it its name; ``whole``: first read on for sound that belongs to the last frames."""
        if self._container is None:
            return
        begun = perf_counter()
        if whole:
            self.source.rest_of_sound(self._end)
        self._mux(self._video.encode())
        self._sound(self._end)
        from av.error import FFmpegError

        try:
            self._container.close()
        except (FFmpegError, OSError) as error:
            raise self._failed(error) from None
        if self._part and self.target.path:
            self._part.replace(self.target.path.resolve())
        self.seconds += perf_counter() - begun

    def abort(self) -> None:
        """Leave nothing behind."""
        if self._container is not None:
            from av.error import FFmpegError

            with suppress(FFmpegError):  # it may be what made the writing fail
                self._container.close()
        if self._part:
            self._part.unlink(missing_ok=True)

    def _open(self, frame: Frame) -> None:
        import av
        from av.error import FFmpegError

        target = self.target
        try:
            self._container = av.open(
                str(self._part or target.place), "w", format=target.muxer, options=dict(target.options)
            )
        except (FFmpegError, ValueError) as error:
            raise self._failed(error) from None
        if not self.strip:
            kept = {key: text for key, text in self.source.metadata.items() if key not in OF_THE_CONTAINER}
            self._container.metadata.update(kept)
            self._container.metadata["comment"] = self.about
        rate = self.source.rate.limit_denominator(1001000)
        video = self._container.add_stream(self.encoder, rate=rate, options=self.options)
        formats = {form.name for form in video.codec.video_formats or ()}
        deep = frame.depth != "uint8"
        self.bits = 10 if deep and "yuv420p10le" in formats else 8
        if deep and self.bits == 8:
            self._warn(f"{target.name}: {self.encoder} has 8 bits only: see `encoder`")
        first = frame.to_av(self.bits)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = first.width, first.height, first.format.name
        context.time_base = self._base = self.source.time_base
        shape = self.source.pixel_shape
        context.sample_aspect_ratio = 1 / shape if self.source.turned else shape
        tag(context, frame.tags)
        if self.encoder == "libx265" and target.options.get("movflags"):
            video.codec_tag = "hvc1"  # what Apple's players ask for
        try:
            context.open()
        except (FFmpegError, ValueError) as error:
            of = " ".join(f"{key}={value}" for key, value in self.options.items())
            wrong = f"cannot be encoded by {self.encoder} {of} ({error})"
            raise FileError(target.name, wrong, "see `encoder`") from None
        self._video = video
        self._streams = {}
        for stream in self.source.sound_streams:
            if stream.codec_context.name in self._container.supported_codecs:
                self._streams[stream.index] = self._container.add_stream_from_template(stream)
            else:
                where = target.path.suffix if target.path else self._container.format.name
                self._warn(
                    f"{target.name}: sound ({stream.codec_context.name}) does not fit in {where}, left out: write .mkv"
                )

    def _mux(self, packets: Any) -> None:
        from av.error import FFmpegError

        try:
            self._container.mux(packets)
        except BrokenPipeError:
            raise
        except (FFmpegError, OSError) as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> Exception:
        why = getattr(error, "strerror", None) or error
        if type(error).__name__ == "ProtocolNotFoundError":
            kind = self.target.place.partition("://")[0]
            wrong = f"cannot be written: PyAV as it is installed has no {kind}://"
            return FileError(self.target.name, wrong, "send it as udp://... to a program that passes it on")
        advice = "choose another place or make room" if self.target.path else "check that somebody receives there"
        return FileError(self.target.name, f"cannot be written ({why})", advice)

    def _sound(self, until: Fraction) -> None:
        """Write the packets of sound that begin before a time."""
        origin = self.source.start + self._first
        while self.source.sound and self.source.sound[0][0] - origin < until - self._first:
            time, packet = self.source.sound.popleft()
            out = self._streams.get(packet.stream.index)
            # A decoder of sound needs what lies just before the first sample.
            if out is None or time - origin < -Fraction(1, 10):
                continue
            shift = round(origin / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts = None if packet.dts is None else packet.dts - shift
            packet.stream = out
            self._mux(packet)
