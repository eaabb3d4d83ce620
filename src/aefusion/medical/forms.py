"""Which of its two affines a NIfTI file is placed by."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.medical.grid import Grid
from aefusion.medical.wanted import FORMS, Form

SPACES = {1: "the scanner", 2: "another scan", 3: "Talairach's atlas", 4: "MNI", 5: "a template"}
"""NIfTI's codes of what the millimetres are measured in."""
_MILLIMETRES = {"meter": 1e3, "micron": 1e-3}


def placed(
    path: Path,
    image: Any,
    shape: tuple[int, int, int],
    form: Form | None = None,
    warn: Callable[[str], object] = warnings.warn,
) -> Grid:
    """The grid of a NIfTI image: by its sform if it has one, else by its qform, or by the one that is asked for.

    A form whose code is 0, or that cannot be inverted (zeros), is none. A warning says where both are there and differ,
    and where the one that is usually taken is none. FileError if there is none, or not the one that is asked for.
    """
    header = image.header
    millimetres = np.diag([*[_MILLIMETRES.get(header.get_xyzt_units()[0], 1)] * 3, 1])
    found: dict[Form, Grid] = {}
    stated: list[Form] = []
    for name in ("s", "q"):
        affine, code = _form(header, name)
        if code:
            stated.append(name)
        if affine is not None and _sound(affine):
            found[name] = Grid(shape, millimetres @ affine, code)
    if form and form not in found:
        wrong = f"its {FORMS[form]} {'is no affine (zeros)' if form in stated else 'is not stated'}"
        raise FileError(path, wrong, "leave `form` out")
    if stated and not found:
        raise FileError(path, "its affine cannot be inverted", "set its sform or qform right first")
    if not found:
        warn(f"{path}: states no position (qform and sform codes are 0): taken as centred")
        if not _sound(image.affine):
            raise FileError(path, "its affine cannot be inverted", "set its sform or qform right first")
        return Grid(shape, millimetres @ image.affine)
    taken = form or ("s" if "s" in found else "q")
    if "s" in stated and "s" not in found and not form:
        warn(f"{path}: its sform is no affine (zeros): the qform was taken")
    if len(found) == 2 and not form and not found["s"].fits(found["q"]):
        apart, (s, q) = found["s"].distance(found["q"]), (_space(found[name].space) for name in ("s", "q"))
        warn(
            f"{path}: its qform ({q}) and its sform ({s}) are up to {apart:.3g} mm apart: the sform was taken; "
            '`form="q"` takes the other'
        )
    return found[taken]


def _space(code: int) -> str:
    return f"in the space of {SPACES.get(code, f'code {code}')}"


def _form(header: Any, name: Form) -> tuple[np.ndarray | None, int]:
    """The affine, or None where there is none, and its code."""
    from nibabel.spatialimages import HeaderDataError

    code = int(header[f"{FORMS[name]}_code"])
    try:
        affine = header.get_sform() if name == "s" else header.get_qform()
    except (HeaderDataError, ValueError):
        affine = None
    return (affine if code else None), code


def _sound(affine: np.ndarray) -> bool:
    """Whether the affine is finite and can be inverted."""
    return bool(np.isfinite(affine).all() and abs(np.linalg.det(affine[:3, :3])) >= 1e-12)
