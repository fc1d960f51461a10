"""The chain rule at work, as data: what every node computes, what it hands on, and where what it receives comes from.

The numbers are those of the sweep; nothing is differentiated here. A step is made when somebody asks for it, so that
one node of a large graph costs little more than one.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from autodiff.differentiate.derive.written_rules import text_of_rule, written_rule
from autodiff.differentiate.results.gradient import Gradient, Node
from autodiff.errors import BindingError, nearest
from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on
from autodiff.numerals import Value
from autodiff.syntax.tokens import canonical_name

if TYPE_CHECKING:
    from autodiff.differentiate.results.paths import Routes


class Edge(NamedTuple):
    """What an operation hands to one of its arguments, `downstream`: its own gradient times the local one.

    `argument` is the place of the argument, and `to` its node. `rule` is the local gradient as a graph over the names
    of the nodes, None where it is not written; `text` says the same in the language, or for an operation on whole
    arrays the pullback, in which g is its own gradient. `local` is its number, None on whole arrays. With
    `strong_zero`, a factor of zero has silenced one that is not finite.
    """

    argument: int
    to: int
    name: str
    rule: Graph | None
    text: str
    local: Value | None
    downstream: Value
    strong_zero: bool = False


class Part(NamedTuple):
    """A part of a gradient: the node `source` hands `amount` to its argument, or `amount` is the weight of an output.

    In the second case `source` is None. `upstream` is the gradient of the source, and `local` its derivative by the
    argument, None on whole arrays.
    """

    source: int | None
    name: str
    amount: Value
    argument: int = 0
    upstream: Value = 1.0
    local: Value | None = None


class Step(NamedTuple):
    """One node in both passes.

    `edges` lead to those arguments that a gradient may flow to, and `parts` are what the node receives, in the order of
    the sweep. `used` is False in a branch that was not chosen. `reached` is False where no gradient arrives, because
    nothing behind the node leads to the output. `chosen` is the place of the argument that a choice takes.
    """

    node: Node
    edges: tuple[Edge, ...]
    parts: tuple[Part, ...]
    used: bool
    reached: bool
    chosen: int | None

    @property
    def flat(self) -> bool:
        """Whether the operation is constant wherever it does not jump, so that no gradient passes it."""
        return self.used and bool(self.node.args) and self.node.gradient is not None and not self.edges


class Explanation:
    """The chain rule at one point: `forward` and `backward` hold the steps of the two passes."""

    def __init__(self, gradient: Gradient) -> None:
        self.gradient = gradient
        self.graph = gradient.graph

    def __repr__(self) -> str:
        return f"<Explanation of {self.graph.text!r}>"

    @property
    def forward(self) -> list[Step]:
        """Every input, named constant and operation, in topological order."""
        inputs, base = len(self.graph.inputs), self.graph.base
        return self.steps([node for node in range(len(self.graph)) if not inputs <= node < base or self._named(node)])

    @property
    def backward(self) -> list[Step]:
        """Every node that a gradient reaches, in the order of the sweep, and the wanted inputs at the end."""
        if self.undefined:
            return []
        base, reached = self.graph.base, self._reached
        operations = [node for node in range(len(self.graph) - 1, base - 1, -1) if reached[node]]
        return self.steps([*operations, *self.gradient.wanted_nodes])

    @property
    def undefined(self) -> bool:
        """Whether the output has no value, and so no gradient either."""
        values = [self.gradient.values[node] for node in self.weights]
        return any(type(value) is float and math.isnan(value) for value in values)

    @cached_property
    def weights(self) -> dict[int, Value]:
        """The weight of each node that is an output."""
        outputs, seeds = self.graph.outputs, self.gradient.seeds
        found: dict[int, Value] = {}
        for node, seed in zip(outputs[:1] if seeds is None else outputs, seeds or [1.0], strict=True):
            if type(seed) is not float or seed:
                found[node] = found.get(node, 0.0) + seed
        return found

    def step(self, name: str) -> Step:
        """The step of one node.

        Raises:
            BindingError: no node has that name.
        """
        return self.steps([self.number(name)])[0]

    def paths(self, names: Sequence[str] | None = None, most: int = 10) -> "list[Routes]":
        """The paths from each node in `names` (the wanted variables unless given) to the output, the largest first.

        No more than `most` of each are followed; the rest are counted and summed. Raises like `step`.
        """
        from autodiff.differentiate.results.paths import routes

        nodes = self.gradient.wanted_nodes if names is None else [self.number(name) for name in names]
        return routes(self, nodes, most)

    def number(self, name: str) -> int:
        """The number of the node with this name, or with the one that the text gives it. Raises like `step`."""
        wanted, graph = canonical_name(name.strip()), self.graph
        named = self._numbers
        if wanted in named:
            return named[wanted]
        known = [other for node, other in enumerate(self.gradient.names) if node < _SEARCHED]
        close = nearest(wanted, known)
        listed = [other for node, other in enumerate(self.gradient.names) if not self._is_number(node)]
        more = ", ..." if len(listed) > _LISTED else ""
        hint = f"did you mean {close!r}?" if close else f"the nodes are {', '.join(listed[:_LISTED])}{more}"
        raise BindingError("unknown-node", f"the formula has no node {name!r}", text=graph.text, hint=hint)

    def steps(self, numbers: Sequence[int]) -> list[Step]:
        """The steps of the nodes with these numbers."""
        incoming = self._incoming(frozenset(numbers))
        used, reached, graph = self.gradient.used, self._reached, self.graph
        found = []
        for node in self.gradient.iterate(numbers):
            parts = [Part(None, "", self.weights[node.id])] if node.id in self.weights and reached[node.id] else []
            for source, argument in incoming.get(node.id, ()):
                amount, local = self.handed(source, argument), self.local(source, argument)
                upstream = self.gradient.adjoints[source]
                parts.append(Part(source, self.gradient.names[source], amount, argument, upstream, local))
            chosen = None
            if node.args and graph.row(node.id).selects and type(self.gradient.values[node.args[0]]) is float:
                condition = self.gradient.values[node.args[0]]
                chosen = None if math.isnan(condition) else 1 if condition else 2
            edges = tuple(self._edges(node)) if used[node.id] else ()
            found.append(Step(node, edges, tuple(parts), bool(used[node.id]), bool(reached[node.id]), chosen))
        return found

    def local(self, node: int, argument: int) -> Value | None:
        """The derivative of an operation by one argument; None by one that is not active, and on whole arrays."""
        return self.gradient.local_partials(node)[argument]

    def handed(self, node: int, argument: int, upstream: Value | None = None) -> Value:
        """What an operation hands to one argument, if its own gradient is `upstream`; the sweep's unless given."""
        adjoint = self.gradient.adjoints[node] if upstream is None else upstream
        return self.gradient.handed(node, argument, adjoint)

    def passes(self, node: int, argument: int) -> bool:
        """Whether a gradient may flow from an operation to one argument; never into a branch that is not chosen."""
        arg = self.graph.args[node - self.graph.base][argument]
        return bool(self.gradient.active[arg] and self.gradient.used[arg]) and self._hands_on(node, argument)

    def reaches(self, node: int) -> bool:
        """Whether a gradient flows to `node` at all, be it zero."""
        return bool(self._reached[node])

    def _edges(self, node: Node) -> Iterator[Edge]:
        gradient, graph, names = self.gradient, self.graph, self.gradient.names
        on_kink = node.kink is not None and node.kink.kind == "kink"
        for k, arg in enumerate(node.args):
            if not self.passes(node.id, k):
                continue
            local = node.partials[k]
            if local is None:
                text, formula = (node.pullbacks[k] or "") if node.pullbacks else "", None
            else:
                formula = written_rule(graph, names, gradient.values, node.id, k, on_kink=on_kink)
                text = "" if formula is None else text_of_rule(formula, names)
            downstream = self.handed(node.id, k)
            silenced = type(downstream) is float and downstream == 0.0 and _infinite(local, node.gradient)
            yield Edge(k, arg, names[arg], formula, text, local, downstream, silenced)

    def _hands_on(self, node: int, argument: int) -> bool:
        code = self.graph.codes[node - self.graph.base]
        row = self.graph.calls[code].row
        key = code, argument if not row.variadic else 0
        if key not in self._known:
            self._known[key] = hands_on(row, argument)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[int, int], bool]:
        return {}

    @cached_property
    def _reached(self) -> bytearray:
        """A flag for each node: 1 where a gradient arrives, be it zero."""
        graph, active, used = self.graph, self.gradient.active, self.gradient.used
        flags = bytearray(len(graph))
        for node in self.weights:
            flags[node] = 1 if active[node] else 0
        for node in range(len(graph) - 1, graph.base - 1, -1):
            if flags[node]:
                for k, arg in enumerate(graph.args[node - graph.base]):
                    if active[arg] and used[arg] and self._hands_on(node, k):
                        flags[arg] = 1
        return flags

    def _incoming(self, numbers: frozenset[int]) -> dict[int, list[tuple[int, int]]]:
        """For each of these nodes, the edges that lead to it, in the order of the sweep."""
        graph, reached = self.graph, self._reached
        found: dict[int, list[tuple[int, int]]] = {}
        for node in range(len(graph) - 1, graph.base - 1, -1):
            if reached[node]:
                for k, arg in enumerate(graph.args[node - graph.base]):
                    if arg in numbers and self.passes(node, k):
                        found.setdefault(arg, []).append((node, k))
        return found

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Every name and the node that it means; the names of the text come first."""
        found = {name: node for node, name in reversed(list(enumerate(self.gradient.names)))}
        found.update((label, node) for node, label in self.graph.labels.items())
        return found

    def _is_number(self, node: int) -> bool:
        return len(self.graph.inputs) <= node < self.graph.base and not self._named(node)

    def _named(self, node: int) -> bool:
        return node in self.graph.labels


#: How many names a hint lists, and among how many it looks for a misspelling.
_LISTED, _SEARCHED = 12, 10_000


def _infinite(*factors: Value | None) -> bool:
    return any(type(factor) is float and not math.isfinite(factor) for factor in factors)
