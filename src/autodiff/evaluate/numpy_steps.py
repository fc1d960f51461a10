"""A graph as steps of NumPy: which function writes which register, and which registers are free again.

The spellings of this target. A step reads *slots*: the inputs, then constants, then registers, then outputs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autodiff.evaluate import arrays
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph
from autodiff.graph.inline import Formula
from autodiff.graph.rules import parameters, value_rule
from autodiff.ops.kernels import arrays as array_kernels
from autodiff.ops.row import Row

#: How a step takes its arguments: one slot, both, or a tuple of any number.
ONE, BOTH, MANY = range(3)
#: A rule is written out in rules this often.
_DEEPEST = 8


class Step(NamedTuple):
    """`function` of one slot or two writes into `out`; of a tuple of slots, it gives what is copied there."""

    function: Callable[..., Any]
    kind: int
    first: Any
    second: Any
    out: Any


class Lowered(NamedTuple):
    """Steps, the constants, and for each register whether it holds truths rather than doubles."""

    steps: tuple[Step, ...]
    constants: tuple[Any, ...]
    registers: tuple[bool, ...]


def spelled(graph: Graph) -> Graph:
    """The graph in which a row that NumPy has no function for is the formula of its value, where it has one."""
    for _ in range(_DEEPEST):
        if not any([_formula(call.row) for call in graph.calls]):
            return graph
        builder = GraphBuilder(graph)
        refs = builder.adopt()
        formulas: dict[tuple[Row, int], Formula] = {}
        places = zip(*[tokens[graph.base :] for tokens in graph.places], strict=True)
        for (node, row, args), place in zip(graph.operations(), places, strict=True):
            given, text = [refs[arg] for arg in args], _formula(row)
            if not text:
                refs.append(builder.node(row, given, place))
                continue
            key = row, len(args)
            if key not in formulas:
                names = parameters(row, len(args))
                formulas[key] = Formula(builder, row, value_rule(row, text, len(args)), names, (), place)
            refs.append(formulas[key].copy(given, node, place)[0])
        graph = builder.finish([refs[node] for node in graph.outputs], graph.output_names, {})
    return graph


def _formula(row: Row) -> str:
    """The formula that computes a row on arrays; empty where a function does."""
    return "" if row.targets.get("numpy") or row.floats else row.stable or row.value


def _function(row: Row) -> Any:
    """What NumPy or we call the row."""
    name = row.targets.get("numpy", "")
    return getattr(array_kernels, name, None) or getattr(np, name, None) if name else None


def is_truth(graph: Graph, node: int) -> bool:
    """Whether a node is computed as an array of truths."""
    if node < graph.base:
        return False
    function = _function(graph.row(node))
    return isinstance(function, np.ufunc) and function.types[-1].endswith("?")


def _copy(value: Any, out: Any) -> None:
    np.copyto(out, value)


def _put(condition: Any, value: Any, out: Any) -> None:
    np.copyto(out, value, where=condition)


def _is_chosen(value: Any, out: Any) -> None:
    np.not_equal(value, 0.0, out)


# NumPy reads a third argument of these two as one that is compared, some day.


def _maximum(x: Any, y: Any, out: Any) -> None:
    np.maximum(x, y, out=out)


def _minimum(x: Any, y: Any, out: Any) -> None:
    np.minimum(x, y, out=out)


def _relu(x: Any, out: Any) -> None:
    np.maximum(x, 0.0, out=out)


#: What one function of NumPy, or the same one again and again, is in the place of ours; a flag tells where it is not.
_FOLDED: dict[Any, Callable[..., Any]] = {
    array_kernels.chain: np.multiply, array_kernels.maximum: _maximum, array_kernels.minimum: _minimum,
    array_kernels.hypot: np.hypot,
}  # fmt: skip
#: A power with such an exponent, as factors: the square root, the number itself, its square and its fourth power; a
#: negative one is their reciprocal.
_POWERS = {0.5: "r", 1.0: "x", 1.5: "xr", 2.0: "s", 2.5: "sr", 3.0: "sx", 4.0: "q", 5.0: "qx", 6.0: "qs"}


def known_values(graph: Graph, fixed: Mapping[int, float] | None = None) -> dict[int, float]:
    """The nodes whose value is known before any row is, some inputs being `fixed`: as `gradient` computes it."""
    known = {**(fixed or {}), **dict(enumerate(graph.constants, len(graph.inputs)))}
    with arrays.quiet():
        for node, row, args in graph.operations():
            if all([arg in known for arg in args]):
                known[node] = arrays.apply(row, [known[arg] for arg in args])
    return known


def lower(graph: Graph) -> Lowered:
    """The steps of a graph without arrays, whose rows are `spelled`."""
    return _Lowerer(graph).run()


class _Lowerer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps: list[Step] = []
        self.known = known_values(graph)
        self.constants: list[Any] = []
        self.constant_slots: dict[str, int] = {}
        self.registers: list[bool] = []
        self.free: dict[bool, list[int]] = {False: [], True: []}
        #: The slot of each node: its kind, and its number among them, until all are known.
        self.slots: dict[int, tuple[str, int]] = {}
        self.last: dict[int, int] = {}
        for node, _, args in graph.operations():
            for arg in args:
                self.last[arg] = node

    def run(self) -> Lowered:
        graph = self.graph
        for node in range(len(graph.inputs)):
            self.slots[node] = ("input", node)
        for k, node in enumerate(graph.outputs):
            # The first output that a node is becomes its register.
            if node >= graph.base and node not in self.known:
                self.slots.setdefault(node, ("output", k))
        for node, row, args in graph.operations():
            if node not in self.known:
                self.operation(node, row, args)
        for k, node in enumerate(graph.outputs):
            if self.slot(node) != ("output", k):
                self.emit(_copy, [self.slot(node)], ("output", k))
        base = len(graph.inputs)
        starts = {"input": 0, "constant": base, "register": base + len(self.constants)}
        starts["output"] = starts["register"] + len(self.registers)

        def place(slot: Any) -> int:
            return starts[slot[0]] + int(slot[1])

        steps = [
            step._replace(
                first=tuple(map(place, step.first)) if step.kind == MANY else place(step.first),
                second=place(step.second) if step.kind == BOTH else -1, out=place(step.out),
            )
            for step in self.steps
        ]  # fmt: skip
        return Lowered(tuple(steps), tuple(self.constants), tuple(self.registers))

    def emit(self, function: Callable[..., Any], given: Sequence[Any], out: Any) -> None:
        kind = (ONE, BOTH)[len(given) - 1]
        self.steps.append(Step(function, kind, given[0], given[1] if kind == BOTH else -1, out))

    def slot(self, node: int) -> tuple[str, int]:
        return self.constant(self.known[node]) if node in self.known else self.slots[node]

    def constant(self, value: float) -> tuple[str, int]:
        key = repr(value)
        if key not in self.constant_slots:
            self.constant_slots[key] = len(self.constants)
            # NumPy need not make an array of it at every step.
            self.constants.append(np.array(value))
        return "constant", self.constant_slots[key]

    def register(self, truth: bool) -> tuple[str, int]:
        if self.free[truth]:
            return "register", self.free[truth].pop()
        self.registers.append(truth)
        return "register", len(self.registers) - 1

    def give_back(self, slot: tuple[str, int]) -> None:
        if slot[0] == "register":
            self.free[self.registers[slot[1]]].append(slot[1])

    def done(self, node: int, args: Sequence[int]) -> None:
        """The registers of arguments that nobody needs after `node` are free."""
        for arg in set(args):
            if self.last[arg] == node and arg in self.slots:
                self.give_back(self.slots[arg])

    def target(self, node: int) -> tuple[str, int]:
        if node not in self.slots:
            self.slots[node] = self.register(is_truth(self.graph, node))
        return self.slots[node]

    def numbers(self, args: Sequence[int]) -> tuple[list[Any], list[Any]]:
        """The slots of arguments as doubles, and the registers that this takes for a moment."""
        found, lent = [], []
        for arg in args:
            slot = self.slot(arg)
            if arg not in self.known and is_truth(self.graph, arg):
                converted = self.register(False)
                self.emit(_copy, [slot], converted)
                lent.append(converted)
                slot = converted
            found.append(slot)
        return found, lent

    def operation(self, node: int, row: Row, args: tuple[int, ...]) -> None:
        if row.selects:
            self.choice(node, args)
            return
        function = _function(row)
        lent: list[Any] = []
        if is_truth(self.graph, node) and all([arg in self.known or is_truth(self.graph, arg) for arg in args]):
            given = [self.slot(arg) for arg in args]
        else:
            given, lent = self.numbers(args)
        if isinstance(function, np.ufunc):
            if not self.power(node, function, args, given):
                # An operation may write where its argument stood.
                self.done(node, args)
                self.emit(function, given, self.target(node))
        else:
            out = self.target(node)
            folded = _FOLDED.get(function) if function is not None else None
            if function is array_kernels.relu:
                self.emit(_relu, given, out)
            elif folded is not None and len(given) > 1:
                self.emit(folded, given[:2], out)
                for slot in given[2:]:
                    self.emit(folded, [out, slot], out)
            else:
                self.steps.append(Step(arrays.array_function(row, len(args)), MANY, tuple(given), -1, out))
            self.done(node, args)
        for slot in lent:
            self.give_back(slot)

    def choice(self, node: int, args: tuple[int, ...]) -> None:
        """The second branch, over which the first one is put where its condition holds."""
        condition, first, second = args
        held = self.slot(condition)
        lent: list[Any] = []
        if condition in self.known or not is_truth(self.graph, condition):
            truth = self.register(True)
            self.emit(_is_chosen, [held], truth)
            lent.append(truth)
            held = truth
        out = self.target(node)
        self.emit(_copy, [self.slot(second)], out)
        self.emit(_put, [held, self.slot(first)], out)
        self.done(node, args)
        for slot in lent:
            self.give_back(slot)

    def power(self, node: int, function: Any, args: tuple[int, ...], given: Sequence[Any]) -> bool:
        """A power whose exponent is a small number, as products: they round a little differently, and cost little."""
        exponent = self.known.get(args[1]) if function is np.power else None
        if exponent is None or abs(exponent) not in _POWERS:
            return False
        base, out, letters = given[0], self.target(node), _POWERS[abs(exponent)]
        part = self.register(False)
        for k, letter in enumerate(letters):
            to = part if k else out
            if letter == "r":
                self.emit(np.sqrt, [base], to)
            elif letter in "sq":
                self.emit(np.square, [base], to)
                if letter == "q":
                    self.emit(np.square, [to], to)
            else:
                to = base
                if not k:
                    self.emit(_copy, [base], out)
            if k:
                self.emit(np.multiply, [out, to], out)
        if exponent < 0.0:
            self.emit(np.reciprocal, [out], out)
        self.give_back(part)
        self.done(node, args)
        return True
