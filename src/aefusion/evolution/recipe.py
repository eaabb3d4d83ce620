"""How a set of weights is trained: one YAML file each, saved with the result."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from pathlib import Path

import numpy as np

from aefusion.evolution.evaluations import evaluation as load_evaluation
from aefusion.evolution.index import choose
from aefusion.evolution.loss_terms import check_terms
from aefusion.evolution.paths import BANK, placed
from aefusion.evolution.settings import (
    convert_all,
    display,
    number,
    or_none,
    segments,
    settings,
    shares,
    text,
    texts,
    whole_number,
    yes_or_no,
)
from aefusion.files import is_place, write_whole
from aefusion.fusion.method import OwnMethod, load, parameters_of
from aefusion.network import MODELS
from aefusion.network.own import model_of
from aefusion.weights import FOLDER, find

SELECTION = "selection"
RULES = ("aenetv2-plus", "aenetv2-squeeze-gcb", "aenetv2-squeeze2-gcb")
"""Models that a rule can start, each also on the pyramid (``-p``): see `evolution.selection`."""
TYPES = {
    **dict.fromkeys(("model", "teacher", "start", "schedule", "precision", "pair"), text),
    **dict.fromkeys(("tasks", "further", "aside"), texts),
    **dict.fromkeys(("loss", "made_loss", "gentle"), shares),
    **dict.fromkeys(("made", "validation", "identity", "symmetry", "slope", "average"), number),
    **dict.fromkeys(
        ("steps_per_epoch", "batch", "crop", "exact_epochs", "validate_every", "wake_every", "seed"), whole_number
    ),
    "teacher_parameters": settings,
    "full_strength": yes_or_no,
    "segments": segments,
    "aside_seed": or_none(whole_number),
    "range": display,
}
"""What brings each setting to its type."""


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
    further: list[str] = field(default_factory=list)
    """Further trees of pairs, all of which are learned from: of combined vision, `aefusion evolve cvs`. Which pairs of
    the data are kept aside does not depend on them."""
    aside: list[str] = field(default_factory=list)
    """Further trees of pairs, all of which are kept aside: the validation part of combined vision."""
    start: str = ""
    """Weights to go on from, a shipped name or a file, or a recipe (``.yaml``) to train first; empty: from scratch;
    'selection' (AE-Netv2+, Squeeze+GCB, Squeeze2+GCB, plain or on a pyramid): from a rule that chooses the source with
    more detail, see `evolution.selection`."""
    full_strength: bool = False
    """Whether the teacher's picture shall be a source as it is where it alone shows something: `evolution.alone`."""
    loss: dict[str, float] = field(default_factory=lambda: {"ssim": 1.0, "mse": 1.0})
    """Weights of the loss's terms; see `evolution.losses.fusion_loss`."""
    made: float = 0.0
    """Share of the samples that are made from sharp photographs, so that their truth is known: `evolution.made`."""
    made_loss: dict[str, float] = field(default_factory=lambda: {"ssim": 1.0, "l1": 2.0, "gradient": 20.0})
    """The loss's terms for these samples: to the truth."""
    segments: list[tuple[int, float]] = field(default_factory=lambda: [(10, 1e-3), (100, 1e-4)])
    """Epochs and learning rate, one after the other. A run goes on if segments are made longer, or added."""
    gentle: dict[str, float] = field(default_factory=dict)
    """Layers whose rate is another one, and by which factor: ``{c1: 0.1}``. After a start by rule C1 measures detail
    with filters whose sum is 0; a step as large as the others need makes them see brightness."""
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
    slope: float = 0.0
    """What the activations let through of numbers below 0 at first; it goes to 0 in the first half of the steps. Not
    for a start by rule, which it would break."""
    wake_every: int = 0
    """Epochs after which maps that were silent in an epoch are drawn anew, in the first three quarters; 0: never."""
    average: float = 0.0
    """Decay of the weights' moving average, which is what is kept; 0 keeps the last weights."""
    seed: int = 0
    aside_seed: int | None = None
    """Which pairs are kept aside; as `seed` says, if not given. Trainings that differ in the seed alone are compared on
    the same pairs with it."""

    range: str | tuple[float, float] = "auto"
    """How thermal pictures are shown, as in `aefusion fuse`: auto, set, none, or [lowest, highest]."""
    pair: str = ""
    """Which files of the data are pairs, a pattern as `aefusion fuse` takes it; empty: by the folders and names."""

    def __post_init__(self):
        """Each setting in its type; ValueError that says which one is wrong."""
        convert_all(self, TYPES)
        for wrong, what in (
            (
                self.model not in MODELS and not is_place(self.model),
                f"model {self.model!r}; known are {', '.join(MODELS)}; or file.py:function that builds a Graph",
            ),
            (self.schedule not in ("constant", "cosine"), f"schedule {self.schedule!r}: constant or cosine"),
            (self.precision not in ("float32", "bfloat16"), f"precision {self.precision!r}: float32 or bfloat16"),
            (self.crop < 16 or self.crop % 8, f"crop {self.crop}: a multiple of 8, 16 or more"),
            (
                min(self.batch, self.steps_per_epoch, self.validate_every) < 1,
                "batch, steps_per_epoch, validate_every: 1 or more",
            ),
            (
                self.start == SELECTION and self.model.removesuffix("-p") not in RULES,
                f"start: {SELECTION} is for {', '.join(RULES)}, not for {self.model}",
            ),
            (not (0 <= self.made <= 1 and 0 <= self.slope < 1), "made and slope: shares from 0 to 1"),
            (self.wake_every < 0, f"wake_every {self.wake_every}: 0 or more"),
            (self.exact_epochs < 0, f"exact_epochs {self.exact_epochs}: 0 or more"),
            (self.symmetry < 0, f"symmetry {self.symmetry:g}: 0 or more"),
            (self.seed < 0 or (self.aside_seed or 0) < 0, "seed and aside_seed: 0 or more"),
            (not 0 <= self.validation < 1, f"validation {self.validation}: from 0 to below 1"),
            (not (0 <= self.average < 1 and 0 <= self.identity <= 1), "average and identity: shares from 0 to 1"),
        ):
            if wrong:
                raise ValueError(f"recipe: {what}")
        for name in ("loss", "made_loss"):
            check_terms(name, getattr(self, name))
        if not is_place(self.teacher):
            self.check_teacher()

    def check_teacher(self) -> None:
        """ValueError where there is no such teacher, or where it does not take the parameters."""
        given = self.teacher_parameters
        if self.teacher.startswith(BANK):
            known = ["evaluation", "methods"]
        else:
            method = load(self.teacher)
            known = parameters_of(method.function if isinstance(method, OwnMethod) else method.parameters)
        unknown = sorted(set(given) - set(known)) if known is not None else []
        if unknown:
            there = ", ".join(known or ()) or "none"
            raise ValueError(f"recipe: teacher_parameters: {self.teacher} has no {', '.join(unknown)}; it has {there}")
        if self.teacher.startswith(BANK):
            if "methods" in given:
                given["methods"] = texts("recipe: teacher_parameters: methods", given["methods"])
            name = text("recipe: teacher_parameters: evaluation", given.get("evaluation", "E2"))
            if not is_place(name):
                load_evaluation(name)

    def check(self) -> None:
        """What files can tell, before anything is computed: ValueError where one is not there, or is wrong."""
        model = model_of(self.model)
        unknown = set(self.gentle) - {layer.name for layer in model.graph()}
        if unknown:
            raise ValueError(f"recipe: gentle: {self.model} has no layer {', '.join(sorted(unknown))}")
        self.check_teacher()
        if self.teacher.startswith(BANK):
            for method in self.teacher_parameters.get("methods", ()):
                choose(method)
            load_evaluation(self.teacher_parameters.get("evaluation", "E2"))
            if not self.teacher_parameters.get("methods"):
                self.make_teacher()
        for name in (*self.further, *self.aside):
            if not Path(name).is_dir():
                advice = "make it, or take it out of further or aside"
                raise ValueError(f"recipe: {name}: no such folder of pairs: {advice}")
        if self.start and self.start != SELECTION and not self.start.endswith(".yaml"):
            find(self.start)

    @property
    def kept_by(self) -> int:
        """The seed that says which pairs are kept aside."""
        return self.seed if self.aside_seed is None else self.aside_seed

    @property
    def epochs(self) -> int:
        """How many there are in all."""
        return sum(epochs for epochs, _ in self.segments)

    def goes_on_from(self, settings: dict, epoch: int) -> bool:
        """Whether a run with these settings can go on with this recipe after `epoch`: only its length may differ."""
        length = {"segments": self.segments, "validate_every": self.validate_every}
        return _comparable(Recipe(**settings | length)) == _comparable(self) and self.epochs >= epoch

    def make_teacher(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """The teacher as a function of two sources."""
        if self.teacher.startswith(BANK):
            from aefusion.evolution.bank import Bank

            return Bank(self.teacher.removeprefix(BANK), **self.teacher_parameters)
        return partial(load(self.teacher), **self.teacher_parameters)

    def first(self) -> "Recipe":
        """The recipe in `start`, a file here or beside the shipped weights."""
        here = Path(self.start)
        return Recipe.read(here if here.is_file() else FOLDER / self.start)

    def prepare(self, data: Path, *, progress: Callable[[int, int, str], None] | None = None) -> None:
        """Make what a bank lacks of the methods that the recipe names; `progress` is that of `build`."""
        methods = self.teacher_parameters.get("methods")
        if self.teacher.startswith(BANK) and methods:
            from aefusion.evolution.build_bank import build_bank

            evaluation = self.teacher_parameters.get("evaluation", "E2")
            bank = self.teacher.removeprefix(BANK)
            for tree in (data, *self.further, *self.aside):
                build_bank(
                    tree, bank, methods=methods, evaluation=evaluation, progress=progress,
                    pattern=self.pair or None, range=self.range,  # pyright: ignore[reportArgumentType]
                )  # fmt: skip

    @staticmethod
    def find(path: Path) -> Path:
        """The file of a recipe: the path, or what its name stands for where there is no such file."""
        named = Path(__file__).with_name("paper.yaml") if str(path) == "paper" else FOLDER / f"{path}.yaml"
        return named if not path.exists() and not path.suffix and len(path.parts) == 1 and named.is_file() else path

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """The recipe in a YAML file; ValueError, one line, that says which setting is wrong.

        A path in it is taken from the folder of the recipe if it leads somewhere from there, else from where one
        stands. (Those in the recipes of this package are always from where one stands.) A name without suffix is a
        recipe of this package: ``paper`` for tables I and II of the paper, or that of shipped weights.
        """
        import yaml

        path = cls.find(Path(path))
        try:
            values = yaml.safe_load(path.read_text()) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: not YAML: {error}") from None
        if not isinstance(values, dict):
            raise ValueError(f"{path}: expected settings such as `model: aenetv2`")
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"{path}: unknown settings {sorted(unknown)}")
        try:
            return cls(**placed(values, path.parent))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from None

    def write(self, path: Path) -> None:
        """Write all settings as YAML, which `read` takes."""
        import yaml

        settings = asdict(self) | {"segments": [list(x) for x in self.segments]}
        if not isinstance(self.range, str):
            settings["range"] = list(self.range)
        write_whole(path, yaml.safe_dump(settings, sort_keys=False).encode())


def _comparable(recipe: Recipe) -> dict:
    """The settings, with paths in full, however they were written."""
    return placed(asdict(recipe), Path())
