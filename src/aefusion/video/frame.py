"""A frame: its luma is fused, its colour is kept. Frames of videos stay in YCbCr, frames of folders in RGB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from aefusion.fusion.plan import Plan
from aefusion.image import Picture, join, split
from aefusion.image.colour import Split, counts_as_gray
from aefusion.image.depth import to_depth
from aefusion.image.resize import resize
from aefusion.video.luma_range import compressed

if TYPE_CHECKING:
    import av

Keep = Literal["a", "gray"]
LIMITED, FULL = 1, 2  # the values of AVColorRange


@dataclass(frozen=True)
class Tags:
    """What the numbers of a YCbCr frame mean, in the codes of ITU-T H.273; 2 says nothing."""

    full_range: bool = False
    matrix: int = 1
    primaries: int = 1
    transfer: int = 1


@dataclass(frozen=True)
class VideoFrame:
    """A frame in YCbCr 4:2:0, upright."""

    luma: np.ndarray
    """(H, W), uint8 or uint16 over the whole range."""
    chroma: tuple[np.ndarray, np.ndarray] | None
    """Cb and Cr as stored, half as high and wide, rounded up; None for gray."""
    bits: int
    """Of the chroma as stored, 8 or 10."""
    tags: Tags

    @property
    def depth(self) -> np.dtype:
        return self.luma.dtype

    @property
    def gray(self) -> bool:
        return self.chroma is None

    @property
    def fusible(self) -> Picture:
        """What is planned, prepared and fused of it."""
        return Picture(self.luma)

    def prepared(self, picture: Picture, plan: Plan) -> VideoFrame:
        """The frame with its luma prepared, ``picture``, and its chroma brought to the same size and area."""
        frame = self if self.luma.shape == plan.size else self.resized(*plan.size)
        frame = frame.cropped(*plan.area) if plan.area else frame
        return replace(frame, luma=picture.pixels)

    def fused(self, luma: np.ndarray, keep: Keep, depth: np.dtype) -> VideoFrame:
        """The same frame in a depth, with another luma, (H, W) of any depth, and its colour or none."""
        luma = to_depth(luma, np.uint8 if depth == np.uint8 else np.uint16)
        return replace(self, luma=luma, chroma=None if keep == "gray" else self.chroma)

    def resized(self, height: int, width: int) -> VideoFrame:
        def plane(x: np.ndarray, down: int) -> np.ndarray:
            return resize(Picture(x), -(-height // down), -(-width // down)).pixels

        chroma = self.chroma and (plane(self.chroma[0], 2), plane(self.chroma[1], 2))
        return replace(self, luma=plane(self.luma, 1), chroma=chroma)

    def cropped(self, rows: slice, columns: slice) -> VideoFrame:
        """A part that begins at an even row and column."""
        halves = tuple(slice(part.start // 2, -(-part.stop // 2)) for part in (rows, columns))
        chroma = self.chroma and (self.chroma[0][halves], self.chroma[1][halves])
        return replace(self, luma=self.luma[rows, columns], chroma=chroma)

    def to_av(self, bits: int) -> av.VideoFrame:
        """A frame for an encoder: 4:2:0 of 8 or 10 bits; an odd last row or column is repeated."""
        import av

        height, width = self.luma.shape
        frame = av.VideoFrame(width + width % 2, height + height % 2, "yuv420p" if bits == 8 else "yuv420p10le")
        y, *chroma = (plane_of(frame, i, bits) for i in range(3))
        compressed(self.luma, bits, self.tags.full_range, y[:height, :width])
        y[height:] = y[height - 1 : height]
        y[:, width:] = y[:, width - 1 : width]
        for i, out in enumerate(chroma):
            if self.chroma is None:
                out[...] = 1 << bits - 1
            elif self.bits > bits:
                out[...] = np.minimum((self.chroma[i] + np.uint16(2)) >> 2, 255)
            else:
                out[...] = self.chroma[i]
                out <<= bits - self.bits
        tag(frame, self.tags)
        return frame

    def picture(self) -> Picture:
        """RGB, or gray where there is no chroma; 16 bit for luma of more than 8."""
        if self.chroma is None:
            return Picture(self.luma)
        bits = 8 if self.luma.dtype == np.uint8 else 10
        form = "rgb24" if bits == 8 else "rgb48le"
        # Unspecified is taken as BT.601, as most software does.
        matrix = {1: "ITU709", 9: "BT2020", 10: "BT2020"}.get(self.tags.matrix, "ITU601")
        stored = "JPEG" if self.tags.full_range else "MPEG"
        rgb = self.to_av(bits).reformat(
            format=form, src_colorspace=matrix, dst_color_range="JPEG", src_color_range=stored
        )
        height, width = self.luma.shape
        return Picture(np.ascontiguousarray(rgb.to_ndarray()[:height, :width]))


@dataclass(frozen=True)
class PictureFrame:
    """A frame that is a picture of a folder, gray or RGB."""

    source: Picture

    @cached_property
    def _parts(self) -> Split:
        return split(self.source, self.source, "gray" if counts_as_gray(self.source.pixels) else "a")

    @property
    def luma(self) -> np.ndarray:
        """(H, W): the dtype of a gray picture, float32 in [0, 1] of a coloured one."""
        return self._parts.a

    @property
    def depth(self) -> np.dtype:
        return self.source.pixels.dtype

    @property
    def gray(self) -> bool:
        return not self.source.is_colour

    @property
    def tags(self) -> Tags:
        """What the numbers of `to_av` mean."""
        return Tags()

    @property
    def fusible(self) -> Picture:
        """What is planned, prepared and fused of it."""
        return self.source if self.gray else Picture(self.luma)

    def prepared(self, picture: Picture, plan: Plan) -> PictureFrame:
        """The frame of a reference, prepared; ``picture`` is what became of its `fusible`."""
        return PictureFrame(picture if self.gray else plan.placed(plan.shown(self.source, 0), 0, self.source))

    def fused(self, luma: np.ndarray, keep: Keep, depth: np.dtype) -> PictureFrame:
        """The same frame in a depth, with another luma, (H, W) of any depth, and its colour or none."""
        alpha = None if self.source.alpha is None else to_depth(self.source.alpha, depth)
        deep = Picture(to_depth(self.source.pixels, depth), alpha, self.source.metadata)
        coloured = self._parts.coloured if keep == "a" else ()
        return PictureFrame(join(replace(self._parts, pictures=(deep, deep), coloured=coloured), luma))

    def picture(self) -> Picture:
        return self.source

    def to_av(self, bits: int) -> av.VideoFrame:
        """A frame for an encoder: BT.709 in limited range."""
        import av

        pixels = self.source.pixels
        if pixels.ndim == 2:
            gray = to_depth(pixels, np.uint16) if pixels.dtype == np.float32 else pixels
            return VideoFrame(gray, None, 8, Tags()).to_av(bits)
        pixels = to_depth(pixels, np.uint8 if bits == 8 else np.uint16)
        pixels = np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)), "edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24" if bits == 8 else "rgb48le")
        frame = frame.reformat(
            format="yuv420p" if bits == 8 else "yuv420p10le", dst_colorspace="ITU709", dst_color_range="MPEG"
        )
        tag(frame, Tags())
        return frame


Frame = VideoFrame | PictureFrame


def plane_of(frame: av.VideoFrame, index: int, bits: int) -> np.ndarray:
    """A plane of PyAV's frame, (H, W), uint8 or uint16, not copied."""
    plane: Any = frame.planes[index]
    dtype = np.dtype(np.uint8 if bits == 8 else np.uint16)
    rows = np.frombuffer(plane, dtype).reshape(plane.height, -1)
    return rows[:, : plane.width]


def tag(target, tags: Tags) -> None:
    """Write what the numbers mean to PyAV's frame or encoder."""
    target.color_range = FULL if tags.full_range else LIMITED
    target.colorspace, target.color_primaries, target.color_trc = tags.matrix, tags.primaries, tags.transfer
