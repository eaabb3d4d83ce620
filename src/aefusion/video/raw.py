"""Raw frames without headers: bytes become a frame, and a frame becomes bytes."""

from dataclasses import dataclass
from math import prod

import numpy as np

from aefusion.image import Picture
from aefusion.image.colour import luminance
from aefusion.image.depth import to_depth
from aefusion.video.frame import Tags, VideoFrame
from aefusion.video.luma_range import compressed, expanded

FORMATS: dict[str, tuple[str, int]] = {
    "gray8": ("u1", 1), "gray16le": ("<u2", 1), "rgb24": ("u1", 3), "bgr24": ("u1", 3), "nv12": ("u1", 0),
    "yuv420p": ("u1", 0),
}  # fmt: skip
"""NumPy's type and the number of channels; 0 for luma and chroma of half the size, in limited range."""


@dataclass(frozen=True)
class RawFormat:
    """Frames of one format and size, rows from the top, without padding.

    >>> RawFormat("nv12", 5, 4).size, RawFormat("gray16le", 5, 4).size
    (32, 40)
    """

    pixels: str
    width: int
    height: int

    def __post_init__(self):
        if self.pixels not in FORMATS:
            raise ValueError(f"pixels {self.pixels!r}: expected {', '.join(FORMATS)}")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"size {self.width}x{self.height}: expected 1x1 or more")

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the luma or of the pixels."""
        channels = FORMATS[self.pixels][1]
        return (self.height, self.width, 3) if channels == 3 else (self.height, self.width)

    @property
    def _half(self) -> tuple[int, int]:
        return -(-self.height // 2), -(-self.width // 2)

    @property
    def with_chroma(self) -> bool:
        """Whether a frame is luma and chroma."""
        return FORMATS[self.pixels][1] == 0

    @property
    def size(self) -> int:
        """Bytes of a frame."""
        chroma = 2 * prod(self._half) if self.with_chroma else 0
        return prod(self.shape) * np.dtype(FORMATS[self.pixels][0]).itemsize + chroma

    def frame(self, data: bytearray | bytes) -> Picture | VideoFrame:
        """The frame of its bytes, which are not copied."""
        values = np.frombuffer(data, FORMATS[self.pixels][0])
        if not self.with_chroma:
            pixels = values.reshape(self.shape)
            return Picture(np.ascontiguousarray(pixels[..., ::-1]) if self.pixels == "bgr24" else pixels)
        luma, rest = values[: self.width * self.height].reshape(self.shape), values[self.width * self.height :]
        by_pixel = self.pixels == "nv12"
        cb, cr = rest.reshape(*self._half, 2).transpose(2, 0, 1) if by_pixel else rest.reshape(2, *self._half)
        return VideoFrame(expanded(luma, 8, False), (cb, cr), 8, Tags())

    def data(self, frame: Picture | VideoFrame) -> np.ndarray:
        """The bytes of a frame of this size, uint8: a picture for formats of gray or RGB, else luma and chroma."""
        if isinstance(frame, VideoFrame):
            luma = np.empty(self.shape, np.uint8)
            compressed(frame.luma, 8, False, luma)
            chroma = np.stack(frame.chroma or (), axis=-1 if self.pixels == "nv12" else 0)
            return np.concatenate([luma.ravel(), chroma.ravel()])
        pixels, (kind, channels) = frame.pixels, FORMATS[self.pixels]
        if channels == 1 and pixels.ndim == 3:
            pixels = luminance(pixels)
        elif channels == 3 and pixels.ndim == 2:
            pixels = np.repeat(pixels[..., None], 3, axis=2)
        pixels = to_depth(pixels, np.dtype(kind).newbyteorder("="))
        pixels = pixels[..., ::-1] if self.pixels == "bgr24" else pixels
        return np.ascontiguousarray(pixels, kind).view(np.uint8).ravel()
