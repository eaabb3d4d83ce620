"""The fusion algorithms F of Algorithm 1: one per file, all listed in METHODS.

Each is a pure function ``name(a, b, *, ...) -> fused`` in the file of that name: ``a`` and ``b`` are gray pictures,
float32 (H, W) in [0, 1], of one size; ``fused`` is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Method:
    """One fusion algorithm: call it like the function that it names."""

    name: str
    """Key in METHODS, name of the file and of the function in it."""
    title: str
    year: int
    category: str
    """As in the paper's Table V: pyramid, wavelets, multi-scale, hybrid, sparse representation, ..."""
    tasks: tuple[str, ...]
    """What it is for: ir_visible, multi_focus, multi_exposure, medical, cvs."""
    source: str
    """Author, year, title."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """The defaults of the function, as in Table V."""
    speed: str = "fast"
    """At 400 x 400 on two cores: 'real time' under 60 ms, 'fast' under 1 s, 'slow' above."""
    tolerance: float = 1 / 255
    """fuse(x, x) differs from x by no more than this, on average."""

    @property
    def function(self) -> Callable[..., np.ndarray]:
        """The function itself, imported on first use."""
        return getattr(import_module(f"aefusion.library.{self.name}"), self.name)

    def __call__(self, a: np.ndarray, b: np.ndarray, **parameters: Any) -> np.ndarray:
        return self.function(a, b, **(self.parameters | parameters))


ANY = ("ir_visible", "multi_focus", "multi_exposure", "medical", "cvs")

_TABLE = [
    # Pixel by pixel
    Method("average", "Average", 1985, "pixel", ANY, "The mean of both sources: the baseline of every comparison.",
           speed="real time", tolerance=0.0),
    Method("max", "Maximum", 1985, "pixel", ANY, "The brighter of both sources at each pixel.",
           speed="real time", tolerance=0.0),
    # Pyramids and wavelets
    Method("lp", "Laplacian pyramid", 1983, "pyramid", ANY,
           "Burt, Adelson, 1983, The Laplacian pyramid as a compact image code.",
           {"levels": 4, "base": "mean"}, "real time", 1e-6),
    # Edge-preserving and multi-scale
    Method("gff", "Guided filter fusion", 2013, "multi-scale", ANY,
           "Li, Kang, Hu, 2013, Image fusion with guided filtering.",
           {"base_radius": 45, "base_epsilon": 0.3, "detail_radius": 7, "detail_epsilon": 1e-6},
           "real time", 1e-5),
    Method("cbf", "Cross bilateral filter", 2015, "multi-scale", ANY,
           "Shreyamsha Kumar, 2015, Image fusion based on pixel significance using cross bilateral filter.",
           {"sigma_space": 1.8, "sigma_range": 25.0, "size": 11}, "fast", 1e-6),
    Method("adf", "Anisotropic diffusion fusion", 2016, "multi-scale", ANY,
           "Bavirisetti, Dhuli, 2016, Fusion of infrared and visible sensor images based on anisotropic "
           "diffusion and Karhunen-Loeve transform.",
           {"weight_a": 0.5, "weight_b": 0.5}, "real time", 1e-5),
    Method("fpde", "Fourth-order partial differential equations", 2017, "subspace", ANY,
           "Bavirisetti, Xiao, Liu, 2017, Multi-sensor image fusion based on fourth order partial "
           "differential equations.",
           {"iterations": 20, "step": 0.9, "contrast": 4.0}, "fast", 1e-5),
    Method("wls", "Visual saliency and weighted least squares (VSMWLS)", 2017, "hybrid", ANY,
           "Ma, Zhou, Wang, Zong, 2017, Infrared and visible image fusion based on visual saliency map and "
           "weighted least square optimization.",
           {"sigma_space": 2.0, "sigma_range": 0.05, "levels": 4}, "fast", 1e-5),
    Method("mgff", "Multi-scale guided filter fusion", 2019, "multi-scale", ANY,
           "Bavirisetti, Xiao, Zhao, Dhuli, Liu, 2019, Multi-scale guided image and video fusion.",
           {"radius": 9, "epsilon": 1e3, "levels": 4}, "real time", 1e-5),
    Method("tif", "Two-scale image fusion", 2016, "multi-scale", ANY,
           "Bavirisetti, Dhuli, 2016, Two-scale image fusion of visible and infrared images using saliency "
           "detection.",
           speed="real time", tolerance=1e-5),
    # Sparse and low-rank
    # Focus and exposure
]  # fmt: skip
METHODS: dict[str, Method] = {method.name: method for method in _TABLE}
