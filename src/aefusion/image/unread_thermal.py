"""Thermal data in JPEG files that are not read: said, so that nobody takes the picture for what was measured."""

from aefusion.image.exif_facts import exif_facts
from aefusion.image.jpeg import APP1, APP2, EXIF, segments

_DJI = (0xE3, 0xE4, 0xE5)


def unread_thermal(data: bytes) -> str:
    """In words, whose measured values a JPEG file holds in a form that is not read; nothing where it holds none.

    Source: the segments as ExifTool names them (P. Harvey, exiftool.org/TagNames/JPEG.html).

    >>> unread_thermal(b"")
    ''
    """
    exif, sizes = b"", 0
    for marker, _, content in segments(data):
        if marker == APP2 and content[4:10] == b"IJPEG\0":
            return _words("InfiRay")
        if marker == APP1 and content.startswith((b"PARROT\0II*\0", b"PARROT\0MM\0*")):
            return _words("Parrot")
        if content.startswith(EXIF):
            exif = content.removeprefix(EXIF)
        sizes += len(content) if marker in _DJI else 0
    # Other segments of these kinds are short.
    return _words("DJI") if sizes > 20000 and "DJI" in exif_facts(exif).make.upper() else ""


def _words(maker: str) -> str:
    return (
        f"holds what a camera of {maker} measured in a form that is not read: its picture is taken, in which hot may "
        "be dark: export a TIFF of temperatures with the maker's program"
    )
