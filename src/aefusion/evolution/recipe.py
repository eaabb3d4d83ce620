"""How a set of weights is trained: one YAML file each, saved with the result."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path


@dataclass
class Recipe:
    """What `aefusion train RECIPE.yaml` reads; the defaults are the paper's Table II."""

    model: str = "aenetv2"
    teacher: str = "lp"
    """The method of the library whose pictures the network learns."""
    teacher_parameters: dict = field(default_factory=dict)
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
    """Share of the pairs that are kept aside."""
    identity: float = 0.0
    """Share of the samples that are one picture twice, to be returned as it is."""
    average: float = 0.0
    """Decay of the weights' moving average, which is what is kept; 0 keeps the last weights."""
    seed: int = 0

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        import yaml

        values = yaml.safe_load(Path(path).read_text()) or {}
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"{path}: unknown settings {sorted(unknown)}")
        return cls(**values)

    def write(self, path: Path) -> None:
        import yaml

        path.write_text(yaml.safe_dump(asdict(self), sort_keys=False))
