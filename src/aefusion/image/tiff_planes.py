"""The planes of a TIFF file: pages, ImageJ hyperstacks, OME-TIFF, LSM; through tifffile."""

import mmap
import struct
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from aefusion.image.picture import Picture
from aefusion.image.plane import Planes
from aefusion.image.scale import Scale
from aefusion.image.tiff import tiff_metadata
from aefusion.image.tiff_page import Stored, picture_of, stored_page
from aefusion.image.tiff_parts import Refused
from aefusion.image.tiff_scale import tiff_scale

_AXES = "PTCZ"
_OTHER = "QI"
"""What tifffile calls axes of no known meaning: pages one after the other."""


class TiffPlanes(Planes):
    """The planes of a TIFF file. A series of OME-TIFF in several files is read from all of them."""

    def __init__(self, path: Path):
        import tifffile

        self.path = path
        self._open: list[Any] = []
        weakref.finalize(self, _close, self._open)
        try:
            self._file: Any = tifffile.TiffFile(path)
            self._open.append(self._file)
            every: list[Any] = list(self._file.series)
        except Exception as error:  # A damaged file makes tifffile raise nearly anything.
            raise ValueError(f"damaged or cut off, it cannot be read as TIFF ({error}): copy it again") from None
        self._series = [one for one in every if not one.keyframe.is_reduced] or every
        first = self._series[0]
        if len({(one.shape, one.axes) for one in self._series}) > 1:
            self._series = [first]
        if first.kind not in ("ome",) and len(self._series) > 1:
            self._series = [first]
        self._inner = first.keyframe.axes
        self._outer, sizes = _outer(first)
        if "C" in self._inner:
            sizes["C"] = sizes.get("C", 1) * first.keyframe.shape[self._inner.index("C")]
        unknown = set(self._outer) - set(_AXES)
        if unknown:
            raise Refused(f"its planes are arranged along axes that are not known ({first.axes}): save it as OME-TIFF")
        self.positions = sizes.get("P", 1) * len(self._series)
        self.times, self.depth = sizes.get("T", 1), sizes.get("Z", 1)
        if self.depth == 1 and self.times > 1 and "Z" not in self._outer:  # ImageJ often takes one for the other
            self._outer, self.times, self.depth = self._outer.replace("T", "Z"), 1, self.times
            sizes = {("Z" if axis == "T" else axis): size for axis, size in sizes.items()}
        self._sizes = sizes
        self._description = str(self._file.pages[0].tags.valueof(270) or "")
        self.channels = _channel_names(self._file, self._description, sizes.get("C", 1))
        self.scale = _scale(self._file, self._description)
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        _check_directories(self._data)
        self._metadata = replace(tiff_metadata(self._data), scale=self.scale)

    def read(self, position: int, time: int, channel: int, z: int, warn: Callable[[str], object]) -> Picture:
        series = self._series[position if "P" not in self._outer else 0]
        wanted = {"P": position, "T": time, "C": channel, "Z": z}
        at = 0
        for axis in self._outer:
            at = at * self._sizes[axis] + wanted[axis]
        try:
            page = series[at]
            if page is not None and page.parent is not self._file and page.parent not in self._open:
                page.parent.filehandle.open()
                self._open.append(page.parent)
            stored = _stored(page, self._file, self._data, channel if "C" in self._inner else None, warn)
        except Refused:
            raise
        except Exception as error:
            raise ValueError(f"damaged or cut off, it cannot be decoded as TIFF ({error}): copy it again") from None
        return picture_of(stored._replace(scale=None), True, warn, self._metadata)


def _check_directories(data: Any) -> None:
    """ValueError where a page is said to lie behind the end of a file, which tifffile passes over."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    head, entry, offset = ("Q", 20, "Q") if big else ("H", 12, "I")
    at, seen = struct.unpack_from(f"{order}{offset}", data, 8 if big else 4)[0], set()
    while at and at not in seen:
        seen.add(at)
        try:
            end = at + struct.calcsize(head) + entry * struct.unpack_from(f"{order}{head}", data, at)[0]
            at = struct.unpack_from(f"{order}{offset}", data, end)[0]
        except struct.error:
            raise ValueError("cut off, a page of it lies behind its end: copy it again") from None


def _close(files: list[Any]) -> None:
    for file in files:
        file.close()


def _outer(series: Any) -> tuple[str, dict[str, int]]:
    """The axes along which pages lie, and their sizes."""
    count = len(series)
    inner = len(series.keyframe.shape)
    axes, shape = series.get_axes(squeeze=False), series.get_shape(squeeze=False)
    # The last axes are those of a page; what is left holds as many pages as there are.
    cut = len(axes)
    while cut > 0 and int(np.prod(shape[:cut])) > count:
        cut -= 1
    if int(np.prod(shape[:cut])) != count:
        axes, shape = series.axes, series.shape
        cut = len(axes) - inner
    pairs = [(axis, size) for axis, size in zip(axes[:cut], shape[:cut], strict=True) if size > 1]
    free = iter([axis for axis in "ZTC" if axis not in axes])
    named = [(next(free, axis) if axis in _OTHER else axis, size) for axis, size in pairs]
    return "".join(axis for axis, _ in named), dict(named)


def _stored(page: Any, file: Any, data: Any, sample: int | None, warn: Callable[[str], object]) -> Stored:
    if page is None:
        raise Refused("this plane is missing in the file: choose others")
    if sample is None and page.parent is file:
        try:
            return stored_page(page.aspage(), data, warn)
        except ValueError as error:
            if "virtual" not in str(error).lower():
                raise
    # A part of a large ImageJ stack that has no directory, a page of another file, or channels within a page.
    pixels = page.asarray()
    if sample is not None:
        pixels = np.take(pixels, sample, axis=page.keyframe.axes.index("C"))
    return Stored(np.ascontiguousarray(pixels), None, 1, None, None)


def _channel_names(file: Any, description: str, count: int) -> tuple[str, ...]:
    names: list[str] = []
    if file.is_ome:
        try:
            pixels = ElementTree.fromstring(file.ome_metadata.encode()).find(".//{*}Pixels")
            names = [] if pixels is None else [one.get("Name", "") for one in pixels.findall("{*}Channel")]
        except (ElementTree.ParseError, AttributeError):
            names = []
    elif file.is_lsm:
        names = list(((file.lsm_metadata or {}).get("ChannelColors") or {}).get("ColorNames", []))
    names = names if len(names) == count else [""] * count
    return tuple(name.strip() or str(i + 1) for i, name in enumerate(names))


def _scale(file: Any, description: str) -> Scale | None:
    if file.is_lsm:
        sizes = [float((file.lsm_metadata or {}).get(f"VoxelSize{axis}") or 0) * 1e6 for axis in "XYZ"]
        x, y, z = sizes
        return Scale((1 / x, 1 / y), "um", z or None) if x > 0 and y > 0 else None
    return tiff_scale(file.pages[0], description)
