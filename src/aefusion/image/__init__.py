"""Reading and writing pictures, colour, pairing of folders; OpenCV and tifffile load late."""

from aefusion.image.colour import join, split
from aefusion.image.errors import PictureError
from aefusion.image.pairs import Pairs, pairs
from aefusion.image.picture import Metadata, Picture
from aefusion.image.read import read, read_both
from aefusion.image.write import check_quality, check_target, make_folder, write, write_whole

__all__ = [
    "Metadata",
    "Pairs",
    "Picture",
    "PictureError",
    "check_quality",
    "check_target",
    "join",
    "make_folder",
    "pairs",
    "read",
    "read_both",
    "split",
    "write",
    "write_whole",
]
