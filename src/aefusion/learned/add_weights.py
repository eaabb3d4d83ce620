import hashlib
import re
from collections.abc import Iterable
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError, as_path, make_folder
from aefusion.learned.convert import convert
from aefusion.learned.published import Published, sets_of
from aefusion.weights import save
from aefusion.weights.installed import folder

CLASSES = {
    "densefuse": "DenseFuse", "fusiongan": "FusionGAN", "ifcnn": "IFCNN", "cnn_iv": "CNN", "cnn_mf": "CNN",
    "deepfuse": "DeepFuse", "deepfuse_hli": "DeepFuseHli", "pmgi": "PMGI", "fusiondn": "FusionDN",
    "nestfuse": "NestFuse", "u2fusion": "U2Fusion", "saf": "SAF", "aenet": "AENet",
}  # fmt: skip
"""The network of each method, in the file of its name."""
FEATURES = {"vgg19": "VGG-19", "resnet50": "ResNet-50"}
"""What other methods take the features of."""


def add_weights(
    method: str, files: Iterable[str | PathLike[str]], *, name: str | None = None, into: Path | None = None
) -> list[Path]:
    """Check published files of weights, convert them, and keep them in the user's folder of data; the new files.

    Which set of weights a file is, its sha256 says. A checkpoint of TensorFlow is two files; one of them is enough if
    the other lies beside it. ``name``: keep a set of one's own under this name, for METHOD:NAME, whatever its sha256;
    its arrays must still be those of the network. ``into``: another folder. Nothing in the files is run.

    FileError, one line, for a file that is no such weights; nothing is kept then.
    """
    if method not in CLASSES and method not in FEATURES:
        raise ValueError(f"{method} takes no weights: those that do are {', '.join([*CLASSES, *FEATURES])}")
    if name and (not re.fullmatch(r"[\w-]+", name) or name in {one.name for one in sets_of(method)}):
        raise ValueError(f"`name` {name}: give another one, of letters, digits, _ and -")
    given = [path for file in files if not (path := as_path(file, "weights")).is_dir()]
    for path in given:
        if not path.is_file():
            raise FileError(path, "no such file", "check the path")
    if not given:
        raise ValueError(f"{method}: no file is given: `aefusion weights {method}` says which it needs")
    found: list[tuple[str, dict[str, np.ndarray], dict[str, Any]]] = []
    for group in _groups(given):
        one = None if name else _known(method, group)
        state = _check(method, convert(method, group), group[0])
        sums = {path.name: sha256(path) for path in group}
        about = {"source": one.source, "commit": one.commit, "licence": one.licence} if one else {}
        found.append((name or (one.name if one else ""), state, {"method": method, **about, "files": sums}))
    target = into or folder()
    make_folder(target)
    paths = []
    for called, state, metadata in found:
        paths.append(target / f"{method}-{called}.safetensors")
        save(paths[-1], state, metadata)
    return paths


def sha256(path: Path) -> str:
    """The file's digest."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _groups(files: list[Path]) -> list[list[Path]]:
    """The files of each set: both of a TensorFlow checkpoint, else one."""
    groups: dict[Path, list[Path]] = {}
    for path in files:
        stem = path.name.removesuffix(".index").partition(".data-")[0]
        if ".data-" in path.name or path.suffix == ".index":
            both = [path.with_name(f"{stem}.index"), path.with_name(f"{stem}.data-00000-of-00001")]
            for one in both:
                if not one.is_file():
                    raise FileError(path, f"{one.name} is not beside it", "give both files of the checkpoint")
            groups[path.with_name(stem)] = both
        else:
            groups[path] = [path]
    return list(groups.values())


def _known(method: str, files: list[Path]) -> Published:
    """The published set that the files are; FileError if they are none."""
    sums = [sha256(path) for path in files]
    for one in sets_of(method):
        digests = [file.sha256 for file in one.files if file.sha256]
        if digests and not one.same_as and all(any(x.startswith(digest) for x in sums) for digest in digests):
            return one
    for one in sets_of(method):
        if one.source and not any(file.sha256 for file in one.files):  # names and shapes must do
            return one
    wrong = f"its sha256 {sums[0][:16]}... is not that of weights that the authors of {method} publish"
    raise FileError(files[0], wrong, "get it again, or keep it under a name of its own: give `name`")


def _check(method: str, state: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """The arrays that are needed; FileError if one is missing or of another shape."""
    import torch

    from aefusion.learned.ready import fits, shapes

    if method in FEATURES:
        from aefusion.transforms.pretrained_features import random_weights

        needed = {name: tuple(array.shape) for name, array in random_weights(FEATURES[method]).items()}
        state = {name: array for name, array in state.items() if name in needed}
    else:
        with torch.device("meta"):
            needed = shapes(network_of(method, state))
    fits(needed, state, str(path))
    return state


def network_of(method: str, state: dict[str, np.ndarray] | None = None):
    """The untrained network of a method; of CNN_MF the large one, unless the arrays are those of the small one."""
    kind = getattr(import_module(f"aefusion.learned.{'cnn' if CLASSES[method] == 'CNN' else method}"), CLASSES[method])
    if CLASSES[method] == "CNN":
        return kind(method == "cnn_mf" and (state is None or "feature.weight" in state))
    return kind()
