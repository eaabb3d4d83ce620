"""The pyramid, wavelet and sparse transform methods: identities they must obey, and the golden values."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from aefusion.library import METHODS
from aefusion.library.lp import laplacian_fuse
from aefusion.transforms.contourlet import direction_responses, pyramid_step, pyramid_step_back
from aefusion.transforms.curvelet import curvelet_frame
from aefusion.transforms.dual_tree import dual_tree
from aefusion.transforms.matching_pursuit import matching_pursuit
from aefusion.transforms.omp import omp
from aefusion.transforms.patch_dictionary import patch_dictionary
from aefusion.transforms.patches import Patches
from aefusion.transforms.pyramid import down, even, up
from aefusion.transforms.selection_rules import stronger_consistent
from aefusion.transforms.sparse_low_pass import sparse_low_pass

# method, its parameters, folder of the golden values, largest mean absolute difference in gray levels
FIDELITY = [
    ("lp", {}, "LP", 0.1),
    ("rp", {}, "RP", 0.05),
    ("dtcwt", {}, "DTCWT", 0.01),
    ("cvt", {}, "CVT", 0.01),
    ("nsct", {}, "NSCT", 0.01),
    ("msvd", {"stretch": True}, "MSVD", 0.01),
]
NAMES = ["lp", "rp", "dwt", "dtcwt", "cvt", "nsct", "msvd", "lp_sr", "rp_sr", "nsct_sr"]


def sources(height: int = 96, width: int = 130) -> tuple[np.ndarray, ...]:
    noise = np.random.default_rng(1).random((2, height, width), dtype=np.float32)
    return tuple(_stretch(cv2.GaussianBlur(noise[k], (0, 0), sigma)) for k, sigma in enumerate((1.0, 2.5)))


def _stretch(picture: np.ndarray) -> np.ndarray:
    return (picture - picture.min()) / np.ptp(picture)


def test_laplacian_pyramid_is_the_published_recursion():
    a, b = sources(64, 48)
    low_a, low_b = down(a), down(b)
    expected = stronger_consistent(a - up(low_a), b - up(low_b)) + up((low_a + low_b) / 2)
    np.testing.assert_allclose(METHODS["lp"](a, b, levels=1), np.clip(expected, 0, 1), atol=1e-6)


def test_pyramid_steps_are_the_binomial_filter():
    impulse = np.zeros((16, 16), np.float32)
    impulse[8, 8] = 1
    taps = np.array([1, 4, 6, 4, 1]) / 16
    np.testing.assert_allclose(down(impulse)[4, 3:6] * 256, [6, 36, 6], atol=1e-5)
    np.testing.assert_allclose(up(impulse)[14:19, 14:19], 4 * np.outer(taps, taps), atol=1e-6)
    assert even(np.zeros((5, 8), np.float32)).shape == (6, 8)


def test_choice_follows_the_neighbourhood_not_the_single_pixel():
    a, b = np.zeros((2, 9, 9), np.float32)
    a[:] = 0.1
    b[4, 4] = -0.5
    chosen = stronger_consistent(a, b)
    assert chosen[4, 4] == np.float32(-0.5)
    assert chosen[3, 4] == 0  # six of its nine neighbours lie within 3x3 of the strong one
    assert chosen[3, 3] == np.float32(0.1)  # four of nine


@pytest.mark.parametrize("base, pick", [("mean", np.mean), ("max", np.max)])
def test_base_rule_decides_between_constant_pictures(base, pick):
    dark, bright = np.full((40, 40), 0.2, np.float32), np.full((40, 40), 0.6, np.float32)
    fused = METHODS["lp"](dark, bright, base=base)
    np.testing.assert_allclose(fused, pick([0.2, 0.6]), atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3), (33, 18), (101, 120)])
def test_equal_sources_return_the_source(name, shape):
    picture = np.random.default_rng(2).random(shape, dtype=np.float32)
    fused = METHODS[name](picture, picture)
    assert fused.shape == shape and fused.dtype == np.float32
    np.testing.assert_allclose(fused, picture, atol=1e-3 if name.endswith("_sr") else 1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, 0.3, 1])
def test_constant_sources_return_the_constant(name, value):
    picture = np.full((37, 50), value, np.float32)
    np.testing.assert_allclose(METHODS[name](picture, picture), value, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "msvd"])  # it halves one-sided detail
def test_detail_of_either_source_comes_through(name):
    texture = (np.indices((96, 96)).sum(axis=0) % 2).astype(np.float32) * 0.4 + 0.3
    flat = np.full_like(texture, 0.5)
    for fused in (METHODS[name](texture, flat), METHODS[name](flat, texture)):
        np.testing.assert_allclose(fused[8:-8, 8:-8], texture[8:-8, 8:-8], atol=0.01)


def test_dual_tree_feels_shifts_less_than_the_wavelet_transform():
    pywt = pytest.importorskip("pywt")
    line = np.zeros((64, 64), np.float32)
    line[:, 32] = 1
    complex_, real = [], []
    for shift in range(8):
        shifted = np.roll(line, shift, axis=1)
        complex_.append([np.linalg.norm(bands) for bands in dual_tree(shifted, 3)[1]])
        real.append([np.linalg.norm(bands) for bands in pywt.wavedec2(shifted, "bior2.2", level=3)[:0:-1]])
    changes = [np.ptp(energies, axis=0) / np.mean(energies, axis=0) for energies in (complex_, real)]
    assert np.all(changes[0] < 0.5 * changes[1]), changes


@pytest.mark.parametrize("shape", [(96, 100), (111, 130)])
def test_curvelet_windows_are_a_tight_frame(shape):
    low, wedges = curvelet_frame(*shape, 5)
    energy = np.zeros(shape[0] * shape[1] + 1)
    for wedge in wedges:
        np.add.at(energy, wedge.places, wedge.window**2)
    energy = energy[:-1].reshape(shape)
    mirrored = np.roll(energy[::-1, ::-1], 1, axis=(0, 1))
    np.testing.assert_allclose(low**2 + energy + mirrored, 1, atol=1e-5)


def test_contourlet_filters_reconstruct():
    picture = sources(40, 51)[0]
    for level in range(4):
        back = pyramid_step_back(*pyramid_step(picture, level), level)
        np.testing.assert_allclose(back, picture, atol=1e-5)
    total = sum(response * back for response, back in direction_responses(picture.shape, 4))
    np.testing.assert_allclose(total, 1, atol=1e-5)


def test_contourlet_directions_tell_orientations_apart():
    rows, columns = np.indices((64, 64))
    waves = [np.cos(2 * np.pi * (12 * rows + sign * 9 * columns) / 64) for sign in (1, -1)]
    responses = list(direction_responses((64, 64), 3))
    strongest = [np.argmax([np.linalg.norm(np.fft.rfft2(wave) * r / r.max()) for r, _ in responses]) for wave in waves]
    assert strongest[0] != strongest[1]


def test_errors_name_the_parameter():
    a, b = sources(16, 16)
    with pytest.raises(ValueError, match="levels is 0"):
        METHODS["lp"](a, b, levels=0)
    with pytest.raises(ValueError, match="base is 'median'"):
        METHODS["lp"](a, b, base="median")
    with pytest.raises(ValueError, match="scales is 1"):
        METHODS["cvt"](a, b, scales=1)
    with pytest.raises(ValueError, match="directions is"):
        METHODS["nsct"](a, b, directions=())


def test_pursuit_finds_the_code_that_made_a_signal():
    random = np.random.default_rng(3)
    atoms = random.normal(size=(64, 100))
    atoms /= np.linalg.norm(atoms, axis=0)
    code = np.zeros((100, 5))
    for signal in range(5):
        code[random.choice(100, 3, replace=False), signal] = random.choice([-1, 1], 3) * random.uniform(1, 2, 3)
    activity, coded = matching_pursuit(atoms, atoms @ code, error=1e-3)
    np.testing.assert_allclose(activity, np.abs(code).sum(axis=0), rtol=1e-3)
    np.testing.assert_allclose(coded, atoms @ code, atol=1e-3)


@pytest.mark.parametrize("error", [0.01, 0.1, 1])
def test_pursuit_keeps_its_error(error):
    random = np.random.default_rng(4)
    atoms, signals = random.normal(size=(64, 100)), random.normal(size=(64, 20))
    _, coded = matching_pursuit(atoms / np.linalg.norm(atoms, axis=0), signals, error)
    assert np.linalg.norm(coded - signals, axis=0).max() <= error + 1e-4


def test_the_dictionary_codes_patches_of_another_picture_sparsely():
    """Five of its atoms leave less of a natural patch than five of as many random ones."""
    from skimage import data

    picture = data.cat()[:200, :200].mean(axis=2) / 255
    patches = Patches(picture.shape, 8, 8).split(picture)
    patches = patches - patches.mean(axis=0)
    random = np.random.default_rng(6).normal(size=(64, 256))
    left = []
    for atoms in (patch_dictionary(), random / np.linalg.norm(random, axis=0)):
        indices, values = omp(atoms, patches, atoms=5)
        coded = np.einsum("pnk,nk->pn", atoms[:, indices], values)
        left.append(np.linalg.norm(patches - coded))
    assert left[0] < 0.5 * left[1]


def test_sparse_low_pass_takes_the_busier_patch():
    texture = np.random.default_rng(5).random((24, 24), dtype=np.float32)
    flat = np.full_like(texture, 0.5)
    options = {"overlap": 6, "error": 0.1, "dictionary": None}
    np.testing.assert_allclose(sparse_low_pass(texture, flat, **options), texture, atol=1e-3)
    np.testing.assert_allclose(sparse_low_pass(flat, texture, **options), texture, atol=1e-3)


def test_sparse_low_pass_names_what_is_wrong():
    a, b = sources(16, 16)
    with pytest.raises(ValueError, match=r"dictionary is \(60, 9\)"):
        METHODS["lp_sr"](a, b, dictionary=np.ones((60, 9)))
    with pytest.raises(ValueError, match="overlap is 8"):
        METHODS["lp_sr"](a, b, overlap=8)
    with pytest.raises(ValueError, match="error is 0"):
        METHODS["lp_sr"](a, b, error=0)


@pytest.mark.data
@pytest.mark.parametrize("name, parameters, folder, tolerance", FIDELITY)
def test_fidelity(shared, name, parameters, folder, tolerance):
    references = sorted((shared / "golden" / "methods" / folder).glob("*.png"))
    assert references
    for path in references:
        a, b = (read(shared / "golden" / "gray" / side / path.name) for side in "ab")
        fused = np.floor(METHODS[name](a, b, **parameters) * 255 + 0.5)
        assert np.abs(fused - read(path) * 255).mean() <= tolerance, path.name


@pytest.mark.data
def test_reference_of_lp_sr_differs_in_its_low_pass_band_alone(shared):
    """Its choice of patches there needs its dictionary, which is not at hand."""
    folders = ("gray/a", "gray/b", "methods/LP_SR")
    a, b, reference = (read(shared / "golden" / folder / "walking.png") for folder in folders)
    details = laplacian_fuse(a, b, 4, lambda low, _: np.full_like(low, 0.5)) - 0.5
    responses = []
    for impulse in np.eye(a.size // 256, dtype=np.float32):
        low = impulse.reshape(a.shape[0] // 16, -1)
        responses.append(up(up(up(up(low)))).ravel())
    not_clipped = np.flatnonzero((reference > 0.01) & (reference < 0.99))
    rest, responses = (reference - details).ravel()[not_clipped], np.stack(responses, axis=1)[not_clipped]
    low = np.linalg.lstsq(responses[::3], rest[::3], rcond=None)[0]
    assert np.abs(responses @ low - rest).mean() * 255 < 0.6


def read(path: Path) -> np.ndarray:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.float32) / 255
