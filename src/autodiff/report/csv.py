"""A result as comma-separated values: a line for every node. Several numbers in one field are separated by spaces."""

import csv
import io
from collections.abc import Iterator

from autodiff.differentiate.results import Gradient, Values
from autodiff.report.options import Options
from autodiff.report.words import kink_text
from autodiff.syntax.numbers import for_machines


def lines(result: Values, options: Options) -> Iterator[str]:
    def number(value: float | None) -> str:
        return "" if value is None else for_machines(value, options.digits)

    header = ["id", "name", "op", "args", "expression", "value"]
    if isinstance(result, Gradient):
        header += ["partials", "gradient", "kink"]
    yield _line(header)
    for node in result.iterate(range(len(result.graph))):
        args = " ".join(map(str, node.args))
        cells = [str(node.id), node.name, node.op, args, " ".join(node.expression.split()), number(node.value)]
        if isinstance(result, Gradient):
            partials = " ".join(number(partial) or "-" for partial in node.partials)
            cells += [partials, number(node.gradient), kink_text(node.kink)]
        yield _line(cells)


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
