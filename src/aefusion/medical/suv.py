"""The standardised uptake value (SUV) of PET, by body weight."""

import warnings
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aefusion.files import FileError
from aefusion.medical.dicom import Plane

_PHILIPS, _GE = (0x7053, "Philips PET Private Group"), (0x0009, "GEMS_PETD_01")


def suv_factor(path: Path, planes: Sequence[Plane], warn: Callable[[str], object] = warnings.warn) -> float:
    """What the rescaled values of a PET series are multiplied by to be SUV by body weight, in g/ml.

    Of Bq/ml it is the weight in g divided by the dose in Bq, as it has decayed until the values are decay corrected to:
    the start of the scan (START), or the injection (ADMIN). The steps are those of QIBA's vendor-neutral pseudo-code
    (Quantitative Imaging Biomarkers Alliance, 2011). FileError that names what the files do not state.
    """
    header = planes[0].header
    units = str(header.get("Units") or "")
    if units == "GML":
        return 1.0
    if units == "CNTS":
        return _of_counts(path, header)
    if units != "BQML":
        raise FileError(path, f"its values are in {units or 'no stated unit'}: no SUV", "leave `units` out")
    corrections = header.get("CorrectedImage") or ()
    if corrections and not {"ATTN", "DECY"} <= {str(one) for one in corrections}:
        warn(f"{path}: not corrected for attenuation and decay by its header: its SUV may be wrong")
    return _of_activity(path, planes, warn)


def _of_counts(path: Path, header: Any) -> float:
    """Philips keeps counts, and the factor to SUV in an attribute of its own."""
    try:
        factor = float(header.private_block(*_PHILIPS)[0x00].value)
    except (KeyError, TypeError, ValueError):
        factor = 0
    if factor <= 0:
        raise FileError(path, "its values are counts, and no factor to SUV is stated", "leave `units` out")
    return factor


def _of_activity(path: Path, planes: Sequence[Plane], warn: Callable[[str], object]) -> float:
    header = planes[0].header
    items = header.get("RadiopharmaceuticalInformationSequence") or ()
    drug = items[0] if items else {}
    weight, dose = _positive(header.get("PatientWeight")), _positive(drug.get("RadionuclideTotalDose"))
    half_life = _positive(drug.get("RadionuclideHalfLife"))
    for value, name in ((weight, "PatientWeight"), (dose, "RadionuclideTotalDose")):
        if not value:
            raise FileError(path, f"its SUV cannot be computed: {name} is not stated", "leave `units` out")
    if dose < 1e5:
        warn(f"{path}: a dose of {dose:g} Bq is too little for a PET: its SUV may be wrong")
    correction = str(header.get("DecayCorrection") or "")
    if correction == "ADMIN":
        return weight * 1000 / dose
    if correction != "START":
        wrong = f"its SUV cannot be computed: decay correction is {correction or 'not stated'}"
        raise FileError(path, wrong, "leave `units` out")
    if not half_life:
        wrong = "its SUV cannot be computed: RadionuclideHalfLife is not stated"
        raise FileError(path, wrong, "leave `units` out")
    scan = _scanned(path, planes, warn)
    waited = (scan - _injected(path, drug, scan)).total_seconds()
    if not 0 <= waited <= 86400:
        wrong = f"its SUV cannot be computed: the injection is {waited / 3600:.3g} h before the scan by the file"
        raise FileError(path, wrong, "leave `units` out")
    return weight * 1000 / (dose * 2 ** (-waited / half_life))


def _scanned(path: Path, planes: Sequence[Plane], warn: Callable[[str], object]) -> datetime:
    """The start of the scan, which decay is corrected to: of the series, unless that was made from slices before it."""
    header = planes[0].header
    series = _moment(header.get("SeriesDate"), header.get("SeriesTime"))
    slices = [_moment(plane.header.get("AcquisitionDate"), plane.header.get("AcquisitionTime")) for plane in planes]
    first = min((one for one in slices if one), default=None)
    if series and (first is None or series <= first):
        return series
    try:
        of_ge = _moment_of(str(header.private_block(*_GE)[0x0D].value))
    except KeyError:
        of_ge = None
    start = of_ge or first
    if start is None:
        raise FileError(path, "its SUV cannot be computed: no time of the scan is stated", "leave `units` out")
    if series and not of_ge:
        warn(f"{path}: its series was made after its slices: decay is counted to the first of those")
    return start


def _injected(path: Path, drug: Any, scan: datetime) -> datetime:
    stated = _moment_of(str(drug.get("RadiopharmaceuticalStartDateTime") or ""))
    if stated:
        return stated
    at = _moment(scan.strftime("%Y%m%d"), drug.get("RadiopharmaceuticalStartTime"))
    if at is None:
        raise FileError(path, "its SUV cannot be computed: no time of the injection is stated", "leave `units` out")
    return at if at <= scan else at - timedelta(days=1)


def _moment(date: Any, time: Any) -> datetime | None:
    return _moment_of(f"{date}{time}".replace(":", "")) if date and time else None


def _moment_of(text: str) -> datetime | None:
    """A time such as 20200101100000.25+0100, whose zone is not looked at: scan and injection are of one clock."""
    digits, _, fraction = text.split("+")[0].split("-")[0].strip().partition(".")
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S"[: len("%Y%m%d") + 2 * max(0, (len(digits) - 8) // 2)])
        return moment + timedelta(seconds=float(f"0.{fraction or 0}"))
    except ValueError:
        return None


def _positive(value: Any) -> float:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return 0.0
