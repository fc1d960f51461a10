"""What forward sweeps say: the tangents of every node, the derivatives, and the two sweeps side by side."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from autodiff.differentiate.results.gradient import Gradient, Node
from autodiff.differentiate.results.tangents import Directional, ForwardSweep, Tangents
from autodiff.numerals import flat, for_json, for_people, is_array
from autodiff.report.node_texts import count, objective
from autodiff.report.say.jacobian import JacobianSheet
from autodiff.report.say.nodes import Column, NodesSheet, closing_keys, output_keys, verdict_of
from autodiff.report.sheet import Cell, Checked, Matrix, Table

#: The tangents of more passes than this are left out of a table, unless all is asked for.
_MANY_PASSES = 12


class SweepSheet(NodesSheet):
    """A forward sweep along a direction or by each input, alone or beside the reverse sweep."""

    result: ForwardSweep

    @cached_property
    def matrix(self) -> JacobianSheet | None:
        """The derivatives by every input of each of several outputs, if that was asked for."""
        sweep = self.result
        wanted = len(sweep.element_outputs) > 1 and isinstance(sweep, Tangents) and sweep.reverse is None
        return JacobianSheet(sweep, self.options) if wanted else None

    @cached_property
    def passes(self) -> list[str]:
        """What each pass is along: `d/dx` where one input moves."""
        sweep = self.result
        return [f"d/d{name}" for name in sweep.wanted] if isinstance(sweep, Tangents) else ["tangent"]

    @cached_property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        sweep = self.result
        shown = self.options.all_nodes or len(self.passes) <= _MANY_PASSES
        adjoint = Column("adjoint", "gradient", lambda node: node.gradient)
        tangents = [
            Column(name, name, lambda node, rates=rates: rates[node.id], sweep.active, shown=shown)  # type: ignore[misc]
            for name, rates in zip(self.passes, sweep.tangents, strict=True)
        ]
        return [adjoint, *tangents] if sweep.reverse is not None else tangents

    def facts(self) -> Iterator[str]:
        sweep, gradient, number = self.result, self.result.reverse, self._number
        if self.matrix is not None:
            return
        yield from (f"{name} = {number(value)}" for name, value in sweep.outputs)
        if gradient is not None and gradient.seeds is not None:
            yield f"{objective(gradient, self.options)[0]} = {number(gradient.value)}"
        if not isinstance(sweep, Directional):
            return
        yield ""
        yield f"along {', '.join(f'{name} = {number(rate)}' for name, rate in sweep.direction.items())}:"
        if gradient is None:
            for (name, _), (derivative,) in zip(sweep.element_outputs, sweep.derivatives, strict=True):
                yield f"d{name} = {number(derivative)}"
        else:
            what = "derivative" if gradient.seeds is not None else objective(gradient, self.options)[1]
            yield f"{what} = {number(self.weighted[0])} by the forward sweep"
            yield f"{what} = {number(dot(gradient, sweep.direction))} by the gradient times the direction"

    def table(self) -> Table | Matrix | None:
        """The derivative by each input: that of the gradient, of the forward sweep, or both; or the matrix."""
        if self.matrix is not None:
            return self.matrix.table()
        sweep, gradient = self.result, self.result.reverse
        by: dict[str, Sequence[Any]]
        if isinstance(sweep, Tangents):
            wanted, at = sweep.wanted, sweep.at
            by = {"gradient": self.weighted}
            if gradient is not None:
                by = {"reverse": list(gradient.element_partials.values()), "forward": self.weighted}
        elif gradient is not None:
            wanted, at = gradient.wanted, [sweep.values[node] for node in gradient.wanted_nodes]
            by = {"gradient": list(gradient.partials.values())}
        else:
            return None
        name, label = (
            objective(gradient, self.options) if gradient else (sweep.outputs[0][0], f"d{sweep.outputs[0][0]}")
        )
        rows = [
            [f"{label}/d{wanted[k]}", *[self._number(column[k]) for column in by.values()],
             f"{wanted[k]} = {self._number(at[k])}"]
            for k in range(len(wanted))
        ]  # fmt: skip
        return Table([f"gradient of {name}", *by, "at"], rows)

    def _number(self, value: Any) -> str:
        return for_people(value, self.options.digits)

    @cached_property
    def weighted(self) -> list[float]:
        """The derivative along each direction of what the reverse sweep differentiates; of the first output without."""
        sweep, gradient = self.result, self.result.reverse
        rows = sweep.derivatives
        if gradient is None or gradient.seeds is None:
            return rows[0]
        weights = [weight for seed in gradient.seeds for weight in flat(seed)]
        pairs = [(weight, row) for weight, row in zip(weights, rows, strict=True) if weight]
        return [sum([weight * row[k] for weight, row in pairs if row[k]], 0.0) for k in range(len(sweep.tangents))]

    def remarks(self) -> Iterator[str]:
        """What the columns mean, how many passes there were, and which sweep needs fewer."""
        sweep, nodes = self.result, self.nodes()
        number = len(sweep.tangents)
        if not number:
            yield "there is no variable to differentiate by"
            return
        hidden = not nodes.movable
        if nodes.hidden:
            yield from self.notes()
        elif hidden:
            yield f"the tangents of {number} passes are left out of the table (--all lists them)"
        if sweep.reverse is not None:
            name = objective(sweep.reverse, self.options)[0]
            along = "along the direction" if isinstance(sweep, Directional) else f"by {self.passes[0][3:]}"
            tangent = "" if hidden else f", {self.passes[0]} the derivative of the node {along}"
            yield f"adjoint is the derivative of {name} by the node{tangent}"
            yield self._comparison()
        elif isinstance(sweep, Directional):
            yield "forward mode: 1 pass for this direction, whatever the number of inputs and outputs"
        else:
            yield f"forward mode: {count(number, 'pass')} for {count(number, 'input')}"

    def _comparison(self) -> str:
        """Which sweep needs fewer passes here, and why."""
        sweep = self.result
        if isinstance(sweep, Directional):
            return "one direction is 1 forward pass, one output is 1 reverse pass: neither mode needs fewer here"
        inputs = len(sweep.tangents)
        fewer = "neither mode needs fewer" if inputs == 1 else "reverse mode needs fewer"
        one = "output" if sweep.reverse is None or sweep.reverse.seeds is None else "weighted sum"
        take = "takes" if inputs == 1 else "take"
        forward = f"{count(inputs, 'input')} {take} {count(inputs, 'forward pass')}"
        return f"{forward}, 1 {one} takes 1 reverse pass: {fewer} here"

    def checked(self) -> Checked | None:
        if self.check is None:
            return None
        from autodiff.report.say.check import checked, label_of

        # Of two sweeps the check is about the numbers of the reverse one.
        sweep = "forward" if self.result.reverse is None else "reverse"
        return checked(self.check, label_of(self.result), self.options, sweep)

    def head(self) -> dict[str, Any]:
        """As of a gradient, with how many passes each sweep took."""
        sweep, gradient, found = self.result, self.result.reverse, output_keys(self.result)
        found["mode"] = "forward" if gradient is None else "both"
        found["passes"] = len(sweep.tangents)
        if gradient is not None:
            found["reverse_passes"] = 1
            if gradient.seeds is not None:
                found |= {"seed": [for_json(seed) for seed in gradient.seeds], "weighted_sum": for_json(gradient.value)}
            found["gradient"] = {name: for_json(value) for name, value in gradient.partials.items()}
        return found | self._derivatives() | closing_keys(sweep, self.check)

    def _derivatives(self) -> dict[str, Any]:
        """What the forward sweep found, by its keys."""
        sweep = self.result
        rows = [[for_json(entry) for entry in row] for row in sweep.derivatives]
        if isinstance(sweep, Tangents):
            if self.matrix is not None:
                names = [name for name, _ in sweep.element_outputs]
                return {"rows": names, "columns": list(sweep.wanted), "jacobian": rows}
            if sweep.reverse is None:
                return {"gradient": {name: for_json(partial) for name, partial in sweep.partials.items()}}
            return {"forward": dict(zip(sweep.wanted, map(for_json, self.weighted), strict=True))}
        assert isinstance(sweep, Directional)
        direction = {"direction": {name: for_json(rate) for name, rate in sweep.direction.items()}}
        if sweep.reverse is not None or len(rows) == 1:
            return direction | {"derivative": for_json(self.weighted[0])}
        return direction | {"derivatives": [row[0] for row in rows]}

    def record(self, node: Node) -> dict[str, Any]:
        """A node carries its `tangent`, or its `tangents` by the input that moves."""
        sweep, found = self.result, super().record(node)
        if sweep.reverse is None:
            del found["gradient"], found["downstream"]
        rates = [for_json(column[node.id]) for column in sweep.tangents]
        if isinstance(sweep, Tangents):
            return found | {"tangents": dict(zip(sweep.wanted, rates, strict=True))}
        return found | {"tangent": rates[0]}

    def entries(self) -> Iterator[Sequence[Cell]]:
        """The outputs by name, then the derivatives: by input, by output and input, or `df` along a direction.

        Of two sweeps the number of the reverse one comes first. With a check, each derivative is followed by its
        verdict and by how many of its digits are right.
        """
        yield from self.result.element_outputs
        if self.matrix is not None:
            yield from self.matrix.entries()
            return
        for label, *numbers in self._labelled():
            verdict = verdict_of(self.check, label) if self.check and label in self.check.inputs else ()
            yield [label, *numbers, *verdict]

    def numbers(self) -> Iterator[Sequence[Cell]]:
        """The derivatives of one output an input a line, those of several an output a line."""
        if self.matrix is not None:
            return self.matrix.numbers()
        return (numbers for _, *numbers in self._labelled())

    def _labelled(self) -> Iterator[tuple[str, *tuple[float, ...]]]:
        """The derivatives by their names: of the reverse sweep, where there is one, and of the forward sweep."""
        sweep, gradient = self.result, self.result.reverse
        if isinstance(sweep, Tangents):
            reverse = [] if gradient is None else [gradient.element_partials.values()]
            yield from zip(sweep.wanted, *reverse, self.weighted, strict=True)
        elif isinstance(sweep, Directional) and gradient is not None:
            name = sweep.outputs[0][0] if gradient.seeds is None else ""
            yield f"d{name}", dot(gradient, sweep.direction), self.weighted[0]
        else:
            for (name, _), (derivative,) in zip(sweep.element_outputs, sweep.derivatives, strict=True):
                yield f"d{name}", derivative


def dot(gradient: Gradient, direction: Mapping[str, Any]) -> float:
    """The derivative along a direction that a gradient gives."""
    pairs = [
        pair
        for name, rate in direction.items()
        for pair in zip(flat(gradient.partials[name]), _rates(rate, gradient.partials[name]), strict=True)
    ]
    return sum([partial * rate for partial, rate in pairs if rate and partial], 0.0)


def _rates(rate: Any, like: Any) -> list[float]:
    """The rate of each element; one number is the rate of all."""
    return flat(rate) if is_array(rate) else [rate] * len(flat(like))
