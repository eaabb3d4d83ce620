"""Files of microscopes that are no TIFF: CZI of Zeiss, ND2 of Nikon; by their makers' or others' readers."""

from pathlib import Path

from aefusion.image.plane import Planes

CZI, ND2 = b"ZISRAWFILE", (b"\xda\xce\xbe\x0a", b"\x00\x00\x00\x0cjP  ")
NEED = "needs {}: pip install 'aefusion[microscopy]'"


def czi_planes(path: Path) -> Planes:
    raise ValueError("a CZI file, which " + NEED.format("pylibCZIrw"))


def nd2_planes(path: Path) -> Planes:
    raise ValueError("an ND2 file, which " + NEED.format("nd2"))
