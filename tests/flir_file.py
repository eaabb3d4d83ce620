"""Radiometric files, made: the records and segments that readers of such files look for, with known temperatures."""

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
    raw: np.ndarray | None = None,
    outer: np.ndarray | None = None,
) -> bytes:
    """The bytes of a file: (H, W) temperatures, an RGB photograph; ``without``: records that are left out.

    ``stored``: "png" with its bytes swapped, as many cameras do; "swapped" for plain numbers of the other byte order;
    "ycbcr" for a photograph as PNG of Y, Cb and Cr. ``raw``: counts instead of those of the temperatures. ``outer``:
    the picture to look at, gray if it is not given.
    """
    flir = fff(celsius, visible, real2ir, offset, without, stored, raw)
    parts = [flir[i : i + 65000] for i in range(0, len(flir), 65000)]
    segments = b"" if not exif else segment(b"Exif\0\0" + exif)
    for i, part in enumerate(parts):
        segments += segment(b"FLIR\0\1" + bytes([i, len(parts) - 1]) + part)
    outer = np.full((*celsius.shape, 3), 128, np.uint8) if outer is None else outer
    shown = cv2.imencode(".jpg", outer)[1].tobytes()
    return shown[:2] + segments + shown[2:]


def fff(
    celsius: np.ndarray,
    visible: np.ndarray | None = None,
    real2ir: float = 1.25,
    offset: tuple[int, int] = (0, 0),
    without: tuple[int, ...] = (),
    stored: str = "plain",
    raw: np.ndarray | None = None,
    time: float = 0,
    order: str = ">",
) -> bytes:
    """The records of a file, as FFF files hold them, and SEQ and CSQ files one after the other.

    ``stored``: besides those above "jpeg-ls", as in CSQ. ``time``: seconds since 1970.
    """
    height, width = celsius.shape
    camera = bytearray(1200)
    struct.pack_into("<6f", camera, 32, 1, 0, 293.15, 293.15, 293.15, 1)  # emissivity, distance, air ...
    struct.pack_into("<3f", camera, 88, R1, B, F)
    struct.pack_into("<if", camera, 776, OFFSET, R2)
    camera[0xD4:0xDC] = b"Made 640"
    struct.pack_into("<2I", camera, 0x384, int(time), round(time % 1 * 1000))
    struct.pack_into("<H", camera, 0x464, 30)
    raw = counts(celsius) if raw is None else raw
    thermal = raw.byteswap().tobytes() if stored == "swapped" else raw.tobytes()
    if stored == "png":
        thermal = cv2.imencode(".png", raw.byteswap())[1].tobytes()
    if stored == "jpeg-ls":
        thermal = jpeg_ls(raw)
    records = {RAW: struct.pack("<3H26x", 2, width, height) + thermal}
    if visible is not None:
        photograph = cv2.imencode(".jpg", visible[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()
        if stored == "ycbcr":
            luma, red, blue = cv2.split(cv2.cvtColor(visible, cv2.COLOR_RGB2YCrCb))
            photograph = cv2.imencode(".png", cv2.merge([red, blue, luma]))[1].tobytes()  # from the last channel on
        records[PHOTOGRAPH] = struct.pack("<3H26x", 2, visible.shape[1], visible.shape[0]) + photograph
    records |= {
        CAMERA: bytes(camera),
        PLACE: struct.pack("<f6h", real2ir, *offset, 0, width - 1, 0, height - 1),
    }
    records = {kind: data for kind, data in records.items() if kind not in without}
    directory, body, at = b"", b"", 64 + 32 * (len(records) + 1)
    for kind, data in records.items():
        directory += struct.pack(f"{order}2H4I12x", kind, 1, 100, 1, at + len(body), len(data))
        body += data
    head = b"FFF\0" + bytes(16) + struct.pack(f"{order}3I", 100, 64, len(records) + 1) + bytes(32)
    return head + directory + bytes(32) + body  # the last entry is not used


def jpeg_ls(counts: np.ndarray) -> bytes:
    """A JPEG-LS picture of 16 bits."""
    from fractions import Fraction

    import av

    encoder = av.CodecContext.create("jpegls", "w")
    encoder.height, encoder.width = counts.shape
    encoder.pix_fmt, encoder.time_base = "gray16le", Fraction(1, 30)
    frame = av.VideoFrame.from_ndarray(counts, "gray16le")
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def dji_jpeg(counts: np.ndarray, shown: np.ndarray, model: str = "M3T", marker: int = 0xE3, exif: bytes = b"") -> bytes:
    """A radiometric JPEG of DJI: counts, uint16 (H, W), in segments 3 (or 4), and the picture that is displayed."""
    from PIL import Image

    block = Image.Exif()
    block[271], block[272] = "DJI", model
    content = exif or block.tobytes().removeprefix(b"Exif\0\0")
    stored = counts.astype("<u2").tobytes()
    segments = segment(b"Exif\0\0" + content) + segment(b"\xaa\x55\x12\x06" + bytes(200), 0xE4)
    for i in range(0, len(stored), 60000):
        segments += segment(stored[i : i + 60000], marker)
    jpeg = cv2.imencode(".jpg", shown)[1].tobytes()
    return jpeg[:2] + segments + jpeg[2:]


def segment(data: bytes, marker: int = 0xE1) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data
