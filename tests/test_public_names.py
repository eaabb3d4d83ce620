"""The face of the package: which names are public, that none vanishes unnoticed, and that importing it is cheap."""

import inspect
import subprocess
import sys

import pytest

import aefusion

PUBLIC = [  # taking one away, or renaming it, breaks the programs of others: say so in CHANGELOG.md
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
CALLABLE = [name for name in PUBLIC if name != "__version__" and not name.isupper()]
HEAVY = {"cv2", "torch", "scipy", "skimage", "sklearn", "numba", "onnx", "onnxruntime", "matplotlib", "av", "cyclopts"}


def test_the_public_names_are_these():
    assert sorted(aefusion.__all__) == sorted(PUBLIC)
    assert set(PUBLIC) <= set(dir(aefusion))


@pytest.mark.parametrize("name", PUBLIC)
def test_each_can_be_imported(name):
    namespace: dict = {}
    exec(f"from aefusion import {name}", namespace)
    assert namespace[name] is getattr(aefusion, name)


@pytest.mark.parametrize("name", CALLABLE)
def test_each_is_documented(name):
    public = getattr(aefusion, name)
    own = public.__doc__ or ""
    assert len(own) > 20 and not own.startswith(f"{name}("), f"{name} has no docstring of its own"
    parameters = [] if inspect.isclass(public) else inspect.signature(public).parameters.values()
    unclear = [x.name for x in parameters if x.kind is x.VAR_KEYWORD or x.annotation is x.empty]
    assert not unclear, f"{name}: {unclear} tell editors nothing"


@pytest.mark.parametrize("name", ["METHODS", "METRICS", "MODELS"])
def test_each_list_is_told_of_in_words(name):
    assert all(row.title and row.name == key for key, row in getattr(aefusion, name).items())


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fuze'"):
        aefusion.fuze  # noqa: B018


def test_importing_brings_nothing_heavier_than_numpy():
    """Every other name is loaded when it is first used."""
    script = "import sys; before = set(sys.modules); import aefusion; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = {name.partition(".")[0] for name in done.stdout.split()}
    assert "aefusion" in modules
    assert not modules & HEAVY


def test_nothing_heavy_is_in_the_lists_of_names():
    """`dir`, an editor's completion, and the lists of methods, metrics and models do not load what runs them."""
    script = (
        "import sys, aefusion; dir(aefusion); aefusion.METHODS; aefusion.METRICS; aefusion.MODELS;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY
