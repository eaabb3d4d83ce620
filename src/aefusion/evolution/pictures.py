"""The pictures of a bank: lossless, 16 bits, one channel."""

import os
from pathlib import Path

import numpy as np

from aefusion.files import FileError, whole


def picture_path(bank: Path, candidate: str) -> Path:
    """The file of a candidate's picture."""
    return bank / "pictures" / candidate[:2] / f"{candidate}.png"


def to_16_bit(picture: np.ndarray) -> np.ndarray:
    """float32 in [0, 1] as uint16."""
    return np.rint(np.clip(picture, 0, 1) * np.float32(65535)).astype(np.uint16)


def from_16_bit(pixels: np.ndarray) -> np.ndarray:
    """uint16 as float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(65535)


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write float32 (H, W) in [0, 1] as PNG, whole or not at all; it is on the disk, not in a cache, when this ends."""
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as part, part.open("xb") as file:
        file.write(cv2.imencode(".png", to_16_bit(picture))[1].tobytes())
        file.flush()
        os.fsync(file.fileno())


def read_picture(path: Path) -> np.ndarray:
    """What `write_picture` wrote, float32 (H, W) in [0, 1]; FileError if it is missing or broken."""
    import cv2

    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    if pixels is None or pixels.dtype != np.uint16:
        raise FileError(path, "missing or broken", "delete it if it is there, and build the bank again")
    return from_16_bit(pixels)
