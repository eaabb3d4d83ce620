"""The fusion algorithms F of Algorithm 1: one per file, all listed in METHODS, with the learned ones of `learned`.

Each is a pure function ``name(a, b, *, ...) -> fused`` in the file of that name: ``a`` and ``b`` are gray pictures,
float32 (H, W) in [0, 1], of one size; ``fused`` is the same. What the algorithms are built of is in `transforms`.
METHODS is the door: its rows take other depths too, and check what they are given.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any

import numpy as np

from aefusion.image.gray import grays


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
    extra: str = ""
    """What it needs beside the base install: ``pip install 'aefusion[EXTRA]'``."""
    many: bool = False
    """The function takes more than two sources; the others fuse them pair by pair."""
    home: str = "library"
    """The part of the package that its file is in: "learned" for networks, which need weights."""

    @property
    def file(self) -> str:
        """Name of the file and of the function in it; ``name`` without the weights that may stand after a colon."""
        return self.name.partition(":")[0]

    @property
    def function(self) -> Callable[..., np.ndarray]:
        """The function itself, imported on first use."""
        return getattr(import_module(f"aefusion.{self.home}.{self.file}"), self.file)

    def with_weights(self, name: str) -> "Method":
        """A learned method with another set of weights than its first: ``METHOD:NAME``.

        >>> METHODS["pmgi"].with_weights("multi_focus").tasks
        ('multi_focus',)
        """
        tasks = (name,) if name in ANY else self.tasks
        return replace(self, name=f"{self.name}:{name}", tasks=tasks, parameters=self.parameters | {"weights": name})

    def suits(self, task: str) -> bool:
        """Whether it is made for a task; every method is for tasks that the library does not know.

        >>> METHODS["dsift"].suits("multi_focus"), METHODS["dsift"].suits("medical"), METHODS["dsift"].suits("mine")
        (True, False, True)
        """
        return task not in ANY or task in self.tasks

    def __call__(self, a: np.ndarray, b: np.ndarray, *more: np.ndarray, **parameters: Any) -> np.ndarray:
        """The fused picture, float32 (H, W) in [0, 1], of two sources, of more where `many` says so.

        Sources: gray (H, W) of one size; uint8, uint16, or float in [0, 1]. ``parameters``: those of the function.

        ValueError, one line, if a source is something else, if there are too many, or if a package is missing;
        TypeError if the function has no such parameter.

        >>> METHODS["average"](np.zeros((1, 2), np.uint8), np.full((1, 2), 255, np.uint8)).tolist()
        [[0.5, 0.5]]
        >>> METHODS["lp"](np.zeros((8, 8)), np.ones((8, 8)), level=3)
        Traceback (most recent call last):
        ...
        TypeError: lp has no parameter level: its parameters are levels, base
        """
        if more and not self.many:
            raise ValueError(f"{self.name} takes two sources, not {2 + len(more)}: fuse them one after the other")
        sources = grays((a, b, *more), colour=False)
        try:
            function = self.function
            if parameters:
                self._check(function, parameters)
            return function(*sources, **(self.parameters | parameters))
        except ModuleNotFoundError as error:
            raise ValueError(f"{self.name} needs {error.name}: pip install 'aefusion[{self.extra}]'") from None

    def _check(self, function: Callable, given: dict[str, Any]) -> None:
        """TypeError if the function has no parameter of that name after its sources."""
        after = list(signature(function).parameters.values())[2:]
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in after):
            return
        known = [parameter.name for parameter in after if parameter.kind is not parameter.VAR_POSITIONAL]
        for name in given:
            if name not in known:
                its = f"its parameters are {', '.join(known)}" if known else "it has none"
                raise TypeError(f"{self.name} has no parameter {name}: {its}")


ANY = ("ir_visible", "multi_focus", "multi_exposure", "medical", "cvs")
IR = ("ir_visible", "cvs")
_learned = partial(Method, home="learned", extra="learned", tolerance=1.0)

_TABLE = [
    # Pixel by pixel
    Method("average", "Average", 1985, "pixel", ANY, "The mean of the sources: the baseline of every comparison.",
           speed="real time", tolerance=0.0, many=True),
    Method("max", "Maximum", 1985, "pixel", ANY, "The brightest of the sources at each pixel.",
           speed="real time", tolerance=0.0, many=True),
    # Pyramids and wavelets
    Method("lp", "Laplacian pyramid", 1983, "pyramid", ANY,
           "Burt, Adelson, 1983, The Laplacian pyramid as a compact image code.",
           {"levels": 4, "base": "mean"}, "real time", 1e-5),
    Method("rp", "Ratio of low-pass pyramid", 1989, "pyramid", ANY,
           "Toet, 1989, Image fusion by a ratio of low-pass pyramid.",
           {"levels": 4, "base": "mean"}, "real time", 1e-5),
    Method("dwt", "Discrete wavelet transform", 1995, "wavelets", ANY,
           "Li, Manjunath, Mitra, 1995, Multisensor image fusion using the wavelet transform.",
           {"levels": 4, "wavelet": "db1", "base": "mean"}, "real time", 1e-5, extra="lab"),
    Method("dtcwt", "Dual-tree complex wavelet transform", 2007, "wavelets", ANY,
           "Lewis, O'Callaghan, Nikolov, Bull, Canagarajah, 2007, Pixel- and region-based image fusion with "
           "complex wavelets.",
           {"levels": 4, "base": "mean"}, "real time", 1e-5, extra="lab"),
    Method("cvt", "Curvelet transform", 2007, "multi-scale", ANY,
           "Nencini, Garzelli, Baronti, Alparone, 2007, Remote sensing image fusion using the curvelet "
           "transform.",
           {"scales": 5}, "fast", 1e-5),
    Method("nsct", "Nonsubsampled contourlet transform", 2009, "multi-scale", ANY,
           "Zhang, Guo, 2009, Multifocus image fusion using the nonsubsampled contourlet transform.",
           {"directions": (2, 3, 3, 4), "base": "mean"}, "fast", 1e-5),
    Method("msvd", "Multi-resolution singular value decomposition", 2011, "multi-scale", ANY,
           "Naidu, 2011, Image fusion technique using multi-resolution singular value decomposition.",
           {"stretch": False}, "real time", 1e-5),
    Method("lp_sr", "Laplacian pyramid and sparse representation", 2015, "hybrid", ANY,
           "Liu, Liu, Wang, 2015, A general framework for image fusion based on multi-scale transform and sparse "
           "representation.",
           {"levels": 4, "overlap": 6, "error": 0.1, "dictionary": None}, "real time", 1e-4, extra="lab"),
    Method("rp_sr", "Ratio of low-pass pyramid and sparse representation", 2015, "hybrid", ANY,
           "Liu, Liu, Wang, 2015, A general framework for image fusion based on multi-scale transform and sparse "
           "representation.",
           {"levels": 4, "overlap": 6, "error": 0.1, "dictionary": None}, "real time", 1e-4, extra="lab"),
    Method("nsct_sr", "Nonsubsampled contourlet transform and sparse representation", 2015, "hybrid", ANY,
           "Liu, Liu, Wang, 2015, A general framework for image fusion based on multi-scale transform and sparse "
           "representation.",
           {"directions": (2,), "overlap": 6, "error": 0.1, "dictionary": None}, "slow", 1e-4, extra="lab"),
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
           {"mean_size": 35, "median_size": 3}, "real time", 1e-5),
    Method("gtf", "Gradient transfer fusion", 2016, "other", ("ir_visible", "cvs"),
           "Ma, Chen, Li, Huang, 2016, Infrared and visible image fusion via gradient transfer and total "
           "variation minimization.",
           {"regularity": 4.0, "rounds": 5}, "fast", 1e-5),
    # adds what is brighter than its background, to equal sources too
    Method("ifevip", "Infrared feature extraction and visual information", 2017, "other",
           ("ir_visible", "cvs"),
           "Zhang, Zhang, Bai, Zhang, 2017, Infrared and visual image fusion through infrared feature "
           "extraction and visual information preservation.",
           {"side": 512, "smallest": 32, "gaussian_size": 9, "brightest": 0.001, "strength": 0.8},
           "real time", 0.3, extra="lab"),
    # brightens the result by 275 / 255, as its authors do
    Method("hmsd_gf", "Hybrid multi-scale decomposition with guided filters", 2016, "multi-scale",
           ("ir_visible", "cvs"),
           "Zhou, Dong, Xie, Gao, 2016, Fusion of infrared and visible images for night-vision context "
           "enhancement.",
           {"levels": 4, "radius": 2, "epsilon": 0.1}, "fast", 20 / 255),
    Method("hybrid_msd", "Hybrid multi-scale decomposition with Gaussian and bilateral filters", 2016,
           "multi-scale", ("ir_visible", "cvs"),
           "Zhou, Wang, Li, Dong, 2016, Perceptual fusion of infrared and visible images through a hybrid "
           "multi-scale decomposition with Gaussian and bilateral filters.",
           {"levels": 4, "sigma_space": 2.0, "sigma_range": 0.05, "contrast": 30.0}, "fast", 1e-5),
    # enhances: equal sources come out stretched and brightened
    Method("gfce", "Guided filter context enhancement", 2016, "multi-scale", ("ir_visible", "cvs"),
           "Zhou, Dong, Xie, Gao, 2016, Fusion of infrared and visible images for night-vision context "
           "enhancement.",
           {"levels": 4, "radius": 2, "epsilon": 0.1}, "fast", 0.8),
    # Sparse and low-rank
    Method("jsr", "Joint sparse representation", 2013, "sparse representation", ANY,
           "Zhang, Fu, Li, Zou, 2013, Dictionary learning method for joint sparse representation-based image "
           "fusion.",
           {"dictionary": None, "atoms": 16, "step": 1}, "slow", 4 / 255, extra="lab"),
    Method("jsrsd", "Joint sparse representation with saliency detection", 2017, "saliency-based", ANY,
           "Liu, Qi, Ding, 2017, Infrared and visible image fusion method based on saliency detection in "
           "sparse domain.",
           {"dictionary": None, "atoms": 16, "step": 1, "local_share": 0.4}, "slow", 4 / 255, extra="lab"),
    Method("latlrr", "Multi-level latent low-rank representation (MDLatLRR)", 2020, "multi-scale", ANY,
           "Li, Wu, Kittler, 2020, MDLatLRR: a novel decomposition method for infrared and visible image "
           "fusion.",
           {"projection": None, "levels": 4, "stride": 1}, "slow", 1e-5),
    Method("csr", "Convolutional sparse representation", 2016, "multi-scale", ANY,
           "Liu, Chen, Ward, Wang, 2016, Image fusion with convolutional sparse representation.",
           {"sparsity": 0.01, "radius": 3, "base": "mean"}, "slow", 2 / 255, extra="lab"),
    # Focus and exposure
    Method("dsift", "Dense SIFT", 2015, "other", ("multi_focus",),
           "Liu, Liu, Wang, 2015, Multi-focus image fusion with dense SIFT.",
           {"scale": 48, "block": 8, "matching": True}, "fast", 0.0, extra="lab"),
    Method("mertens", "Exposure fusion", 2007, "pyramid", ("multi_exposure",),
           "Mertens, Kautz, Van Reeth, 2007, Exposure fusion; as OpenCV computes it.",
           {"contrast_weight": 1.0, "exposure_weight": 1.0}, "real time", 1e-6, many=True),
    Method("cvs", "Combined vision", 2026, "other", ("cvs",),
           "Ours: the enhanced picture (first), with the synthetic one's structure where visibility is poor.",
           {"fine": 1.0, "wide": 16.0}, "real time", 1e-6),
    # Pretrained networks: they need a file of features, see each function
    Method("fzl", "Zero-learning fusion", 2019, "hybrid", ANY,
           "Lahoud, Susstrunk, 2019, Fast and efficient zero-learning image fusion.",
           {"base_radius": 45, "base_epsilon": 0.01}, "fast", 1e-6, extra="lab,learned"),
    Method("dl", "Deep learning framework (VGG-19)", 2018, "deep learning", ANY,
           "Li, Wu, Kittler, 2018, Infrared and visible image fusion using a deep learning framework.",
           {"weight_a": 0.5}, "slow", 1e-6, extra="lab,learned"),
    Method("zca", "ResNet-50 and zero-phase component analysis", 2019, "hybrid", ANY,
           "Li, Wu, Durrani, 2019, Infrared and visible image fusion with ResNet and zero-phase component "
           "analysis.",
           {"layer": 5, "radius": 2}, "fast", 1e-6, extra="lab,learned"),
    # Learned: they need weights, see `aefusion weights`; the networks do not give equal sources back
    _learned("densefuse", "DenseFuse", 2019, "deep learning", IR,
             "Li, Wu, 2019, DenseFuse: a fusion approach to infrared and visible images.", {"rule": "sum"}),
    _learned("fusiongan", "FusionGAN", 2019, "GAN", IR,
             "Ma, Yu, Liang, Li, Jiang, 2019, FusionGAN: a generative adversarial network for infrared and visible "
             "image fusion.",
             {"loaded_norm": False}, "slow"),
    _learned("ifcnn", "IFCNN", 2020, "deep learning", ANY,
             "Zhang, Liu, Sun, Yan, Zhao, Zhang, 2020, IFCNN: a general image fusion framework based on convolutional "
             "neural network.", many=True),
    _learned("cnn_iv", "Convolutional neural network, infrared and visible", 2018, "hybrid", IR,
             "Liu, Chen, Cheng, Peng, Wang, 2018, Infrared and visible image fusion with convolutional neural "
             "networks.",
             {"similarity": 0.6}, "slow"),
    _learned("cnn_mf", "Convolutional neural network, focus", 2017, "hybrid", ("multi_focus",),
             "Liu, Chen, Peng, Wang, 2017, Multi-focus image fusion with a deep convolutional neural network.",
             {"threshold": 0.5, "area": 0.01}, "slow"),
    _learned("deepfuse", "DeepFuse", 2017, "deep learning", ("multi_exposure",),
             "Prabhakar, Srikar, Babu, 2017, DeepFuse: a deep unsupervised approach for exposure fusion with extreme "
             "exposure image pairs.",
             {"outside": 0.01}, "slow"),
    _learned("deepfuse_hli", "DeepFuse, as Table V measured it", 2017, "deep learning", ("multi_exposure", *IR),
             "Prabhakar, Srikar, Babu, 2017, DeepFuse, written anew by Li."),
    _learned("pmgi", "PMGI", 2020, "deep learning", IR,
             "Zhang, Xu, Xiao, Guo, Ma, 2020, Rethinking the image fusion: a fast unified image fusion network based "
             "on proportional maintenance of gradient and intensity.",
             {"loaded_norm": False}),
    _learned("fusiondn", "FusionDN", 2020, "deep learning", ANY,
             "Xu, Ma, Le, Jiang, Guo, 2020, FusionDN: a unified densely connected network for image fusion.",
             speed="slow"),
    _learned("nestfuse", "NestFuse", 2020, "deep learning", IR,
             "Li, Wu, Durrani, 2020, NestFuse: an infrared and visible image fusion architecture based on nest "
             "connection and spatial/channel attention models.",
             {"attention": "max"}, "slow"),
    _learned("u2fusion", "U2Fusion", 2020, "deep learning", ANY,
             "Xu, Ma, Jiang, Guo, Ling, 2020, U2Fusion: a unified unsupervised image fusion network.", speed="slow"),
    _learned("saf", "SAF (reconstruction)", 2019, "deep learning", ANY,
             "After Fang, Zhao, Zhang, 2019, Cross-modal image fusion theory guided by subjective visual attention; "
             "the layers are ours.", speed="slow"),
    _learned("aenet", "AE-Net (reconstruction)", 2020, "deep learning", ANY,
             "After Fang, Zhao, Yang, Cao, Zhang, 2020, AE-Net: autonomous evolution image fusion method inspired by "
             "human cognitive mechanism; the layers are ours.", speed="slow"),
]  # fmt: skip
METHODS: dict[str, Method] = {method.name: method for method in _TABLE}
