"""The scale of a TIFF page: resolution, ImageJ's and OME's units, GeoTIFF; and what is written of it."""

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from aefusion.image.scale import METRES, PRINTED, Scale, known_unit

_X, _Y, _UNIT = 282, 283, 296
_UNITS = {1: "", 2: "inch", 3: "cm"}
_DESCRIPTION, _GDAL = 270, 42112
_GEO = (33550, 33922, 34264, 34735, 34736, 34737, 50844, _GDAL)
"""GeoTIFF 1.1 (OGC 19-008r4), 2019; rational polynomials; GDAL's own."""
_STATISTICS = re.compile(r"\s*<Item name=\"STATISTICS_[^>]*>[^<]*</Item>")


def tiff_scale(page: Any, series_description: str = "") -> Scale | None:
    """The scale of a `tifffile.TiffPage`, as stored, not turned; None where it says nothing.

    ``series_description``: that of the first page of its file, for pages without their own.
    """
    description = str(page.tags.valueof(_DESCRIPTION) or series_description)
    x, y = (_ratio(page.tags.valueof(code)) for code in (_X, _Y))
    density, unit, step = (x, y) if x and y else None, _UNITS.get(int(page.tags.valueof(_UNIT, 2) or 1), ""), None
    if description.startswith("ImageJ="):
        said = dict(line.split("=", 1) for line in description.splitlines() if "=" in line)
        unit = known_unit(said.get("unit", "")) or unit
        step = _number(said.get("spacing"))
    elif "<OME" in description[:2000] and (found := ome_scale(description)):
        density, unit, step = found.density or density, found.unit or unit, found.step
    if density and density[0] == density[1] and (not unit or (unit in PRINTED and density[0] == 1)):  # says nothing
        density = None
    geo = tuple(_tag(tag) for tag in page.tags if tag.code in _GEO)
    return Scale(density, unit, step, geo) if density or geo or step else None


def ome_scale(xml: str) -> Scale | None:
    """The size of a pixel and the step that OME-XML states of its first image; None where there is none."""
    try:
        pixels = ElementTree.fromstring(xml.encode()).find(".//{*}Pixels")
    except ElementTree.ParseError:
        return None
    if pixels is None:
        return None
    sizes = []
    for axis in "XYZ":
        size = _number(pixels.get(f"PhysicalSize{axis}"))
        unit = known_unit(pixels.get(f"PhysicalSize{axis}Unit", "um"))
        sizes.append(size * METRES[unit] / METRES["um"] if size and unit else None)
    x, y, z = sizes
    return Scale((1 / x, 1 / y) if x and y else None, "um", z) if (x and y) or z else None


def resolution_options(scale: Scale | None, axes: str = "") -> dict[str, Any]:
    """What `tifffile.imwrite` is told of a scale: resolution and its unit, and tags on the ground in "extratags".

    A unit that TIFF has no number for is that of ImageJ, and stands in a description.
    """
    if scale is None:
        return {}
    options: dict[str, Any] = {"extratags": list(scale.geo)}
    if scale.density:
        options["resolution"] = scale.density
        options["resolutionunit"] = {"inch": 2, "cm": 3}.get(scale.unit, 1)
    if scale.unit and scale.unit not in PRINTED:
        options["description"] = imagej_description(scale)
    return options


def imagej_description(scale: Scale | None, channels: int = 1, planes: int = 1) -> str:
    """What ImageJ reads of a file: its unit, the step between planes, and how its pages are arranged."""
    lines = ["ImageJ=1.54f"]
    if channels * planes > 1:
        lines += [f"images={channels * planes}", f"channels={channels}", f"slices={planes}", "hyperstack=true"]
        lines += ["mode=grayscale"]
    if scale and scale.unit:
        lines.append(f"unit={scale.unit}")
    if scale and scale.step:
        lines.append(f"spacing={scale.step:.9g}")
    return "\n".join([*lines, ""])


def _tag(tag: Any) -> tuple[int, Any, int, Any]:
    value = tag.value
    if tag.code == _GDAL:
        value = _STATISTICS.sub("", str(value))  # those of the source
        return tag.code, 2, 0, value
    kind = int(tag.dtype)
    if isinstance(value, str | bytes):
        return tag.code, kind, 0, value
    value = tuple(value) if isinstance(value, Iterable) else (value,)
    return tag.code, kind, len(value), value


def _ratio(value: Any) -> float | None:
    try:
        above, below = value
        return above / below if above > 0 and below > 0 else None
    except (TypeError, ValueError):
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None
