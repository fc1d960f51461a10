"""Graphs made from graphs: nodes are appended, equal constants are one, and what no output needs is dropped."""

import gc
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from autodiff.graph.graph import Call, Graph, checked
from autodiff.ops.row import Row

#: The first and last token of where a node comes from.
Place = tuple[int, int]


@contextmanager
def without_collector() -> Iterator[None]:
    """Nothing that graphs are made of is cyclic, and walking millions of tuples costs a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class GraphBuilder:
    """A graph in the making, over the inputs and the text of another one.

    Nodes are called by *references*: an operation by its position, and a leaf by a negative number, so that constants
    may come at any time. Input k is `~k`.
    """

    def __init__(self, graph: Graph) -> None:
        self._origin = graph
        self._constants: list[float] = []
        self._spellings: list[str] = []
        self._constant_of: dict[tuple[str, str, str], int] = {}
        self._calls: list[Call] = []
        self._code_of: dict[Call, int] = {}
        self._codes: list[int] = []
        self._args: list[tuple[int, ...]] = []
        inputs = len(graph.inputs)
        self._leaf_places = tuple(array("l", places[:inputs]) for places in graph.places)
        self._places = (array("l"), array("l"))

    def constant(self, value: float, spelling: str, place: Place, label: str = "") -> int:
        """The reference of a constant; equal ones are one, unless the text gives one a name of its own."""
        # A value and its spelling: 0.0 is not -0.0, and pi is more than its double.
        key = (repr(value), spelling, label)
        ref = self._constant_of.get(key)
        if ref is None:
            ref = self._constant_of[key] = ~(len(self._origin.inputs) + len(self._constants))
            self._constants.append(value)
            self._spellings.append(spelling)
            for places, token in zip(self._leaf_places, place, strict=True):
                places.append(token)
        return ref

    def adopt(self) -> list[int]:
        """The references of the inputs and the constants of the graph that is rewritten, at their places."""
        graph, inputs = self._origin, len(self._origin.inputs)
        places = zip(*[tokens[inputs : graph.base] for tokens in graph.places], strict=True)
        constants = zip(graph.constants, graph.spellings, places, strict=True)
        return [
            *[~node for node in range(inputs)],
            *[
                self.constant(value, spelling, place, graph.labels.get(node, ""))
                for node, (value, spelling, place) in enumerate(constants, inputs)
            ],
        ]

    def copied(self, graph: Graph) -> list[int]:
        """The references of all nodes of a graph with the same inputs, which join those that are there."""
        first, last = graph.places
        refs = [~node for node in range(len(graph.inputs))]
        for node, (value, spelling) in enumerate(zip(graph.constants, graph.spellings, strict=True), len(graph.inputs)):
            refs.append(self.constant(value, spelling, (first[node], last[node])))
        for node, row, args in graph.operations():
            refs.append(self.node(row, [refs[arg] for arg in args], (first[node], last[node])))
        return refs

    def node(self, row: Row, args: Sequence[int], place: Place) -> int:
        """The reference of a new operation."""
        call = Call(row, len(args))
        code = self._code_of.get(call)
        if code is None:
            code = self._code_of[call] = len(self._calls)
            self._calls.append(call)
        self._codes.append(code)
        self._args.append(tuple(args))
        self._places[0].append(place[0])
        self._places[1].append(place[1])
        return len(self._codes) - 1

    def value(self, ref: int) -> float | None:
        """The value of a constant; None for anything else."""
        leaf = ~ref - len(self._origin.inputs)
        return self._constants[leaf] if ref < 0 and leaf >= 0 else None

    def finish(
        self, outputs: Sequence[int], output_names: Sequence[str], labels: Mapping[int, str], *, whole: bool = False
    ) -> Graph:
        """The graph with these outputs, and unless it is the `whole`, without what they do not need.

        `labels` names references. The builder is used up.
        """
        inputs, codes, args = len(self._origin.inputs), self._codes, self._args
        flag = bytes([whole])
        needed, leaves = bytearray(flag * len(codes)), bytearray(flag * (inputs + len(self._constants)))
        for ref in outputs:
            if ref >= 0:
                needed[ref] = 1
            else:
                leaves[~ref] = 1
        for k in range(len(codes) - 1, -1, -1):
            if needed[k]:
                for ref in args[k]:
                    if ref >= 0:
                        needed[ref] = 1
                    else:
                        leaves[~ref] = 1
        kept = [*range(inputs), *(leaf for leaf in range(inputs, len(leaves)) if leaves[leaf])]
        operations = [k for k, needs in enumerate(needed) if needs]
        # A leaf's reference is negative, so its node is found by indexing from the end.
        node_of = [0] * (len(codes) + len(leaves))
        for node, leaf in enumerate(kept):
            node_of[~leaf] = node
        for node, k in enumerate(operations, len(kept)):
            node_of[k] = node
        used = list(dict.fromkeys(codes[k] for k in operations))
        code_of = {code: number for number, code in enumerate(used)}
        graph = Graph(
            inputs=self._origin.inputs,
            constants=[self._constants[leaf - inputs] for leaf in kept[inputs:]],
            spellings=[self._spellings[leaf - inputs] for leaf in kept[inputs:]],
            calls=[self._calls[code] for code in used],
            codes=[code_of[codes[k]] for k in operations],
            args=[tuple([node_of[ref] for ref in args[k]]) for k in operations],
            outputs=[node_of[ref] for ref in outputs],
            output_names=output_names,
            labels={node_of[ref]: name for ref, name in labels.items() if (needed[ref] if ref >= 0 else leaves[~ref])},
            program=self._origin.program,
            ops=self._origin.ops,
            places=(
                array("l", [self._leaf_places[0][leaf] for leaf in kept] + [self._places[0][k] for k in operations]),
                array("l", [self._leaf_places[1][leaf] for leaf in kept] + [self._places[1][k] for k in operations]),
            ),
        )
        # By no variable there is no derivative, and so no output.
        return checked(graph) if outputs else graph
