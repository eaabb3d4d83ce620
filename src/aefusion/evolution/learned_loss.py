import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.evolution.losses import gaussian_window, gradients
from aefusion.evolution.mef_ssim_loss import mef_ssim_loss


def learned_loss(method: str, network: nn.Module, batch: tuple[Tensor, ...], weights: dict[str, float]) -> Tensor:
    """What a network of another author loses on a batch of `learned_samples`; each term times its weight, 1 if none.

    ifcnn: "mse" and "gradient" to the sharp picture, in each channel. densefuse: "mse" and "structure" (1 - SSIM
    without its luminance) of a picture that is encoded and decoded. cnn_iv: "entropy", the cross entropy of which patch
    is sharp. deepfuse: "mef_ssim" of the result, stretched to [0, 1]. ValueError for another term.
    """
    terms = {"ifcnn": _ifcnn, "densefuse": _densefuse, "cnn_iv": _cnn, "deepfuse": _deepfuse}[method](network, *batch)
    if unknown := set(weights) - set(terms):
        raise ValueError(f"loss: unknown terms {sorted(unknown)}; those of {method} are {', '.join(terms)}")
    return torch.stack([weights.get(name, 1.0) * value for name, value in terms.items()]).sum()


def _ifcnn(network, a: Tensor, b: Tensor, truth: Tensor) -> dict[str, Tensor]:
    channels = network(a, b).flatten(0, 1)[:, None]
    wanted = truth.expand(-1, 3, -1, -1).flatten(0, 1)[:, None]
    return {
        "mse": F.mse_loss(channels, wanted),
        "gradient": F.l1_loss(gradients(channels), gradients(wanted)),
    }


def _densefuse(network, x: Tensor) -> dict[str, Tensor]:
    again = network.decode(network.encode(255 * x)) / 255
    return {"mse": F.mse_loss(again, x), "structure": 1 - structure(again, x)}


def _cnn(network, first: Tensor, second: Tensor, is_first: Tensor) -> dict[str, Tensor]:
    return {"entropy": F.cross_entropy(network.logits(first, second).flatten(1), is_first[:, 0].long())}


def _deepfuse(network, a: Tensor, b: Tensor) -> dict[str, Tensor]:
    fused = network(16 + 219 * a, 16 + 219 * b)
    low, high = (x(fused, dim=(1, 2, 3), keepdim=True) for x in (torch.amin, torch.amax))
    return {"mef_ssim": mef_ssim_loss(a, b, (fused - low) / (high - low).clamp_min(1e-12))}


def structure(x: Tensor, y: Tensor) -> Tensor:
    """The mean of SSIM without its luminance, of pictures (N, 1, H, W) in [0, 1]."""
    line = gaussian_window(11, 1.5).to(x)
    means = [F.conv2d(z, (line[:, None] * line)[None, None]) for z in (x, y, x * x, y * y, x * y)]
    mean_x, mean_y, xx, yy, xy = means
    spread = xx - mean_x**2 + yy - mean_y**2
    return ((2 * (xy - mean_x * mean_y) + 0.03**2) / (spread + 0.03**2)).mean()
