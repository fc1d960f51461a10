"""A result as comma-separated values: a line for every node, or for every element of one that is an array.

Several things in one field are separated by spaces. `output` holds the names of the outputs that the node is, and is
empty for every other node. A partial is `null`, and a gradient empty, where no variable of interest is behind it.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autodiff.differentiate.results.gradient import Gradient, Node, Values
from autodiff.numerals import elements, flat, for_machines, is_array
from autodiff.report.node_texts import kink_text
from autodiff.report.style import Options

if TYPE_CHECKING:
    from autodiff.verify.results import Check

#: A derivative of a node, or by it; None where there is none.
Derivative = Callable[[Node], Any]


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
    for whole in result.iterate(range(len(result.graph))):
        found_by = [] if derivatives is None else [of(whole) for of in derivatives.values()]
        derived = [None if one is None else flat(one) for one in found_by]
        for k, node in enumerate(_elements(whole)):
            args = " ".join(map(str, node.args))
            source = " ".join(node.expression.split())
            cells = [str(node.id), node.name, node.op, args, source, number(node.value)]
            cells.append(" ".join(outputs.get(node.id, [])))
            if derivatives is not None:
                partials = " ".join(number(partial) or "null" for partial in node.partials)
                cells += [
                    partials,
                    *["" if numbers is None else number(numbers[k]) for numbers in derived],
                    kink_text(node.kink),
                ]
            if check is not None:
                found = check.inputs.get(node.name) if node.op == "input" else None
                cells += [found.verdict.value, number(found.digits)] if found else ["", ""]
            yield _line(cells)


def _elements(node: Node) -> Iterator[Node]:
    """The elements of a node that is an array, each as a node; a partial of another shape is left out."""
    if not is_array(node.value):
        yield node
        return
    shape = node.value.shape
    parts = [flat(part) if getattr(part, "shape", ()) == shape else part for part in node.partials]
    for k, (name, value) in enumerate(elements(node.name, node.value)):
        partials = tuple(part[k] if isinstance(part, list) else None if is_array(part) else part for part in parts)
        yield node._replace(name=name, value=value, partials=partials)


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
