"""Writing a video: the name appears when the file is whole."""

import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

from aefusion.files import FileError, part_name
from aefusion.video.frame import Frame, tag
from aefusion.video.read import named_options, require_av

H264 = ("libx264,preset=fast,crf=18", "libopenh264,b=8M")
# The first that PyAV was built with is used.
ENCODERS = {
    ".mp4": H264,
    ".m4v": H264,
    ".mov": H264,
    ".mkv": (*H264, "ffv1"),
    ".webm": ("libvpx-vp9,crf=24,b=0,deadline=realtime,cpu-used=6,row-mt=1", "libsvtav1,crf=24,preset=10"),
}
"""Suffixes that are written, each with encoders and their options."""
OF_THE_CONTAINER = ("major_brand", "minor_version", "compatible_brands", "encoder")
"""Metadata that say how a file is made, not what it shows."""


class VideoSink:
    """Writes frames with their times, and the sound of a source as it is.

    ``encoder``: a name and its options, "libx265,preset=fast,crf=20"; by the suffix, if not given. ``source``: whose
    rate, times, shape of pixels, metadata and sound are kept. Nothing is under the name until `close`.
    """

    def __init__(
        self,
        path: Path,
        encoder: str | None,
        source: Any,
        *,
        strip: bool = False,
        about: str = "",
        warn: Callable[[str], object] = warnings.warn,
    ):
        self._warn = warn
        self.path, self.source, self.strip, self.about = path, source, strip, about
        self.encoder, options = chosen_encoder(path, encoder)
        if self.encoder == "libx265":  # which writes a page of statistics on standard error
            options |= {"x265-params": ":".join(["log-level=error", *filter(None, [options.get("x265-params")])])}
        self.options, self.seconds, self.bits = options, 0.0, 8
        self._part = part_name(path)
        self._container: Any = None
        self._video: Any = None
        self._first = self._end = Fraction(0)
        source.keep_sound()

    def write(self, time: Fraction, frame: Frame, rate: Fraction) -> None:
        """Encode a frame; the first one says size, depth and colour of all."""
        begun = perf_counter()
        if not self._container:
            self._first = time
            self._open(frame)
        encoded = frame.to_av(self.bits)
        encoded.pts, encoded.time_base = round((time - self._first) / self._base), self._base
        self._container.mux(self._video.encode(encoded))
        self._end = time + 1 / rate
        self._sound(time)
        self.seconds += perf_counter() - begun

    def close(self, *, whole: bool) -> None:
        """Finish the file and give it its name; ``whole``: first read on for sound that belongs to the last frames."""
        begun = perf_counter()
        if whole:
            self.source.rest_of_sound(self._end)
        self._container.mux(self._video.encode())
        self._sound(self._end)
        self._container.close()
        self._part.replace(self.path.resolve())
        self.seconds += perf_counter() - begun

    def abort(self) -> None:
        """Leave nothing behind."""
        if self._container is not None:
            from av.error import FFmpegError

            with suppress(FFmpegError):  # it may be what made the writing fail
                self._container.close()
        self._part.unlink(missing_ok=True)

    def _open(self, frame: Frame) -> None:
        import av
        from av.error import FFmpegError

        fast = {"movflags": "faststart"} if self.path.suffix.lower() in (".mp4", ".m4v", ".mov") else {}
        form = "mp4" if self.path.suffix.lower() == ".m4v" else None
        self._container = av.open(str(self._part), "w", format=form, options=fast)
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
            self._warn(f"{self.path}: {self.encoder} has 8 bits only: see `encoder`")
        first = frame.to_av(self.bits)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = first.width, first.height, first.format.name
        context.time_base = self._base = self.source.time_base
        shape = self.source.pixel_shape
        context.sample_aspect_ratio = 1 / shape if self.source.turned else shape
        tag(context, frame.tags)
        if self.encoder == "libx265" and fast:
            video.codec_tag = "hvc1"  # what Apple's players ask for
        try:
            context.open()
        except (FFmpegError, ValueError) as error:
            of = " ".join(f"{key}={value}" for key, value in self.options.items())
            raise FileError(self.path, f"cannot be encoded by {self.encoder} {of} ({error})", "see `encoder`") from None
        self._video = video
        self._streams = {}
        for stream in self.source.sound_streams:
            if stream.codec_context.name in self._container.supported_codecs:
                self._streams[stream.index] = self._container.add_stream_from_template(stream)
            else:
                self._warn(
                    f"{self.path}: sound ({stream.codec_context.name}) does not fit in {self.path.suffix}, left out: "
                    "write .mkv"
                )

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
            self._container.mux(packet)


def chosen_encoder(path: Path, encoder: str | None) -> tuple[str, dict[str, str]]:
    """The encoder for a path and its options; FileError, or ValueError for the encoder, where it cannot be written.

    To be called before long work.
    """
    require_av()
    import av

    if path.suffix.lower() not in ENCODERS:
        known = ", ".join(ENCODERS)
        raise FileError(path, f"the suffix {path.suffix!r} is not known", f"end it in {known}, or give a folder")
    if not path.parent.is_dir():
        raise FileError(path, f"there is no folder {path.parent}", "make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise FileError(path, "cannot be written (permission denied)", "choose another place")
    for one in (encoder,) if encoder else ENCODERS[path.suffix.lower()]:
        name, options = named_options(one)
        try:
            if av.Codec(name, "w").type == "video":
                return name, options
        except ValueError:
            continue
    raise ValueError(f"encoder {encoder!r}: this PyAV has none of that name; known are for example libx264, libx265")
