"""Files of microscopes that are no TIFF: CZI of Zeiss by pylibCZIrw, ND2 of Nikon by nd2, where those are installed."""

import contextlib
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.image.picture import Metadata, Picture
from aefusion.image.plane import Planes
from aefusion.image.scale import Scale

CZI, ND2 = b"ZISRAWFILE", (b"\xda\xce\xbe\x0a", b"\x00\x00\x00\x0cjP  ")
"""How these files begin."""
NEED = "pip install 'aefusion[microscopy]' to read it, or save it as OME-TIFF"


class CziPlanes(Planes):
    """The planes of a CZI file; scenes are positions. ValueError 'what is wrong: what to do'."""

    def __init__(self, path: Path):
        try:
            from pylibCZIrw import czi
        except ImportError:
            raise ValueError(f"a CZI file: {NEED}") from None
        self.path = path
        stack = contextlib.ExitStack()
        weakref.finalize(self, stack.close)
        try:
            self._file: Any = stack.enter_context(czi.open_czi(str(path)))
            box, scenes = self._file.total_bounding_box, dict(self._file.scenes_bounding_rectangle)
            about = self._file.metadata
        except Exception as error:  # Whatever the library raises.
            raise ValueError(f"cannot be read as CZI ({error}): copy it again, or save it as OME-TIFF") from None
        sizes = {axis: size for axis, (_, size) in box.items()}
        if others := [axis for axis, size in sizes.items() if axis not in "XYZCTB" and size > 1]:
            raise ValueError(f"holds several of {', '.join(others)}, which are not read: save it as OME-TIFF")
        self._scenes = sorted(scenes) or [None]
        self._areas, self._begin = scenes, {axis: start for axis, (start, _) in box.items()}
        self.positions, self.times, self.depth = len(self._scenes), sizes.get("T", 1), sizes.get("Z", 1)
        self.channels = _czi_channels(about, sizes.get("C", 1))
        self.scale = _czi_scale(about)

    def read(self, position: int, time: int, channel: int, z: int, warn: Callable[[str], object]) -> Picture:
        plane = {"T": time, "C": channel, "Z": z}
        plane = {axis: self._begin[axis] + at for axis, at in plane.items() if axis in self._begin}
        scene = self._scenes[position]
        options = {} if scene is None else {"scene": scene, "roi": tuple(self._areas[scene])}
        try:
            pixels = self._file.read(plane=plane, **options)
        except Exception as error:
            raise ValueError(f"cannot be decoded ({error}): copy it again, or save it as OME-TIFF") from None
        return as_picture(pixels[..., ::-1] if pixels.shape[-1] == 3 else pixels, self.scale)  # from BGR


class Nd2Planes(Planes):
    """The planes of an ND2 file. ValueError 'what is wrong: what to do'."""

    def __init__(self, path: Path):
        try:
            import nd2
        except ImportError:
            raise ValueError(f"an ND2 file: {NEED}") from None
        self.path = path
        stack = contextlib.ExitStack()
        weakref.finalize(self, stack.close)
        try:
            # Opened here, as the library leaves a file open that it cannot read.
            self._file: Any = nd2.ND2File(stack.enter_context(path.open("rb")))
            stack.callback(self._file.close)
            sizes, loops = dict(self._file.sizes), self._file.loop_indices
            x, y, step = self._file.voxel_size()
        except Exception as error:  # Whatever the library raises.
            raise ValueError(f"cannot be read as ND2 ({error}): copy it again, or save it as OME-TIFF") from None
        if others := [axis for axis, size in sizes.items() if axis not in "XYZCTPS" and size > 1]:
            raise ValueError(f"holds several of {', '.join(others)}, which are not read: save it as OME-TIFF")
        self.positions, self.times, self.depth = (sizes.get(axis, 1) for axis in "PTZ")
        self._frames = {tuple(loop.get(axis, 0) for axis in "PTZ"): i for i, loop in reversed(list(enumerate(loops)))}
        self.channels = _nd2_channels(self._file, sizes.get("C", 1))
        # Where it is not calibrated, a pixel is stated as 1 micrometre.
        known = x > 0 and y > 0 and not x == y == 1
        self.scale = Scale((1 / x, 1 / y), "um", step or None) if known else None

    def read(self, position: int, time: int, channel: int, z: int, warn: Callable[[str], object]) -> Picture:
        try:
            frame = self._file.read_frame(self._frames.get((position, time, z), 0))
        except Exception as error:
            raise ValueError(f"cannot be decoded ({error}): copy it again, or save it as OME-TIFF") from None
        return as_picture(frame[channel] if len(self.channels) > 1 else frame, self.scale)


def as_picture(pixels: np.ndarray, scale: Scale | None) -> Picture:
    """A plane, (H, W), (H, W, 1) or (H, W, 3), as a picture; floats and long integers as counts."""
    pixels = np.ascontiguousarray(pixels[..., 0] if pixels.ndim == 3 and pixels.shape[-1] == 1 else pixels)
    metadata = Metadata(scale=scale)
    if pixels.dtype in (np.uint8, np.uint16):
        return Picture(pixels, metadata=metadata)
    return Picture(pixels.astype(np.float32), metadata=metadata, measured=True, kind=pixels.dtype.name)


def _czi_channels(about: Any, count: int) -> tuple[str, ...]:
    found = _inside(about, "ImageDocument", "Metadata", "Information", "Image", "Dimensions", "Channels", "Channel")
    found = found if isinstance(found, list) else [found] if found else []
    names = [str(one.get("@Name") or "") for one in found] if len(found) == count else [""] * count
    return tuple(name or str(i + 1) for i, name in enumerate(names))


def _czi_scale(about: Any) -> Scale | None:
    found = _inside(about, "ImageDocument", "Metadata", "Scaling", "Items", "Distance")
    found = found if isinstance(found, list) else [found] if found else []
    sizes = {one.get("@Id"): float(one.get("Value") or 0) * 1e6 for one in found}
    x, y, z = (sizes.get(axis, 0.0) for axis in "XYZ")
    return Scale((1 / x, 1 / y), "um", z or None) if x > 0 and y > 0 else None


def _inside(about: Any, *keys: str) -> Any:
    for key in keys:
        about = about.get(key) if isinstance(about, dict) else None
    return about


def _nd2_channels(file: Any, count: int) -> tuple[str, ...]:
    try:
        names = [str(one.channel.name) for one in file.metadata.channels]
    except (AttributeError, TypeError):
        names = []
    names = names if len(names) == count else [""] * count
    return tuple(name or str(i + 1) for i, name in enumerate(names))
