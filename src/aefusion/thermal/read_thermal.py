"""Reading what a thermal camera measured."""

import warnings
from collections.abc import Callable, Iterator
from os import PathLike

import numpy as np

from aefusion.files import FileError, as_path
from aefusion.image import Picture, read
from aefusion.image.dead_pixels import cleaned
from aefusion.image.flir import CELSIUS
from aefusion.image.flir_sequence import FlirSequence, is_sequence
from aefusion.image.thermal import counts_look_thermal, without_data
from aefusion.thermal.thermogram import Thermogram


def read_thermal(
    path: str | PathLike[str],
    *,
    per_kelvin: float | None = None,
    warn: Callable[[str], object] = warnings.warn,
) -> Iterator[Thermogram]:
    """What a file measured: one for a picture, one for each frame of a FLIR sequence.

    ``path``: a radiometric JPEG of FLIR or DJI, a FLIR FFF, SEQ or CSQ file, a TIFF of temperatures, or 16-bit gray
    counts (PNG, TIFF). Degrees Celsius where the file says how, else the numbers of the file. ``per_kelvin``: so many
    counts are a kelvin, from absolute zero on: 100 for cameras that write hundredths of a kelvin; it holds where the
    unit would be counts. ``warn`` is called with
    one line for what was noticed. FileError, when the first is asked for, if there are none.

    Example: ``hottest = max(float(np.nanmax(one.values)) for one in read_thermal("flight.seq"))``
    """
    path = as_path(path, "a thermal picture")
    if per_kelvin is not None and not per_kelvin > 0:
        raise ValueError(f"per_kelvin {per_kelvin:g}: expected more than 0")
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        warn(text)

    if is_sequence(path):
        for frame in FlirSequence(path, tell):
            yield _thermogram(frame, told)
            told.clear()
        return
    picture = read(path, measured=True, warn=tell)
    if not (picture.measured or (picture.pixels.dtype == np.uint16 and not picture.is_colour)):
        wrong = "holds no temperatures, only a picture"
        raise FileError(path, wrong, "give the original radiometric file, or 16-bit gray")
    if not picture.measured and counts_look_thermal(picture.pixels):
        clean = cleaned(picture.pixels, without_data(picture))
        picture = Picture(clean.pixels, _alpha(clean.empty), picture.metadata)
        if clean.filled:
            tell(f"{path}: {clean.filled} dead pixel{'s' * (clean.filled > 1)} filled from the neighbours")
    yield _thermogram(picture, told, per_kelvin)


def _thermogram(picture: Picture, said: list[str], per_kelvin: float | None = None) -> Thermogram:
    values, empty = picture.pixels.astype(np.float32), without_data(picture)
    unit = picture.unit or "counts"
    if unit == "counts" and per_kelvin:
        values, unit = values / np.float32(per_kelvin) - np.float32(273.15), CELSIUS
    if empty is not None:
        values = np.where(empty, np.float32(np.nan), values)
    return Thermogram(values, unit, picture.metadata, tuple(said))


def _alpha(empty: np.ndarray | None) -> np.ndarray | None:
    return None if empty is None else np.where(empty, 0, 65535).astype(np.uint16)
