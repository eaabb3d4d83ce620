"""DICOM and NIfTI: slices and volumes, brought onto one grid, fused, written. Not a medical device."""

from aefusion.medical.fuse_pair import fuse_pair
from aefusion.medical.fuse_volumes import FusedVolumes, fuse_volumes
from aefusion.medical.volume_pair import open_pair

__all__ = ["FusedVolumes", "fuse_pair", "fuse_volumes", "open_pair"]
