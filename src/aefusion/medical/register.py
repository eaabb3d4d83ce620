"""Laying a volume onto another one of the same patient, by a rigid transform."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError, whole
from aefusion.medical.agree import AT_LEAST, agreement
from aefusion.medical.errors import needs_extra
from aefusion.medical.grid import Grid
from aefusion.medical.isotropic import Block, isotropic
from aefusion.medical.order import LPS
from aefusion.medical.volume import Volume

SUFFIXES = (".tfm", ".txt")
"""Of files of transforms."""
FINE, COARSE = 1.5e6, 1.2e5
"""So many voxels are looked at, in the last step and in the blocks that are to agree."""
SAMPLES = 60_000
"""So many voxels the mutual information is taken from."""
LARGEST_TURN = 50
"""In degrees: patients lie in scanners, so more is no registration."""
STILL = 0.2
"""A transform that moves no corner by more than this share of the shortest voxel side is none: it would only soften."""
LEAST_OVERLAP = 0.3
"""Of the smaller volume."""


@dataclass(frozen=True)
class Registered:
    """A volume that was laid onto another one."""

    volume: Volume
    """The moving one, at its new place."""
    matrix: np.ndarray
    """(4, 4): from a place in the reference to that in the moving volume as it was, in mm as ITK has it (left, back,
    head)."""
    before: float
    """The mutual information, in nats, as the files place them."""
    after: float
    """The same after registration."""
    share: float
    """The share of blocks whose own best match is where the transform puts them."""
    name: str = ""
    """Which source it was: "second", "third"."""

    @property
    def turn(self) -> float:
        """The angle, in degrees."""
        return float(np.degrees(np.arccos(np.clip((np.trace(self.matrix[:3, :3]) - 1) / 2, -1, 1))))

    @property
    def moved(self) -> float:
        """How far the farthest corner of the volume was moved, in mm."""
        grid = self.volume.grid
        assert grid is not None
        ends = np.array(np.meshgrid(*((0, n - 1) for n in grid.shape))).reshape(3, -1)
        now = grid.affine[:3] @ np.vstack([ends, np.ones(ends.shape[1])])
        then = _ras(self.matrix) @ np.vstack([now, np.ones(ends.shape[1])])
        return float(np.linalg.norm(then[:3] - now, axis=0).max())

    @property
    def in_words(self) -> str:
        """How far it was moved and turned."""
        return f"moved by up to {self.moved:.3g} mm, turned by {self.turn:.2g} degrees"


def registered(reference: Volume, moving: Volume) -> Registered:
    """A volume laid onto another one of the same patient by a rigid transform: shifts and turns, no scale.

    The transform with the largest mutual information (Mattes and others, 2003, by SimpleITK) is searched from where the
    files place the volumes, from one centre on the other, and from one centre of mass on the other. ValueError if the
    transform turns by more than `LARGEST_TURN`, if too little lies on each other, if the mutual information does not
    gain, or if too few blocks of the volume agree with it one by one: it is none then.
    """
    with needs_extra("registration"):
        import SimpleITK as sitk
    for volume in (reference, moving):
        if volume.grid is None:
            raise ValueError(f"{volume.name}: states no position, so it cannot be registered")
        if min(volume.grid.shape) < 4:
            raise ValueError(f"{volume.name}: {volume.grid.shape[2]} slices are too few to be registered by")
    fixed, other = isotropic(reference, FINE), isotropic(moving, FINE)
    for volume, block in ((reference, fixed), (moving, other)):
        if np.ptp(block.values) == 0:
            raise ValueError(f"{volume.name}: shows nothing to be registered by")
    images = _image(sitk, fixed), _image(sitk, other)
    inside = sitk.GetImageFromArray(fixed.inside.astype(np.uint8))
    inside.CopyInformation(images[0])
    before = _information(sitk, images, inside, sitk.Euler3DTransform())
    transform = _best(sitk, images, inside)
    after = _information(sitk, images, inside, transform)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    matrix[:3, 3] = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    result = Registered(_placed(moving, matrix, reference), matrix, before, after, 0)
    if result.moved < STILL * min(*reference.grid.spacing, *moving.grid.spacing):  # pyright: ignore
        result = Registered(_placed(moving, np.eye(4), reference), np.eye(4), before, before, 0)
    share, blocks, overlap = agreement(isotropic(reference, COARSE), result.volume)
    result = replace(result, share=share)
    if why := _wrong(result, blocks, overlap):
        raise ValueError(
            f"{moving.name} was not registered onto {reference.name}: {why}: register them by hand, or leave "
            "`register` out"
        )
    return result


def _placed(moving: Volume, matrix: np.ndarray, reference: Volume) -> Volume:
    """The volume where the transform puts it, in the space of the reference."""
    grid, there = moving.grid, reference.grid
    assert grid is not None and there is not None
    return replace(moving, grid=Grid(grid.shape, np.linalg.inv(_ras(matrix)) @ grid.affine, there.space))


def _wrong(result: Registered, blocks: int, overlap: float) -> str:
    """Why a transform is none; empty if it is one."""
    if result.turn > LARGEST_TURN:
        return f"the best transform turns by {result.turn:.0f} degrees"
    if overlap < LEAST_OVERLAP:
        return f"with the best transform {overlap:.0%} of the smaller lie on the other"
    if result.after < result.before:
        return "no transform was better than none"
    if result.share < AT_LEAST + 1 / np.sqrt(max(blocks, 1)):
        return f"only {result.share:.0%} of the volume agrees with the best transform"
    return ""


def save_transform(path: Path, matrix: np.ndarray) -> None:
    """Write a rigid transform as ITK does (.tfm, .txt): from places in the reference to places in the moving volume.

    `matrix`: (4, 4), in mm to the left, the back and the head. FileError if it cannot be written.
    """
    check_transform_file(path)
    import SimpleITK as sitk

    transform = sitk.Euler3DTransform()
    transform.SetMatrix(matrix[:3, :3].ravel().tolist(), 1e-6)
    transform.SetTranslation(matrix[:3, 3].tolist())
    with whole(path) as part:
        try:
            sitk.WriteTransform(transform, str(part))
        except RuntimeError as error:
            raise FileError(path, "cannot be written", "choose another place") from error


def check_transform_file(path: Path) -> None:
    """FileError if no transform can be written under this name."""
    if path.suffix.lower() not in SUFFIXES:
        raise FileError(path, f"the suffix {path.suffix!r} is none of a transform of ITK", "end it in .tfm or .txt")
    if not path.resolve().parent.is_dir():
        raise FileError(path, f"there is no folder {path.parent}", "make it first")


def _best(sitk: Any, images: Sequence[Any], inside: Any) -> Any:
    """The best of the transforms that are found from several starts."""
    centred = sitk.CenteredTransformInitializer
    starts = [sitk.Euler3DTransform()]
    starts[0].SetCenter(images[0].TransformContinuousIndexToPhysicalPoint([n / 2 for n in images[0].GetSize()]))
    for how in (sitk.CenteredTransformInitializerFilter.GEOMETRY, sitk.CenteredTransformInitializerFilter.MOMENTS):
        start = centred(images[0], images[1], sitk.Euler3DTransform(), how)
        starts.append(sitk.Euler3DTransform(start))
    found = []
    for start in starts:
        try:
            coarse = _refined(sitk, images, inside, start, (4,), (2,), 4.0)
            found.append((_information(sitk, images, inside, coarse), coarse))
        except RuntimeError:  # ITK: nothing of the one lies on the other
            continue
    if not found:
        return starts[0]
    _, best = max(found, key=lambda one: one[0])
    # Its steps may have become too small on a slope: a second start gains 2 to 3 mm on thick slices.
    for _ in range(2):
        best = _refined(sitk, images, inside, best, (2, 1), (1, 0), 1.0)
    return best


def _refined(
    sitk: Any, images: Sequence[Any], inside: Any, start: Any, shrink: tuple[int, ...], smooth: tuple[int, ...],
    step: float,
) -> Any:  # fmt: skip
    method = _method(sitk, images[0], inside)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=step, minStep=1e-3, numberOfIterations=150, relaxationFactor=0.6, gradientMagnitudeTolerance=1e-8
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(shrink)
    method.SetSmoothingSigmasPerLevel(smooth)
    transform = sitk.Euler3DTransform(start)
    method.SetInitialTransform(transform, inPlace=True)
    method.Execute(*images)
    return transform


def _information(sitk: Any, images: Sequence[Any], inside: Any, transform: Any) -> float:
    """The mutual information at a transform, in nats; minus infinity where nothing lies on each other."""
    method = _method(sitk, images[0], inside)
    method.SetInitialTransform(transform)
    try:
        return -float(method.MetricEvaluate(*images))
    except RuntimeError:
        return float("-inf")


def _method(sitk: Any, fixed: Any, inside: Any) -> Any:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(numberOfHistogramBins=40)
    method.SetMetricFixedMask(inside)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(min(1.0, SAMPLES / fixed.GetNumberOfPixels()), 1)
    method.SetInterpolator(sitk.sitkLinear)
    return method


def _image(sitk: Any, block: Block) -> Any:
    """A block as an image of ITK; the thousandth at either end, such as metal, clipped."""
    low, high = np.percentile(block.values[block.inside], (0.1, 99.9))
    image = sitk.GetImageFromArray(np.clip(block.values, low, high if high > low else block.values.max()))
    affine = LPS @ block.grid.affine[:3]
    image.SetSpacing(block.grid.spacing.tolist())
    image.SetDirection((affine[:, :3] / block.grid.spacing).ravel().tolist())
    image.SetOrigin(affine[:, 3].tolist())
    return image


def _ras(matrix: np.ndarray) -> np.ndarray:
    """A transform of ITK's places as one of NIfTI's."""
    turn = np.diag([*np.diag(LPS), 1.0])
    return turn @ matrix @ turn
