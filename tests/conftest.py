"""What the tests share: real pictures from the scikit-image wheel, and where the shared data lies."""

import os
from pathlib import Path

import numpy as np
import pytest

from aefusion import Fuser

SHARED = Path(os.environ.get("AEFUSION_SHARED", Path(__file__).parents[2] / "shared"))


def pytest_collection_modifyitems(items):
    if not SHARED.is_dir():
        missing = pytest.mark.skip(reason=f"{SHARED} is not there; set AEFUSION_SHARED")
        for item in items:
            if "data" in item.keywords:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def shared() -> Path:
    return SHARED


@pytest.fixture(scope="session")
def photographs() -> tuple[np.ndarray, np.ndarray]:
    """Two gray photographs, uint8 (256, 256)."""
    from skimage import data

    return data.camera()[::2, ::2].copy(), data.moon()[::2, ::2].copy()


@pytest.fixture(scope="module")
def largest() -> Fuser:
    """The larger of both pixels: what comes out can be said beforehand."""
    return Fuser(method="max")


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """(6, 20, 24) uint16: slices, rows, columns."""
    return np.random.default_rng(0).integers(0, 2000, (6, 20, 24)).astype(np.uint16)


@pytest.fixture(scope="module")
def one_torch_thread():
    """Pictures this small gain nothing from more, and lose much on a busy machine."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
