"""A folded graph as a program for the kernel (`graph.cpp`): what is computed from what, and where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aefusion.engine.layers import shuffled
from aefusion.engine.operation import KINDS, Operation, Reading
from aefusion.engine.rings import rings
from aefusion.network.graph import Graph, Layer

STRIDES = (8, 16, 32, 64, 128, 256)
"""Floats from pixel to pixel that the kernel is made for, beside 2 of the sources."""
CACHE = 600_000
"""Bytes that the rings of a tile may take."""
WIDEST, NARROWEST = 400, 48
"""Columns of a tile. At least six times the margin: neighbouring tiles both compute what lies in it."""


class Unsupported(Exception):
    """The kernel has no operation for a layer of this graph."""


class Piece(NamedTuple):
    """A part of a layer's maps: which map each slot has, -1 for none, and how many pixels are cropped off."""

    operation: int
    offset: int
    maps: tuple[int, ...]
    shift: int = 0


@dataclass
class Value:
    """The maps of a layer. Each is the sum of all slots that have it: so a sum need not be computed to be read."""

    pieces: list[Piece]
    alone: bool = True
    """Whether nothing else reads the operations that made it."""


class Program(NamedTuple):
    """What the kernel is given."""

    operations: np.ndarray
    readings: np.ndarray
    weights: np.ndarray
    margin: int
    tile: int


def program(graph: Graph, weights: dict[str, np.ndarray], lanes: int) -> Program:
    """The program for vectors of so many lanes. `Unsupported` if the kernel has no operation for a layer.

    In which order the maps of a convolution lie is free, as the weights of those that read them can follow. It is
    chosen so that sums and convolutions in groups find their maps where they need them; a first attempt shows the
    wishes.
    """
    orders: dict[str, tuple[int, ...]] = {}
    while True:
        build = _Builder(graph, weights, lanes, orders)
        build.run()
        new = {name: order for name, order in build.wishes.items() if name not in orders}
        if not new:
            return build.finish()
        orders |= new


class _Builder:
    def __init__(self, graph: Graph, weights: dict[str, np.ndarray], lanes: int, orders: dict[str, tuple[int, ...]]):
        self.graph, self.weights, self.lanes, self.orders = graph, weights, lanes, orders
        self.operations: list[Operation] = []
        self.names: dict[int, str] = {}  # operations that are convolutions whose order is free
        self.wishes: dict[str, tuple[int, ...]] = {}
        self.values: list[Value] = []
        self.readers = [[y for y, layer in enumerate(graph) if x in layer.inputs] for x in range(len(graph.layers))]

    def run(self) -> None:
        for position, layer in enumerate(self.graph):
            inputs = [self.values[x] for x in layer.inputs]
            value = getattr(self, f"_{layer.op}")(layer, position, *inputs)
            value.alone = value.alone and len(self.readers[position]) == 1
            self.values.append(value)

    def _input(self, layer: Layer, position: int) -> Value:
        if layer.channels != 2:
            raise Unsupported("more than two channels")
        return Value([Piece(self._append(Operation("sources", 2)), 0, (0, 1))])

    def _conv(self, layer: Layer, position: int, x: Value) -> Value:
        followers = [self.graph[y].op for y in self.readers[position]]
        if layer.kernel not in (1, 3, 5):
            raise Unsupported(f"a convolution {layer.kernel}x{layer.kernel}")
        if followers == ["output"]:
            return self._last(layer, x)
        relu = followers == ["relu"]
        if layer.groups > 1:
            grouped = self._grouped(layer, x, relu)
            if grouped:
                return grouped
        order = self.orders.get(layer.name) or self._padded(range(layer.channels))
        weight = self._whole_weight(layer)
        rows = np.array(order)
        readings, parts = [], []
        for piece in x.pieces:
            maps = np.array(piece.maps)
            channels = int(np.flatnonzero(maps >= 0)[-1]) + 1
            part = weight[rows][:, maps[:channels]] * (rows >= 0)[:, None, None, None]
            parts.append((part * (maps[:channels] >= 0)[:, None, None]).transpose(2, 3, 1, 0))
            readings.append(Reading(piece.operation, piece.offset, channels, piece.shift))
        packed, vector, many = [], 0, len(order) // self.lanes
        while vector < many:  # vectors that the kernel computes at once
            left = many - vector
            count = 3 if left == 3 else min(4 if self.lanes == 16 else 2, left)
            lanes = slice(vector * self.lanes, (vector + count) * self.lanes)
            packed += [part[..., lanes].ravel() for part in parts]
            vector += count
        bias = self.weights[f"{layer.name}.bias"][rows] * (rows >= 0)
        operation = Operation("dense", self._stride(len(order)), layer.kernel, relu=relu, vectors=many,
                              readings=readings, weights=np.concatenate(packed), bias=bias)  # fmt: skip
        number = self._append(operation)
        self.names[number] = layer.name
        return Value([Piece(number, 0, tuple(order))])

    def _grouped(self, layer: Layer, x: Value, relu: bool) -> Value | None:
        """With the groups in the lanes, if the input's maps lie so that this is possible."""
        groups, lanes = layer.groups, self.lanes
        channels = self.graph[layer.inputs[0]].channels
        each, outputs = channels // groups, layer.channels // groups
        wide = -(-groups // lanes) * lanes

        def spread(count: int) -> tuple[int, ...]:
            return tuple(g * count + i if g < groups else -1 for i in range(count) for g in range(wide))

        if len(x.pieces) != 1 or wide > 2 * groups:  # else lanes would be empty, everywhere
            return None
        piece = x.pieces[0]
        if piece.maps != spread(each):
            if piece.operation in self.names:
                self.wishes.setdefault(self.names[piece.operation], spread(each))
            return None
        many = 2 if outputs % 2 == 0 else 1
        weight = np.zeros((wide, outputs, each, layer.kernel, layer.kernel), np.float32)
        weight[:groups] = self.weights[f"{layer.name}.weight"].reshape(groups, outputs, *weight.shape[2:])
        # group vector, lane, output, one of many, input, y, x; as it is read: output, group vector, input, y, x ...
        weight = weight.reshape(wide // lanes, lanes, outputs // many, many, *weight.shape[2:])
        weight = weight.transpose(2, 0, 4, 5, 6, 3, 1)
        order = spread(outputs)
        bias = self.weights[f"{layer.name}.bias"][np.array(order)] * (np.array(order) >= 0)
        operation = Operation(
            "grouped", self._stride(len(order)), layer.kernel, each=each, relu=relu, vectors=len(order) // lanes,
            readings=[Reading(piece.operation, piece.offset, each * wide, piece.shift)],
            weights=weight.ravel(), bias=bias,
        )  # fmt: skip
        return Value([Piece(self._append(operation), 0, order)])

    def _last(self, layer: Layer, x: Value) -> Value:
        if layer.channels != 1:
            raise Unsupported("more than one channel in the result")
        readings, parts = [], []
        weight = self._whole_weight(layer)[0]
        for piece in x.pieces:
            maps = np.array(piece.maps)
            if len(maps) % self.lanes:
                raise Unsupported("sources in the last convolution")
            part = weight[maps] * (maps >= 0)[:, None, None]
            part = part.reshape(-1, self.lanes, layer.kernel, layer.kernel).transpose(2, 0, 3, 1)
            parts.append(part)
            readings.append(Reading(piece.operation, piece.offset, len(maps), piece.shift))
        packed = np.concatenate(parts, 1)
        bias = self.weights[f"{layer.name}.bias"]
        operation = Operation("last", 1, layer.kernel, vectors=packed.shape[1], readings=readings,
                              weights=packed.ravel(), bias=bias)  # fmt: skip
        return Value([Piece(self._append(operation), 0, (0,))])

    def _relu(self, layer: Layer, position: int, x: Value) -> Value:
        if self.graph[layer.inputs[0]].op != "conv" or len(self.readers[layer.inputs[0]]) > 1:
            raise Unsupported("a ReLU that does not follow a convolution")
        return Value(x.pieces, x.alone)

    def _output(self, layer: Layer, position: int, x: Value) -> Value:
        if self.operations[-1].kind != "last":
            raise Unsupported("no convolution at the end")
        return x

    def _shuffle(self, layer: Layer, position: int, x: Value) -> Value:
        to = np.append(np.argsort(shuffled(layer)), -1)
        return Value([piece._replace(maps=tuple(to[list(piece.maps)].tolist())) for piece in x.pieces], x.alone)

    def _crop(self, layer: Layer, position: int, x: Value) -> Value:
        return Value([piece._replace(shift=piece.shift + layer.amount) for piece in x.pieces], x.alone)

    def _concat(self, layer: Layer, position: int, *xs: Value) -> Value:
        pieces, begin = [], 0
        for x, position_of in zip(xs, layer.inputs, strict=True):
            pieces += [
                piece._replace(maps=tuple(m + begin if m >= 0 else -1 for m in piece.maps)) for piece in x.pieces
            ]
            begin += self.graph[position_of].channels
        return Value(pieces, all(x.alone for x in xs))

    def _add(self, layer: Layer, position: int, *xs: Value) -> Value:
        """Pieces that only this sum reads take what they are added to on the way, where that has the same maps."""
        rest = [piece for x in xs if not x.alone for piece in x.pieces]
        own = [piece for x in xs if x.alone for piece in x.pieces]
        left: list[Piece] = []
        for piece in rest:
            parts = self._taken(piece, own)
            left += parts
        return Value(own + left, not left)

    def _taken(self, piece: Piece, own: Sequence[Piece]) -> list[Piece]:
        """What is left of a piece that is added to others."""
        covered: list[tuple[int, int]] = []
        for other in own:
            operation, size = self.operations[other.operation], len(other.maps)
            places = [i for i in range(0, len(piece.maps), self.lanes) if piece.maps[i : i + size] == other.maps]
            if operation.kind in ("dense", "grouped") and not operation.beside and other.offset == 0 and places:
                reading = Reading(piece.operation, piece.offset + places[0], size, piece.shift - other.shift)
                if reading.shift >= 0:
                    operation.beside.append(reading)
                    covered.append((places[0], places[0] + size))
        if not covered and piece.operation in self.names and len(own) > 0:
            order = tuple(m for other in own for m in other.maps)
            if sorted(m for m in order if m >= 0) == sorted(m for m in piece.maps if m >= 0):
                self.wishes.setdefault(self.names[piece.operation], order)
        left, begin = [], 0
        for start, end in [*sorted(covered), (len(piece.maps), 0)]:
            if start > begin:
                left.append(piece._replace(offset=piece.offset + begin, maps=piece.maps[begin:start]))
            begin = end
        return left

    def _pool(self, layer: Layer, position: int, x: Value) -> Value:
        return self._each(x, lambda: Operation("largest", 0, layer.kernel, layer.amount))

    def _upsample(self, layer: Layer, position: int, x: Value) -> Value:
        return self._each(x, lambda: Operation("enlarged", 0), up=1)

    def _each(self, x: Value, make, up: int = 0) -> Value:
        """An operation for each piece, which handles all maps alike."""
        maps = [m for piece in x.pieces for m in piece.maps if m >= 0]
        if len(maps) != len(set(maps)) or any(len(piece.maps) % self.lanes for piece in x.pieces):
            raise Unsupported("pooling or enlarging a sum or the sources")
        pieces = []
        for piece in x.pieces:
            operation = make()
            operation.stride = self._stride(len(piece.maps))
            operation.readings = [Reading(piece.operation, piece.offset, len(piece.maps), piece.shift, up)]
            pieces.append(Piece(self._append(operation), 0, piece.maps))
        return Value(pieces)

    def _whole_weight(self, layer: Layer) -> np.ndarray:
        """The weight without groups: zeros between them."""
        weight, groups = self.weights[f"{layer.name}.weight"], layer.groups
        if groups == 1:
            return weight
        outputs, each = layer.channels // groups, weight.shape[1]
        whole = np.zeros((groups, outputs, groups, *weight.shape[1:]), np.float32)
        whole[range(groups), :, range(groups)] = weight.reshape(groups, outputs, *weight.shape[1:])
        return whole.reshape(layer.channels, groups * each, *weight.shape[2:])

    def _padded(self, maps) -> tuple[int, ...]:
        maps = tuple(maps)
        return maps + (-1,) * (-len(maps) % self.lanes)

    def _stride(self, slots: int) -> int:
        fitting = [stride for stride in STRIDES if stride >= slots]
        if not fitting:
            raise Unsupported(f"{slots} channels")
        return fitting[0]

    def _append(self, operation: Operation) -> int:
        self.operations.append(operation)
        return len(self.operations) - 1

    def finish(self) -> Program:
        """Rings as long as the rows are needed, and everything as arrays."""
        columns = int(CACHE / rings(self.operations, self.graph.multiple))
        tile = max(min(columns, WIDEST), NARROWEST, 6 * self.graph.margin)
        rows, readings, blocks, at = [], [], [], 0
        for operation in self.operations:
            where = []
            for array in (operation.weights, operation.bias):
                where.append(at)
                if array is not None:
                    blocks.append(np.pad(np.float32(array), (0, -len(array) % 16)))
                    at += len(blocks[-1])
            first = len(readings)
            readings += [*operation.readings, *operation.beside]
            rows.append(
                (KINDS.index(operation.kind), operation.kernel, operation.step, operation.each, operation.relu,
                 operation.stride, operation.vectors, operation.kept, first, first + len(operation.readings),
                 len(readings), *where)
            )  # fmt: skip
        packed = aligned(np.concatenate(blocks))
        return Program(np.array(rows, np.int32), np.array(readings, np.int32), packed, self.graph.margin, tile)


def aligned(array: np.ndarray, to: int = 64) -> np.ndarray:
    """A float32 array that begins at a multiple of so many bytes."""
    space = np.empty(array.size + to // 4, np.float32)
    begin = -space.ctypes.data % to // 4
    space[begin : begin + array.size] = array
    return space[begin : begin + array.size]
