"""A Jacobian as a labelled matrix, whichever sweep it comes from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autodiff.numerals import for_json
from autodiff.report.json import kink_json
from autodiff.report.matrix import Matrix
from autodiff.report.node_texts import count, kink_notes

if TYPE_CHECKING:
    from autodiff.differentiate.results.jacobian import Jacobian
    from autodiff.differentiate.results.tangents import Tangents


def matrix_of(result: "Jacobian") -> Matrix:
    """The matrix, its names, and what to say about the way to it."""
    return _matrix(
        result, result.columns, result.entries, {"mode": result.mode, "passes": result.passes}, _caption(result)
    )


def matrix_of_tangents(result: "Tangents") -> Matrix:
    """The Jacobian that a forward sweep of several outputs finds."""
    return _matrix(result, result.wanted, result.derivatives, {"mode": "forward", "passes": len(result.tangents)}, [])


def _matrix(
    result: "Jacobian | Tangents", columns: Sequence[str], entries: list[list[float]], facts: dict[str, Any],
    caption: list[str],
) -> Matrix:  # fmt: skip
    names, values = zip(*result.element_outputs, strict=True)
    found = result.diagnosis
    facts = {
        "outputs": [{"name": name, "value": for_json(value)} for name, value in result.outputs],
        **facts,
        "undefined": found and found._asdict(),
        "kinks": [
            {"node": node.id, "expression": node.expression, "span": list(node.span), **(kink_json(node.kink) or {})}
            for node in result.iterate(sorted(result.kinks))
        ],
    }
    return Matrix(
        "jacobian", result.formula, names, columns, entries, values, caption=caption,
        notes=list(kink_notes(result)), facts=facts,
    )  # fmt: skip


def _caption(result: "Jacobian") -> list[str]:
    rows, columns = len(result.rows), len(result.columns)
    if not columns:
        return ["there is no variable to differentiate by"]
    costs = {"reverse": (rows, "output"), "forward": (columns, "input")}
    taken, (other, noun) = costs.pop(result.mode), next(iter(costs.values()))
    (mode,) = costs
    return [
        f"{result.mode} mode: {count(taken[0], 'pass')} for {count(*taken)}; "
        f"{mode} mode would take {other:,} for {count(other, noun)}"
    ]
