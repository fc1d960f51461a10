"""Results as HTML tables, for notebooks. Every text is escaped, whatever a name or a formula holds."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice

from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.numerals import for_people
from autodiff.report.matrix import Matrix, grid
from autodiff.report.node_texts import hidden_note, is_number, kink_notes, node_columns, node_rows, objective, shown
from autodiff.report.style import MANY, Options


def document(result: Values) -> str:
    """A result: the matrix of a Jacobian or a Hessian, or the nodes and then the gradient."""
    return "\n".join(_parts(result, Options()))


def _parts(result: Values, options: Options) -> Iterator[str]:
    from autodiff.differentiate.results.tangents import ForwardSweep

    matrix = _matrix_of(result, options)
    if matrix is not None:
        cells = grid(matrix, options, "the result has all")
        yield _table(cells.columns, cells.rows, names=1)
        yield from map(_paragraph, filter(None, [cells.note, *matrix.caption, *matrix.notes]))
    else:
        nodes = shown(result, options)
        if nodes:
            yield _table(node_columns(result), node_rows(result, nodes, options))
        else:
            yield from map(_paragraph, [hidden_note(result, ".nodes has them"), *kink_notes(result)])
        for name, value in result.outputs:
            yield _paragraph(f"{name} = {for_people(value, options.digits)}")
        if isinstance(result, Gradient) and result.partials:
            yield _gradient(result, options)
        elif isinstance(result, ForwardSweep):
            for (name, _), (rate,) in zip(result.element_outputs, result.derivatives, strict=True):
                yield _paragraph(f"d{name} = {for_people(rate, options.digits)} along the direction")
    if result.diagnosis is not None:
        yield _paragraph(f"undefined: {result.diagnosis.message}")


def _matrix_of(result: Values, options: Options) -> Matrix | None:
    """A result that is a matrix; None for any other."""
    from autodiff.differentiate.results.hessian import Hessian, HessianVector
    from autodiff.differentiate.results.jacobian import Jacobian
    from autodiff.differentiate.results.tangents import Tangents
    from autodiff.report import hessian, jacobian

    if isinstance(result, Jacobian):
        return jacobian.matrix_of(result)
    if isinstance(result, Tangents):
        return jacobian.matrix_of_tangents(result)
    if isinstance(result, Hessian):
        return hessian.matrix_of(result, options)
    return hessian.matrix_of_product(result, options) if isinstance(result, HessianVector) else None


def _gradient(result: Gradient, options: Options) -> str:
    name, label = objective(result, options)
    partials = zip(result.partials.items(), result.wanted_nodes, strict=True)
    rows = [
        [
            f"{label}/d{variable}",
            for_people(partial, options.digits),
            f"{variable} = {for_people(result.values[node], options.digits)}",
        ]
        for (variable, partial), node in islice(partials, MANY)
    ]
    table = _table([f"gradient of {name}", "gradient", "at"], rows)
    more = len(result.partials) - len(rows)
    return f"{table}\n{_paragraph(f'and {more:,} more')}" if more else table


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], names: int = 0) -> str:
    """A table in which numbers stand at the right; with `names`, all columns are numbers but so many."""
    kept = [k for k in range(len(columns)) if any(row[k] for row in rows) or not rows]
    right = [k >= names if names else is_number(columns[k]) for k in range(len(columns))]

    def line(tag: str, cells: Sequence[str]) -> str:
        aligned = ((cells[k], "right" if right[k] else "left") for k in kept)
        return "".join(f'<{tag} style="text-align: {side}">{escape(cell)}</{tag}>' for cell, side in aligned)

    body = "\n".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{line('th', columns)}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
