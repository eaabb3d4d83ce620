"""Fuse two or more pictures of one scene into one picture that shows what each of them shows.

    >>> import aefusion
    >>> aefusion.METHODS["lp"].title
    'Laplacian pyramid'

Importing the package imports NumPy and nothing heavier; each name below is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from aefusion._version import __version__

_HOMES = {
    # fuse
    "fuse": "aefusion.fusion.fuser",
    "Fuser": "aefusion.fusion.fuser",
    "fuse_files": "aefusion.fusion.fuse_files",
    "fuse_folders": "aefusion.fusion.folders",
    "fuse_stack": "aefusion.stack",
    "fuse_stacks": "aefusion.stack",
    "fuse_video": "aefusion.video",
    "fuse_stream": "aefusion.video",
    "fuse_volumes": "aefusion.medical",
    "Fused": "aefusion.fusion.result",
    # prepare
    "align_files": "aefusion.fusion.align_files",
    "Preparation": "aefusion.fusion.preparation",
    "Plan": "aefusion.fusion.plan",
    "plan": "aefusion.fusion.plan",
    # judge
    "score": "aefusion.quality.score",
    "score_folders": "aefusion.quality.score_folders",
    "bench_quality": "aefusion.bench.quality",
    "bench_methods": "aefusion.bench.methods",
    "bench_gallery": "aefusion.bench.gallery",
    # learn
    "train": "aefusion.evolution.train",
    "Recipe": "aefusion.evolution.recipe",
    "build_bank": "aefusion.evolution.build_bank",
    "add_method": "aefusion.evolution.add_method",
    "Bank": "aefusion.evolution.bank",
    # what there is
    "METHODS": "aefusion.library",
    "METRICS": "aefusion.quality",
    "MODELS": "aefusion.network",
    # pictures and files
    "Picture": "aefusion.image",
    "read": "aefusion.image",
    "info": "aefusion.image.info",
    "read_thermal": "aefusion.thermal",
    "write_thermal": "aefusion.thermal",
    "write": "aefusion.image",
    "FileError": "aefusion.files",
}
"""Where each public name lives."""
__all__ = [
    "METHODS",
    "METRICS",
    "MODELS",
    "Bank",
    "FileError",
    "Fused",
    "Fuser",
    "Picture",
    "Plan",
    "Preparation",
    "Recipe",
    "__version__",
    "add_method",
    "align_files",
    "bench_gallery",
    "bench_methods",
    "bench_quality",
    "build_bank",
    "fuse",
    "fuse_files",
    "fuse_folders",
    "fuse_stack",
    "fuse_stacks",
    "fuse_stream",
    "fuse_video",
    "fuse_volumes",
    "info",
    "plan",
    "read",
    "read_thermal",
    "score",
    "score_folders",
    "train",
    "write",
    "write_thermal",
]

if TYPE_CHECKING:
    from aefusion.bench.gallery import bench_gallery
    from aefusion.bench.methods import bench_methods
    from aefusion.bench.quality import bench_quality
    from aefusion.evolution.add_method import add_method
    from aefusion.evolution.bank import Bank
    from aefusion.evolution.build_bank import build_bank
    from aefusion.evolution.recipe import Recipe
    from aefusion.evolution.train import train
    from aefusion.files import FileError
    from aefusion.fusion.align_files import align_files
    from aefusion.fusion.folders import fuse_folders
    from aefusion.fusion.fuse_files import fuse_files
    from aefusion.fusion.fuser import Fuser, fuse
    from aefusion.fusion.plan import Plan, plan
    from aefusion.fusion.preparation import Preparation
    from aefusion.fusion.result import Fused
    from aefusion.image import Picture, read, write
    from aefusion.image.info import info
    from aefusion.library import METHODS
    from aefusion.medical import fuse_volumes
    from aefusion.network import MODELS
    from aefusion.quality import METRICS
    from aefusion.quality.score import score
    from aefusion.quality.score_folders import score_folders
    from aefusion.stack import fuse_stack, fuse_stacks
    from aefusion.thermal import read_thermal, write_thermal
    from aefusion.video import fuse_stream, fuse_video


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'aefusion' has no attribute {name!r}")
    try:
        globals()[name] = value = getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "aefusion":
            raise
        return _not_installed(name, error.name or "a package")
    return value


def _not_installed(name: str, package: str):
    """What stands for a public name that needs a package which is not installed: it says so when it is called."""
    need = f"aefusion.{name} needs {package}: pip install 'aefusion[train]'"

    def missing(*_: object, **__: object):
        raise ValueError(need)

    missing.__name__, missing.__doc__ = name, need
    return missing


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
