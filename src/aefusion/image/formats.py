"""The picture formats that are read and written."""

SUFFIXES = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".webp": "webp",
    ".bmp": "bmp",
}
"""Suffix in lower case to format."""

WRITTEN = {**SUFFIXES, ".exr": "exr"}
"""The same for what is written."""

SEQUENCES = (".fff", ".seq", ".csq")
"""Suffixes of FLIR's thermal files, which are read only."""
READ = {**SUFFIXES, **dict.fromkeys(SEQUENCES, "fff")}
"""Suffix to format of every file that is looked for in folders."""

SUPPORTED = "PNG, JPEG, TIFF, WebP, BMP"

LARGEST_SIDE, LARGEST_AREA = 1_000_000, 1 << 30
"""What libpng and OpenCV read at most, in pixels."""


def format_of(data: bytes) -> str | None:
    """The format of a file by its first bytes, whatever its name says; None if it is not a supported one.

    >>> format_of(b"BM" + bytes(30)), format_of(b"a text")
    ('bmp', None)
    """
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if data[:4] == b"FFF\0":
        return "fff"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    # Two letters alone would also fit a text: the four reserved bytes of a bitmap are zero.
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return "bmp"
    return None


class Damaged(ValueError):
    """The bytes are not a whole and sound file of their format."""

    def __init__(self, kind: str):
        super().__init__(f"damaged or cut off, it cannot be decoded as {kind.upper()}: copy it again")


def check_size(width: int, height: int, kind: str) -> None:
    """ValueError 'what is wrong: what to do' if a picture is larger than what is read; Damaged if it is empty."""
    if width <= 0 or height <= 0:
        raise Damaged(kind)
    if max(width, height) > LARGEST_SIDE or width * height > LARGEST_AREA:
        raise ValueError(f"{width}x{height} pixels, more than can be read: cut it into parts")
