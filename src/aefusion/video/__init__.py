"""Fusing videos, cameras and folders of frames; PyAV (the extra `video`) loads late."""

from aefusion.video.flicker import Flicker, Steady
from aefusion.video.fuse_video import Fused, fuse_video

__all__ = ["Flicker", "Fused", "Steady", "fuse_video"]
