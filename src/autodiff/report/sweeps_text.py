"""What forward sweeps found in the formats that need no library: JSON, CSV, Markdown, plain and bare numbers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autodiff.differentiate.results.gradient import Node
from autodiff.differentiate.results.tangents import Directional, ForwardSweep, Tangents
from autodiff.numerals import for_json, for_machines, json_encoder
from autodiff.report import markdown, matrix
from autodiff.report.csv import Derivative, node_lines
from autodiff.report.jacobian import matrix_of_tangents
from autodiff.report.json import close, node_json
from autodiff.report.node_texts import hidden_note, shown
from autodiff.report.style import Options
from autodiff.report.sweeps import (
    checked_sweep,
    dot,
    is_matrix,
    node_columns,
    node_rows,
    pass_names,
    remarks,
    results,
    weighted,
)

if TYPE_CHECKING:
    from autodiff.verify.results import Check


def json_lines(sweep: ForwardSweep, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """As of a gradient; each node carries its `tangent`, or its `tangents` by the input that moves."""
    text = json_encoder(ascii_only=options.ascii_only)
    outputs = [{"name": name, "value": for_json(value)} for name, value in sweep.outputs]
    gradient = sweep.reverse
    head: dict[str, Any] = {"formula": sweep.formula, "output": outputs[0]}
    if len(outputs) > 1:
        head["outputs"] = outputs
    head["mode"] = "forward" if gradient is None else "both"
    head["passes"] = len(sweep.tangents)
    if gradient is not None:
        head["reverse_passes"] = 1
        if gradient.seeds is not None:
            head |= {"seed": [for_json(seed) for seed in gradient.seeds], "weighted_sum": for_json(gradient.value)}
        head["gradient"] = {name: for_json(value) for name, value in gradient.partials.items()}
    head |= _derivatives(sweep)

    def spell(node: Node) -> dict[str, Any]:
        found = node_json(node)
        if gradient is None:
            del found["gradient"], found["downstream"]
        rates = [for_json(column[node.id]) for column in sweep.tangents]
        if isinstance(sweep, Tangents):
            return found | {"tangents": dict(zip(sweep.wanted, rates, strict=True))}
        return found | {"tangent": rates[0]}

    yield from close(sweep, head, text, check, spell)


def _derivatives(sweep: ForwardSweep) -> dict[str, Any]:
    """The results of the forward sweep, by their keys in JSON."""
    rows = [[for_json(entry) for entry in row] for row in sweep.derivatives]
    if is_matrix(sweep) and isinstance(sweep, Tangents):
        return {"rows": [name for name, _ in sweep.element_outputs], "columns": list(sweep.wanted), "jacobian": rows}
    if isinstance(sweep, Tangents):
        key = "gradient" if sweep.reverse is None else "forward"
        if sweep.has_arrays and sweep.reverse is None:
            return {key: {name: for_json(partial) for name, partial in sweep.partials.items()}}
        numbers = map(for_json, weighted(sweep, sweep.reverse))
        return {key: dict(zip(sweep.wanted, numbers, strict=True))}
    assert isinstance(sweep, Directional)
    direction = {"direction": {name: for_json(rate) for name, rate in sweep.direction.items()}}
    if sweep.reverse is not None or len(rows) == 1:
        return direction | {"derivative": for_json(weighted(sweep, sweep.reverse)[0])}
    return direction | {"derivatives": [row[0] for row in rows]}


def csv_lines(sweep: ForwardSweep, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """A line for each node, with a column for each pass."""
    columns: dict[str, Derivative] = {}
    if sweep.reverse is not None:
        columns["gradient"] = lambda node: node.gradient
    for name, tangents in zip(pass_names(sweep), sweep.tangents, strict=True):
        columns[name] = lambda node, rates=tangents: rates[node.id]  # type: ignore[misc]
    return node_lines(sweep, columns, options, check)


def markdown_lines(sweep: ForwardSweep, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """The table of nodes, the results, and the sentences."""
    columns, rows = node_columns(sweep, options), node_rows(sweep, shown(sweep, options), options)
    if rows:
        kinks = any(row[-1] for row in rows)
        yield from markdown.table(columns if kinks else columns[:-1], rows if kinks else [row[:-1] for row in rows])
    else:
        yield hidden_note(sweep)
    yield ""
    if isinstance(sweep, Tangents) and is_matrix(sweep):
        yield from matrix.markdown_lines(matrix_of_tangents(sweep)._replace(notes=()), options)
    else:
        found = results(sweep, options)
        if found.rows:
            yield from markdown.table(found.columns, found.rows)
            yield ""
        yield from map(markdown.escape, found.lines)
        yield ""
    for sentence in remarks(sweep, options):
        yield f"- {markdown.escape(sentence)}"
    if check is not None:
        from autodiff.report.check import label_of

        yield from markdown.check_lines(check, label_of(sweep), options, checked_sweep(sweep))


def plain_lines(sweep: ForwardSweep, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """The outputs by name, then the derivatives: by input, by output and input, or `df` along a direction.

    Of two sweeps the number of the reverse one comes first. With a check, each derivative is followed by its verdict.
    """
    for name, value in sweep.element_outputs:
        yield f"{name}\t{for_machines(value, options.digits)}"
    if isinstance(sweep, Tangents) and is_matrix(sweep):
        yield from matrix.plain_lines(matrix_of_tangents(sweep), options)
        return
    for label, *numbers in _labelled(sweep):
        cells = [label, *[for_machines(number, options.digits) for number in numbers]]
        if check is not None and label in check.inputs:
            cells.append(check.inputs[label].verdict.value)
        yield "\t".join(cells)


def value_lines(sweep: ForwardSweep, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """Only the derivatives: those of one output a line each, those of several a line for each output."""
    if isinstance(sweep, Tangents) and is_matrix(sweep):
        yield from matrix.value_lines(matrix_of_tangents(sweep), options)
        return
    for _, *numbers in _labelled(sweep):
        yield "\t".join(for_machines(number, options.digits) for number in numbers)


def _labelled(sweep: ForwardSweep) -> Iterator[tuple[str, *tuple[float, ...]]]:
    """The derivatives by their names: of the reverse sweep, where there is one, and of the forward sweep."""
    gradient = sweep.reverse
    if isinstance(sweep, Tangents):
        reverse = [] if gradient is None else [gradient.element_partials.values()]
        yield from zip(sweep.wanted, *reverse, weighted(sweep, gradient), strict=True)
    elif isinstance(sweep, Directional) and gradient is not None:
        name = sweep.outputs[0][0] if gradient.seeds is None else ""
        yield f"d{name}", dot(gradient, sweep.direction), weighted(sweep, gradient)[0]
    else:
        for (name, _), (derivative,) in zip(sweep.element_outputs, sweep.derivatives, strict=True):
            yield f"d{name}", derivative
