"""How a set of weights is trained: one YAML file each, saved with the result."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from pathlib import Path

import numpy as np

from aefusion.files import write_whole
from aefusion.fusion.method import load
from aefusion.network import MODELS

BANK = "bank:"
SELECTION = "selection"


@dataclass
class Recipe:
    """What `aefusion train RECIPE.yaml` reads; the defaults are the paper's Table II."""

    model: str = "aenetv2"
    teacher: str = "lp"
    """Whose pictures the network learns: a method of the library, or ``bank:PATH`` for a bank's optimal solutions."""
    teacher_parameters: dict = field(default_factory=dict)
    """Parameters of that method; for a bank `evaluation` and `methods`, of which training makes what it lacks."""
    tasks: list[str] = field(default_factory=list)
    """Only the pairs of these tasks; all, if empty."""
    start: str = ""
    """Weights to go on from, a shipped name or a file, or a recipe (``.yaml``) to train first; empty: from scratch;
    'selection' (AE-Netv2+ only): from a rule that chooses the source with more detail, see `evolution.selection`."""
    loss: dict[str, float] = field(default_factory=lambda: {"ssim": 1.0, "mse": 1.0})
    """Weights of the loss's terms; see `evolution.losses.fusion_loss`."""
    segments: list[tuple[int, float]] = field(default_factory=lambda: [(10, 1e-3), (100, 1e-4)])
    """Epochs and learning rate, one after the other."""
    schedule: str = "constant"
    """'constant' in each segment, or 'cosine': down to zero over the last segment."""
    steps_per_epoch: int = 149
    """595 pairs, four crops of each, in batches of 16."""
    batch: int = 16
    crop: int = 128
    precision: str = "float32"
    """'bfloat16' computes the convolutions in 16 bits where the processor can."""
    exact_epochs: int = 10
    """The last epochs are always in float32."""
    validation: float = 0.1
    """Share of the pairs that are kept aside; which ones, `evolution.keep_aside` says."""
    validate_every: int = 10
    """Epochs between measurements of the pairs kept aside."""
    identity: float = 0.0
    """Share of the samples that are one picture twice, to be returned as it is."""
    symmetry: float = 0.0
    """Weight of how much the picture changes when the sources are swapped, on a quarter of each batch."""
    average: float = 0.0
    """Decay of the weights' moving average, which is what is kept; 0 keeps the last weights."""
    seed: int = 0

    def __post_init__(self):
        """ValueError that says which setting is wrong."""
        self.segments = [(int(epochs), float(rate)) for epochs, rate in self.segments]
        for wrong, what in (
            (self.model not in MODELS, f"model {self.model!r}; known are {', '.join(MODELS)}"),
            (not self.segments or min(n for n, _ in self.segments) < 1, "segments: give [epochs, learning rate] pairs"),
            (self.schedule not in ("constant", "cosine"), f"schedule {self.schedule!r}: constant or cosine"),
            (self.precision not in ("float32", "bfloat16"), f"precision {self.precision!r}: float32 or bfloat16"),
            (self.crop < 16 or self.crop % 8, f"crop {self.crop}: a multiple of 8, 16 or more"),
            (
                min(self.batch, self.steps_per_epoch, self.validate_every) < 1,
                "batch, steps_per_epoch, validate_every: 1 or more",
            ),
            (
                self.start == SELECTION and self.model != "aenetv2-plus",
                f"start: {SELECTION} is for aenetv2-plus, not for {self.model}",
            ),
            (not 0 <= self.validation < 1, f"validation {self.validation}: from 0 to below 1"),
            (not (0 <= self.average < 1 and 0 <= self.identity <= 1), "average and identity: shares from 0 to 1"),
        ):
            if wrong:
                raise ValueError(f"recipe: {what}")
        if not self.teacher.startswith(BANK):
            load(self.teacher)

    def make_teacher(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """The teacher as a function of two sources."""
        if self.teacher.startswith(BANK):
            from aefusion.evolution.bank import Bank

            return Bank(self.teacher.removeprefix(BANK), **self.teacher_parameters)
        return partial(load(self.teacher), **self.teacher_parameters)

    def first(self) -> "Recipe":
        """The recipe in `start`, a file here or beside the shipped weights."""
        from aefusion.weights import FOLDER

        here = Path(self.start)
        return Recipe.read(here if here.is_file() else FOLDER / self.start)

    def prepare(self, data: Path, *, progress: Callable[[int, int, str], None] | None = None) -> None:
        """Make what a bank lacks of the methods that the recipe names; `progress` is that of `build`."""
        methods = self.teacher_parameters.get("methods")
        if self.teacher.startswith(BANK) and methods:
            from aefusion.evolution.build_bank import build_bank

            evaluation = self.teacher_parameters.get("evaluation", "E2")
            bank = self.teacher.removeprefix(BANK)
            build_bank(data, bank, methods=methods, evaluation=evaluation, progress=progress)

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """The recipe in a YAML file; ValueError, one line, that says which setting is wrong."""
        import yaml

        try:
            values = yaml.safe_load(Path(path).read_text()) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: not YAML: {error}") from None
        if not isinstance(values, dict):
            raise ValueError(f"{path}: expected settings such as `model: aenetv2`")
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"{path}: unknown settings {sorted(unknown)}")
        try:
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from None

    def write(self, path: Path) -> None:
        """Write all settings as YAML, which `read` takes."""
        import yaml

        settings = asdict(self) | {"segments": [list(x) for x in self.segments]}
        write_whole(path, yaml.safe_dump(settings, sort_keys=False).encode())
