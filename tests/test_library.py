"""Every method of the library, a line each: order of sources, constant pictures, tiny and odd sizes, equal sources.

The learned ones have their own: test_learned.py.
"""

import subprocess
import sys

import cv2
import numpy as np
import pytest

from aefusion.fusion.method import check_fused, load, own_method
from aefusion.library import METHODS

NETWORKS = {"fzl": "VGG-19", "dl": "VGG-19", "zca": "ResNet-50"}

# In these the sources have different parts: f(a, b) is not f(b, a). In all others it is, but for ties.
ORDERED = {"wls", "gtf", "ifevip", "hmsd_gf", "hybrid_msd", "gfce", "cvs"}
ORDER_TOLERANCE = {"dwt": 2 / 255, "jsr": 1 / 255, "jsrsd": 1 / 255}  # equal coefficients go to the first

# Constant sources in, a constant picture out: but for the phase that a singular value decomposition picks
NOT_CONSTANT = {"msvd"}


@pytest.fixture(scope="module")
def weights():
    import torch

    from aefusion.transforms.pretrained_features import random_weights

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # pictures this small gain nothing from more, and lose much on a busy machine
    yield {network: random_weights(network) for network in set(NETWORKS.values())}
    torch.set_num_threads(threads)


@pytest.fixture(params=[name for name, method in METHODS.items() if method.home == "library"])
def method(request, weights):
    """A method as f(a, b), the pretrained networks with random weights."""
    name = request.param
    parameters = {"weights": weights[NETWORKS[name]]} if name in NETWORKS else {}

    def call(a, b):
        fused = METHODS[name](a, b, **parameters)
        assert fused.shape == a.shape
        assert fused.dtype == np.float32
        assert np.isfinite(fused).all()
        assert 0 <= fused.min() <= fused.max() <= 1
        return fused

    call.method = METHODS[name]
    return call


@pytest.fixture(scope="module")
def pair():
    """Two photographs of an odd size, float32 (33, 47) in [0, 1]."""
    from skimage import data

    return tuple(
        cv2.resize(picture, (47, 33), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        for picture in (data.camera(), data.moon())
    )


def test_order_of_sources(method, pair):
    a, b = pair
    name = method.method.name
    apart = np.abs(method(a, b) - method(b, a)).mean()
    if name in ORDERED:
        assert apart > 1e-3
    else:
        assert apart <= ORDER_TOLERANCE.get(name, 1e-6)


def test_equal_sources(method, pair):
    for picture in pair:
        assert np.abs(method(picture, picture.copy()) - picture).mean() <= method.method.tolerance


def test_sources_are_left_alone(method, pair):
    a, b = (picture.copy() for picture in pair)
    method(a, b)
    assert (a == pair[0]).all()
    assert (b == pair[1]).all()


@pytest.mark.parametrize("level_a, level_b", [(0, 0), (1, 1), (0, 1), (0.3, 0.6)])
def test_constant_pictures(method, level_a, level_b):
    fused = method(np.full((19, 22), level_a, np.float32), np.full((19, 22), level_b, np.float32))
    if method.method.name not in NOT_CONSTANT:
        assert np.ptp(fused) <= 0.02
    if level_a == level_b:
        assert np.abs(fused - level_a).max() <= max(method.method.tolerance, 0.01)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (5, 3), (31, 18)])
def test_tiny_and_odd_sizes(method, shape):
    random = np.random.default_rng(0)
    method(*random.random((2, *shape), dtype=np.float32))


def test_extreme_values(method):
    """Black and white pixels at random: nothing overflows, nothing leaves [0, 1]."""
    random = np.random.default_rng(0)
    method(*(random.random((2, 24, 21)) < 0.5).astype(np.float32))


@pytest.mark.parametrize("name", METHODS)
def test_table_matches_the_functions(name):
    """The file and the function are named like the method; the table's parameters are the function's defaults."""
    import inspect

    method = METHODS[name]
    assert method.name == name == method.function.__name__
    assert method.function.__doc__
    assert str(method.year) in method.function.__doc__ or name in ("average", "max", "cvs")
    defaults = {key: value.default for key, value in inspect.signature(method.function).parameters.items()}
    assert {key: defaults[key] for key in method.parameters} == method.parameters
    assert method.tasks
    assert method.speed in ("real time", "fast", "slow")


def test_own_function_from_a_file(tmp_path, pair):
    file = tmp_path / "mine.py"
    file.write_text("def darker(a, b):\n    '''The darker pixel.'''\n    a[a > b] = b[a > b]\n    return a\n")
    own = load(f"{file}:darker")
    a, b = pair
    np.testing.assert_array_equal(own(a, b), np.minimum(a, b))
    assert (own.source, own.many) == ("The darker pixel.", False)
    assert own(a, b) is not a
    assert not (a <= b).all()  # it wrote into a copy


@pytest.mark.parametrize(
    "place, message",
    [
        ("absent.py:f", r"absent\.py: there is no such file"),
        ("mine.py", r"mine\.py: give a file and the function in it, as path/to/file\.py:function"),
        ("mine.py:lighter", r"mine\.py has no function lighter; it has darker"),
        ("mine.py:LIMIT", r"mine\.py:LIMIT is int, not a function f\(a, b\)"),
        ("broken.py:f", r"broken\.py does not run: ZeroDivisionError: division by zero"),
    ],
)
def test_places_that_hold_no_function(tmp_path, monkeypatch, place, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("LIMIT = 3\n\ndef darker(a, b):\n    return a\n")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    with pytest.raises(ValueError, match=message):
        load(place)


@pytest.mark.parametrize(
    "name, message",
    [
        ("laplacian", "did you mean lp or lp_sr"),
        ("LATLR", "did you mean latlrr"),
        ("qqqq", "no fusion method qqqq: `aefusion methods` lists all"),
    ],
)
def test_unknown_names_give_close_ones(name, message):
    with pytest.raises(ValueError, match=message) as error:
        load(name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "returned, message",
    [
        (None, "mine returned NoneType: return a NumPy array"),
        (np.zeros((2, 3)), r"mine returned the shape \(2, 3\): its sources have \(2, 2\)"),
        (np.zeros((2, 2), np.uint8), "mine returned uint8"),
        (np.full((2, 2), 255.0), "mine returned values from 255 to 255"),
        (np.array([[0, np.nan], [np.inf, 0]]), "mine returned 2 values that are not finite"),
        (np.zeros((2, 2), complex), "mine returned complex128"),
    ],
)
def test_what_own_functions_return_is_checked(returned, message):
    a = np.zeros((2, 2), np.float32)
    with pytest.raises(ValueError, match=message):
        own_method("mine", lambda a, b: returned)(a, a)


def test_own_results_become_float32_in_range():
    fused = check_fused("mine", np.array([[-0.25, 0.5, 1.25]]), (1, 3))
    assert fused.dtype == np.float32
    assert fused.tolist() == [[0, 0.5, 1]]


def test_own_function_of_any_number_of_sources():
    own = own_method("mine", lambda *sources: np.mean(sources, axis=0))
    assert own.many
    sources = [np.full((2, 2), level, np.float32) for level in (0, 0.5, 1)]
    np.testing.assert_allclose(own(*sources), 0.5)


def test_installed_entry_points_are_found(monkeypatch):
    from importlib.metadata import EntryPoint

    from aefusion.fusion.method import GROUP

    entry = EntryPoint("darkest", "numpy:minimum", GROUP)
    monkeypatch.setattr("aefusion.fusion.method.entry_points", lambda group: [entry] if group == GROUP else [])
    a, b = np.random.default_rng(0).random((2, 4, 4), dtype=np.float32)
    np.testing.assert_array_equal(load("darkest")(a, b), np.minimum(a, b))
    with pytest.raises(ValueError, match="did you mean darkest"):
        load("darkes")


def test_methods_name_the_extra_that_they_need():
    """Without the packages of the extras every method works, or says which extra it needs."""
    code = """
import sys
LAB = {"scipy", "skimage", "sklearn", "pywt", "numba", "matplotlib", "torch"}
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in LAB:
            raise ModuleNotFoundError(name, name=name.split(".")[0])
sys.meta_path.insert(0, Missing())
import numpy as np
from aefusion import METHODS
a, b = np.random.default_rng(0).random((2, 24, 30), np.float32)
for method in METHODS.values():
    try:
        method(a, b)
    except ValueError as error:
        assert method.extra and f"aefusion[{method.extra}]" in str(error), (method.name, error)
    else:
        assert not method.extra, method.name
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
