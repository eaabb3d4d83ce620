"""Figures that the paper prints, to stand beside measured ones."""

TABLE_V_SECONDS = {
    "fzl": 0.560,
    "csr": 47.199,
    "dl": 3.331,
    "dtcwt": 0.148,
    "latlrr": 30.897,
    "lp_sr": 0.017,
    "dsift": 3.696,
    "cvt": 0.913,
    "cbf": 8.177,
    "jsr": 95.670,
    "jsrsd": 126.041,
    "gtf": 1.824,
    "wls": 8.397,
    "rp": 0.057,
    "msvd": 0.207,
    "mgff": 1.080,
    "zca": 0.997,
    "aenetv2": 0.0098,
}
"""Time a pair of 400 x 400, Table V: on a 3.0 GHz i5-8500, networks on an RTX 2070."""
