"""Fusing videos, cameras, folders of frames and raw frames; PyAV (the extra `video`) loads late."""

from aefusion.video.flicker import Flicker, Steady
from aefusion.video.fuse_stream import fuse_stream
from aefusion.video.fuse_video import fuse_video
from aefusion.video.fused_video import FusedVideo

__all__ = ["Flicker", "FusedVideo", "Steady", "fuse_stream", "fuse_video"]
