"""What a fused picture's metadata say of it, or do not say."""

from dataclasses import replace

from aefusion.image.exif import with_size, with_software
from aefusion.image.picture import Metadata, Picture
from aefusion.image.xmp import without_panorama


def signed(picture: Picture, software: str) -> Picture:
    """The picture with an EXIF block that names the software (tag 305, instead of the camera's) and its own size.

    Everything else of the block is kept; without a block it gets one.
    """
    height, width = picture.pixels.shape[:2]
    exif = with_size(with_software(picture.metadata.exif, software), width, height)
    xmp = without_panorama(picture.metadata.xmp, width, height)
    return replace(picture, metadata=replace(picture.metadata, exif=exif, xmp=xmp))


def stripped(picture: Picture) -> Picture:
    """The picture without EXIF (place, time, camera), XMP and its place on the ground.

    The colour profile stays, as the colours depend on it, and so does the size of a pixel.
    """
    scale = picture.metadata.scale
    kept = replace(scale, geo=()) if scale and scale.density else None
    return replace(picture, metadata=Metadata(icc=picture.metadata.icc, scale=kept))
