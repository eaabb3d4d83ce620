"""One volume of several that a DICOM series holds: echoes, times, gates, directions, parts of complex values."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from aefusion.medical.dicom import Plane
from aefusion.medical.wanted import Wanted

SAME_PLACE = 0.01
"""Slices less far apart, in mm, are at one position."""
_MARKS = {
    "EchoTime": "", "EffectiveEchoTime": "MREchoSequence", "EchoNumbers": "",
    "TemporalPositionIdentifier": "", "TemporalPositionIndex": "FrameContentSequence",
    "DiffusionBValue": "MRDiffusionSequence", "DiffusionGradientOrientation": "MRDiffusionSequence",
    "TriggerTime": "", "NominalPercentageOfCardiacPhase": "CardiacSynchronizationSequence",
    "NominalCardiacTriggerDelayTime": "CardiacSynchronizationSequence",
    "InversionTime": "", "FlipAngle": "", "PhaseVector": "", "TimeSlotVector": "", "RRIntervalVector": "",
    "EnergyWindowVector": "", "FrameReferenceTime": "", "AcquisitionNumber": "", "ImageType": "",
    "FrameType": "MRImageFrameTypeSequence", "ComplexImageComponent": "MRImageFrameTypeSequence",
    "FrameAcquisitionNumber": "FrameContentSequence", "KVP": "", "AcquisitionDateTime": "", "AcquisitionTime": "",
    "StackID": "FrameContentSequence",
}  # fmt: skip
"""What tells volumes apart, and the functional group that it is in."""
_SHOWN = 12


def choose_volume(
    path: Path, planes: list[Plane], positions: np.ndarray, wanted: Wanted
) -> tuple[list[Plane], np.ndarray, int]:
    """The slices of one volume, with their positions (n, 3) in mm, and how many volumes there are.

    Where several slices lie at one position, they are taken apart by what their headers state differently; `wanted`
    says which of the volumes. FileError, with the list, where it does not and there are several.
    """
    volumes = split(planes, positions)
    count = len(volumes)
    listed = [f"{k + 1} ({words})" if words else str(k + 1) for k, (words, _) in enumerate(volumes[:_SHOWN])]
    more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
    index = wanted.index(path, count, f"holds {count} volumes of the same places: {', '.join(listed)}{more}")
    chosen = volumes[index][1]
    return [planes[i] for i in chosen], positions[chosen], count


def split(planes: Sequence[Plane], positions: np.ndarray) -> list[tuple[str, list[int]]]:
    """The volumes: what each has of its own, in words, and the indices of its slices."""
    places = _places(positions)
    if len(set(places)) == len(places):
        return [("", list(range(len(planes))))]
    marks = {name: [_mark(plane, name, group) for plane in planes] for name, group in _MARKS.items()}
    marks = {name: values for name, values in marks.items() if len(set(values)) > 1}
    for size in (1, 2, 3):
        for chosen in combinations(marks, size):
            groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
            for i, key in enumerate(zip(*(marks[name] for name in chosen), strict=True)):
                groups[key].append(i)
            # A volume has each place once, and all have the same places.
            if len({frozenset(places[i] for i in group) for group in groups.values()}) == 1 and all(
                len({places[i] for i in group}) == len(group) for group in groups.values()
            ):
                keys = sorted(groups, key=lambda key: [_order(value) for value in key])
                return [
                    (", ".join(f"{n} {value or 'none'}" for n, value in zip(chosen, key, strict=True)), groups[key])
                    for key in keys
                ]
    return _by_number(planes, places)


def _by_number(planes: Sequence[Plane], places: list[int]) -> list[tuple[str, list[int]]]:
    """The first of each place, the second of each place ..., if all places have the same number of slices.

    Two files that are nearly one (a slice stored twice) are not two volumes: of one place alone nothing is split.
    """
    at: dict[int, list[int]] = defaultdict(list)
    for i in sorted(range(len(planes)), key=lambda i: (_number(planes[i]), planes[i].frame, str(planes[i].path))):
        at[places[i]].append(i)
    counts = {len(indices) for indices in at.values()}
    numbers = [(_number(plane), plane.frame) for plane in planes]
    if len(counts) > 1 or len(set(numbers)) < len(numbers):
        return [("", list(range(len(planes))))]
    return [("", [indices[k] for indices in at.values()]) for k in range(counts.pop())]


def _places(positions: np.ndarray) -> list[int]:
    """For each position the number of its place: equal within `SAME_PLACE`."""
    order = np.lexsort(np.round(positions / SAME_PLACE).T)
    places, number, last = [0] * len(positions), -1, None
    for i in order:
        if last is None or np.abs(positions[i] - positions[last]).max() > SAME_PLACE:
            number += 1
        places[i], last = number, i
    return places


def _mark(plane: Plane, name: str, group: str) -> str:
    value = plane.get(name, group)
    if name.endswith("Vector"):
        value = value[plane.frame] if value is not None and len(value) > plane.frame else None
    if value is None:
        return ""
    if isinstance(value, str | bytes | int | float):
        return str(value)
    try:
        return "\\".join(map(str, value))
    except TypeError:
        return str(value)


def _order(value: str) -> tuple[float, str]:
    try:
        return float(value), ""
    except ValueError:
        return float("inf"), value


def _number(plane: Plane) -> int:
    try:
        return int(plane.header.get("InstanceNumber") or 0)
    except (TypeError, ValueError):
        return 0
