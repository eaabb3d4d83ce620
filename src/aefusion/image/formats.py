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

SUPPORTED = "PNG, JPEG, TIFF, WebP, BMP"


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
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    # Two letters alone would also fit a text: the four reserved bytes of a bitmap are zero.
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return "bmp"
    return None
