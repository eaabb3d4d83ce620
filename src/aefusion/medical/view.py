"""Axial, coronal and sagittal slices of a volume, however it is stored."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np

from aefusion.medical.grid import Grid
from aefusion.medical.volume import Volume

View = Literal["axial", "coronal", "sagittal"]
AXES = {"axial": "LPS", "coronal": "LIP", "sagittal": "PIR"}
"""Where columns, rows and slices lead to: upright, and right-handed."""


def seen(volumes: Sequence[Volume], view: View | None) -> tuple[Volume, ...]:
    """Volumes of one grid as upright slices of a view: axes change places and direction, no value is changed.

    The axes nearest to the view's are taken, so slices of an oblique volume stay oblique. Where other slices than the
    stored ones are asked for, the volumes are held in memory. ValueError if no volume states a position.
    """
    if view is None:
        return tuple(volumes)
    if view not in AXES:
        raise ValueError(f"view {view!r}: expected {', '.join(AXES)}")
    grid = next((volume.grid for volume in volumes if volume.grid), None)
    if grid is None:
        raise ValueError(f"{volumes[0].name}: states no position, so what is {view} is not known: leave `view` out")
    return tuple(_turned(volume, grid, view) for volume in volumes)


def _turned(volume: Volume, grid: Grid, view: View) -> Volume:
    from nibabel.orientations import axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform

    turn = ornt_transform(io_orientation(grid.affine), axcodes2ornt(AXES[view]))
    if (turn == [[0, 1], [1, 1], [2, 1]]).all():
        return volume
    old = (volume.columns, volume.rows, volume.count)
    from_axis = [int(np.flatnonzero(turn[:, 0] == new)[0]) for new in range(3)]
    flipped = [bool(turn[axis, 1] < 0) for axis in from_axis]
    columns, rows, count = (old[axis] for axis in from_axis)
    if from_axis[2] == 2:
        order = range(count)[::-1] if flipped[2] else range(count)

        def read(number: int) -> np.ndarray:
            values = volume.read(order[number])
            return _flipped(values if from_axis[0] == 0 else np.swapaxes(values, 0, 1), flipped)

        sources = tuple(volume.sources[i] for i in order) if volume.sources else ()
    else:

        @cache
        def stored() -> np.ndarray:
            """(slices, rows, columns), or with three channels more."""
            return np.stack([volume.read(k) for k in range(volume.count)])

        def read(number: int) -> np.ndarray:
            place = old[from_axis[2]] - 1 - number if flipped[2] else number
            values = np.take(stored(), place, axis=2 - from_axis[2])
            # Two axes are left, in the order slices, rows, columns.
            return _flipped(values if from_axis[1] > from_axis[0] else np.swapaxes(values, 0, 1), flipped)

        sources = ()
    affine = grid.affine @ inv_ornt_aff(turn, old)
    turned = Grid((columns, rows, count), affine, grid.space) if volume.grid else None
    return replace(volume, count=count, rows=rows, columns=columns, read=read, grid=turned, sources=sources)


def _flipped(values: np.ndarray, flipped: Sequence[bool]) -> np.ndarray:
    across, down, _ = (-1 if flip else 1 for flip in flipped)
    return np.ascontiguousarray(values[::down, ::across])
