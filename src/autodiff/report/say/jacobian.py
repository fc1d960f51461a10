"""What a Jacobian says, whichever sweep it comes from."""

from collections.abc import Iterator
from typing import Any

from autodiff.differentiate.results.jacobian import Jacobian
from autodiff.differentiate.results.tangents import Tangents
from autodiff.numerals import for_json
from autodiff.report.node_texts import count
from autodiff.report.say.matrix import MatrixSheet
from autodiff.report.sheet import Matrix


class JacobianSheet(MatrixSheet):
    result: Jacobian | Tangents
    key = "jacobian"

    def table(self) -> Matrix:
        result = self.result
        names, values = zip(*result.element_outputs, strict=True)
        if isinstance(result, Tangents):
            return Matrix(names, result.wanted, result.derivatives, values)
        return Matrix(names, result.columns, result.entries, values)

    def caption(self) -> Iterator[str]:
        """The passes that the two modes take."""
        result = self.result
        if isinstance(result, Tangents):
            return
        rows, columns = len(result.rows), len(result.columns)
        if not columns:
            yield "there is no variable to differentiate by"
            return
        costs = {"reverse": (rows, "output"), "forward": (columns, "input")}
        taken, (other, noun) = costs.pop(result.mode), next(iter(costs.values()))
        (mode,) = costs
        yield (
            f"{result.mode} mode: {count(taken[0], 'pass')} for {count(*taken)}; "
            f"{mode} mode would take {other:,} for {count(other, noun)}"
        )

    def facts_json(self) -> dict[str, Any]:
        result = self.result
        outputs = [{"name": name, "value": for_json(value)} for name, value in result.outputs]
        if isinstance(result, Tangents):
            return {"outputs": outputs, "mode": "forward", "passes": len(result.tangents)}
        return {"outputs": outputs, "mode": result.mode, "passes": result.passes}
