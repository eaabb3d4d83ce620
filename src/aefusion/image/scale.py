"""How large a pixel is, in print, on the sample or on the ground: kept from the sources to the result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

METRES = {"inch": 0.0254, "m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "pm": 1e-12}
"""The units of length that are known, in metres."""
PRINTED = ("inch", "cm")
"""Those that TIFF, JPEG and EXIF have a number for."""
_NAMES = {"micron": "um", "microns": "um", "micrometer": "um", "\\u00b5m": "um", "µm": "um", "μm": "um", "in": "inch"}
_PIXEL_SCALE, _TIE_POINTS, _MATRIX, _KEYS = 33550, 33922, 34264, 34735
_RASTER_TYPE, _IS_POINT = 1025, 2

GeoTag = tuple[int, Any, int, Any]
"""Code, type, count and value of a TIFF tag, as tifffile reads and writes it."""


@dataclass(frozen=True)
class Scale:
    """How large a pixel is. The two numbers are those of an upright picture.

    >>> Scale((300, 300), "inch").of_size((100, 80), (50, 40)).density
    (150.0, 150.0)
    """

    density: tuple[float, float] | None = None
    """How many pixels there are to a unit, across and down."""
    unit: str = ""
    """A key of METRES; empty where only the shape of a pixel is known."""
    step: float | None = None
    """The distance from one plane of a stack to the next, in that unit."""
    geo: tuple[GeoTag, ...] = ()
    """The tags of GeoTIFF and GDAL that place a picture on the ground."""

    def __post_init__(self):
        object.__setattr__(self, "unit", known_unit(self.unit))

    def in_unit(self, unit: str) -> tuple[float, float] | None:
        """The density for another unit of length; None where the size of a pixel is not known."""
        if self.density is None or not self.unit:
            return None
        factor = METRES[unit] / METRES[self.unit]
        return self.density[0] * factor, self.density[1] * factor

    def of_size(self, before: Sequence[int], after: Sequence[int]) -> "Scale":
        """That of a picture which was resized; the sizes are heights and widths."""
        down, across = after[0] / before[0], after[1] / before[1]
        density = self.density and (self.density[0] * across, self.density[1] * down)
        return replace(self, density=density, geo=_geo_resized(self.geo, across, down))

    def of_part(self, top: int, left: int) -> "Scale":
        """That of a part of a picture which begins in this row and this column."""
        return replace(self, geo=_geo_cropped(self.geo, top, left))

    def turned(self, orientation: int) -> "Scale":
        """That of a picture which was turned upright; see `orientation.upright`. A picture on the ground is not."""
        density = self.density and (self.density[::-1] if orientation in (5, 6, 7, 8) else self.density)
        return replace(self, density=density, geo=self.geo if orientation == 1 else ())


def known_unit(unit: str) -> str:
    """The key of METRES for a unit as files write it; empty for one that is not known.

    >>> known_unit("micron"), known_unit("pixel")
    ('um', '')
    """
    unit = _NAMES.get(unit.strip().lower(), unit.strip().lower())
    return unit if unit in METRES else ""


def _geo_resized(tags: Sequence[GeoTag], across: float, down: float) -> tuple[GeoTag, ...]:
    # A place is that of the middle of a pixel where the file says so; else that of its corner.
    shift = 0.5 if _is_point(tags) else 0.0

    def tie(value: tuple[float, ...]) -> list[float]:
        x, y = (value[0] + shift) * across - shift, (value[1] + shift) * down - shift
        return [x, y, *value[2:6]]

    def matrix(value: tuple[float, ...]) -> list[float]:
        new = list(value)
        for row in range(0, 12, 4):
            first, second, third = value[row], value[row + 1], value[row + 3]
            new[row], new[row + 1] = first / across, second / down
            new[row + 3] = third + shift * (first * (1 / across - 1) + second * (1 / down - 1))
        return new

    return _geo_changed(tags, lambda value: [value[0] / across, value[1] / down, *value[2:]], tie, matrix)


def _geo_cropped(tags: Sequence[GeoTag], top: int, left: int) -> tuple[GeoTag, ...]:
    def matrix(value: tuple[float, ...]) -> list[float]:
        new = list(value)
        for row in range(0, 12, 4):
            new[row + 3] += value[row] * left + value[row + 1] * top
        return new

    return _geo_changed(tags, list, lambda value: [value[0] - left, value[1] - top, *value[2:6]], matrix)


def _geo_changed(tags: Sequence[GeoTag], pixel_scale: Any, tie: Any, matrix: Any) -> tuple[GeoTag, ...]:
    """The tags with the values that depend on the grid brought to another one."""
    result = []
    for code, kind, count, value in tags:
        if code == _PIXEL_SCALE and count == 3:
            value = tuple(pixel_scale(value))
        elif code == _TIE_POINTS and count % 6 == 0:
            value = tuple(x for i in range(0, count, 6) for x in tie(value[i : i + 6]))
        elif code == _MATRIX and count == 16:
            value = tuple(matrix(value))
        result.append((code, kind, count, value))
    return tuple(result)


def _is_point(tags: Sequence[GeoTag]) -> bool:
    keys = next((value for code, _, _, value in tags if code == _KEYS), ())
    return any(keys[i] == _RASTER_TYPE and keys[i + 3] == _IS_POINT for i in range(4, len(keys) - 3, 4))
