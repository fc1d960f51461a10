"""What a sweep needs of a number type: a handful of verbs. What stands above asks them, and never which type it has.

A number type is a module with these functions: `floats`, `arrays` (floats and NumPy arrays side by side) and `extended`
(mpmath). A new one is its values in `evaluate` and its verbs here. This file is for readers and for the type checker:
nothing imports it at run time.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from autodiff.differentiate.sweep.diagnosis import Diagnosis
from autodiff.differentiate.sweep.shares import Number, Shares
from autodiff.graph.graph import Graph
from autodiff.ops.row import Row


class Field(Protocol):
    """The verbs. Nodes are numbered as in the graph, and `values` holds that of each."""

    def forward(self, graph: Graph, inputs: Sequence[Number], /) -> list[Number]:
        """The value of every node."""
        ...

    def reverse(
        self, graph: Graph, values: Sequence[Number], seeds: Mapping[int, Number], active: Sequence[int],
        shares: Shares = ...,
    ) -> list[Number]:  # fmt: skip
        """The adjoint of every node: the derivative of the sum of some nodes, each with its weight in `seeds`, by it.

        Only nodes that `active` flags get one. A factor of exactly 0 contributes nothing, whatever the other is.
        """
        ...

    def tangents(
        self, graph: Graph, values: Sequence[Number], direction: Mapping[int, Number], shares: Shares = ...
    ) -> list[Number]:
        """The derivative of every node along `direction`, the rate of change of some inputs."""
        ...

    def many_tangents(
        self, graph: Graph, values: Sequence[Number], directions: Sequence[Mapping[int, Number]], nodes: Sequence[int],
        active: Sequence[int], shares: Shares, /,
    ) -> list[list[Number]]:  # fmt: skip
        """The derivatives of some nodes along each direction."""
        ...

    def diagnose_tangent(
        self, graph: Graph, values: Sequence[Number], rates: Sequence[Number], active: Sequence[int], output: int,
        shares: Shares, /,
    ) -> Diagnosis | None:  # fmt: skip
        """Where the tangent of an output stopped being finite; None where it is finite."""
        ...

    def local_partials(
        self, graph: Graph, values: Sequence[Number], node: int, active: Sequence[int], shares: Shares = ...
    ) -> list[Number | None]:
        """The derivative of an operation by each argument, None by one that is not active or is handed a pullback."""
        ...

    def handed(
        self, graph: Graph, values: Sequence[Number], node: int, argument: int, upstream: Number, active: Sequence[int],
        shares: Shares = ...,
    ) -> Number:  # fmt: skip
        """What an operation whose adjoint is `upstream` hands to one argument, in its shape."""
        ...

    def formula(self, row: Row, text: str, args: Sequence[Number], /) -> Number:
        """A formula of a row at its arguments."""
        ...

    def operation(self, row: Row, args: Sequence[Number], /) -> Number:
        """The value of a row at its arguments."""
        ...

    def truth(self, value: Number, /) -> Number:
        """1 where a condition holds, and 0 where not."""
        ...

    def on_boundary(self, share: Number, condition: Number, first: Number, second: Number, /) -> Number | None:
        """`share` where the branches are equal and it is not what `condition` says; None for nowhere."""
        ...

    def without_infinite(self, share: Number, condition: Number, first: Number, second: Number, /) -> Number | None:
        """`share` where the branch that `condition` does not choose has a finite rate; None for nowhere."""
        ...

    def rate(
        self, graph: Graph, values: Sequence[Number], node: int, active: Sequence[int], shares: Shares,
        rates: Sequence[Number], /,
    ) -> Number:  # fmt: skip
        """At most how fast an operation moves, if its arguments move so fast; not finite where a derivative is not."""
        ...

    def splits(self, share: Number, /) -> bool:
        """Whether a conditional counts both branches with this share, so that it has a kink."""
        ...

    def same(self, a: Number | None, b: Number | None, /) -> bool:
        """Whether two shares are the same, in all elements."""
        ...

    def is_finite(self, value: Number, /) -> bool:
        """Whether all elements are finite."""
        ...

    def is_undefined(self, values: Sequence[Number], weights: Mapping[int, Number], /) -> bool:
        """Whether a weighted sum of nodes has no value."""
        ...

    def full(self, number: float, like: Number, /) -> Number:
        """A number in the shape of another."""
        ...

    def kink(
        self, row: Row, args: Sequence[int], values: Sequence[Number], moving: Sequence[int], node: int, /
    ) -> "tuple[str, tuple[tuple[float, float] | None, ...]] | None":
        """The kink or the jump that an operation sits on, as `kinks.Kink` has it."""
        ...

    def why_value(self, graph: Graph, values: Sequence[Number], node: int, /) -> str:
        """Why the value of a node is not finite, although those before it are."""
        ...

    def why_handed(self, graph: Graph, values: Sequence[Number], node: int, argument: int, upstream: Number, /) -> str:
        """Why what an operation hands to an argument is not finite."""
        ...
