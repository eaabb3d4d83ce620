"""Bringing a volume onto the grid of another one."""

from dataclasses import replace

import numpy as np

from aefusion.medical.errors import needs_extra
from aefusion.medical.grid import Grid
from aefusion.medical.volume import Volume


def resampled(volume: Volume, grid: Grid) -> Volume:
    """The volume on another grid, trilinear; nothing (NaN, in colour black) more than half a voxel outside of it.

    Along an axis whose voxels are finer than those of the grid it is smoothed first (a Gaussian of (n - 1) / 2 voxels
    where n of them go into one, as scikit-image does), so that nothing is skipped. The whole volume is held in memory,
    as float32. ValueError if it states no position or lies elsewhere.
    """
    with needs_extra("resampling"):
        from scipy.ndimage import gaussian_filter, map_coordinates
    if volume.grid is None:
        raise ValueError(f"{volume.name}: states no position, so it cannot be resampled")
    to_voxels = np.linalg.inv(volume.grid.affine) @ grid.affine
    columns, rows, count = grid.shape
    last = np.array(volume.grid.shape)[:, None, None] - 1

    def places(number: int, across: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where voxels of a slice lie in the volume (3, rows, columns), and which of them are inside of it."""
        here = np.stack(np.broadcast_arrays(across, down[:, None], float(number)))
        there = np.tensordot(to_voxels[:3, :3], here, 1) + to_voxels[:3, 3, None, None]
        # A rounding error must not push out what lies on the edge of the half voxel.
        return there, ((there >= -0.501) & (there <= last + 0.501)).min(axis=0)

    def slices_for(number: int) -> slice:
        """Which slices of the volume go into one of the grid's; looked at in up to 33 x 33 places."""
        there, inside = places(number, _spread(columns), _spread(rows))
        at = np.clip(there[2][inside], 0, volume.count - 1)
        return slice(int(at.min()), int(np.ceil(at.max())) + 1) if at.size else slice(0)

    needed = [slices_for(number) for number in range(count)]
    if not any(part.stop for part in needed):
        raise ValueError(f"{volume.name} ({volume.grid}) lies outside of the other grid, {grid}: nothing to fuse")
    stored = _all_slices(volume)
    step = np.linalg.norm(to_voxels[:3, :3], axis=1)
    if (sigma := np.maximum(0, (step - 1) / 2)[[1, 0, 2]]).any():
        stored = [gaussian_filter(channel, sigma) for channel in stored]

    def read(number: int) -> np.ndarray:
        there, inside = places(number, np.arange(columns), np.arange(rows))
        slices = [map_coordinates(channel, there[[1, 0, 2]], order=1, mode="nearest") for channel in stored]
        if volume.colour:
            return np.rint(np.dstack(slices) * inside[..., None]).astype(np.uint8)
        return np.where(inside, slices[0], np.float32(np.nan))

    sources = tuple(tuple(plane for planes in volume.sources[part] for plane in planes) for part in needed)
    return replace(volume, count=count, rows=rows, columns=columns, read=read, grid=grid, sources=sources)


def _all_slices(volume: Volume) -> list[np.ndarray]:
    """(rows, columns, slices) float32 for each channel; where there is nothing, the value that is shown as black."""
    stored = np.empty((3 if volume.colour else 1, volume.rows, volume.columns, volume.count), np.float32)
    for number in range(volume.count):
        stored[..., number] = np.moveaxis(np.atleast_3d(volume.read(number)), 2, 0)
    nothing = np.isnan(stored)
    if nothing.any():
        known = stored[~nothing]
        stored[nothing] = (known.max() if volume.inverted else known.min()) if known.size else 0
    return list(stored)


def _spread(size: int) -> np.ndarray:
    """Up to 33 places from the first to the last."""
    return np.unique(np.linspace(0, size - 1, 33).round())
