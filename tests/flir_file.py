"""A radiometric FLIR JPEG, made: the records that readers of such files look for, with known temperatures."""

import struct

import cv2
import numpy as np

R1, R2, B, F, OFFSET = 17000.0, 0.0125, 1430.0, 1.0, -5000
RAW, PHOTOGRAPH, CAMERA, PLACE = 1, 14, 32, 42


def counts(celsius: np.ndarray) -> np.ndarray:
    """What a camera with these constants counts at emissivity 1: Planck's law as FLIR writes it, uint16."""
    return np.rint(R1 / (R2 * (np.exp(B / (celsius + 273.15)) - F)) - OFFSET).astype(np.uint16)


def flir_jpeg(
    celsius: np.ndarray,
    visible: np.ndarray,
    real2ir: float = 1.25,
    offset: tuple[int, int] = (0, 0),
    without: tuple[int, ...] = (),
    exif: bytes = b"",
    stored: str = "plain",
) -> bytes:
    """The bytes of a file: (H, W) temperatures, an RGB photograph; ``without``: records that are left out.

    ``stored``: "png" with its bytes swapped, as many cameras do; "swapped" for plain numbers of the other byte order;
    "ycbcr" for a photograph as PNG of Y, Cb and Cr.
    """
    height, width = celsius.shape
    camera = bytearray(900)
    struct.pack_into("<6f", camera, 32, 1, 0, 293.15, 293.15, 293.15, 1)  # emissivity, distance, air ...
    struct.pack_into("<3f", camera, 88, R1, B, F)
    struct.pack_into("<if", camera, 776, OFFSET, R2)
    photograph = cv2.imencode(".jpg", visible[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()
    raw = counts(celsius)
    thermal = raw.byteswap().tobytes() if stored == "swapped" else raw.tobytes()
    if stored == "png":
        thermal = cv2.imencode(".png", raw.byteswap())[1].tobytes()
    if stored == "ycbcr":
        luma, red, blue = cv2.split(cv2.cvtColor(visible, cv2.COLOR_RGB2YCrCb))
        photograph = cv2.imencode(".png", cv2.merge([red, blue, luma]))[1].tobytes()  # from the last channel on
    records = {
        RAW: struct.pack("<3H26x", 2, width, height) + thermal,
        PHOTOGRAPH: struct.pack("<3H26x", 2, visible.shape[1], visible.shape[0]) + photograph,
        CAMERA: bytes(camera),
        PLACE: struct.pack("<f6h", real2ir, *offset, 0, width - 1, 0, height - 1),
    }
    records = {kind: data for kind, data in records.items() if kind not in without}
    directory, body, at = b"", b"", 64 + 32 * len(records)
    for kind, data in records.items():
        directory += struct.pack(">2H4I12x", kind, 1, 100, 1, at + len(body), len(data))
        body += data
    head = b"FFF\0" + bytes(16) + struct.pack(">3I", 100, 64, len(records)) + bytes(32)
    flir = head + directory + body
    parts = [flir[i : i + 65000] for i in range(0, len(flir), 65000)]
    segments = b"" if not exif else segment(b"Exif\0\0" + exif)
    for i, part in enumerate(parts):
        segments += segment(b"FLIR\0\1" + bytes([i, len(parts) - 1]) + part)
    shown = cv2.imencode(".jpg", np.full((height, width, 3), 128, np.uint8))[1].tobytes()
    return shown[:2] + segments + shown[2:]


def segment(data: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data
