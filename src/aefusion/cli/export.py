"""Write a network for other programs."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from aefusion.cli.options import the_output


def export(
    model: str,
    file: Path | None = None,
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    form: Literal["deployed", "paper"] = "deployed",
) -> None:
    """Write a network as an ONNX file.

    It has the inputs a and b and the output fused, which are float32 (N, 1, height, width) in [0, 1].

    Parameters
    ----------
    model
        A name that `aefusion models` lists, or a file of weights.
    file
        The ONNX file.
    output
        The same: give one of them.
    form
        `deployed` is folded and fast, `paper` is layer by layer as in the paper.
    """
    from aefusion.engine.export import export as write

    path = the_output(file, output, "net.onnx")
    write(model, path, form)
    print(f"{path}: {path.stat().st_size:,} bytes")
