"""Write a network for other programs."""

from pathlib import Path
from typing import Literal


def export(model: str, output: Path, /, *, form: Literal["deployed", "paper"] = "deployed") -> None:
    """Write a network as an ONNX file: inputs a, b and output fused, float32 (N, 1, height, width) in [0, 1].

    Parameters
    ----------
    model
        A name that `aefusion models` lists, or a file of weights.
    output
        The ONNX file.
    form
        `deployed`: folded, fast. `paper`: layer by layer as in the paper.
    """
    from aefusion.engine.export import export as write

    write(model, output, form)
    print(f"{output}: {output.stat().st_size:,} bytes")
