"""Commonness and characteristics: the weights of one task together with a share of the common ones."""

from pathlib import Path

import numpy as np

from aefusion.weights import find, load, save


def mix(own: str | Path, common: str | Path, share: float, output: Path | str) -> Path:
    """Write (own + share x common) / (1 + share): the paper's equation 5, the sum brought back to the size of one.

    `own`: the weights of one task, which should have been trained from `common` on (independently trained networks
    have their channels in other places, and their sum means nothing); `share`, the paper's beta, 0 for `own` alone.
    All arrays are mixed, the statistics of batch norm too. ValueError if the networks are not of one kind.
    """
    if not share >= 0:
        raise ValueError(f"share {share}: 0 or more")
    output = Path(output)
    if output.suffix != ".safetensors" or not output.parent.is_dir():
        raise ValueError(f"{output}: give a name in .safetensors in a folder that is there")
    (one, metadata), (other, of_other) = (load(find(str(path))) for path in (own, common))
    if metadata.get("model") != of_other.get("model") or one.keys() != other.keys():
        raise ValueError(f"{own} is {metadata.get('model')}, {common} is {of_other.get('model')}: not of one kind")
    arrays = {name: np.asarray((one[name] + share * other[name]) / (1 + share), np.float32) for name in one}
    made_of = {"own": str(own), "common": str(common), "share": share}
    graph = {"graph": metadata["graph"]} if "graph" in metadata else {}
    save(output, arrays, {"model": metadata["model"], "mixed": made_of, "recipe": metadata.get("recipe")} | graph)
    return output
