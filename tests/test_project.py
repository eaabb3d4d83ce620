"""What is said in more than one file of the project says the same everywhere."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

import aefusion

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob(".github/*.md")])
YAML = sorted(path for suffix in ("yml", "yaml") for path in (ROOT / ".github").rglob(f"*.{suffix}"))


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def loaded(path: str):
    return yaml.safe_load(text(path))


def requirement(name: str) -> str:
    """What pyproject.toml says of a package, for example ">=2.6"; the same in every extra that names it."""
    said = {
        re.sub(r"^[\w.-]+(\[\w+\])?", "", one)
        for extra in EXTRAS.values()
        for one in extra
        if re.match(rf"{name}\b", one)
    }
    assert len(said) == 1, f"{name}: {said}"
    return said.pop()


def test_the_version_is_one():
    assert "version" in PYPROJECT["project"]["dynamic"]
    assert loaded("CITATION.cff")["version"] == version("aefusion") == aefusion.__version__


def test_the_citation_is_of_this_project():
    citation = loaded("CITATION.cff")
    assert citation["title"] == PYPROJECT["project"]["name"]
    assert citation["license"] == PYPROJECT["project"]["license"]
    assert citation["abstract"] == PYPROJECT["project"]["description"]


def test_the_changelog_has_the_form_of_keep_a_changelog():
    parts = re.split(r"^## ", text("CHANGELOG.md"), flags=re.MULTILINE)
    assert parts[0].startswith("# Changelog\n")
    headings = [part.splitlines()[0] for part in parts[1:]]
    assert headings[0] == "[Unreleased]"
    released = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:]]
    assert all(released), headings
    numbers = [tuple(map(int, one.groups())) for one in released if one]
    assert numbers == sorted(numbers, reverse=True)
    assert not numbers or numbers[0] <= tuple(map(int, re.findall(r"\d+", aefusion.__version__)[:3]))
    for part in parts[1:]:
        kinds = re.findall(r"^### (.*)$", part, flags=re.MULTILINE)
        assert len(kinds) == len(set(kinds)) and set(kinds) <= set(KINDS), kinds


def test_torch_is_a_range_for_users_and_pinned_for_tests():
    assert re.fullmatch(r">=\d+\.\d+", requirement("torch"))
    pinned = dict(line.split("==") for line in text("constraints.txt").splitlines() if not line.startswith("#"))
    assert "torch" in pinned
    assert tuple(map(int, pinned["torch"].split(".")))[:2] >= tuple(map(int, requirement("torch")[2:].split(".")))


@pytest.mark.parametrize("path", ["Makefile", ".github/workflows/tests.yml"])
def test_what_tests_lint_and_docs_install_is_constrained(path):
    installs = [line for line in text(path).splitlines() if "pip install" in line and "--upgrade pip" not in line]
    assert installs and all("constraints.txt" in line for line in installs), installs


def test_linters_are_the_same_in_the_hooks():
    hooks = {Path(repo["repo"]).name: repo["rev"] for repo in loaded(".pre-commit-config.yaml")["repos"]}
    assert "==" + hooks["ruff-pre-commit"].removeprefix("v") == requirement("ruff")
    assert "==" + hooks["pyright-python"].removeprefix("v") == requirement("pyright")


def test_doctor_tells_of_every_extra():
    from aefusion.engine.doctor import EXTRAS as told

    for extra, packages in told.items():
        assert list(packages) == [re.split(r"[\[<>=]", one)[0] for one in EXTRAS[extra]]
    assert set(told) | {"demo", "test", "docs", "lint", "dev"} == set(EXTRAS)


def test_each_python_that_is_promised_is_tested():
    promised = [x.split(" :: ")[-1] for x in PYPROJECT["project"]["classifiers"] if "Python :: 3." in x]
    matrix = loaded(".github/workflows/tests.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert sorted({row["python"] for row in matrix["include"]}) == sorted(promised)
    assert {row["system"].partition("-")[0] for row in matrix["include"]} == {"ubuntu", "macos", "windows"}
    assert PYPROJECT["project"]["requires-python"] == f">={promised[0]}"


def test_wheels_are_built_for_each_python_that_is_promised():
    """One for the oldest, and one in the stable ABI for all that follow."""
    assert PYPROJECT["tool"]["scikit-build"]["wheel"]["py-api"] == "cp312"
    assert PYPROJECT["tool"]["cibuildwheel"]["build"] == ["cp311-*", "cp312-*"]


def test_the_package_says_that_it_is_typed():
    assert (Path(aefusion.__file__).parent / "py.typed").read_bytes() == b""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    page = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", page)]
    missing = [link for link in links if link and "://" not in link and not (path.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_yaml_can_be_read(path):
    assert yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.py")), ids=lambda path: path.stem)
def test_no_file_runs_what_a_file_holds(path):
    """What SECURITY.md promises: nothing is unpickled, and YAML makes no objects."""
    code = path.read_text(encoding="utf-8")
    assert not re.search(r"\bpickle\.|\byaml\.(unsafe_|full_)?load\(|\ballow_pickle=True", code)
    loads = re.findall(r"\btorch\.load\(.*", code)
    assert all("weights_only=True" in line for line in loads), loads
