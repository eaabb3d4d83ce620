from aefusion.engine.operation import Operation, Reading


def rings(operations: list[Operation], multiple: int) -> float:
    """Set how many rows each operation keeps, by going through rows as the kernel does; bytes a column of all rings."""
    scale = [1.0] * len(operations)  # columns for each of the picture's
    for i, operation in enumerate(operations):
        for reading in operation.readings:
            scale[i] = scale[reading.operation] * (2 if reading.up else 1 / operation.step)
    for top in range(multiple):
        _walk(operations, top, top + 2 * multiple + 4)
    return sum(4 * o.stride * o.kept * s for o, s in zip(operations[:-1], scale, strict=False))


def _walk(operations: list[Operation], top: int, bottom: int) -> None:
    first: list[int] = [1 << 30] * len(operations)
    first[-1] = top
    for i in range(len(operations) - 1, -1, -1):
        for reading, _, step in _windows(operations[i]):
            low = first[i] // 2 + reading.shift if reading.up else step * first[i] + reading.shift
            first[reading.operation] = min(first[reading.operation], low)
    following = list(first)

    def need(i: int, last: int) -> None:
        while following[i] <= last:
            y = following[i]
            windows = [
                (reading.operation, (y // 2 if reading.up else step * y) + reading.shift, kernel)
                for reading, kernel, step in _windows(operations[i])
            ]
            for other, begin, kernel in windows:
                need(other, begin + kernel - 1)
            for other, begin, _ in windows:
                operations[other].kept = max(operations[other].kept, following[other] - begin)
            following[i] += 1

    for y in range(top, bottom):
        for reading in operations[-1].readings:
            need(reading.operation, y + reading.shift)
        for reading in operations[-1].readings:
            kept = following[reading.operation] - y - reading.shift
            operations[reading.operation].kept = max(operations[reading.operation].kept, kept)


def _windows(operation: Operation) -> list[tuple[Reading, int, int]]:
    """Its readings, each with the rows that it sees and the step from row to row."""
    return [(reading, operation.kernel, operation.step) for reading in operation.readings] + [
        (reading, 1, 1) for reading in operation.beside
    ]
