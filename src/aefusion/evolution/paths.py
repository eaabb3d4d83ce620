"""Paths in a recipe: taken from the folder of the recipe."""

from pathlib import Path
from typing import Any

from aefusion.weights import FOLDER

BANK = "bank:"
SETTINGS = ("model", "teacher", "start", "further", "aside")
"""Those that may be paths, or lists of them."""


def placed(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The settings of a recipe, with each path in full that leads to a file or folder from ``folder``.

    What leads nowhere stays as it is, and so do the settings of the recipes of this package: they name a bank and pairs
    that everybody has at another place.
    """
    if folder.resolve() in (FOLDER.resolve(), Path(__file__).parent):
        return values
    found = dict(values)
    for name in SETTINGS:
        if isinstance(found.get(name), str):
            found[name] = _placed(found[name], folder)
        elif isinstance(found.get(name), list):
            found[name] = [_placed(one, folder) if isinstance(one, str) else one for one in found[name]]
    of_teacher = found.get("teacher_parameters")
    if isinstance(of_teacher, dict):
        of_teacher = dict(of_teacher)
        if isinstance(of_teacher.get("evaluation"), str):
            of_teacher["evaluation"] = _placed(of_teacher["evaluation"], folder)
        if isinstance(of_teacher.get("methods"), list):
            methods = of_teacher["methods"]
            of_teacher["methods"] = [_placed(one, folder) if isinstance(one, str) else one for one in methods]
        found["teacher_parameters"] = of_teacher
    return found


def _placed(word: str, folder: Path) -> str:
    """A path, ``bank:PATH``, or ``file.py:function``."""
    before, path = (BANK, word.removeprefix(BANK)) if word.startswith(BANK) else ("", word)
    path, function = (f"{path.partition('.py:')[0]}.py", path.partition(".py:")[2]) if ".py:" in path else (path, "")
    looks = bool(before or function or Path(path).suffix or "/" in path or (folder / path).is_dir())
    if not path or not looks or not (folder / path).exists():
        return word
    return f"{before}{(folder / path).resolve()}{f':{function}' if function else ''}"
