"""Sparse, low-rank, focus and exposure methods: identities they must obey, and the golden values."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from aefusion.library import METHODS
from aefusion.transforms.convolutional_sparse import best_filters, rebuild, sparse_maps
from aefusion.transforms.dense_sift import activity, descriptors, direction_maps
from aefusion.transforms.latent_low_rank import latent_low_rank
from aefusion.transforms.learn_dictionary import learn_dictionary
from aefusion.transforms.learned_arrays import learned
from aefusion.transforms.omp import omp
from aefusion.transforms.patches import Patches
from aefusion.transforms.split_low_high import split_low_high

SHARED = Path(os.environ.get("AEFUSION_SHARED", Path(__file__).resolve().parents[2] / "shared"))
SMALL = SHARED / "golden" / "methods_small"

# method, folder of the golden values, visible first, parameters, largest mean difference in gray levels
FIDELITY = [
    ("jsr", "JSR", False, {"as_reference": True}, 2),
    ("jsrsd", "JSRSD", False, {"as_reference": True}, 2),
    ("latlrr", "LatLRR", False, {"as_reference": True}, 2),
    ("dsift", "DSIFT", True, {}, 0.1),
    ("csr", "CSR", False, {}, 4),  # with filters of our own: any two sets differ by 3 to 4
]


def read(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def sources(height: int = 40, width: int = 53) -> tuple[np.ndarray, ...]:
    noise = np.random.default_rng(1).random((2, height, width), dtype=np.float32)
    return tuple(
        np.clip(0.5 + 3 * (cv2.GaussianBlur(n, (0, 0), s) - 0.5), 0, 1) for n, s in zip(noise, (1, 3), strict=True)
    )


def golden_dictionary() -> np.ndarray:
    """The golden run's dictionary, its atoms turned from column order to row order."""
    table = np.loadtxt(SMALL / "JSR_dictionary_im1.csv", delimiter=",")
    return table.reshape(7, 7, -1).swapaxes(0, 1).reshape(49, -1)


@pytest.mark.data
@pytest.mark.skipif(not SMALL.exists(), reason="the golden values are not here")
@pytest.mark.parametrize("name, folder, visible_first, parameters, limit", FIDELITY)
def test_golden_values(name, folder, visible_first, parameters, limit):
    if name.startswith("jsr"):
        parameters = parameters | {"dictionary": golden_dictionary()}
    for path in sorted((SMALL / folder).glob("*.png")):
        a, b = (read(SHARED / "golden" / "gray_small" / source / path.name) for source in "ab")
        fused = METHODS[name](*((a, b) if visible_first else (b, a)), **parameters)
        assert np.abs(fused - read(path)).mean() * 255 <= limit, path.name


def test_patches_come_back_whole():
    picture = sources(23, 31)[0]
    for size, step in [(7, 1), (7, 3), (8, 8), (40, 5)]:
        patches = Patches(picture.shape, size, step)
        np.testing.assert_allclose(patches.join(patches.split(picture)), picture, atol=1e-6)


def test_running_mean_is_the_sequential_one():
    picture = sources(9, 11)[0]
    patches = Patches(picture.shape, 3)
    columns = np.random.default_rng(0).random((9, np.prod(patches.grid)))
    expected = np.zeros(picture.shape)
    for k, (y, x) in enumerate(np.ndindex(patches.grid)):
        expected[y : y + 3, x : x + 3] = (expected[y : y + 3, x : x + 3] + columns[:, k].reshape(3, 3)) / 2
    np.testing.assert_allclose(patches.join(columns, running=True), expected)


def test_matching_pursuit_is_scikit_learns():
    from sklearn.linear_model import orthogonal_mp

    random = np.random.default_rng(0)
    dictionary = random.normal(size=(49, 256))
    dictionary /= np.linalg.norm(dictionary, axis=0)
    signals = random.normal(size=(49, 60))
    indices, values = omp(dictionary, signals, atoms=8)
    code = np.zeros((256, 60))
    code[indices.T, np.arange(60)] = values.T
    np.testing.assert_allclose(code, orthogonal_mp(dictionary, signals, n_nonzero_coefs=8), atol=1e-4)


def test_matching_pursuit_stops_at_the_error():
    random = np.random.default_rng(0)
    dictionary = random.normal(size=(49, 256))
    dictionary /= np.linalg.norm(dictionary, axis=0)
    signals = random.normal(size=(49, 60))
    indices, values = omp(dictionary, signals, atoms=49, error=3.0)
    code = np.zeros((256, 60))
    for k in range(49):
        code[indices[:, k], np.arange(60)] += values[:, k]
    left = np.linalg.norm(signals - dictionary @ code, axis=0)
    used = (indices >= 0).sum(axis=1)
    assert (left <= 3.001).all()
    assert used.max() < 49
    fewer = [np.linalg.norm(signals[:, k] - dictionary @ code[:, k]) for k in range(60) if used[k]]
    assert len(fewer) == 60
    one_less = omp(dictionary, signals, atoms=int(used.max()) - 1, error=3.0)
    assert (one_less[0] >= 0).sum() < (indices >= 0).sum()


def test_dictionaries_have_unit_atoms():
    assert learned("dictionary").shape == (49, 256)
    np.testing.assert_allclose(np.linalg.norm(learned("dictionary"), axis=0), 1, atol=1e-5)


def test_learned_dictionary_codes_its_pictures_better():
    pictures = np.stack(sources(60, 60))
    own = learn_dictionary(pictures, size=64, atoms=4, rounds=5)
    patches = np.hstack([Patches((60, 60), 7).split(picture) for picture in pictures])

    def left(dictionary):
        indices, values = omp(dictionary, patches, atoms=4)
        return np.linalg.norm(patches - np.einsum("dnk,nk->dn", dictionary[:, indices], values))

    start = patches[:, :: patches.shape[1] // 64][:, :64]
    assert left(own) < 0.9 * left(start / np.linalg.norm(start, axis=0))


@pytest.mark.parametrize("name", ["jsr", "jsrsd"])
def test_joint_sparse_keeps_what_one_source_has(name):
    """A source beside a black one is coded as its own alone, in full weight."""
    a = sources()[0]
    fused = METHODS[name](a, np.zeros_like(a))
    assert np.abs(fused - a).mean() <= METHODS[name].tolerance


def test_joint_sparse_reference_is_brighter():
    a = 0.5 * sources()[0]
    ratio = METHODS["jsr"](a, a, as_reference=True)[8:-8, 8:-8].mean() / a[8:-8, 8:-8].mean()
    assert ratio == pytest.approx(2**0.5, rel=0.02)


def test_dictionary_of_a_wrong_shape_is_named():
    a, b = sources(9, 9)
    with pytest.raises(ValueError, match=r"dictionary has the shape \(48, 256\)"):
        METHODS["jsr"](a, b, dictionary=np.ones((48, 256)))


def test_latent_low_rank_splits_its_data_exactly():
    """Without errors worth their price, data = data Z + L data: L lives on the data's own three directions."""
    random = np.random.default_rng(0)
    data = random.normal(size=(6, 3)) @ random.normal(size=(3, 40))
    projection = latent_low_rank(data, share=10)
    directions, _, basis = np.linalg.svd(data, full_matrices=False)
    onto = directions[:, :3] @ directions[:, :3].T
    np.testing.assert_allclose(onto @ projection @ onto, projection, atol=1e-4)
    rest = data - projection @ data
    np.testing.assert_allclose(rest @ basis[:3].T @ basis[:3], rest, atol=1e-4)
    values = np.linalg.svd(projection)[1]
    assert 0.1 < values[2] <= values[0] < 0.9  # the other part of each direction is Z's
    assert values[3] < 1e-4


def test_low_rank_details_add_up():
    """A projection that takes half of everything leaves a quarter after two levels: the sum is the source."""
    a = 0.6 * sources()[0]
    half = np.eye(64) / 2
    np.testing.assert_allclose(METHODS["latlrr"](a, a, projection=half, levels=2), a, atol=1e-6)
    twice = METHODS["latlrr"](a, a, projection=half, levels=2, as_reference=True)
    np.testing.assert_allclose(twice, np.minimum(1.5 * a, 1), atol=1e-6)


def test_low_rank_detail_goes_by_nuclear_norm():
    flat, a = np.zeros((16, 16), np.float32), sources(16, 16)[0]
    fused = METHODS["latlrr"](a, flat, projection=np.eye(64), levels=1)
    np.testing.assert_allclose(fused, a, atol=1e-6)


def test_projection_of_a_wrong_shape_is_named():
    a, b = sources(9, 9)
    with pytest.raises(ValueError, match=r"projection has the shape \(64, 63\)"):
        METHODS["latlrr"](a, b, projection=np.ones((64, 63)))


def test_descriptors_tell_directions_apart():
    ramp = np.tile(np.linspace(0, 1, 60, dtype=np.float32), (60, 1))
    maps = direction_maps(ramp, 24)
    middle = maps[40, 40]
    assert np.argmax(middle) == 4  # along x, downhill
    assert middle[0] == 0
    down = direction_maps(ramp.T, 24)[40, 40]
    np.testing.assert_allclose(down[6], middle[4], rtol=1e-5)
    faint = descriptors(0.01 * maps, 24, slice(20, 22), 60)
    strong = descriptors(30 * maps, 24, slice(20, 22), 60)
    np.testing.assert_allclose(faint.sum(axis=2), 0.01 * activity(maps, 24, (60, 60))[20:22], rtol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(strong, axis=2), 1, rtol=1e-5)


def focus_pair(side: int = 160) -> tuple[np.ndarray, ...]:
    """A sharp picture, and two of it: each blurred in the half where the other is sharp."""
    sharp = sources(side, side)[0]
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    left = np.arange(side) < side // 2
    return sharp, np.where(left, sharp, blurred), np.where(left, blurred, sharp)


def test_dense_sift_takes_what_is_in_focus():
    sharp, a, b = focus_pair()
    for fused in (METHODS["dsift"](a, b), METHODS["dsift"](b, a), METHODS["dsift"](a, b, matching=False)):
        np.testing.assert_array_equal(fused[:, :60], sharp[:, :60])
        np.testing.assert_array_equal(fused[:, 100:], sharp[:, 100:])


def test_dense_sift_matching_settles_open_places():
    sharp, a, b = focus_pair(64)  # too small for any region of the default size
    fused = METHODS["dsift"](a, b)
    inside = (slice(6, -6), slice(6, 24))
    assert np.abs(fused - sharp)[inside].mean() < 0.6 * np.abs((a + b) / 2 - sharp)[inside].mean()
    regions = METHODS["dsift"](a, b, area=100)
    np.testing.assert_array_equal(regions[inside], sharp[inside])


def test_exposure_fusion_prefers_the_good_exposure():
    scene = sources(64, 64)[0]
    dark = 0.08 * scene
    fused = METHODS["mertens"](dark, scene)
    assert np.abs(fused - scene).mean() < np.abs(fused - dark).mean()
    low = 0.02
    well = METHODS["mertens"](np.full_like(scene, 0.5), np.full_like(scene, low), contrast_weight=0.0)
    weight = np.exp(-((0.5 - low) ** 2) / (2 * 0.2**2))
    np.testing.assert_allclose(well, (0.5 + weight * low) / (1 + weight), atol=1e-4)


def test_combined_vision_keeps_a_clear_picture_and_fills_fog():
    clear, synthetic = sources(96, 96)
    np.testing.assert_allclose(METHODS["cvs"](clear, 0.2 * synthetic), clear, atol=1e-6)
    fog = np.full_like(clear, 0.4)
    fused = METHODS["cvs"](fog, synthetic)
    structure = cv2.GaussianBlur(synthetic, (0, 0), 1) - cv2.GaussianBlur(synthetic, (0, 0), 16)
    assert np.corrcoef(fused.ravel(), structure.ravel())[0, 1] > 0.95
    assert fused.mean() == pytest.approx(0.4, abs=0.02)


@pytest.fixture(scope="module")
def vgg():
    from aefusion.transforms.pretrained_features import random_weights

    return random_weights("VGG-19")


@pytest.fixture(scope="module")
def resnet():
    from aefusion.transforms.pretrained_features import random_weights

    return random_weights("ResNet-50")


def test_vgg_features_are_the_networks(vgg):
    """The first layer by hand; the sizes of all four; a smaller picture's features are a part of a larger one's."""
    from aefusion.transforms.pretrained_features import vgg_features

    picture = sources(48, 64)[0]
    layers = vgg_features(vgg, picture, 4)
    shapes = [tuple(layer.shape) for layer in layers]
    assert shapes == [(64, 48, 64), (128, 24, 32), (256, 12, 16), (512, 6, 8)]
    kernel = vgg["features.0.weight"][5].sum(dim=0).numpy()
    by_hand = cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_CONSTANT)
    np.testing.assert_allclose(layers[0][5].numpy(), np.maximum(by_hand, 0), atol=1e-5)
    part = vgg_features(vgg, picture[:, :32], 2)[1]
    np.testing.assert_allclose(part[:, :, :12].numpy(), layers[1][:, :, :12].numpy(), atol=1e-5)


def test_resnet_features_are_the_networks(resnet):
    from aefusion.transforms.pretrained_features import resnet_features

    picture = sources(64, 96)[0]
    assert resnet_features(resnet, picture, 1).shape == (256, 16, 24)
    assert resnet_features(resnet, picture, 3).shape == (1024, 4, 6)
    no_blocks = {key: value * (0 if ".bn3.weight" in key else 1) for key, value in resnet.items()}
    first, last = resnet_features(resnet, picture, 1), resnet_features(no_blocks, picture, 1)
    assert not np.allclose(first.numpy(), last.numpy())  # the blocks' own branches count


@pytest.mark.parametrize("name, network", [("fzl", "VGG-19"), ("dl", "VGG-19"), ("zca", "ResNet-50")])
def test_missing_weights_say_what_to_do(name, network, monkeypatch, tmp_path):
    a, b = sources(16, 16)
    variable = "AEFUSION_" + network.replace("-", "").upper()
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ValueError, match=f"pass weights='.*pth' or set {variable}"):
        METHODS[name](a, b)
    monkeypatch.setenv(variable, str(tmp_path / "absent.pth"))
    with pytest.raises(ValueError, match=r"absent\.pth: there is no such file"):
        METHODS[name](a, b)
    with pytest.raises(ValueError, match=f"give a state dict of torchvision's {network}"):
        METHODS[name](a, b, weights={})


def test_weights_come_from_a_file_as_from_a_dict(vgg, monkeypatch, tmp_path):
    import torch

    a, b = sources(24, 24)
    torch.save(vgg, tmp_path / "vgg19.pth")
    given = METHODS["fzl"](a, b, weights=vgg)
    np.testing.assert_array_equal(METHODS["fzl"](a, b, weights=tmp_path / "vgg19.pth"), given)
    monkeypatch.setenv("AEFUSION_VGG19", str(tmp_path / "vgg19.pth"))
    np.testing.assert_array_equal(METHODS["fzl"](a, b), given)


def test_pretrained_details_go_to_the_source_that_has_them(vgg):
    """One source flat: its details weigh less than half, whatever the filters are."""
    a = sources(48, 48)[0]
    flat = np.full_like(a, 0.5)
    for name in ("fzl", "dl"):
        fused = METHODS[name](a, flat, weights=vgg)
        assert fused.std() > 0.6 * a.std(), name
        np.testing.assert_allclose(METHODS[name](flat, a, weights=vgg), fused, atol=1e-5, err_msg=name)


def test_whitening_makes_rows_uncorrelated():
    from aefusion.library.zca import whitened_strength

    random = np.random.default_rng(0)
    features = random.normal(size=(1, 6, 400)) + 3 * random.normal(size=(1, 1, 400))
    centred = features[0] - features[0].mean()
    vectors, values, _ = np.linalg.svd(centred @ centred.T)
    white = vectors @ np.diag(1 / np.sqrt(values + 1e-5)) @ vectors.T @ centred
    np.testing.assert_allclose(white @ white.T, np.eye(6), atol=1e-3)
    np.testing.assert_allclose(whitened_strength(features, 0), np.abs(white), atol=1e-5)


def test_sparse_maps_are_optimal():
    """The conditions of the least objective: the residual's correlation is lambda on the support, less elsewhere."""
    random = np.random.default_rng(0)
    filters = random.normal(size=(5, 6, 6)).astype(np.float32)
    filters /= np.linalg.norm(filters, axis=(1, 2), keepdims=True)
    picture = random.normal(size=(19, 24)).astype(np.float32)
    maps, _ = sparse_maps(filters, picture, 0.3, tolerance=1e-4, iterations=1000)
    spectra = np.fft.fft2(filters, s=picture.shape)
    residual = np.fft.fft2(picture - rebuild(filters, maps))
    gradient = np.fft.ifft2(np.conj(spectra) * residual).real
    used = maps != 0
    assert 0.02 < used.mean() < 0.5
    np.testing.assert_allclose(gradient[used], 0.3 * np.sign(maps[used]), atol=1e-3)
    assert np.abs(gradient).max() < 0.301


def test_low_pass_is_the_smoothness_minimiser():
    picture = sources(20, 27)[0]
    low, high = split_low_high(picture, strength=5, margin=16)
    np.testing.assert_allclose(low + high, picture, atol=1e-6)
    inner = (slice(8, -8), slice(8, -8))  # low - 5 Laplacian(low) = picture
    laplacian = cv2.Laplacian(low, -1)
    np.testing.assert_allclose((low - 5 * laplacian)[inner], picture[inner], atol=1e-5)


def test_filters_are_found_again_from_their_maps():
    random = np.random.default_rng(0)
    filters = random.normal(size=(4, 5, 5)).astype(np.float32)
    maps = ((random.random((2, 4, 30, 34)) < 0.1) * random.normal(size=(2, 4, 30, 34))).astype(np.float32)
    pictures = np.stack([rebuild(filters, each) for each in maps])
    np.testing.assert_allclose(best_filters(maps, pictures, 5), filters, atol=0.02)


def test_shipped_filters_have_unit_length():
    assert learned("filters").shape == (32, 8, 8)
    np.testing.assert_allclose(np.linalg.norm(learned("filters"), axis=(1, 2)), 1, atol=1e-5)


def test_convolutional_sparse_takes_the_detailed_source():
    sharp, a, b = focus_pair(64)
    fused = METHODS["csr"](a, b)
    assert np.abs(fused - sharp).mean() < 0.6 * np.abs((a + b) / 2 - sharp).mean()
    by_choice = METHODS["csr"](a, b, base="choice", radius=9)
    inside = (slice(8, -8), slice(8, 20))
    assert np.abs(by_choice - sharp)[inside].mean() < 2 / 255


def test_convolutional_sparse_base_is_named():
    a, b = sources(9, 9)
    with pytest.raises(ValueError, match="base is 'max': give 'mean' or 'choice'"):
        METHODS["csr"](a, b, base="max")
