import torch
from torch import nn

from aefusion.learned.add_weights import network_of
from aefusion.network.count import Cost


def cost(method: str, height: int = 400, width: int = 400) -> Cost:
    """Parameters of a learned method's network, and FLOPs for a pair of pictures, as `network.count` counts them.

    One FLOP for each multiply-accumulate, one for each bias, two for each batch-normalised value. Nothing is computed.

    >>> cost("ifcnn")
    Cost(parameters=83587, flops=20797920000)
    """
    flops = 0

    def add(module: nn.Module, inputs, output: torch.Tensor) -> None:
        nonlocal flops
        if isinstance(module, nn.BatchNorm2d):
            flops += 2 * output.numel()
        elif isinstance(module, nn.Conv2d):
            bias = module.bias is not None
            flops += output.numel() * (module.weight[0].numel() + bias)

    with torch.device("meta"), torch.inference_mode():
        network = network_of(method).eval()
        for module in network.modules():
            module.register_forward_hook(add)
        network(*torch.zeros(2, 1, 1, height, width))
    return Cost(sum(x.numel() for x in network.parameters()), flops)
