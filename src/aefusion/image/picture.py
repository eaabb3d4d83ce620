"""A picture as it is read and written: pixels, transparency, metadata."""

from dataclasses import dataclass, field

import numpy as np

from aefusion.image.scale import Scale


@dataclass(frozen=True)
class Metadata:
    """What a file says beside its pixels; empty bytes where it says nothing.

    `read` turns the pixels upright and sets the orientation in here to 1; `write` makes sure of that.
    """

    exif: bytes = b""
    """An EXIF block from its TIFF header on, without the leading 'Exif' of a JPEG segment."""
    icc: bytes = b""
    """A colour profile."""
    xmp: bytes = b""
    """An XMP packet."""
    scale: Scale | None = None
    """How large a pixel is."""


@dataclass(frozen=True)
class Picture:
    """One picture, upright, colours in the order red, green, blue.

    >>> Picture(np.zeros((2, 3), np.uint8)).is_colour
    False
    """

    pixels: np.ndarray
    """(H, W) gray or (H, W, 3) RGB; uint8 or uint16 over their whole range, or float32 in [0, 1]."""
    alpha: np.ndarray | None = None
    """(H, W), the dtype of the pixels, 0 = transparent, not multiplied into the pixels; None = opaque."""
    metadata: Metadata = field(default_factory=Metadata)
    measured: bool = False
    """Whether the pixels are measured values and no picture yet: float32 (H, W) in the unit of the file, such as
    degrees Celsius; `thermal.shown` makes a picture of them."""
    unit: str = ""
    """What measured values are, in words: "degrees Celsius"."""
    kind: str = ""
    """The dtype in which the file stored measured values, by its name: "int16"; empty where it was another."""

    def __post_init__(self):
        for array in (self.pixels, self.alpha):
            if array is not None and not isinstance(array, np.ndarray):
                raise ValueError(f"a {type(array).__name__} for pixels or alpha: expected a NumPy array")
        shape, dtype = self.pixels.shape, self.pixels.dtype
        if not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)) or 0 in shape:
            raise ValueError(f"pixels of shape {shape}: expected (H, W) or (H, W, 3), not empty")
        if dtype not in (np.uint8, np.uint16, np.float32):
            raise ValueError(f"pixels of dtype {dtype}: expected uint8, uint16 or float32")
        if self.alpha is not None and (self.alpha.shape != shape[:2] or self.alpha.dtype != dtype):
            raise ValueError(f"alpha {self.alpha.shape} {self.alpha.dtype}: expected {shape[:2]} {dtype} as the pixels")

    @property
    def is_colour(self) -> bool:
        """Whether there are three channels; they may still be equal, see `colour.counts_as_gray`."""
        return self.pixels.ndim == 3
