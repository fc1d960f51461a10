"""A Hessian, and its product with a direction, as a labelled matrix."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autodiff.numerals import elements, for_json, for_machines, for_people, json_encoder
from autodiff.report.json import kink_json
from autodiff.report.matrix import Matrix, csv_rows
from autodiff.report.node_texts import count, kink_notes
from autodiff.report.style import Options

if TYPE_CHECKING:
    from autodiff.differentiate.results.hessian import Hessian, HessianVector


def matrix_of(result: "Hessian", options: Options) -> Matrix:
    """The matrix, with the gradient beside it."""
    size = len(result.labels)
    facts = {"passes": result.passes, "nonzeros": result.nonzeros}
    used = f"{result.nonzeros:,} of {size**2:,} entries can be non-zero"
    caption = f"{count(result.passes, 'forward pass')} over the gradient, for {count(size, 'variable')}; {used}"
    return _matrix(result, options, caption, facts)._replace(
        kind="hessian", columns=result.labels, entries=result.entries, column_label="d/d{}"
    )


def matrix_of_product(result: "HessianVector", options: Options) -> Matrix:
    """The product as a matrix of one column."""
    along = {
        name: number for wanted, rate in result.direction.items() for name, number in elements(wanted, rate)
    }  # fmt: skip
    facts = {"direction": along, "passes": 1}
    shown = ", ".join(f"{name} = {for_people(rate, options.digits)}" for name, rate in list(along.items())[:12])
    more = ", ..." if len(along) > 12 else ""
    caption = f"the hessian times the direction {shown}{more}, by 1 forward pass over the gradient"
    return _matrix(result, options, caption, facts)._replace(
        kind="product", columns=["product"], entries=[[entry] for entry in result.product], column_label="{}"
    )


def _matrix(result: "Hessian | HessianVector", options: Options, caption: str, facts: dict[str, Any]) -> Matrix:
    ((name, value),) = result.outputs
    found = result.diagnosis
    gradient = dict(result.flat_gradient)
    facts = {
        "output": {"name": name, "value": for_json(value)},
        "gradient": {label: for_json(number) for label, number in gradient.items()},
        **facts,
        "undefined": found and found._asdict(),
        "kinks": [
            {"node": node.id, "expression": node.expression, "span": list(node.span), **(kink_json(node.kink) or {})}
            for node in result.iterate(sorted(result.kinks))
        ],
    }
    return Matrix(
        "", result.formula, result.labels, (), (), [number for _, number in result.flat_gradient],
        row_label="d/d{}", corner=f"hessian of {name}", value_label="gradient",
        caption=[f"{name} = {for_people(value, options.digits)}", caption], notes=list(_notes(result)), facts=facts,
    )  # fmt: skip


def _notes(result: "Hessian | HessianVector") -> Iterator[str]:
    yield from kink_notes(result)
    if result.kinks:
        yield "on a kink or a jump second derivatives are a convention as well"


def product_plain(matrix: Matrix, options: Options) -> Iterator[str]:
    """`variable<TAB>number` for each entry of a product."""
    for row, (entry,) in zip(matrix.rows, matrix.entries, strict=True):
        yield f"{row}\t{for_machines(entry, options.digits)}"


def product_csv(matrix: Matrix, options: Options) -> Iterator[str]:
    """A header, then each variable with its entry."""
    rows = [
        [row, for_machines(entry, options.digits)] for row, (entry,) in zip(matrix.rows, matrix.entries, strict=True)
    ]
    return csv_rows([["variable", "product"], *rows])


def product_json(matrix: Matrix, options: Options) -> Iterator[str]:
    """One strict JSON object: the entries by the names of their variables."""
    text = json_encoder(ascii_only=options.ascii_only)
    product = {row: for_json(entry) for row, (entry,) in zip(matrix.rows, matrix.entries, strict=True)}
    lines = [f" {text(key)}: {text(value)}" for key, value in {**matrix.facts, "product": product}.items()]
    yield "{"
    yield f' "formula": {text(matrix.formula)},'
    yield from (line + "," for line in lines[:-1])
    yield lines[-1]
    yield "}"
