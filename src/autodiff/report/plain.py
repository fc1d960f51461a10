"""A result for shell scripts: `name<TAB>number` a line, or only the numbers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.numerals import elements, for_machines
from autodiff.report.style import Options

if TYPE_CHECKING:
    from autodiff.verify.results import Check


def lines(result: Values, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """The outputs by name, then the gradient by input; with a check, each derivative is followed by its verdict."""
    for name, value in result.element_outputs:
        yield f"{name}\t{for_machines(value, options.digits)}"
    if isinstance(result, Gradient):
        for variable, partial in result.partials.items():
            for name, value in elements(variable, partial):
                verdict = f"\t{check.inputs[name].verdict.value}" if check else ""
                yield f"{name}\t{for_machines(value, options.digits)}{verdict}"


def value_lines(result: Values, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """Only numbers: the gradient in the order of the variables; without a gradient, the outputs."""
    numbers = result.partials.values() if isinstance(result, Gradient) else [value for _, value in result.outputs]
    for number in numbers:
        for _, value in elements("", number):
            yield for_machines(value, options.digits)
