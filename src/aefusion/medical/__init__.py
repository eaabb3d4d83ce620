"""DICOM and NIfTI: slices and volumes, brought onto one grid, fused, written. Not a medical device."""

from aefusion.medical.fuse import fuse_pair
from aefusion.medical.pair import open_pair

__all__ = ["fuse_pair", "open_pair"]
