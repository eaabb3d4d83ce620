from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from aefusion.evolution.settings import convert_all, number, shares, text, texts, whole_number
from aefusion.files import write_whole
from aefusion.learned.find_weights import HERE

TRAINED = ("ifcnn", "densefuse", "cnn_iv", "deepfuse")
"""The learned methods that have a way of training here."""
TYPES = {
    **dict.fromkeys(("method", "schedule"), text),
    "tasks": texts,
    "loss": shares,
    **dict.fromkeys(("rate", "decay", "validation"), number),
    **dict.fromkeys(("steps", "batch", "crop", "keep_every", "seed"), whole_number),
}


@dataclass
class LearnedRecipe:
    """How a network of another author is trained here: what `aefusion train` reads where a recipe has a ``method``."""

    method: str
    """A learned method: ifcnn, densefuse, cnn_iv (whose weights CNN_MF takes too) or deepfuse."""
    tasks: list[str] = field(default_factory=list)
    """Only the pairs of these tasks; all, if empty."""
    steps: int = 3000
    batch: int = 8
    crop: int = 96
    """Height and width of the samples; of cnn_iv 16, the window of the network."""
    rate: float = 1e-3
    """Adam's, at first."""
    schedule: str = "cosine"
    """How it ends: 'cosine' down to 0, or 'constant'."""
    decay: float = 0.0
    """Adam's decay of weights."""
    loss: dict[str, float] = field(default_factory=dict)
    """Weights of the terms of the loss; see `evolution.learned_loss`."""
    validation: float = 0.1
    """Share of the pairs that are never learned from; which ones, `evolution.keep_aside` says."""
    keep_every: int = 100
    """Steps between checkpoints, and between lines of the log."""
    seed: int = 0

    def __post_init__(self):
        """Each setting in its type; ValueError that says which one is wrong."""
        convert_all(self, TYPES)
        for wrong, what in (
            (self.method not in TRAINED, f"method {self.method!r}: trained are {', '.join(TRAINED)}"),
            (min(self.steps, self.batch, self.keep_every) < 1, "steps, batch, keep_every: 1 or more"),
            (self.crop < 16, f"crop {self.crop}: 16 or more"),
            (self.method == "cnn_iv" and self.crop != 16, f"crop {self.crop}: 16, the window of cnn_iv"),
            (self.schedule not in ("cosine", "constant"), f"schedule {self.schedule!r}: cosine or constant"),
            (self.rate <= 0 or self.decay < 0, "rate: above 0; decay: 0 or more"),
            (not 0 <= self.validation < 1, f"validation {self.validation}: from 0 to below 1"),
            (self.seed < 0, "seed: 0 or more"),
        ):
            if wrong:
                raise ValueError(f"recipe: {what}")

    @classmethod
    def read(cls, path: Path) -> "LearnedRecipe | None":
        """The recipe in a YAML file, or one of the package by its name, as ``ifcnn-here``.

        None where it has no ``method``: it is one for a network of this package then.

        ValueError, one line, that says which setting is wrong.
        """
        own = HERE / f"{path}.yaml"
        path = own if own.is_file() and not Path(path).exists() else Path(path)
        values = _values(path)
        if "method" not in values:
            return None
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"{path}: unknown settings {sorted(unknown)}")
        try:
            return cls(**values)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    def write(self, path: Path) -> None:
        """Write all settings as YAML, which `read` takes."""
        import yaml

        write_whole(path, yaml.safe_dump(asdict(self), sort_keys=False).encode())


def _values(path: Path) -> dict[str, Any]:
    """What the file holds; nothing where it is not YAML with settings, of which `Recipe.read` says what is wrong."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError, OSError):
        return {}
    return values if isinstance(values, dict) else {}
