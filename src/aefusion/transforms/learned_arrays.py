"""What the sparse and low-rank methods learned from pictures.

``python -m aefusion.transforms.learned_arrays`` learns it anew, all of it or what is named: dictionary, projection,
filters. The pictures ship inside the scikit-image wheel; nothing of the original authors' trained matrices is used.
"""

from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("learned_arrays.npz")
PICTURES = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "moon", "rocket")
SIDE = 256


@cache
def learned(name: str) -> np.ndarray:
    """float32: "dictionary" (49, 256), "projection" (64, 64) or "filters" (32, 8, 8)."""
    with np.load(FILE) as arrays:
        return arrays[name]


def pictures() -> np.ndarray:
    """float32 (10, 256, 256) in [0, 1]: the middle squares of ten pictures of scikit-image, reduced."""
    import cv2
    from skimage import data

    squares = []
    for name in PICTURES:
        picture = getattr(data, name)()
        if picture.ndim == 3:
            picture = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        side = min(picture.shape)
        top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
        square = picture[top : top + side, left : left + side]
        squares.append(cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return np.stack(squares).astype(np.float32) / 255


def learn(names: list[str]) -> None:
    """Learn the named arrays, or all, and write them to ``FILE`` beside those that are there.

    ValueError if there is no array of such a name.
    """
    from aefusion.transforms.convolutional_sparse import learn_filters
    from aefusion.transforms.latent_low_rank import learn_projection
    from aefusion.transforms.learn_dictionary import learn_dictionary

    recipes = {"dictionary": learn_dictionary, "projection": learn_projection, "filters": learn_filters}
    for name in names:
        if name not in recipes:
            raise ValueError(f"no array {name}: known are {', '.join(recipes)}")
    arrays = dict(np.load(FILE)) if FILE.exists() else {}
    for name in names or recipes:
        arrays[name] = recipes[name](pictures()).astype(np.float32)
        np.savez_compressed(FILE, **arrays)


if __name__ == "__main__":
    import sys

    learn(sys.argv[1:])
