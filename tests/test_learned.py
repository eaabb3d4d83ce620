"""The learned systems of Table V: their networks, what holds for any weights, and their authors' own pictures."""

import os

import cv2
import numpy as np
import pytest
import torch
from conftest import SHARED

from aefusion import Fuser
from aefusion.fusion.method import load
from aefusion.learned import run as running
from aefusion.learned.add_weights import CLASSES, add_weights, network_of
from aefusion.learned.cost import cost
from aefusion.learned.stretch import stretch
from aefusion.library import METHODS

LEARNED = list(CLASSES)
SWAPPED = {"densefuse", "ifcnn", "deepfuse", "deepfuse_hli", "nestfuse", "saf", "aenet"}
"""The order of the sources makes no difference to these."""
GOLDEN = SHARED / "golden" / "learned"

PARAMETERS = {
    "densefuse": 74_193, "fusiongan": 925_633, "ifcnn": 83_587, "cnn_iv": 435_202, "cnn_mf": 8_759_042,
    "deepfuse": 316_976, "deepfuse_hli": 18_817, "pmgi": 42_017, "fusiondn": 1_162_945, "nestfuse": 2_732_761,
    "u2fusion": 659_217, "saf": 16_493_744, "aenet": 16_493_615,
}  # fmt: skip
"""Those of the public code; of the last two, ours."""


pytestmark = pytest.mark.usefixtures("one_torch_thread")


@pytest.fixture(scope="module")
def weights():
    """A state dict of random weights for each method; made once."""
    made = {}

    def of(method: str) -> dict[str, torch.Tensor]:
        if method not in made:
            torch.manual_seed(0)
            made[method] = network_of("cnn_iv" if method == "cnn_mf" else method).state_dict()
        return made[method]

    return of


@pytest.fixture(scope="module")
def pair():
    """Two photographs of an odd size, float32 (25, 35) in [0, 1]."""
    from skimage import data

    pictures = data.camera(), data.moon()
    return tuple(cv2.resize(x, (35, 25), interpolation=cv2.INTER_AREA).astype(np.float32) / 255 for x in pictures)


def test_every_learned_method_is_in_the_library():
    assert {name for name, method in METHODS.items() if method.home == "learned"} == set(LEARNED)


# --- networks ---


@pytest.mark.parametrize("method", LEARNED)
def test_the_parameters_are_the_publications_to_the_unit(method):
    assert cost(method).parameters == PARAMETERS[method]
    assert sum(x.numel() for x in network_of("cnn_mf", {}).parameters()) == PARAMETERS["cnn_iv"]


def test_the_flops_are_those_of_table_six():
    from aefusion.bench.paper import TABLE_VI

    assert cost("ifcnn").flops == TABLE_VI["ifcnn"][2]
    # U2Fusion's row is TensorFlow's own count: multiplications and additions apart, two operations for each leaky ReLU,
    # two for tanh(x) / 2 + 0.5, and two for drawing each weight.
    parameters, flops = vars(cost("u2fusion")).values()
    pixels, biases = 400 * 400, 44 * 6 + 128 + 64 + 32 + 1
    products = flops - pixels * biases
    counted = 2 * products + pixels * biases + 2 * pixels * (biases - 1) + 2 * pixels + 2 * (parameters - biases)
    assert counted == TABLE_VI["u2fusion"][2]
    # AE-Net is a reconstruction.
    _, parameters, flops = TABLE_VI["aenet"]
    assert cost("aenet").parameters - parameters == 60
    assert 1.001 < cost("aenet").flops / flops < 1.0015


# --- what holds for any weights ---


@pytest.mark.parametrize("method", LEARNED)
def test_what_holds_for_any_weights(method, weights, pair):
    a, b = pair
    kept = a.copy(), b.copy()
    fused = METHODS[method](a, b, weights=weights(method))
    assert fused.shape == a.shape and fused.dtype == np.float32
    assert np.isfinite(fused).all() and 0 <= fused.min() < fused.max() <= 1
    assert (a == kept[0]).all() and (b == kept[1]).all()
    apart = np.abs(METHODS[method](b, a, weights=weights(method)) - fused).max()
    assert apart < 1e-4 if method in SWAPPED else apart > 1e-4


@pytest.mark.parametrize("method", LEARNED)
@pytest.mark.parametrize("shape", [(1, 1), (17, 2)])
def test_tiny_sizes_and_constant_pictures(method, shape, weights):
    random = np.random.default_rng(0)
    for sources in (random.random((2, *shape), dtype=np.float32), np.full((2, *shape), 0.5, np.float32)):
        fused = METHODS[method](*sources, weights=weights(method))
        assert fused.shape == shape and fused.dtype == np.float32
        assert np.isfinite(fused).all() and 0 <= fused.min() <= fused.max() <= 1


@pytest.mark.parametrize("method", ["densefuse", "ifcnn", "deepfuse", "deepfuse_hli", "u2fusion"])
def test_large_pictures_go_through_in_strips_with_the_same_result(method, weights, monkeypatch):
    a, b = np.random.default_rng(0).random((2, 150, 20), dtype=np.float32)
    whole = METHODS[method](a, b, weights=weights(method))
    seen = []
    monkeypatch.setattr(running, "PIXELS", 64 * 20)
    monkeypatch.setattr(running.torch, "cat", lambda parts, dim: seen.append(len(parts)) or CAT(parts, dim))
    np.testing.assert_allclose(METHODS[method](a, b, weights=weights(method)), whole, atol=1e-5)
    assert 3 in seen


CAT = torch.cat


def test_ifcnn_takes_more_than_two_at_once(weights, pair):
    a, b = pair
    sources = a, b, a[::-1].copy()
    fused = METHODS["ifcnn"](*sources, weights=weights("ifcnn"))
    np.testing.assert_allclose(METHODS["ifcnn"](*sources[::-1], weights=weights("ifcnn")), fused, atol=1e-6)
    assert np.abs(METHODS["ifcnn"](a, b, weights=weights("ifcnn")) - fused).max() > 1e-4


def test_nestfuse_does_not_overflow(weights):
    """Where the means of maps are large exp() would; the softmax is that of their difference."""
    from aefusion.learned.nestfuse import by_places

    a, b = torch.full((1, 4, 2, 2), 500.0), torch.full((1, 4, 2, 2), 499.0)
    share = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(by_places(a, b).numpy(), 500 * share + 499 * (1 - share), rtol=1e-5)


def test_the_siamese_network_sees_which_is_sharp(pair):
    """With filters that measure detail, each half comes from the source that is sharp there."""
    scene = np.random.default_rng(0).random((64, 96), dtype=np.float32)
    blurred = cv2.GaussianBlur(scene, (0, 0), 2)
    a, b = scene.copy(), scene.copy()
    a[:, 48:], b[:, :48] = blurred[:, 48:], blurred[:, :48]
    state = {name: torch.zeros_like(x) for name, x in network_of("cnn_iv").state_dict().items()}
    laplacian = torch.tensor([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], dtype=torch.float32)
    state["conv1.weight"][0, 0], state["conv1.weight"][1, 0] = laplacian, -laplacian
    state["conv2.weight"][0, :2, 1, 1] = 1
    state["conv3.weight"][0, 0, 1, 1] = 1
    state["output.weight"][1, 0], state["output.weight"][1, 256] = 1, -1
    fused = METHODS["cnn_mf"](a, b, weights=state)
    sharp = np.r_[:38, 58:96]
    assert np.abs(fused - scene)[:, sharp].mean() < 0.2 * min(np.abs(x - scene)[:, sharp].mean() for x in (a, b))
    assert np.abs(METHODS["cnn_mf"](b, a, weights=state) - scene)[:, sharp].mean() < 0.05


def test_stretch_goes_from_black_to_white():
    assert stretch(np.full((2, 2), 7.0)).tolist() == [[0, 0], [0, 0]]
    clipped = stretch(np.arange(101, dtype=float).reshape(1, -1), 0.1)
    assert (clipped[0, :11] == 0).all() and (clipped[0, 90:] == 1).all() and clipped[0, 50] == 0.5


# --- PMGI, whose weights are part of the package: everything that a user does ---


def test_shipped_weights_fuse_files_of_16_bit_and_colour(tmp_path):
    from skimage import data

    from aefusion.image import Picture, read, write

    colour = cv2.resize(data.astronaut(), (60, 45), interpolation=cv2.INTER_AREA)
    deep = cv2.resize(data.moon(), (60, 45), interpolation=cv2.INTER_AREA).astype(np.uint16) * 257
    (tmp_path / "vi").mkdir()
    (tmp_path / "ir").mkdir()
    write(tmp_path / "vi" / "1.png", Picture(colour))
    write(tmp_path / "ir" / "1.png", Picture(deep))
    Fuser(method="pmgi").file([tmp_path / "vi" / "1.png", tmp_path / "ir" / "1.png"], tmp_path / "one.png")
    fused = read(tmp_path / "one.png").pixels
    assert fused.shape == (45, 60, 3) and fused.dtype == np.uint16 and len(np.unique(fused)) > 300

    from aefusion import fuse_folders

    assert [x.status for x in fuse_folders(tmp_path / "vi", tmp_path / "ir", tmp_path / "out", method="pmgi:medical")]
    other = read(tmp_path / "out" / "1.png").pixels
    assert other.shape == fused.shape and not (other == fused).all()


def test_a_method_with_other_weights_is_one_of_its_own(pair):
    assert load("pmgi:multi_focus").suits("multi_focus") and not load("pmgi:multi_focus").suits("ir_visible")
    a, b = pair
    named = load("pmgi:multi_exposure")
    assert named.name == "pmgi:multi_exposure"
    np.testing.assert_array_equal(named(a, b), METHODS["pmgi"](a, b, weights="multi_exposure"))
    assert np.abs(named(a, b) - METHODS["pmgi"](a, b)).max() > 0.01
    with pytest.raises(ValueError, match="pmgi has no weights medcal: `aefusion weights pmgi` lists what there is"):
        Fuser(method="pmgi:medcal")
    with pytest.raises(ValueError, match="no fusion method lp:mean"):
        load("lp:mean")


def test_the_trained_norm_is_an_option(pair):
    a, b = pair
    assert np.abs(METHODS["pmgi"](a, b, loaded_norm=True) - METHODS["pmgi"](a, b)).max() > 1e-3


def test_a_bank_takes_a_learned_method_and_knows_its_weights(tmp_path, pair):
    from aefusion import build_bank
    from aefusion.evolution.index import identity
    from aefusion.image import Picture, write

    for side, picture in zip("ab", pair, strict=True):
        (tmp_path / "data" / "mine" / "made" / side).mkdir(parents=True)
        large = cv2.resize(picture, (112, 96))
        write(tmp_path / "data" / "mine" / "made" / side / "1.png", Picture(np.uint8(255 * large)))
    built = build_bank(tmp_path / "data", tmp_path / "bank", methods=["average", "pmgi", "pmgi:medical"])
    assert not built.failures and built.made == 3
    assert identity("pmgi")[0] != identity("pmgi:medical")[0]


def test_a_benchmark_knows_the_weights():
    from aefusion.bench.contestants import contestants
    from aefusion.bench.methods import facts

    infrared, focus, average = contestants(["pmgi", "pmgi:multi_focus", "average"])
    assert infrared.made_from and infrared.made_from != focus.made_from
    assert 4 * PARAMETERS["pmgi"] < facts(infrared)["size (bytes)"] < 8 * PARAMETERS["pmgi"]
    assert facts(average)["size (bytes)"] is None


# --- their authors' own pictures ---

PUBLISHED = {
    "densefuse": ("densefuse", {}), "densefuse_l1": ("densefuse", {"rule": "l1"}), "ifcnn_max": ("ifcnn", {}),
    "ifcnn_max_plain": ("ifcnn", {"normalise": False}), "ifcnn_sum": ("ifcnn", {"weights": "sum"}),
    "ifcnn_mean": ("ifcnn", {"weights": "mean"}), "cnn_iv": ("cnn_iv", {}), "cnn_mf_slight": ("cnn_mf", {}),
    "deepfuse": ("deepfuse", {"outside": 0.0}), "u2fusion": ("u2fusion", {}), "pmgi_ir_vi": ("pmgi", {}),
    "pmgi_multi_focus": ("pmgi", {"weights": "multi_focus"}), "pmgi_medical": ("pmgi", {"weights": "medical"}),
    "pmgi_multi_exposure": ("pmgi", {"weights": "multi_exposure"}),
}  # fmt: skip
STRUCTURE = {
    "fusiongan": ("fusiongan", {}), "fusiondn": ("fusiondn", {}), "nestfuse_avg": ("nestfuse", {"attention": "avg"}),
    "nestfuse_max": ("nestfuse", {"attention": "max"}),
}  # fmt: skip
EACH = bool(os.environ.get("AEFUSION_GOLDEN"))
"""Every picture instead of the smallest one of each folder: some minutes."""


@pytest.fixture(scope="module")
def authors_weights(tmp_path_factory):
    """A folder with what the authors publish, converted."""
    folder = tmp_path_factory.mktemp("weights")
    for method in ("densefuse", "ifcnn", "cnn_iv", "deepfuse", "u2fusion", "pmgi"):
        files = [path for path in (SHARED / "weights" / method).rglob("*") if path.is_file() and path.suffix != ".md"]
        add_weights(method, files, into=folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AEFUSION_WEIGHTS", str(folder))
        yield folder


def distances(folder, call):
    """The mean and the largest distance in gray levels of each picture in a folder of golden ones."""
    paths = sorted((GOLDEN / folder).glob("*.png"), key=lambda path: path.stat().st_size)
    for path in paths if EACH else paths[:1]:
        a, b = (cv2.imread(str(GOLDEN / "inputs" / side / path.name), cv2.IMREAD_GRAYSCALE) for side in "ab")
        apart = np.abs(np.rint(255 * call(a, b)) - cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
        yield path.stem, apart.mean(), apart.max()


@pytest.mark.data
@pytest.mark.parametrize("folder", PUBLISHED)
def test_published_weights_give_their_authors_pictures(folder, authors_weights):
    method, parameters = PUBLISHED[folder]
    for name, mean, most in distances(folder, lambda a, b: METHODS[method](a, b, as_reference=True, **parameters)):
        assert mean <= 0.01 and most <= 1, name


@pytest.mark.data
@pytest.mark.parametrize("folder", STRUCTURE)
def test_made_up_weights_give_the_pictures_of_the_original_code(folder):
    method, parameters = STRUCTURE[folder]
    state = made_up(method)
    chosen = {"as_reference": True, "weights": state, **parameters}
    for name, mean, most in distances(f"structure/{folder}", lambda a, b: METHODS[method](a, b, **chosen)):
        assert mean <= 0.01 and most <= 1, name


def made_up(method: str) -> dict[str, np.ndarray]:
    """Weights that anybody can make anew: sines for kernels, small cosines for biases, norms as they begin."""
    state = {}
    for name, array in network_of(method).state_dict().items():
        places = np.arange(array.numel(), dtype=np.float64)
        if array.ndim == 4:
            values = 1.6 / np.sqrt(array[0].numel()) * np.sin(0.7 * places**1.5 + 1)
        elif ".norm." in name:
            values = np.full(array.numel(), float("weight" in name or "var" in name))
        else:
            values = 0.01 * np.cos(places)
        state[name] = values.reshape(array.shape).astype(np.float32)
    return state
