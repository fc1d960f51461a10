"""Derivatives as text or JSON: formulas that can be fed back."""

from collections.abc import Iterator, Sequence

from autodiff.differentiate.derive.derivatives import Derivative
from autodiff.numerals import json_encoder
from autodiff.report.style import Options


def lines(formula: str, found: Sequence[Derivative], options: Options) -> Iterator[str]:
    """One derivative is a formula; several are a line each, which assigns it to its name and is a program by itself."""
    for derivative in found:
        yield derivative.text if len(found) == 1 else derivative.statement


def latex_lines(formula: str, found: Sequence[Derivative], options: Options) -> Iterator[str]:
    """One derivative is a formula; several are an equation each."""
    from autodiff.codegen import latex

    yield from latex.lines(found)


def json_lines(formula: str, found: Sequence[Derivative], options: Options) -> Iterator[str]:
    """The derivatives of the first output, and of all where there are several, by the name of the variable."""
    outputs: dict[str, dict[str, str]] = {}
    for derivative in found:
        outputs.setdefault(derivative.output, {})[derivative.variable] = derivative.text
    listed = [{"name": name, "derivatives": by_variable} for name, by_variable in outputs.items()]
    value: dict[str, object] = {
        "formula": formula, "output": listed[0]["name"], "order": found[0].order,
        "derivatives": listed[0]["derivatives"],
    }  # fmt: skip
    if len(listed) > 1:
        value["outputs"] = listed
    yield json_encoder(ascii_only=options.ascii_only, indent=1)(value)
