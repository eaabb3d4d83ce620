"""PNG, JPEG, WebP and BMP through OpenCV, in memory."""

import numpy as np

from aefusion.image.depth import to_depth, white
from aefusion.image.exif import reset_orientation, reset_xmp_orientation, shortened, upright_exif
from aefusion.image.icc import usable_icc
from aefusion.image.jpeg import jpeg_structure
from aefusion.image.orientation import upright
from aefusion.image.picture import Metadata, Picture
from aefusion.image.png import png_header, xmp_into_png, xmp_of_png
from aefusion.image.quiet import quiet

_XMP_OF_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
# A JPEG segment holds 65,533 bytes; each kind of block spends some on its name.
_JPEG_LIMITS = {"exif": 65527, "xmp": 65504, "icc": 65519}


def decode(data: bytes, kind: str) -> Picture:
    """The picture in the bytes of a PNG, JPEG, WebP or BMP file; ValueError 'what is wrong: what to do'."""
    if kind == "jpeg":
        structure = jpeg_structure(data)
        if not structure.whole:
            raise ValueError("the JPEG is cut off, its end is missing: copy or download it again")
        if structure.components == 4:
            raise ValueError("a CMYK JPEG: convert it to RGB first")
    with quiet() as said:
        stored, exif, icc, xmp = _decode(data)
        incomplete = kind == "jpeg" and "premature end" in said()
    if incomplete:
        # Another thread's picture may have been meant.
        with quiet(alone=True) as said:
            _decode(data)
            incomplete = "premature end" in said()
    if stored is None or incomplete:
        raise ValueError(f"damaged or cut off, it cannot be decoded as {kind.upper()}: copy it again")
    pixels, alpha = _channels(stored, data, kind)
    try:
        orientation, exif = reset_orientation(exif)
    except ValueError:
        orientation, exif = 1, b""
    if kind == "png":
        xmp = xmp_of_png(data)
    metadata = Metadata(exif, icc, reset_xmp_orientation(xmp))
    return Picture(upright(pixels, orientation), None if alpha is None else upright(alpha, orientation), metadata)


def _decode(data: bytes) -> tuple[np.ndarray | None, bytes, bytes, bytes]:
    """OpenCV's array as stored (not turned) or None; EXIF, ICC, XMP."""
    import cv2

    try:
        stored, kinds, blocks = cv2.imdecodeWithMetadata(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None, b"", b"", b""
    found = {int(kind): np.asarray(block).tobytes() for kind, block in zip(kinds, blocks, strict=True)}
    exif = found.get(cv2.IMAGE_METADATA_EXIF, b"").removeprefix(b"Exif\0\0")
    xmp = found.get(cv2.IMAGE_METADATA_XMP, b"").removeprefix(_XMP_OF_JPEG).rstrip(b"\0")
    return stored, exif, found.get(cv2.IMAGE_METADATA_ICCP, b""), xmp


def _channels(stored: np.ndarray, data: bytes, kind: str) -> tuple[np.ndarray, np.ndarray | None]:
    """OpenCV's array as pixels (gray or RGB) and alpha."""
    import cv2

    if kind == "png" and (header := png_header(data)).gray:
        if header.alpha:
            # OpenCV repeats the gray of a gray PNG with alpha.
            return stored[..., 0], stored[..., 3]
        if header.transparent is not None:
            full = white(stored.dtype)
            key = header.transparent * full // (2**header.bits - 1)
            return stored, np.where(stored == key, 0, full).astype(stored.dtype)
    if stored.ndim == 2:
        return stored, None
    if stored.shape[2] == 3:
        return cv2.cvtColor(stored, cv2.COLOR_BGR2RGB), None
    return cv2.cvtColor(stored, cv2.COLOR_BGRA2RGB), stored[..., 3]


def encode(picture: Picture, kind: str, quality: int) -> bytes:
    """The bytes of a PNG, JPEG, WebP or BMP file; ValueError 'what is wrong: what to do'."""
    import cv2

    pixels, alpha = picture.pixels, picture.alpha
    dtype = np.uint8 if kind != "png" or pixels.dtype == np.uint8 else np.uint16
    pixels = to_depth(pixels, dtype)
    if alpha is not None and kind in ("png", "webp"):
        colour = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
        stored = cv2.cvtColor(np.dstack([colour, to_depth(alpha, dtype)]), cv2.COLOR_RGBA2BGRA)
    else:
        stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    parameters = {
        "jpeg": [cv2.IMWRITE_JPEG_QUALITY, quality],
        # Above 100 is OpenCV's way to ask for lossless WebP.
        "webp": [cv2.IMWRITE_WEBP_QUALITY, quality if quality < 100 else 101],
    }.get(kind, [])
    channels = 3 if stored.ndim == 3 or kind == "webp" else 1
    blocks = _blocks(picture.metadata, kind, channels)
    # libpng refuses some profiles that others accept: better the picture without its profile than none.
    for attempt in (blocks, {key: block for key, block in blocks.items() if key != "icc"}):
        data = _encode(stored, kind, attempt, parameters)
        if data is not None:
            # OpenCV would store it as plain text, and bytes from behind its end.
            return xmp_into_png(data, picture.metadata.xmp) if kind == "png" and picture.metadata.xmp else data
    height, width = stored.shape[:2]
    raise ValueError(f"{width}x{height} pixels cannot be written as {kind.upper()}: write .png or .tif")


def _blocks(metadata: Metadata, kind: str, channels: int) -> dict[str, bytes]:
    if kind == "bmp":
        return {}
    blocks = {"exif": upright_exif(metadata.exif), "xmp": metadata.xmp, "icc": usable_icc(metadata.icc, channels)}
    if kind == "png":
        del blocks["xmp"]
    if kind == "jpeg":
        blocks["exif"] = shortened(blocks["exif"], _JPEG_LIMITS["exif"])
        blocks = {key: block for key, block in blocks.items() if len(block) <= _JPEG_LIMITS[key]}
        if blocks.get("xmp"):
            blocks["xmp"] = _XMP_OF_JPEG + blocks["xmp"]
    return {key: block for key, block in blocks.items() if block}


def _encode(stored: np.ndarray, kind: str, blocks: dict[str, bytes], parameters: list[int]) -> bytes | None:
    import cv2

    codes = {
        "exif": cv2.IMAGE_METADATA_EXIF,
        "xmp": cv2.IMAGE_METADATA_XMP,
        "icc": cv2.IMAGE_METADATA_ICCP,
    }
    with quiet():
        try:
            done, data = cv2.imencodeWithMetadata(
                "." + kind,
                stored,
                [codes[key] for key in blocks],
                [np.frombuffer(block, np.uint8) for block in blocks.values()],
                parameters,
            )
        except cv2.error:
            return None
    return np.asarray(data).tobytes() if done and len(data) else None
