"""A graph to a smaller graph of the same values: known constants, the identities of `identities.py`, equal parts once.

One walk from the leaves to the outputs. An identity makes its result of nodes that are simple already, so a node costs
a bounded number of steps, whatever stands below it.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from autodiff.differentiate.derive.collect import Manner, collect
from autodiff.differentiate.derive.identities import ARRAYS, EXACT, TEXTBOOK, WRITTEN, WRITTEN_ARRAYS, Identity
from autodiff.evaluate.compiled import value_function
from autodiff.evaluate.floats import ARITHMETIC, total_value
from autodiff.graph.build import build
from autodiff.graph.builder import GraphBuilder, Place, without_collector
from autodiff.graph.graph import Graph
from autodiff.ops.row import Row, Shape, read_options
from autodiff.ops.shapes import ShapeMismatch, broadcast
from autodiff.syntax.tokens import NUMBER_START

#: Names in patterns with a meaning of their own.
_TRUTHS, _INTEGERS, _NEGATIVE, _UNKNOWN, _OTHERS = map(frozenset, ("cd", "kmn", "n", "u", "v"))
#: Integers beyond this are left as they were computed.
_LARGEST = 1e15
#: The shape of what does not fit: no other is equal to it.
_NO_SHAPE = (-1,)
#: A decimal that is no longer than this replaces what it was computed from.
_SHORT = 8
_PLAIN = Manner()


def simplify(
    graph: Graph, *, written: bool = False, shapes: Sequence[Shape] | None = None, manner: Manner = _PLAIN
) -> Graph:  # fmt: skip
    """A graph with the inputs and outputs of `graph` whose values are equal to the last bit, or both NaN.

    The sign of a zero that `chain` gives is not kept. With `written`, identities that hold for real numbers are used
    too, for formulas that people read: no `chain` remains, and roundings may differ. `shapes` are those of the inputs,
    where some are arrays; all nodes keep theirs. `manner` says how formulas without arrays are written.
    """
    exact = EXACT if shapes is None else EXACT + ARRAYS
    with without_collector():
        if not written:
            return _Simplifier(graph, exact, shapes).run()
        readable = _Simplifier(graph, TEXTBOOK + exact, shapes).run()
        if shapes is None:
            return collect(_Simplifier(readable, WRITTEN + exact, None).run(), manner)
        return _Simplifier(readable, WRITTEN + WRITTEN_ARRAYS + exact, shapes).run()


class _Compiled(NamedTuple):
    """An identity whose formulas are graphs."""

    pattern: Graph
    result: Graph


@lru_cache(maxsize=4)
def _compiled(identities: tuple[Identity, ...]) -> dict[Row, list[_Compiled]]:
    """Identities by the operation that their pattern is."""
    found: dict[Row, list[_Compiled]] = {}
    for identity in identities:
        pattern = build(identity.pattern)
        row = pattern.row(pattern.outputs[0])
        found.setdefault(row, []).append(_Compiled(pattern, build(identity.result)))
    return found


class _Simplifier:
    def __init__(self, graph: Graph, identities: tuple[Identity, ...], shapes: Sequence[Shape] | None) -> None:
        self.graph = graph
        #: The shape of each node that is an array; None where there are none.
        self.shapes = None if shapes is None else {~k: shape for k, shape in enumerate(shapes) if shape}
        self.builder = GraphBuilder(graph)
        self.identities = _compiled(identities)
        #: The row and the arguments of each operation that is made, and which one has them.
        self.made: list[tuple[Row, tuple[int, ...]]] = []
        self.known_operations: dict[tuple[Row, tuple[int, ...]], int] = {}
        self.constants: dict[str, int] = {}
        #: What is known to be a number, whether it is written as one or not.
        self.values: dict[int, float] = {}

    def run(self) -> Graph:
        graph = self.graph
        first, last = graph.places
        refs = [~node for node in range(len(graph.inputs))]
        for node, (value, spelling) in enumerate(zip(graph.constants, graph.spellings, strict=True), len(graph.inputs)):
            refs.append(self.constant(value, spelling, (first[node], last[node])))
        for node, row, args in graph.operations():
            refs.append(self.make(row, tuple([refs[arg] for arg in args]), (first[node], last[node])))
        outputs = [refs[node] for node in graph.outputs]
        labels = {refs[node]: name for node, name in graph.labels.items() if refs[node] >= 0}
        return self.builder.finish(outputs, graph.output_names, labels)

    def constant(self, value: float, spelling: str, place: Place) -> int:
        ref = self.constants.get(repr(value))
        if ref is None:
            ref = self.constants[repr(value)] = self.builder.constant(value, spelling, place)
            self.values[ref] = value
        return ref

    def make(self, row: Row, args: tuple[int, ...], place: Place) -> int:
        """The simplest node that is `row` of nodes which are simple already."""
        known = self.known_operations.get((row, args))
        if known is not None:
            return known
        value = self.fold(row, args)
        if value is not None and self.is_tidy(value, args):
            return self.constant(value, _spelling(value), place)
        for identity in self.identities.get(row, ()):
            bindings: dict[str, int] = {}
            if self.matches_args(identity.pattern, identity.pattern.outputs[0], args, bindings):
                ref = self.instance(identity.result, bindings, place)
                if self.shapes is None or self.shapes.get(ref, ()) == self.shape(row, args):
                    return ref
        ref = self.builder.node(row, args, place)
        if self.shapes is not None:
            self.shapes[ref] = self.shape(row, args)
        self.made.append((row, args))
        self.known_operations[row, args] = ref
        if value is not None:
            self.values[ref] = value
        return ref

    def shape(self, row: Row, args: Sequence[int]) -> Shape:
        """The shape of an operation, whose arguments fit unless an identity that does not count has made them."""
        assert self.shapes is not None
        given = [self.shapes.get(arg, ()) for arg in args]
        try:
            return broadcast(given, {}) if row.shape is None else row.shape(given, read_options(row.options))
        except ShapeMismatch:
            return _NO_SHAPE

    def fold(self, row: Row, args: Sequence[int]) -> float | None:
        """The value of an operation on numbers."""
        if row.shape is not None:
            return None
        given = []
        for arg in args:
            if arg not in self.values:
                return None
            given.append(self.values[arg])
        return _apply(row, given)

    def is_tidy(self, value: float, args: Sequence[int]) -> bool:
        """Whether a number reads better than what it is computed from: 3 for 4 - 1, and -0.5 for 0.5 - 1, but 1/3."""
        if value == 0:
            return math.copysign(1.0, value) > 0
        if value % 1 == 0 or not math.isfinite(value):
            return abs(value) < _LARGEST
        return len(repr(value)) <= _SHORT and any(self.is_literal(arg) and self.values[arg] % 1 for arg in args)

    def is_literal(self, ref: int) -> bool:
        return ref < 0 and ref in self.values

    def is_truth(self, ref: int) -> bool:
        """Whether a node is 1 or 0 whatever the inputs are."""
        return bool(self.made[ref][0].share) if ref >= 0 else self.values.get(ref) in (0.0, 1.0)

    def matches(self, pattern: Graph, node: int, ref: int, bindings: dict[str, int]) -> bool:
        """Whether `ref` is what `node` of the pattern stands for; it adds to `bindings`."""
        if node < len(pattern.inputs):
            name = pattern.inputs[node]
            if name in bindings:
                return bindings[name] == ref
            if name in _TRUTHS and not self.is_truth(ref):
                return False
            if name in _INTEGERS and not (self.is_literal(ref) and self.values[ref] and self.values[ref] % 1 == 0):
                return False
            if name in _NEGATIVE and self.values[ref] > 0:
                return False
            if name in _UNKNOWN and ref in self.values:
                return False
            if name in _OTHERS and ref >= 0 and self.made[ref][0] is pattern.row(pattern.outputs[0]):
                return False
            bindings[name] = ref
            return True
        if node < pattern.base:
            wanted = pattern.constants[node - len(pattern.inputs)]
            return ref in self.values and repr(self.values[ref]) == repr(wanted)
        if ref < 0:
            # A number may be what an operation of the pattern comes to.
            value = self.values.get(ref)
            return value is not None and repr(self.evaluate(pattern, node, bindings)) == repr(value)
        row, args = self.made[ref]
        return row is pattern.row(node) and self.matches_args(pattern, node, args, bindings)

    def matches_args(self, pattern: Graph, node: int, args: Sequence[int], bindings: dict[str, int]) -> bool:
        places = pattern.args[node - pattern.base]
        return len(places) == len(args) and all(
            self.matches(pattern, place, arg, bindings) for place, arg in zip(places, args, strict=True)
        )

    def evaluate(self, pattern: Graph, node: int, bindings: dict[str, int]) -> float | None:
        """The value of a node of a pattern; None where something in it is not known or not bound yet."""
        if node < len(pattern.inputs):
            ref = bindings.get(pattern.inputs[node])
            return None if ref is None else self.values.get(ref)
        if node < pattern.base:
            return pattern.constants[node - len(pattern.inputs)]
        args = [self.evaluate(pattern, arg, bindings) for arg in pattern.args[node - pattern.base]]
        given = [arg for arg in args if arg is not None]
        return _apply(pattern.row(node), given) if len(given) == len(args) else None

    def instance(self, result: Graph, bindings: dict[str, int], place: Place) -> int:
        """The result of an identity, made of what its names stand for."""
        refs = [bindings[name] for name in result.inputs]
        for value, spelling in zip(result.constants, result.spellings, strict=True):
            refs.append(self.constant(value, spelling, place))
        for _, row, args in result.operations():
            refs.append(self.make(row, tuple([refs[arg] for arg in args]), place))
        return refs[result.outputs[0]]


def _apply(row: Row, args: Sequence[float]) -> float:
    try:
        return value_function(row, len(args))(*args)
    except ARITHMETIC:
        return total_value(row, args)


def _spelling(value: float) -> str:
    """A tidy number as the language writes it."""
    text = str(int(value)) if value == math.floor(value) else repr(value)
    assert text.lstrip("-")[0] in NUMBER_START
    return text
