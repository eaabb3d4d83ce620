"""Which code made a picture or a value: a hash of the source files that it comes from."""

import ast
import inspect
from hashlib import sha256
from pathlib import Path

from aefusion.fusion.method import OwnMethod
from aefusion.learned.find_weights import find_weights
from aefusion.library import METHODS, Method
from aefusion.quality import METRICS

PACKAGE = Path(__file__).parents[1]


def version(file: Path) -> str:
    """16 hexadecimal digits: the code in `file`, in all files of this package that it imports, and their data files.

    Comments, docstrings and layout do not count. Nor do the versions of NumPy, OpenCV and other packages, whose updates
    change pictures by rounding, if at all: who wants to be sure makes a new bank.
    """
    digest, seen, waiting = sha256(), set(), [file]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        waiting += sorted(_imported(tree))
        data = sorted(_data(tree, path.parent))
        _remove_docstrings(tree)
        digest.update(ast.unparse(tree).encode())
        for neighbour in data:
            digest.update(neighbour.read_bytes())
    return digest.hexdigest()[:16]


def method_version(method: Method) -> str:
    """The version of a fusion method's code, and of the weights of a learned one."""
    if isinstance(method, OwnMethod):
        return version(_file(method.own, method.name))
    if method.file in METHODS:
        code = version(PACKAGE / method.home / f"{method.file}.py")  # without importing what it needs
        if method.home != "learned":
            return code
        weights = find_weights(method.file, method.parameters.get("weights")).read_bytes()
        return sha256(code.encode() + weights).hexdigest()[:16]
    return version(_file(method.function, method.name))


def metric_version(name: str) -> str:
    """The version of a metric's code and parameters."""
    metric = METRICS[name]
    code = version(PACKAGE / "quality" / f"{metric.module}.py")
    return sha256(f"{code} {sorted(metric.parameters.items())}".encode()).hexdigest()[:16]


def _file(function: object, name: str) -> Path:
    try:
        found = inspect.getsourcefile(function)  # pyright: ignore[reportArgumentType]
    except TypeError:
        found = None
    if found is None:
        raise ValueError(f"{name}: its source file cannot be found: give a function that is written in Python")
    return Path(found)


def _imported(tree: ast.AST) -> set[Path]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    files = {PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py") for name in names if "aefusion." in name}
    return {file for file in files if file.is_file()}


def _data(tree: ast.AST, folder: Path) -> set[Path]:
    """Files beside the source whose name stands in it."""
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {folder / word for word in words if word.endswith((".npz", ".npy")) and (folder / word).is_file()}


def _remove_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
