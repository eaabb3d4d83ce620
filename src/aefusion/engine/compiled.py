from aefusion.engine.program import Program, Unsupported, program
from aefusion.engine.trained import Trained


class Compiled:
    """A folded network as programs for the kernel, one for each width of vectors, made when it is first asked for."""

    def __init__(self, folded: Trained):
        self.folded = folded
        self.programs: dict[int, Program] = {}

    def program(self, lanes: int) -> Program:
        """For vectors of so many floats; `Unsupported` if the kernel cannot run this network."""
        if lanes not in self.programs:
            self.programs[lanes] = program(self.folded.graph, self.folded.weights, lanes)
        return self.programs[lanes]

    def supported(self, lanes: int) -> bool:
        """Whether the kernel can run this network."""
        try:
            self.program(lanes)
        except Unsupported:
            return False
        return True
