"""Whether a registration holds everywhere: blocks of a volume, each looked for by itself."""

from itertools import product

import numpy as np

from aefusion.medical.isotropic import Block, on_grid
from aefusion.medical.volume import Volume

AT_LEAST = 0.25
"""The share of blocks that must agree, if there are many; of n blocks, 1 / sqrt(n) more. By chance 8 % agree."""
_SIDE = 8
"""Of a block, in voxels."""
_REACH = 3
"""So many voxels a block is looked for in each direction; it agrees if it is found within one."""
_BINS = 12
_TEXTURE = 0.3
"""Blocks with a smaller share of the volume's entropy show nothing to look for."""


def agreement(reference: Block, moving: Volume) -> tuple[float, int, float]:
    """The share of blocks that agree, how many blocks there are, and the share of the smaller volume in common.

    A block agrees if its mutual information with the moving volume is largest within a voxel of where the volume lies.
    """
    try:
        other = on_grid(moving, reference.grid)
    except ValueError:  # it lies outside
        return 0.0, 0, 0.0
    both = reference.inside & other.inside
    cubes = abs(np.linalg.det(reference.grid.affine[:3, :3]))
    assert moving.grid is not None
    whole = abs(np.linalg.det(moving.grid.affine[:3, :3])) * np.prod(moving.grid.shape) / cubes
    overlap = float(both.sum() / max(1.0, min(reference.inside.sum(), whole)))
    one, two = _levels(reference.values, both), _levels(other.values, both)
    starts = [range(_REACH, max(_REACH + 1, n - _SIDE - _REACH + 1), _SIDE) for n in both.shape]
    blocks = []
    # By levels of equal width, in which noise around the patient is one level.
    wide = [_levels(values, both, equal=True) for values in (reference.values, other.values)]
    limits = [_TEXTURE * _entropy(levels[both]) for levels in wide]
    for corner in product(*starts):
        place = tuple(slice(start, start + _SIDE) for start in corner)
        shows = all(_entropy(levels[place]) > limit for levels, limit in zip(wide, limits, strict=True))
        if shows and both[place].size == _SIDE**3 and both[place].mean() > 0.9:
            blocks.append(corner)
    if not blocks:
        return 0.0, 0, overlap
    shifts = list(product(range(-_REACH, _REACH + 1), repeat=3))
    scores = np.empty((len(shifts), len(blocks)))
    for i, shift in enumerate(shifts):
        for j, corner in enumerate(blocks):
            here = one[tuple(slice(start, start + _SIDE) for start in corner)]
            there = two[tuple(slice(start + by, start + by + _SIDE) for start, by in zip(corner, shift, strict=True))]
            scores[i, j] = _information(here, there)
    best = np.array(shifts)[scores.argmax(axis=0)]
    return float((np.abs(best).max(axis=1) <= 1).mean()), len(blocks), overlap


def _levels(values: np.ndarray, where: np.ndarray, equal: bool = False) -> np.ndarray:
    """Values as one of up to `_BINS` levels with as many values each: soft tissue of CT is more than one level then.

    `equal`: of equal width instead, the thousandth at either end clipped.
    """
    if not where.any():
        return np.zeros(values.shape, np.intp)
    if equal:
        low, high = np.percentile(values[where], (0.1, 99.9))
        ends = np.linspace(low, high, _BINS + 1)[1:-1]
    else:
        ends = np.unique(np.quantile(values[where], np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.searchsorted(ends, values, side="right").astype(np.intp)


def _entropy(levels: np.ndarray) -> float:
    return _of(np.bincount(levels.ravel(), minlength=_BINS))


def _information(one: np.ndarray, other: np.ndarray) -> float:
    """The normalised mutual information of two blocks of levels (Studholme, 1999)."""
    joint = np.bincount((one * _BINS + other).ravel(), minlength=_BINS * _BINS).reshape(_BINS, _BINS)
    together = _of(joint.ravel())
    return (_of(joint.sum(axis=0)) + _of(joint.sum(axis=1))) / together if together > 0 else 1.0


def _of(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
