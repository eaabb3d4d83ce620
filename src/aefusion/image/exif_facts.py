"""What an EXIF block says of camera, lens, time and place."""

import re
import struct
from dataclasses import dataclass
from typing import Any

from aefusion.image.exif import EXIF, Tag, byte_order, first_directory

_GPS = 34853
_FORMATS = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d"}


@dataclass(frozen=True)
class ExifFacts:
    """Empty, or None, where the block does not say so."""

    make: str = ""
    model: str = ""
    software: str = ""
    time: str = ""
    """When the picture was taken, "2024:05:31 12:00:00", as the camera's clock has it."""
    subsecond: float = 0.0
    """The part of a second after that."""
    zone: float | None = None
    """Seconds by which that clock is ahead of UTC."""
    focal_length: float | None = None
    """In millimetres."""
    focal_length_35mm: float | None = None
    """The focal length that has the same field of view on 36 x 24 mm."""
    digital_zoom: float = 1.0
    """1 and more; some cameras write 0 where there is none."""
    exposure_time: float | None = None
    """In seconds."""
    f_number: float | None = None
    iso: float | None = None
    exposure_bias: float | None = None
    """By how many stops it was to be brighter than the camera found right."""
    focus_distance: float | None = None
    """In metres."""
    latitude: float | None = None
    """In degrees, to the north."""
    longitude: float | None = None
    """In degrees, to the east."""
    altitude: float | None = None
    """In metres above the sea."""


def exif_facts(block: bytes) -> ExifFacts:
    """What a block says; what is damaged in it is left out.

    >>> exif_facts(b"").model
    ''
    """
    try:
        order, tags = byte_order(block), first_directory(block)
    except ValueError:
        return ExifFacts()
    main, inner, gps = (_values(part, order) for part in (tags, _inside(tags, EXIF), _inside(tags, _GPS)))
    zoom = _number(inner.get(41988))
    altitude = _number(gps.get(6))
    return ExifFacts(
        make=_text(main.get(271)),
        model=_text(main.get(272)),
        software=_text(main.get(305)),
        time=_text(inner.get(36867)) or _text(main.get(306)),
        subsecond=_fraction(_text(inner.get(37521)) or _text(inner.get(37520))),
        zone=_seconds(_text(inner.get(36881)) or _text(inner.get(36880))),
        focal_length=_number(inner.get(37386)) or None,
        focal_length_35mm=_number(inner.get(41989)) or None,
        digital_zoom=max(1.0, zoom or 1.0),
        exposure_time=_number(inner.get(33434)) or None,
        f_number=_number(inner.get(33437)) or None,
        iso=_number(inner.get(34855)) or _number(inner.get(34867)) or None,
        exposure_bias=_number(inner.get(37380)),
        focus_distance=_number(inner.get(37382)) or None,
        latitude=_degrees(gps.get(2), _text(gps.get(1)) == "S"),
        longitude=_degrees(gps.get(4), _text(gps.get(3)) == "W"),
        altitude=altitude if altitude is None or gps.get(5, (0,))[0] != 1 else -altitude,
    )


def _inside(tags: list[Tag], code: int) -> list[Tag]:
    return next((tag.data for tag in tags if tag.code == code and isinstance(tag.data, list)), [])


def _values(tags: list[Tag], order: str) -> dict[int, Any]:
    """Text, or a tuple of numbers, by the tag's code; fractions as floats."""
    values: dict[int, Any] = {}
    for tag in tags:
        if isinstance(tag.data, list):
            continue
        if tag.kind == 2:
            values[tag.code] = tag.data.split(b"\0")[0].decode("utf-8", "replace").strip()
        elif tag.kind in _FORMATS:
            single = _FORMATS[tag.kind]
            try:
                numbers = struct.unpack(f"{order}{single * tag.count}", tag.data)
            except struct.error:
                continue
            if len(single) == 2:
                pairs = zip(numbers[::2], numbers[1::2], strict=True)
                numbers = tuple(above / below if below else 0.0 for above, below in pairs)
            values[tag.code] = numbers
    return values


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return float(value[0]) if isinstance(value, tuple) and value else None


def _fraction(digits: str) -> float:
    """The digits behind the point of a second."""
    return float(f"0.{digits}") if digits.isascii() and digits.isdigit() else 0.0


def _seconds(zone: str) -> float | None:
    """A time zone, "+02:00", in seconds."""
    parts = re.fullmatch(r"([+-])(\d\d):(\d\d)", zone)
    if not parts:
        return 0.0 if zone == "Z" else None
    seconds = 3600.0 * int(parts[2]) + 60 * int(parts[3])
    return -seconds if parts[1] == "-" else seconds


def _degrees(value: Any, negative: bool) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    degrees = value[0] + value[1] / 60 + value[2] / 3600
    return -degrees if negative else degrees
