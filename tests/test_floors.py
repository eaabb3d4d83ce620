"""The plan of the house: who may import whom, no circles, no large files, and no word of the command line below it."""

import ast
import re
from pathlib import Path

import pytest

import aefusion

PACKAGE = Path(aefusion.__file__).parent
FLOORS = [  # top to bottom; a part imports parts of the floors below it, and no others
    {"aefusion", "cli"},
    {"bench", "evolution", "stack", "video", "medical", "thermal"},
    {"fusion", "speed"},
    {"engine", "library", "learned", "quality"},
    {"weights"},
    {"image", "transforms", "network"},
    {"markers", "one_thread"},
    {"files", "_version"},
]
"""A part is a folder of the package, or a file beside them; "aefusion" is the face."""
HEIGHT = {part: len(FLOORS) - i for i, floor in enumerate(FLOORS) for part in floor}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
MODULES = {
    ".".join(("aefusion", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__main__.py"
}
COMPILED = {"aefusion.engine._kernel"}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def part(module: str) -> str:
    return module.split(".")[1] if "." in module else "aefusion"


def imported(module: str) -> set[str]:
    """The modules of the package that a module imports anywhere, inside of functions too."""
    return imported_by(TREES[module], module, MODULES[module].name == "__init__.py")


def imported_by(tree: ast.AST, module: str, is_front: bool = False) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = f"{module}.".rsplit(".", node.level + (not is_front))[0] if node.level else ""
            base = ".".join(filter(None, (above, node.module)))
            inner = [f"{base}.{alias.name}" for alias in node.names]
            names |= {name if name in MODULES or name in COMPILED else base for name in inner}
    return (names & MODULES.keys()) - {module}


def test_imports_are_seen_wherever_and_however_they_stand():
    late = "def f():\n    from aefusion.image import read, Picture\n    from .. import files\n"
    seen = {"aefusion.image", "aefusion.image.read", "aefusion.files", "aefusion.quality.ssim"}
    assert imported_by(ast.parse(f"{late}import aefusion.quality.ssim"), "aefusion.library.lp") == seen
    front = ast.parse("from .lp import lp\nfrom ..image.gray import gray\nfrom . import adf")
    seen = {"aefusion.library.lp", "aefusion.image.gray", "aefusion.library.adf"}
    assert imported_by(front, "aefusion.library", is_front=True) == seen


def test_every_part_has_a_floor():
    assert {part(module) for module in MODULES} == set(HEIGHT)


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_a_part_imports_only_parts_below_it(floor):
    wrong = [
        f"{module} imports {other}"
        for module in MODULES
        if part(module) in FLOORS[floor]
        for other in imported(module)
        if part(other) != part(module) and HEIGHT[part(other)] >= HEIGHT[part(module)]
    ]
    # The command line calls the public functions, and those do not know it.
    assert [line for line in wrong if not re.fullmatch(r"aefusion\.cli\.\w+ imports aefusion", line)] == []


def test_no_import_goes_in_a_circle():
    """Nor those inside of functions, nor those of the front of a room; but the face, which is loaded late."""
    left = {module: imported(module) for module in MODULES if part(module) != "aefusion"}
    while left:  # take away what imports nothing that is left
        free = {module for module, others in left.items() if not others & left.keys()}
        assert free, f"a circle among {sorted(left)}"
        left = {module: others for module, others in left.items() if module not in free}


@pytest.mark.parametrize(
    "path", [*PACKAGE.rglob("*.py"), *Path(__file__).parent.glob("*.py")], ids=lambda path: path.stem
)
def test_no_file_is_too_long_to_be_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("module", [module for module in MODULES if part(module) != "cli"])
def test_messages_name_parameters_and_not_options(module):
    """Below the command line a message says `resize="b-to-a"`; the command line makes an option of it."""
    strings = [x.value for x in ast.walk(TREES[module]) if isinstance(x, ast.Constant) and isinstance(x.value, str)]
    documentation = {ast.get_docstring(x, clean=False) for x in ast.walk(TREES[module]) if isinstance(x, DOCUMENTED)}
    options = [
        text for text in strings if re.search(r"(^|\s)--[a-z]", text) and " " in text and text not in documentation
    ]
    assert not options
