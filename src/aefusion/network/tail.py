from aefusion.network.graph import Graph

LINEAR = {"conv", "norm", "shuffle", "add", "concat", "crop"}


def linear_tail(graph: Graph) -> tuple[int, list[int], int]:
    """The layers between the last non-linear result and the output, where they amount to one convolution.

    Returns the position of that last non-linear result, the positions of the linear layers that follow it, and the
    last of these. The layers are only C2 (and its batch norm) where the block R is not linear.
    """
    end = len(graph.layers) - 2
    tail: list[int] = []
    for position in range(end, 0, -1):
        if graph[position].op not in LINEAR:
            break
        tail.insert(0, position)
    while True:
        outside = {x for position in tail for x in graph[position].inputs if x not in tail}
        if len(outside) == 1 and all(graph[x].stride == 1 for x in outside):
            return outside.pop(), tail, end
        tail.pop(0)
