"""Videos for tests."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from aefusion.cli import main
from aefusion.fusion.fuser import Fuser
from aefusion.video.frame import plane_of

av = pytest.importorskip("av")
av = pytest.importorskip("av")
NTSC = Fraction(30000, 1001)
SECOND = Fuser(method=lambda a, b: b)  # shows which frame of the second was taken


def make(
    path, frames, *, rate=NTSC, codec="ffv1", form="yuv420p", options=None, rotation=0, setup=None, sound=0, times=None
):
    """A video of planes, each frame a list of (Y, Cb, Cr), or (Y,) for gray."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.height, stream.width = frames[0][0].shape
        stream.pix_fmt = form
        if rotation:
            stream.set_display_rotation(rotation)
        for name, value in (setup or {}).items():
            setattr(stream.codec_context, name, value)
        beep = container.add_stream("aac", rate=48000) if sound else None
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        for i, planes in enumerate(frames):
            frame = av.VideoFrame(stream.width, stream.height, form)
            for k, plane in enumerate(planes):
                plane_of(frame, k, 8 if plane.dtype == np.uint8 else 16)[...] = plane
            if times:
                frame.pts, frame.time_base = times[i], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if beep:
            wave = np.sin(np.arange(int(48000 * sound)) / 20).astype(np.float32)
            for at in range(0, len(wave), 1024):
                frame = av.AudioFrame.from_ndarray(wave[None, at : at + 1024], "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
                container.mux(beep.encode(frame))
            container.mux(beep.encode())
    return str(path)


def flat(values, size=(48, 64)):
    """Frames of one gray each, as stored, neutral in colour."""
    half = np.full((size[0] // 2, size[1] // 2), 128, np.uint8)
    return [(np.full(size, value, np.uint8), half, half) for value in values]


def planes_of(path):
    """(times, frames as stored) of a video."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    bits = frames[0].format.components[0].bits
    planes = [[plane_of(f, k, bits).copy() for k in range(len(f.planes))] for f in frames]
    return [f.pts * f.time_base for f in frames], planes


def moving_scenes():
    """Stored planes of two moving scenes with colour, 8 bit, limited range: 6 frames of 64x48."""
    from skimage import data

    colour = cv2.cvtColor(data.astronaut()[100:200, 100:220], cv2.COLOR_RGB2YCrCb)
    other = data.camera()[100:200, 100:220]
    a, b = [], []
    for i in range(6):
        y, cr, cb = cv2.split(colour[i : i + 48, 2 * i : 2 * i + 64])
        a.append(
            (np.uint8(16 + y * (219 / 255)), np.ascontiguousarray(cb[::2, ::2]), np.ascontiguousarray(cr[::2, ::2]))
        )
        y = other[i : i + 48, i : i + 64]
        b.append((np.uint8(16 + y * (219 / 255)), *flat([0])[0][1:]))
    return a, b


def damage(path, number):
    """Overwrite the middle of one packet."""
    with av.open(path) as container:
        packet = [(p.pos, p.size) for p in container.demux(video=0) if p.size][number]
    data = bytearray(Path(path).read_bytes())
    position, size = packet
    data[position + size // 10 : position + size] = np.random.default_rng(1).bytes(size - size // 10)
    Path(path).write_bytes(data)


def main_status(*arguments) -> int | str | None:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as stopped:
        return stopped.code
    return None
