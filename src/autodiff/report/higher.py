"""Derivatives of higher order in every format: a line for each order, from the value up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autodiff.differentiate.results.higher import Derivatives
from autodiff.numerals import for_json, for_machines, for_people, json_encoder
from autodiff.report import markdown
from autodiff.report.json import kink_json
from autodiff.report.matrix import csv_rows
from autodiff.report.node_texts import kink_notes
from autodiff.report.style import Options

if TYPE_CHECKING:
    from autodiff.verify.results import Check

COLUMNS = ["derivative", "value"]


def rows(result: Derivatives, options: Options) -> list[list[str]]:
    return [
        [name, for_people(number, options.digits)]
        for name, number in zip(result.symbols, result.derivatives, strict=True)
    ]


def remarks(result: Derivatives, options: Options) -> Iterator[str]:
    """The point, and what the numbers do not say."""
    names = result.wanted
    at = [f"{name} = {for_people(result.values[node], options.digits)}" for name, node in zip(
        names, result.wanted_nodes, strict=True)]  # fmt: skip
    yield f"at {', '.join(at)}"
    yield from kink_notes(result)


def table_lines(result: Derivatives, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """A table that rich draws."""
    from autodiff.report.grid import draw_or_list, new_console, print_line, spell, taken

    console = new_console(options)
    with console.capture() as capture:
        draw_or_list(console, COLUMNS, rows(result, options), options, " = ")
        console.print()
        for sentence in remarks(result, options):
            print_line(console, spell(sentence, options))
    yield from taken(capture)


def markdown_lines(result: Derivatives, options: Options, check: "Check | None" = None) -> Iterator[str]:
    yield from markdown.table(COLUMNS, rows(result, options))
    yield ""
    for sentence in remarks(result, options):
        yield f"- {markdown.escape(sentence)}"


def json_lines(result: Derivatives, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """One strict JSON object, a line for each order."""
    text = json_encoder(ascii_only=options.ascii_only)
    ((name, value),) = result.outputs
    found = result.diagnosis
    head = {
        "formula": result.formula, "output": {"name": name, "value": for_json(value)}, "wrt": list(result.wrt),
        "order": result.order, "derivative": for_json(result.derivative), "undefined": found and found._asdict(),
        "kinks": [
            {"node": node.id, "expression": node.expression, "span": list(node.span), **(kink_json(node.kink) or {})}
            for node in result.iterate(sorted(result.kinks))
        ],
    }  # fmt: skip
    yield "{"
    for key, item in head.items():
        yield f" {text(key)}: {text(item)},"
    yield ' "derivatives": ['
    for order, (label, number) in enumerate(zip(result.symbols, result.derivatives, strict=True)):
        entry = {"order": order, "name": label, "value": for_json(number)}
        yield f"  {text(entry)}{',' * (order < result.order)}"
    yield " ]"
    yield "}"


def csv_lines(result: Derivatives, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """A header, then order, name and value of each derivative."""
    pairs = zip(result.symbols, result.derivatives, strict=True)
    lines = [[str(k), name, for_machines(number, options.digits)] for k, (name, number) in enumerate(pairs)]
    return csv_rows([["order", *COLUMNS], *lines])


def plain_lines(result: Derivatives, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """`name<TAB>number` for each order."""
    for name, number in zip(result.symbols, result.derivatives, strict=True):
        yield f"{name}\t{for_machines(number, options.digits)}"


def value_lines(result: Derivatives, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """The derivative that was asked for, alone."""
    yield for_machines(result.derivative, options.digits)
