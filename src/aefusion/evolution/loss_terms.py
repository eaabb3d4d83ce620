"""The terms of the loss by name, for recipes to be checked by before PyTorch is imported: see `losses.fusion_loss`."""

LOSS_TERMS = (
    "ssim", "mse", "l1", "tone", "gradient", "detail", "edges", "contrast", "sources", "strength", "halo", "raised",
)  # fmt: skip


def check_terms(name: str, terms: dict[str, float]) -> None:
    """ValueError unless these are terms of the loss with their weights, of which one is above 0; `name` names them.

    >>> check_terms("loss", {"sim": 1.0})
    Traceback (most recent call last):
    ...
    ValueError: recipe: loss: unknown terms ['sim']; known are ssim, mse, l1, tone, gradient, detail, edges, contrast, \
sources, strength, halo, raised
    """
    unknown = sorted(set(terms) - set(LOSS_TERMS))
    if unknown:
        raise ValueError(f"recipe: {name}: unknown terms {unknown}; known are {', '.join(LOSS_TERMS)}")
    if not any(terms.values()):
        raise ValueError(f"recipe: {name}: no term has a weight: give some, such as {{ssim: 1.0, mse: 1.0}}")
