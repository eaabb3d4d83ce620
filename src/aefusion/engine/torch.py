"""PyTorch, on a GPU if there is one."""

import numpy as np

from aefusion.engine.check import check
from aefusion.engine.fold import fold
from aefusion.engine.threads import available_cores
from aefusion.engine.tiles import tiles
from aefusion.engine.trained import Trained


class TorchEngine:
    """PyTorch, on a GPU if there is one."""

    def __init__(self, trained: Trained, threads: int | None = None):
        import torch

        from aefusion.network.module import Network

        folded = fold(trained)
        self.graph, self.threads = folded.graph, threads or available_cores()
        self.device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self.network = Network(folded.graph).eval().to(self.device)
        self.network.load_state_dict({name: torch.from_numpy(array) for name, array in folded.weights.items()})

    @property
    def runs_on(self) -> str:
        return f"PyTorch, {self.device}"

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        check(a, b)
        return tiles(self._float, a, b, self.graph.margin, self.graph.multiple, 256)

    def _float(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        import torch

        torch.set_num_threads(self.threads)
        exact = torch.backends.cudnn.flags(enabled=torch.backends.cudnn.enabled, allow_tf32=False)
        with torch.inference_mode(), exact:
            sources = (torch.from_numpy(x)[None, None].to(self.device) for x in (a, b))
            return self.network(*sources)[0, 0].cpu().numpy()
