"""What figures were measured on: the machine, and the versions of what they depend on."""

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from aefusion.engine.cpu import instruction_sets
from aefusion.engine.doctor import processor
from aefusion.engine.threads import available_cores

PACKAGES = (
    "numpy", "opencv-python-headless", "scipy", "scikit-image", "scikit-learn", "PyWavelets", "numba", "onnxruntime",
    "torch",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "name": machine_name(),
        "processor": processor(),
        "cores": available_cores(),
        "instructions": next(iter(instruction_sets()), "no compiled kernel"),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def machine_name() -> str:
    """The processor and the number of cores, fit for the name of a file."""
    words = re.sub(r"\((r|tm)\)|\bcpu\b|\bprocessor\b|@", " ", processor(), flags=re.IGNORECASE)
    return "-".join(re.findall(r"[a-z0-9.]+", words.lower())) + f"-{available_cores()}-cores"


def libraries() -> dict[str, str]:
    """Versions of Python and of every package here that figures depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
