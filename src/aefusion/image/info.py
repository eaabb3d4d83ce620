"""What a file holds, without fusing it."""

import re
import struct
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from os import PathLike
from typing import Any

import numpy as np

from aefusion.files import as_path
from aefusion.image.exif_facts import exif_facts
from aefusion.image.fff import CAMERA, PHOTOGRAPH, byte_order
from aefusion.image.flir import flir_records, is_flir
from aefusion.image.flir_sequence import FlirSequence
from aefusion.image.formats import format_of
from aefusion.image.picture import Picture
from aefusion.image.planck import Camera
from aefusion.image.raw import is_raw
from aefusion.image.read import read
from aefusion.image.thermal import counts_look_thermal, without_data

_MODEL, _LIMITS, _GPS = 0xD4, 0x90, 43
NAMES = {"png": "PNG", "jpeg": "JPEG", "tiff": "TIFF", "webp": "WebP", "bmp": "BMP", "fff": "FLIR FFF"}


@dataclass(frozen=True)
class ThermalInfo:
    """What a file measured."""

    width: int
    height: int
    low: float
    high: float
    mean: float
    unit: str
    camera_low: float | None = None
    """The range that the camera was set to, in degrees Celsius."""
    camera_high: float | None = None
    emissivity: float | None = None
    distance: float | None = None
    """In metres."""


@dataclass(frozen=True)
class FileInfo:
    """What a picture file holds; empty, or None, where it does not say so."""

    path: str
    format: str
    bytes: int
    width: int
    height: int
    channels: str
    """ "gray", "RGB", "gray with alpha", "RGB with alpha", or "temperatures"."""
    depth: str
    """8 bit, 16 bit, float."""
    frames: int = 1
    rate: float | None = None
    """Frames a second."""
    camera: str = ""
    software: str = ""
    focal_length: float | None = None
    """In millimetres."""
    focal_length_35mm: float | None = None
    digital_zoom: float | None = None
    """None where there is none."""
    time: str = ""
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    thermal: ThermalInfo | None = None
    embedded: tuple[str, ...] = ()
    """The other pictures inside of the file, in words."""
    colour_profile: bool = False
    warnings: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


def info(path: str | PathLike[str], *, warn: Callable[[str], object] | None = None) -> FileInfo:
    """What a picture file or a FLIR sequence holds: size, depth, camera, temperatures, pictures inside, time, place.

    The file is read whole, so that what is wrong with it shows; what was noticed is in `FileInfo.warnings`, and
    ``warn`` is called with it. FileError if it cannot be read.

    Example: ``print(aefusion.info("flir.jpg").thermal.high)``
    """
    path = as_path(path, "a picture")
    said: list[str] = []

    def tell(text: str) -> None:
        said.append(text)
        (warn or (lambda _: None))(text)

    try:
        with path.open("rb") as file:
            kind = format_of(file.read(32))
    except OSError:
        kind = None
    if kind == "fff":
        return _of_sequence(path, FlirSequence(path, tell), said)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = read(path, measured=True, warn=tell)
        shown = values
        if values.measured and kind == "jpeg":
            shown = read(path, rendered=True, warn=lambda _: None)
    facts = exif_facts(shown.metadata.exif)
    data = path.read_bytes()
    kept = flir_records(data) if kind == "jpeg" and is_flir(data) else {}
    camera = " ".join(dict.fromkeys((facts.make, facts.model or _model(kept)))).strip()
    place = (facts.latitude, facts.longitude, facts.altitude)
    if place[0] is None:
        place = _drone_place(shown.metadata.xmp)
    embedded = []
    if PHOTOGRAPH in kept:
        width, height = struct.unpack_from(f"{byte_order(kept[PHOTOGRAPH])}2H", kept[PHOTOGRAPH], 2)
        embedded.append(f"photograph {width}x{height}")
    if values.measured and kind == "jpeg":
        height, width = values.pixels.shape
        embedded.append(f"thermal picture {width}x{height}")
    height, width = shown.pixels.shape[:2]
    of_temperatures = shown.measured
    channels = "temperatures" if of_temperatures else "RGB" if shown.is_colour else "gray"
    if shown.alpha is not None and not of_temperatures:
        channels += " with alpha"
    depth = "float" if shown.pixels.dtype.kind == "f" else f"{8 * shown.pixels.dtype.itemsize} bit"
    form = "raw file" if is_raw(data[:64], path.suffix) else NAMES[kind or "bmp"]
    return FileInfo(
        str(path), form, len(data), width, height, channels, depth, camera=camera,
        software=facts.software, focal_length=facts.focal_length, focal_length_35mm=facts.focal_length_35mm,
        digital_zoom=facts.digital_zoom if facts.digital_zoom > 1 else None, time=facts.time,
        latitude=place[0], longitude=place[1], altitude=place[2],
        thermal=_thermal(values, kept) if values.measured or _are_counts(values) else None, embedded=tuple(embedded),
        colour_profile=bool(shown.metadata.icc), warnings=tuple(said),
    )  # fmt: skip


def _of_sequence(path, sequence: FlirSequence, said: list[str]) -> FileInfo:
    kept, first, when = sequence.records(0), sequence[0], sequence.time(0)
    height, width = first.pixels.shape
    latitude, longitude, altitude = _flir_place(kept.get(_GPS, b""))
    several = len(sequence) > 1
    return FileInfo(
        str(path), "FLIR sequence" if several else "FLIR FFF", path.stat().st_size, width, height, "temperatures",
        "float", frames=len(sequence), rate=sequence.rate if several else None, camera=_model(kept),
        time="" if when is None else datetime.fromtimestamp(when, UTC).strftime("%Y:%m:%d %H:%M:%S UTC"),
        latitude=latitude, longitude=longitude, altitude=altitude,
        thermal=_thermal(first, kept), warnings=tuple(said),
    )  # fmt: skip


def _are_counts(picture: Picture) -> bool:
    return picture.pixels.dtype == np.uint16 and not picture.is_colour and counts_look_thermal(picture.pixels)


def _thermal(picture: Picture, kept: dict[int, bytes]) -> ThermalInfo:
    empty = without_data(picture)
    values = picture.pixels if empty is None else picture.pixels[~empty]
    height, width = picture.pixels.shape
    numbers = (float(values.min()), float(values.max()), float(values.mean(dtype=np.float64)))
    record = kept.get(CAMERA, b"")
    try:
        order = byte_order(record)
        camera = Camera.of(record, order)
        high, low = (kelvin - 273.15 for kelvin in struct.unpack_from(f"{order}2f", record, _LIMITS))
    except struct.error:
        return ThermalInfo(width, height, *numbers, picture.unit or "counts")
    limits = (low, high) if high > low > -273 else (None, None)
    return ThermalInfo(width, height, *numbers, picture.unit, *limits, camera.emissivity, camera.distance)


def _model(kept: dict[int, bytes]) -> str:
    return kept.get(CAMERA, b"")[_MODEL : _MODEL + 32].split(b"\0")[0].decode("latin-1").strip()


def _flir_place(record: bytes) -> tuple[float | None, float | None, float | None]:
    """Latitude, longitude and altitude in the record of a FLIR file, where it says that they are known."""
    try:
        valid, south, west, latitude, longitude, altitude = struct.unpack_from("<I4x2s2s4x2df", record)
    except struct.error:
        return None, None, None
    if not valid:
        return None, None, None
    latitude = -abs(latitude) if south[:1] == b"S" else latitude
    return latitude, -abs(longitude) if west[:1] == b"W" else longitude, altitude


def _drone_place(xmp: bytes) -> tuple[float | None, float | None, float | None]:
    """The same of a drone's XMP packet."""
    names = (b"GpsLatitude", b"GpsLong(?:t)?itude", b"AbsoluteAltitude")
    found = [re.search(rb"drone-dji:" + name + rb"""(?:=["']|>)\s*([-+]?[\d.]+)""", xmp) for name in names]
    values = [float(one[1]) if one else None for one in found]
    return values[0], values[1], values[2]
