"""FLIR's FFF, SEQ and CSQ files: one thermal picture, or the frames of a recording, one after the other."""

import mmap
import struct
import warnings
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.files import FileError, as_path
from aefusion.image.fff import CAMERA, MAGIC, NoTemperatures, byte_order, directory, records, temperatures
from aefusion.image.flir import CELSIUS
from aefusion.image.picture import Picture

_TIME, _RATE = 0x384, 0x464
"""Where a camera's record states the time of its picture, and the frame rate."""


class FlirSequence:
    """The frames of a FLIR file as pictures of measured values; nothing but their places is read before its turn.

    FileError where the file is none, or holds no frame.

    Example: ``for frame in FlirSequence("flight.seq"): print(frame.pixels.max())``, in degrees Celsius.
    """

    def __init__(self, path: str | PathLike[str], warn: Callable[[str], object] = warnings.warn):
        self.path, self._warn = as_path(path, "a FLIR sequence"), warn
        try:
            with self.path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise FileError(self.path, f"cannot be read ({error})", "check the path and the file") from None
        self._places = list(_places(memoryview(self._data)))
        if not self._places:
            raise FileError(self.path, "no FLIR file, or damaged at its beginning", "copy it again")
        if sum(self._places[-1]) > len(self._data):
            self._places.pop()
            if not self._places:
                raise FileError(self.path, "cut off, it holds no whole frame", "copy it again")
            warn(f"{self.path}: cut off, {len(self)} frame{'s' * (len(self) > 1)} of it are whole")

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Picture]:
        """Every frame; one that cannot be read is left out with a warning."""
        for i in range(len(self)):
            try:
                yield self[i]
            except FileError as error:
                self._warn(f"{error}; frame {i} is left out")

    def __getitem__(self, i: int) -> Picture:
        """One frame: float32 (H, W) degrees Celsius, as `Picture.measured`. FileError if it cannot be read."""
        kept = self.records(i)
        try:
            values, empty = temperatures(kept, lambda said: self._warn(f"{self.path}: {said}"))
        except ValueError as error:
            wrong, _, advice = str(error).rpartition(": ")
            raise FileError(self.path, wrong, advice) from None
        alpha = None if empty is None else (~empty).astype(np.float32)
        return Picture(values, alpha, measured=True, unit=CELSIUS)

    def records(self, i: int) -> dict[int, bytes]:
        """The records of a frame by their kind; a calibration that stands in the first frame alone is that of all."""
        file = memoryview(self._data)
        first, kept = (records(file, self._places[place][0]) for place in (0, i))
        return {CAMERA: first.get(CAMERA, b""), **kept}

    @property
    def rate(self) -> float | None:
        """Frames a second, by the times of the first and the last frame, else as the camera states it; or None."""
        first, last = (self.time(i) for i in (0, -1))
        if first and last and last > first:
            return (len(self) - 1) / (last - first)
        camera = self.records(0).get(CAMERA, b"")
        try:
            return float(struct.unpack_from(f"{byte_order(camera)}H", camera, _RATE)[0]) or None
        except struct.error:
            return None

    def time(self, i: int) -> float | None:
        """When a frame was taken, in seconds since 1970 UTC; None where the file does not say so."""
        camera = self.records(i).get(CAMERA, b"")
        try:
            seconds, more = struct.unpack_from(f"{byte_order(camera)}2I", camera, _TIME)
        except struct.error:
            return None
        return seconds + (more & 0xFFFF) / 1000 if seconds else None


def frames(path: str | PathLike[str], warn: Callable[[str], object] = warnings.warn) -> Iterator[Picture]:
    """The frames of a SEQ, CSQ or FFF file in their order, as pictures of measured values: see `FlirSequence`."""
    return iter(FlirSequence(path, warn))


def is_sequence(path: str | PathLike[str]) -> bool:
    """Whether a file begins as FLIR's FFF, SEQ and CSQ files do."""
    try:
        with Path(path).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _places(data: memoryview) -> Iterator[tuple[int, int]]:
    """Where each frame begins, and how long it is."""
    at = 0
    while data[at : at + len(MAGIC)] == MAGIC:
        try:
            size = directory(data, at)[1]
        except NoTemperatures:
            return
        yield at, size
        at += size
