"""A volume on cubes: what a registration looks at."""

from dataclasses import dataclass

import numpy as np

from aefusion.image.colour import luminance
from aefusion.medical.grid import Grid
from aefusion.medical.resample import resampled
from aefusion.medical.volume import Volume


@dataclass(frozen=True)
class Block:
    """A volume on a grid of cubes, in memory."""

    values: np.ndarray
    """(slices, rows, columns) float32; where there is nothing, the smallest."""
    inside: np.ndarray
    """The same shape, bool: where there is something."""
    grid: Grid


def isotropic(volume: Volume, most: float) -> Block:
    """The volume on cubes along its axes, at right angles, as small as its finest voxel side, but no more than `most`.

    Of colour the luminance is taken.
    """
    grid = volume.grid
    assert grid is not None
    # The rotation nearest to the axes: a tilted gantry is sheared.
    u, _, v = np.linalg.svd(grid.affine[:3, :3] / grid.spacing)
    axes = u @ v
    ends = np.array(np.meshgrid(*((-0.5, n - 0.5) for n in grid.shape))).reshape(3, -1)
    corners = axes.T @ (grid.affine[:3] @ np.vstack([ends, np.ones(8)]))
    low, size = corners.min(axis=1), np.ptp(corners, axis=1)
    side = max(float(grid.spacing.min()), float(np.prod(size) / most) ** (1 / 3))
    shape = np.maximum(1, np.round(size / side)).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = axes * side
    affine[:3, 3] = axes @ (low + (size - (shape - 1) * side) / 2)
    cubes = Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine, grid.space)
    return on_grid(volume, cubes)


def on_grid(volume: Volume, grid: Grid) -> Block:
    """The volume on another grid, in memory."""
    there = resampled(volume, grid)
    slices = []
    for number in range(grid.shape[2]):
        values = there.read(number)
        slices.append(values if values.ndim == 2 else luminance(values))
    values = np.stack(slices)
    inside = np.isfinite(values)
    smallest = values[inside].min() if inside.any() else 0
    return Block(np.where(inside, values, smallest).astype(np.float32), inside, grid)
