"""The quality metrics, and the evaluation E of Algorithm 1.

Each is a pure function ``name(a, b, fused)`` or ``name(fused)`` in the file of that name: pictures are gray, float32
(H, W) in [0, 1], of one size. METRICS is the door: its rows take other depths and colour too, and check what they are
given. `score.score` computes any of them from arrays or files, `score_folders.score_folders` from folders. One's own is
called ``file.py:function``: see `own_metric`.
"""

from typing import Any

from aefusion.quality.metric import CONVENTIONS, Metric

_TANG, _CDD, _PYTHON = "linfeng-tang", "cddfuse", "tang-python"
_ZHANG = ("vifb", "mefb", "mfifb")
"""The three benchmarks of Zhang, which share their code."""
_LIU = ("liu", "mefb", "mfifb")
_SUM, _STRENGTH = {"over": "sum"}, {"equal": "strength"}


def _as(names: tuple[str, ...], **parameters: Any) -> dict[str, dict[str, Any]]:
    """The same parameters under several conventions."""
    return dict.fromkeys(names, parameters)


_TABLE = [
    # Name, file, title, needs the sources, range, higher is better, source, smallest side
    # The paper's Table III and VII
    Metric("EN", "en", "Entropy", False, "0 to 8 bits", True, "Roberts 2008", conventions={_PYTHON: {"tiny": 1e-7}}),
    Metric("AG", "ag", "Average gradient", False, "from 0", True, "Cui 2015", 2,
           conventions=_as((*_ZHANG, _TANG, _PYTHON), divisor="inner")),
    Metric("SSIM", "ssim", "Structural similarity", True, "-1 to 1", True, "Wang 2004", 11,
           conventions={"vifb": _SUM, _TANG: {"model": "mef"}, _CDD: {"model": "uniform"} | _SUM,
                        _PYTHON: {"white": 1} | _SUM}),
    Metric("VIFF", "viff", "Visual information fidelity for fusion", True, "from 0", True, "Han 2013", 41,
           conventions={_CDD: {"module": "vif"} | _SUM}),
    Metric("NIQE", "niqe", "Natural image quality evaluator", False, "from 0", False, "Mittal 2013", 96),
    Metric("PSNR", "psnr", "Peak signal-to-noise ratio", True, "from 0 dB", True, "Jagalingam 2015",
           conventions=_as(_ZHANG, error="vifb") | _as((_TANG, _PYTHON), peak=255.0) | {_CDD: {"peak": "fused"}}),
    Metric("MI", "mi", "Mutual information", True, "0 to 16 bits", True, "Qu 2002",
           conventions={"vifb": {"unit": "nat", "stretch": True}, _TANG: {"saturate": True}, _CDD: {"unit": "nat"}}),
    Metric("E2", "e2", "Combined", True, "0 to 1", True, "reconstruction of AE-Netv2's E_2", 96),
    Metric("BRENNER", "brenner", "Brenner's focus measure", False, "from 0", True, "Brenner 1976"),
    # Information
    Metric("NMI", "mi", "Normalised mutual information", True, "0 to 2", True, "Hossny 2008",
           parameters={"over": "normalised"}, conventions=_as(_LIU, stretch=True)),
    Metric("TE", "te", "Mutual information by Tsallis' entropy", True, "from 0", True, "Cvejic 2006",
           conventions=_as(_LIU, swapped=True)),
    Metric("CE", "ce", "Cross entropy", True, "around 0", False, "Bulanon 2009"),
    Metric("FMI", "fmi", "Feature mutual information, gradient", True, "0 to 1", True, "Haghighat 2014", 3,
           conventions=_as(("mefb", "mfifb"), equal=True)),
    Metric("FMI-pixel", "fmi", "Feature mutual information, raw", True, "0 to 1", True, "Haghighat 2014", 3,
           parameters={"feature": "pixel"}, conventions=_as(("mefb", "mfifb"), equal=True)),
    Metric("FMI-dct", "fmi", "Feature mutual information, cosines", True, "0 to 1", True, "Haghighat 2014", 3,
           parameters={"feature": "dct"}, conventions=_as(("mefb", "mfifb"), equal=True)),
    Metric("Qncie", "qncie", "Nonlinear correlation entropy", True, "0.8 to 1", True, "Wang 2008"),
    # Differences and correlation
    Metric("MSE", "mse", "Mean square error", True, "0 to 1", False, "Jagalingam 2015",
           conventions={_CDD: {"white": 255.0}}),
    Metric("RMSE", "rmse", "Root mean square error", True, "0 to 255", False, "Jagalingam 2015",
           conventions={"vifb": {"divide": "outside"}}),
    Metric("CC", "cc", "Correlation coefficient", True, "-1 to 1", True, "Deshmukh 2010"),
    Metric("SCD", "scd", "Sum of the correlations of differences", True, "-2 to 2", True, "Aslantas 2015"),
    # Contrast and edges
    Metric("SD", "sd", "Standard deviation", False, "0 to 127.5", True, "Rao 1997"),
    Metric("SF", "sf", "Spatial frequency", False, "from 0", True, "Eskicioglu 1995",
           conventions=_as((_TANG, _CDD, _PYTHON), divisor="differences")),
    Metric("EI", "ei", "Edge intensity", False, "from 0", True, "Rajalingam 2018"),
    Metric("Qabf", "qabf", "Edges preserved", True, "0 to 1", True, "Xydeas 2000",
           conventions=dict.fromkeys((*_ZHANG, _TANG, _CDD, _PYTHON), _STRENGTH)),
    Metric("Nabf", "nabf", "Fusion artefacts", True, "0 to 1", False, "Shreyamsha Kumar 2013", 2,
           conventions={_TANG: {"order": "as called"}, _PYTHON: {"least": 0.0}}),
    Metric("Qg", "qg", "Edges preserved, each pixel alike", True, "0 to 1", True, "Liu 2012"),
    Metric("Qp", "qp", "Features preserved, by phase congruency", True, "0 to 1", True, "Zhao 2007"),
    # Structure
    Metric("MS-SSIM", "ms_ssim", "Multi-scale structural similarity", True, "0 to 1", True, "Wang 2003", 161,
           conventions={_TANG: {"model": "mef"}, _PYTHON: {"model": "torch"} | _SUM}),
    Metric("MEF-SSIM", "mef_ssim", "Similarity for exposures", True, "0 to 1", True, "Ma 2015", 41),
    Metric("Qs", "qs", "Fusion quality index", True, "-1 to 1", True, "Piella 2003", 11),
    Metric("Qw", "qs", "Weighted fusion quality index", True, "-1 to 1", True, "Piella 2003", 11,
           parameters={"weighted": True}),
    Metric("Qc", "qc", "Similarity weighted by covariance", True, "-1 to 1", True, "Cvejic 2006", 7,
           conventions=_as(_LIU, outside="replace")),
    Metric("Qy", "qy", "Similarity where the sources agree", True, "-1 to 1", True, "Yang 2008", 7),
    # What the eye sees
    Metric("VIF", "vif", "Visual information fidelity, pixel domain", True, "from 0", True, "Sheikh 2006", 41,
           conventions=dict.fromkeys((_TANG, _CDD, _PYTHON), _SUM) | _as(("mefb", "mfifb"), module="viff")),
    Metric("Qcb", "qcb", "Contrast preserved for the eye", True, "0 to 1", True, "Chen and Blum 2009"),
    Metric("Qcv", "qcv", "Difference for the eye", True, "from 0", False, "Chen and Varshney 2007"),
]  # fmt: skip
METRICS: dict[str, Metric] = {metric.name: metric for metric in _TABLE}

__all__ = ["CONVENTIONS", "METRICS", "Metric"]
