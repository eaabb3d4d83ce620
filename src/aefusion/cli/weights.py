"""The weights of the learned methods: what there is, and adding what the user has."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from aefusion.cli.options import Json


def weights(method: str | None = None, /, *, json: Json = False) -> None:
    """List the weights that the learned methods need: where their authors publish them, their licence, whether they are
    installed.

    Few of them may be passed on, so that each user gets them from their authors, and adds them: `aefusion weights add
    METHOD FILE...`. The JSON has the whole sha256 of each file.

    Parameters
    ----------
    method
        Only those of this method.
    """
    from aefusion.cli.console import show_facts, show_table
    from aefusion.learned.list_weights import list_weights
    from aefusion.weights.installed import folder

    rows = list_weights(method)
    if json or not method:
        keys = ("method", "name", "installed", "licence", "source")
        short = [{key: row[key] for key in keys} | {"installed": bool(row["installed"])} for row in rows]
        show_table(rows if json else short, as_json=json)
    for row in () if json or not method else rows:
        files = {file["path"]: f"sha256 {file['sha256'] or 'not known'}" for file in row["files"]}
        facts = {key: row[key] or "-" for key in ("name", "installed", "licence", "source")}
        show_facts(facts | files)
        print()
    if not json:
        print(f"They are kept in {folder()}")


def add(method: str, files: Annotated[list[Path], Parameter(name="FILE")], /, *, name: str | None = None) -> None:
    """Check published weights, convert them to safetensors, and keep them in your folder of data.

    Files of TensorFlow (both of a checkpoint), PyTorch, NumPy or MATLAB. No code in them is run. Their sha256 says
    which weights they are.

    Parameters
    ----------
    method
        A learned method, as `aefusion weights` lists them; or `vgg19` or `resnet50`, the features that `fzl`, `dl` and
        `zca` need.
    files
        Its files; those of several sets of weights at once too.
    name
        Keep weights of your own under this name, whatever their sha256; `--method METHOD:NAME` takes them.
    """
    from aefusion.learned.add_weights import add_weights

    for path in add_weights(method, files, name=name):
        print(path)
