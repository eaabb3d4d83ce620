"""The rooms of the methods: a file each, a map of what they are built of, and what is learned can be learned again."""

import re
from pathlib import Path

import numpy as np
import pytest

import aefusion.library
import aefusion.transforms
from aefusion.library import METHODS
from aefusion.transforms import learned_arrays, patch_dictionary
from aefusion.transforms.learn_dictionary import optimal_directions
from aefusion.transforms.omp import omp


def files(package) -> set[str]:
    return {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {"__init__"}


def test_the_library_holds_the_methods_and_nothing_else():
    assert files(aefusion.library) == {name for name, method in METHODS.items() if method.home == "library"}


def test_the_map_of_the_transforms_names_every_file_and_no_other():
    assert set(re.findall(r"`(\w+)`", aefusion.transforms.__doc__)) == files(aefusion.transforms)


@pytest.mark.parametrize("module", sorted(files(aefusion.transforms)))
def test_every_transform_says_what_it_is(module):
    text = (Path(aefusion.transforms.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    assert text.startswith('"""')
    public = re.findall(r"^(?:def|class) (?!_)\w+.*?:\n {4}(.{3})", text, re.DOTALL | re.MULTILINE)
    assert public and set(public) == {'"""'}


def test_a_dictionary_is_learned_from_patches_and_codes_them_better_than_its_start():
    random = np.random.default_rng(0)
    parts = random.normal(size=(16, 24)).astype(np.float32)
    codes = random.normal(size=(24, 400)) * (random.random((24, 400)) < 0.1)
    patches = np.float32(parts @ codes + 0.01 * random.normal(size=(16, 400)))

    def left(atoms):
        indices, values = omp(atoms, patches, atoms=3)
        return np.linalg.norm(patches - np.einsum("dnk,nk->dn", atoms[:, indices], values))

    learned = optimal_directions(patches, size=24, atoms=3, rounds=20)
    assert learned.shape == (16, 24)
    np.testing.assert_allclose(np.linalg.norm(learned, axis=0), 1, atol=1e-5)
    assert left(learned) < 0.7 * left(patches[:, :24] / np.linalg.norm(patches[:, :24], axis=0))


def test_the_dictionary_of_patches_is_learned_into_its_file(monkeypatch, tmp_path):
    patches = np.random.default_rng(0).normal(size=(64, 400)).astype(np.float32)
    monkeypatch.setattr(patch_dictionary, "FILE", tmp_path / "patches.npy")
    monkeypatch.setattr(patch_dictionary, "training_patches", lambda: patches)
    patch_dictionary.learn()
    made = np.load(tmp_path / "patches.npy")
    assert made.shape == (64, 256) and made.dtype == np.float16 and np.isfinite(made).all()


def test_the_arrays_are_learned_by_name_beside_those_that_are_there(monkeypatch, tmp_path):
    np.savez(tmp_path / "arrays.npz", filters=np.ones(3))
    monkeypatch.setattr(learned_arrays, "FILE", tmp_path / "arrays.npz")
    monkeypatch.setattr(learned_arrays, "pictures", lambda: np.random.default_rng(0).random((2, 60, 60), np.float32))
    learned_arrays.learn(["dictionary"])
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["dictionary"].shape == (49, 256) and arrays["filters"].tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="no array kernels: known are dictionary, projection, filters"):
        learned_arrays.learn(["kernels"])
