from os import PathLike
from pathlib import Path
from typing import Literal

from aefusion._version import __version__
from aefusion.engine import Trained, available, fold
from aefusion.files import FileError, write_whole
from aefusion.weights import shipped


def export(model: str, output: str | PathLike[str], form: Literal["deployed", "paper"] = "deployed") -> None:
    """Write a network as an ONNX file: inputs ``a``, ``b``, output ``fused``, float32 (N, 1, height, width) in [0, 1].

    ``form``: "deployed" is folded and fast, "paper" has every layer of the paper. Both give the same picture. Name,
    version and range stand in the file's metadata, and of shipped weights their licence and source.
    """
    if not available("onnx"):
        raise ValueError("exporting needs onnx: pip install 'aefusion[onnx]'")
    from aefusion.engine.to_onnx import to_onnx

    output = Path(output)
    if form not in ("deployed", "paper"):
        raise ValueError(f'`form` is {form!r}: give `form="deployed"` or `form="paper"`')
    if output.suffix != ".onnx":
        raise FileError(output, "an ONNX file is written", "end the name in .onnx")
    if not output.parent.is_dir():
        raise FileError(output, f"there is no folder {output.parent}", "make it first")
    trained = Trained.load(model)
    if trained.pyramid:
        raise ValueError(f"{model}: its pyramid has as many levels as the picture asks for: it has no ONNX form")
    chosen = fold(trained) if form == "deployed" else trained
    metadata = {
        "name": trained.name,
        "version": __version__,
        "form": form,
        "range": "a, b and fused: gray, float32 in [0, 1]",
    }
    if model in shipped():
        metadata |= {"licence": "Apache-2.0", "source": "AE-Netv2: A. Fang, X. Zhao, J. Yang, B. Qin, Y. Zhang"}
    write_whole(output, to_onnx(chosen.graph, chosen.weights, metadata))
