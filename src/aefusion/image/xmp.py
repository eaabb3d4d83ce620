"""XMP packets: what of them is true of another picture too. Source: Adobe, XMP Specification Part 1, 2012."""

import re

# Of the pictures beside the first one in the files of phones, and of the parts of a packet.
_OF_THE_FILE = b"hdrgm|HDRGainMap|Container|GContainer|Item|GImage|GAudio|GDepth|xmpNote"
_PANORAMA = b"GPano"


def kept_xmp(xmp: bytes) -> bytes:
    """The packet without what describes the file that it stood in: its orientation becomes 1, and it names no others.

    Those are gain maps, depth maps and containers of phones, and the rest of a packet that was too long.

    >>> kept_xmp(b'<d tiff:Orientation="6" hdrgm:Version="1.0" dc:a="b"/>')
    b'<d tiff:Orientation="1" dc:a="b"/>'
    """
    xmp = re.sub(rb"""(tiff:Orientation(?:=["']|>)\s*)[2-8]""", rb"\g<1>1", xmp)
    return _without(xmp, _OF_THE_FILE)


def without_panorama(xmp: bytes, width: int, height: int) -> bytes:
    """The packet without the place of a picture in a panorama (GPano), where that was one of another size."""
    stated = [
        re.search(rb"GPano:CroppedAreaImage%sPixels(?:=[\"']|>)\s*(\d+)" % side, xmp) for side in (b"Width", b"Height")
    ]
    if all(stated) and [int(found[1]) for found in stated if found] == [width, height]:
        return xmp
    return _without(xmp, _PANORAMA) if b"GPano" in xmp else xmp


def _without(xmp: bytes, spaces: bytes) -> bytes:
    """The packet without the attributes and elements of namespaces, by their prefixes."""
    xmp = re.sub(rb"<((?:%s):\w+)\b[^>]*(?:/>|(?<!/)>.*?</\1>)\s*" % spaces, b"", xmp, flags=re.DOTALL)
    return re.sub(rb"""\s(?:%s):\w+=(?:"[^"]*"|'[^']*')""" % spaces, b"", xmp)
