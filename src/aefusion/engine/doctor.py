import os
import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from aefusion._version import __version__
from aefusion.engine import ENGINES, Trained, available, start
from aefusion.engine.cpu import instruction_sets
from aefusion.engine.threads import available_cores
from aefusion.weights import shipped


def required() -> dict[str, list[str]]:
    """The packages that this one asks for, by extra; under "" those that every install has.

    >>> "numpy" in required()[""], required()["onnx"]
    (True, ['onnx', 'onnxruntime'])
    """
    packages: dict[str, list[str]] = {"": []}
    try:
        lines = requires("aefusion") or []
    except PackageNotFoundError:  # run from its folder, not installed
        lines = []
    for line in lines:
        name, extra = re.match(r"[\w.-]+", line), re.search(r'extra == "([\w-]+)"', line)
        packages.setdefault(extra[1] if extra else "", []).append(name[0] if name else line)
    return packages


EXTRAS = {extra: names for extra, names in required().items() if extra not in ("", "demo", "test", "docs", "lint")}
"""The packages of each extra that users install."""


def doctor() -> dict[str, str]:
    """What is installed, what there is to run on, and what each shipped network would run on."""
    sets = instruction_sets()
    facts = {
        "aefusion": f"{__version__} in {Path(__file__).parents[1]}",
        "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "processor": f"{processor()}, {available_cores()} of {os.cpu_count()} cores usable",
        "kernel": ", ".join(sets) + " (the first is used)" if sets else "not compiled: OpenCV filters instead",
    }
    for package in required()[""]:
        facts[package] = installed(package)
    for extra, packages in EXTRAS.items():
        facts[f"extra {extra}"] = ", ".join(f"{package} {installed(package)}" for package in packages)
    for engine, row in ENGINES.items():
        missing = f"needs {' and '.join(row.packages)}: pip install 'aefusion[{row.extra}]'"
        facts[f"engine {engine}"] = f"on {devices(engine)}" if available(engine) else missing
    for name in shipped():
        facts[f"model {name}"] = f"runs on {start(Trained.load(name)).runs_on}"
    return facts


def devices(engine: str) -> str:
    """The devices that an engine can use, best first."""
    if engine == "onnx":
        from aefusion.engine import onnx

        return ", ".join(name.removesuffix("ExecutionProvider") for name in onnx.devices())
    if engine == "torch":
        import torch

        cuda = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return ", ".join([*cuda, *["mps"] * torch.backends.mps.is_available(), "CPU"])
    return "CPU"


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def processor() -> str:
    """The processor's name, where the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
