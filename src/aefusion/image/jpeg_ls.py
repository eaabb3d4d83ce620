"""JPEG-LS, in which FLIR's CSQ files compress the thermal pictures of a sequence."""

import numpy as np

_START = b"\xff\xd8\xff\xf7"


def is_jpeg_ls(data: bytes) -> bool:
    """Whether bytes begin as a JPEG-LS picture does: with the header of its frame (ITU-T T.87, 1998, annex C)."""
    return data[:4] == _START


def decode_jpeg_ls(data: bytes) -> np.ndarray:
    """The picture in the bytes of a JPEG-LS file of one channel: uint16 (H, W), the values as stored.

    Through FFmpeg by PyAV. ValueError where it is damaged, or PyAV is not installed.
    """
    try:
        import av
        from av.codec.context import CodecContext
        from av.error import FFmpegError
    except ImportError:
        raise ValueError("its pictures are JPEG-LS, which PyAV reads: pip install aefusion[video]") from None
    try:
        bits = data[6]
        decoder = CodecContext.create("jpegls", "r")
        frame = [*decoder.decode(av.Packet(data)), *decoder.decode(None)][0]
        pixels: np.ndarray = frame.to_ndarray()  # pyright: ignore
    except (FFmpegError, IndexError):
        raise ValueError("a damaged JPEG-LS picture: copy the file again") from None
    # FFmpeg spreads 9 to 15 bits over 16, from the highest down.
    return (pixels >> (16 - bits) if pixels.dtype == np.uint16 and bits < 16 else pixels).astype(np.uint16)
