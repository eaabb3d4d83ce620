"""Where the voxels of a volume lie in the patient."""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 0.05
"""Grids count as one where no corner is off by more than this share of the shortest voxel side."""
_LETTERS = ("LR", "PA", "IS")


@dataclass(frozen=True, eq=False)
class Grid:
    """The voxel centres of a volume, in millimetres in the patient.

    >>> print(Grid((256, 256, 20), np.diag([-1.0, -1, 5, 1])))
    256x256x20 voxels of 1x1x5 mm, axes L P S, first at 0 R, 0 A, 0 S mm
    """

    shape: tuple[int, int, int]
    """Columns, rows, slices."""
    affine: np.ndarray
    """(4, 4) float64: from (column, row, slice, 1) to (x, y, z, 1) in mm as NIfTI has it: x grows to the patient's
    right (R), y to the front (A), z to the head (S). DICOM's x and y have the other sign."""
    space: int = 1
    """NIfTI's code of what the millimetres are measured in: 1 the scanner, 2 another scan, 4 MNI ..."""

    @property
    def spacing(self) -> np.ndarray:
        """(3,): the sides of a voxel in mm."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    def distance(self, other: "Grid") -> float:
        """How far apart the farthest corner is, in mm; infinite if the shapes differ."""
        if self.shape != other.shape:
            return float("inf")
        ends = np.array(np.meshgrid(*((0, n - 1) for n in self.shape))).reshape(3, -1)
        difference = (self.affine - other.affine) @ np.vstack([ends, np.ones(ends.shape[1])])
        return float(np.linalg.norm(difference[:3], axis=0).max())

    def fits(self, other: "Grid") -> bool:
        """Whether both are the same grid, within TOLERANCE."""
        return self.distance(other) <= TOLERANCE * min(*self.spacing, *other.spacing)

    def only(self, number: int) -> "Grid":
        """The grid of one slice, counted from 0."""
        affine = self.affine.copy()
        affine[:3, 3] += number * affine[:3, 2]
        return Grid((*self.shape[:2], 1), affine, self.space)

    def axes(self) -> tuple[str, str, str]:
        """Where columns, rows and slices lead to: letters of L R A P S I, the nearest ones."""
        from nibabel.orientations import aff2axcodes

        return aff2axcodes(self.affine)

    def upright(self, picture: np.ndarray) -> np.ndarray:
        """A slice (H, W) or (H, W, 3) as it is looked at: the front or the head up, the patient's right at the left."""
        swapped, mirrored, upside_down = self._turns()
        if swapped:
            picture = np.swapaxes(picture, 0, 1)
        if mirrored:
            picture = picture[:, ::-1]
        return np.ascontiguousarray(picture[::-1] if upside_down else picture)

    def turned_upright(self) -> "Grid":
        """The grid of the slices that `upright` gives.

        >>> print(Grid((256, 200, 20), np.diag([1.0, 1, 5, 1])).turned_upright())
        256x200x20 voxels of 1x1x5 mm, axes L P S, first at 255 R, 199 A, 0 S mm
        """
        swapped, *flipped = self._turns()
        order = [1, 0, 2] if swapped else [0, 1, 2]
        shape, affine = [self.shape[i] for i in order], self.affine[:, [*order, 3]]
        for axis, flip in enumerate(flipped):
            if flip:
                affine[:, 3] += (shape[axis] - 1) * affine[:, axis]
                affine[:, axis] *= -1
        return Grid((shape[0], shape[1], shape[2]), affine, self.space)

    def _turns(self) -> tuple[bool, bool, bool]:
        """Whether rows and columns change places to be upright, then columns their order, then rows."""
        across, down, _ = self.axes()
        swapped = across in "IS" or down in "LR"
        if swapped:
            across, down = down, across
        return swapped, across in "RA", down in "AS"

    def __str__(self) -> str:
        from nibabel.affines import obliquity

        at = ", ".join(
            f"{abs(x):.4g} {letters[int(x >= 0)]}"
            for x, letters in zip(self.affine[:3, 3] + 0.0, _LETTERS, strict=True)
        )
        angle = np.degrees(obliquity(self.affine)).max()
        oblique = f", oblique by {angle:.1f} degrees" if angle > 0.05 else ""
        sides = "x".join(f"{side:.4g}" for side in self.spacing)
        shape = "x".join(map(str, self.shape))
        return f"{shape} voxels of {sides} mm, axes {' '.join(self.axes())}{oblique}, first at {at} mm"
