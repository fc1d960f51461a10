"""A result as comma-separated values: a line for every node.

Several things in one field are separated by spaces. `output` holds the names of the outputs that the node is, and is
empty for every other node. A partial is `null`, and a gradient empty, where no variable of interest is behind it.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from autodiff.differentiate.results import Gradient, Node, Values
from autodiff.report.options import Options
from autodiff.report.words import kink_text
from autodiff.syntax.numbers import for_machines

if TYPE_CHECKING:
    from autodiff.verify.results import Check

#: A derivative of a node, or by it; None where there is none.
Derivative = Callable[[Node], float | None]


def lines(result: Values, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """A header and a line for each node; a check adds the verdict and the correct digits of each input."""
    numbers = {"gradient": lambda node: node.gradient} if isinstance(result, Gradient) else None
    return node_lines(result, numbers, options, check)


def node_lines(
    result: Values, derivatives: Mapping[str, Derivative] | None, options: Options, check: "Check | None"
) -> Iterator[str]:
    """A header and a line for each node; `derivatives`, by their heading, stand between its partials and its kink."""

    def number(value: float | None) -> str:
        return "" if value is None else for_machines(value, options.digits)

    header = ["id", "name", "op", "args", "expression", "value", "output"]
    if derivatives is not None:
        header += ["partials", *derivatives, "kink"]
    if check is not None:
        header += ["verdict", "digits"]
    yield _line(header)
    outputs: dict[int, list[str]] = {}
    for k, (name, _) in zip(result.graph.outputs, result.outputs, strict=True):
        outputs.setdefault(k, []).append(name)
    for node in result.iterate(range(len(result.graph))):
        args = " ".join(map(str, node.args))
        source = " ".join(node.expression.split())
        cells = [str(node.id), node.name, node.op, args, source, number(node.value)]
        cells.append(" ".join(outputs.get(node.id, [])))
        if derivatives is not None:
            partials = " ".join(number(partial) or "null" for partial in node.partials)
            cells += [partials, *[number(of(node)) for of in derivatives.values()], kink_text(node.kink)]
        if check is not None:
            found = check.inputs.get(node.name) if node.op == "input" else None
            cells += [found.verdict.value, number(found.digits)] if found else ["", ""]
        yield _line(cells)


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
