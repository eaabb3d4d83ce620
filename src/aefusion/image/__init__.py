"""Reading and writing pictures, colour, pairing of folders; OpenCV and tifffile load late."""

from aefusion.image.colour import join, split
from aefusion.image.pairs import Pair, Pairs, pairs
from aefusion.image.picture import Metadata, Picture
from aefusion.image.read import read, read_both
from aefusion.image.write import check_quality, check_target, write

__all__ = [
    "Metadata",
    "Pair",
    "Pairs",
    "Picture",
    "check_quality",
    "check_target",
    "join",
    "pairs",
    "read",
    "read_both",
    "split",
    "write",
]
