"""What a fused picture's metadata say of it, or do not say."""

from dataclasses import replace

from aefusion.image.exif import with_size, with_software
from aefusion.image.picture import Metadata, Picture


def signed(picture: Picture, software: str) -> Picture:
    """The picture with an EXIF block that names the software (tag 305, instead of the camera's) and its own size.

    Everything else of the block is kept; without a block it gets one.
    """
    height, width = picture.pixels.shape[:2]
    exif = with_size(with_software(picture.metadata.exif, software), width, height)
    return replace(picture, metadata=replace(picture.metadata, exif=exif))


def stripped(picture: Picture) -> Picture:
    """The picture without EXIF (place, time, camera) and XMP; the colour profile stays, as the colours depend on it."""
    return replace(picture, metadata=Metadata(icc=picture.metadata.icc))
