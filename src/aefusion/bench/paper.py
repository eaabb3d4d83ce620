"""Tables V, VI and VII as the paper prints them, to stand beside measured figures.

Fang, Zhao, Yang, Qin, Zhang, 2020, AE-Netv2: Optimization of Image Fusion Efficiency and Network Architecture. Their
machine: Intel i5-8500 at 3.0 GHz, 32 GB; networks on an RTX 2070.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """A row of Table V; texts are as printed, "" where the table has a cross."""

    number: int
    name: str
    year: int
    category: str
    seconds: str
    evolution: bool = False
    generality: bool = False
    size: str = ""
    """In MB; in brackets that of the pretrained network it needs."""


TABLE_V: dict[str, Row] = {
    "fzl": Row(1, "FZL", 2019, "Hybrid", "0.560", generality=True),
    "csr": Row(2, "CSR", 2016, "Multi-scale", "47.199"),
    "dl": Row(3, "DL", 2018, "Deep learning", "3.331", size="549.00"),
    "densefuse": Row(4, "DENSE", 2019, "Deep learning", "0.159", size="1.02"),
    "fusiongan": Row(5, "FusionGAN", 2019, "GAN", "0.094", size="7.24"),
    "ifcnn": Row(6, "IFCNN", 2020, "Deep learning", "0.021", generality=True, size="0.32(170)"),
    "dtcwt": Row(7, "DTCWT", 2007, "Wavelets", "0.148"),
    "latlrr": Row(8, "LATLRR", 2020, "Multi-scale", "30.897"),
    "lp_sr": Row(9, "LP-SR", 2015, "Hybrid", "0.017"),
    "dsift": Row(10, "DSIFT", 2015, "Other", "3.696"),
    "cnn_iv": Row(11, "CNN_IV", 2017, "Hybrid", "21.594", size="1.54"),
    "cnn_mf": Row(12, "CNN_MF", 2017, "Hybrid", "50.225", size="30.90"),
    "cvt": Row(13, "CVT", 2007, "Multi-scale", "0.913"),
    "cbf": Row(14, "CBF", 2015, "Multi-scale", "8.177"),
    "jsr": Row(15, "JSR", 2013, "Sparse representation", "95.670"),
    "jsrsd": Row(16, "JSRSD", 2017, "Saliency-based", "126.041"),
    "gtf": Row(17, "GTF", 2016, "Other", "1.824"),
    "wls": Row(18, "WLS", 2017, "Hybrid", "8.397"),
    "rp": Row(19, "RP", 1989, "Pyramid", "0.057"),
    "msvd": Row(20, "MSVD", 2011, "Multi-scale", "0.207"),
    "mgff": Row(21, "MGFF", 2019, "Multi-scale", "1.080"),
    "zca": Row(22, "ZCA", 2019, "Hybrid", "0.997"),
    "adf": Row(23, "ADF", 2016, "Multi-scale", ""),
    "fpde": Row(24, "FPDE", 2017, "Subspace", ""),
    "ifevip": Row(25, "IFEVIP", 2017, "Other", ""),
    "deepfuse_hli": Row(26, "DeepFuse", 2017, "Other", "0.101", size="0.33"),
    "pgmi": Row(27, "PGMI", 2020, "Deep learning", "0.044", size="0.80"),
    "fusiondn": Row(28, "FusionDN", 2020, "Deep learning", "0.850", generality=True, size="1638.40(527)"),
    "saf": Row(29, "SAF", 2020, "Deep learning", "0.070", size="192.00(527)"),
    "nestfuse": Row(30, "NestFuse-max", 2020, "Deep learning", "0.116", size="20.80"),
    "u2fusion": Row(31, "U2Fusion", 2020, "Deep learning", "0.857", generality=True, size="1064.96"),
    "aenet": Row(32, "AE-Net", 2020, "Deep learning", "0.071", True, True, "192(527)"),
    "aenetv2-m": Row(33, "AE-Netv2-M", 2020, "Deep learning", "0.0128", True, True, "0.896"),
    "aenetv2": Row(34, "AE-Netv2-GCB", 2020, "Deep learning", "0.0098", True, True, "0.069"),
    "aenetv2-plus": Row(35, "AE-Netv2-CNN", 2020, "Deep learning", "0.010", True, True, "0.490"),
    "aenetv2-separable": Row(36, "AE-Netv2-Separable", 2020, "Deep learning", "0.0097", True, True, "0.11"),
    "aenetv2-squeeze": Row(37, "AE-Netv2-Squeeze", 2020, "Deep learning", "0.0098", True, True, "0.25"),
    "aenetv2-inception": Row(38, "AE-Netv2-Inception", 2020, "Deep learning", "0.0108", True, True, "0.91"),
    "aenetv2-squeeze-gcb": Row(39, "AE-Netv2-Squeeze-GCB", 2020, "Deep learning", "0.0098", True, True, "0.08"),
}
"""By the names of METHODS and MODELS, where this package has them."""

TABLE_V_SECONDS = {name: float(row.seconds) for name, row in TABLE_V.items() if row.seconds}
"""Time a pair of 400 x 400, Table V."""

TABLE_VI: dict[str, tuple[str, int, int]] = {
    "ifcnn": ("IFCNN", 83_587, 20_797_920_000),
    "u2fusion": ("U2Fusion", 659_217, 211_028_997_456),
    "aenet": ("AE-Net", 16_493_555, 175_053_109_504),
    "aenetv2": ("AE-Netv2", 5_378, 860_480_000),
    "aenetv2-plus": ("AE-Netv2+", 41_154, 6_584_640_000),
    "aenetv2-plusplus": ("AE-Netv2++", 1_537, 245_920_000),
}
"""Name in print, parameters, FLOPs at 400 x 400."""

TABLE_VII_COLUMNS = ("Combined", "NIQE", "SSIM", "EN", "PSNR", "BRENNER", "VIFF", "Time(ms)", "Size(M)")
TABLE_VII: dict[str, tuple[str, ...]] = {
    "aenetv2-plus": ("1.35", "0.72", "0.63", "6.42", "0.48", "5.63", "0.32", "0.61", "0.48"),
    "aenetv2": ("1.29", "0.70", "0.62", "6.42", "0.48", "5.20", "0.34", "0.59", "0.07"),
    "aenetv2-inception": ("1.33", "0.69", "0.63", "6.30", "0.48", "5.55", "0.34", "0.65", "0.91"),
    "aenetv2-separable": ("1.42", "0.64", "0.64", "6.31", "0.48", "6.15", "0.33", "0.58", "0.11"),
    "aenetv2-squeeze": ("1.61", "0.65", "0.63", "6.29", "0.48", "7.53", "0.32", "0.59", "0.25"),
    "aenetv2-gcb-inception": ("1.26", "0.69", "0.63", "6.46", "0.48", "5.00", "0.35", "0.70", "0.11"),
    "aenetv2-squeeze-gcb": ("1.61", "0.66", "0.63", "6.29", "0.48", "7.48", "0.32", "0.59", "0.08"),
    "aenetv2-squeeze2-gcb": ("1.67", "0.63", "0.62", "6.33", "0.48", "7.97", "0.31", "0.83", "0.1"),
}
"""The blocks R by the names of MODELS; NIQE and PSNR are normalised, NIQE inverted."""
