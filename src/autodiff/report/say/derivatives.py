"""What derivatives say that are formulas: texts that can be fed back."""

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.differentiate.derive.derivatives import Derivative
from autodiff.report.sheet import Options, Sheet


class DerivativesSheet(Sheet):
    """The derivatives of a formula."""

    nests = True

    def __init__(self, formula: str, found: Sequence[Derivative], options: Options) -> None:
        super().__init__(options)
        self.formula, self.found = formula, found

    def text(self) -> Iterator[str]:
        """One derivative is a formula; several are a line each, which assigns it to its name and is a program."""
        for derivative in self.found:
            yield derivative.text if len(self.found) == 1 else derivative.statement

    def latex(self) -> Iterator[str]:
        """One derivative is a formula; several are an equation each."""
        from autodiff.codegen import latex

        return latex.lines(self.found)

    def head(self) -> dict[str, Any]:
        """The derivatives of the first output, and of all where there are several, by the name of the variable."""
        outputs: dict[str, dict[str, str]] = {}
        for derivative in self.found:
            outputs.setdefault(derivative.output, {})[derivative.variable] = derivative.text
        listed = [{"name": name, "derivatives": by_variable} for name, by_variable in outputs.items()]
        value: dict[str, Any] = {
            "formula": self.formula, "output": listed[0]["name"], "order": self.found[0].order,
            "derivatives": listed[0]["derivatives"],
        }  # fmt: skip
        return value | {"outputs": listed} if len(listed) > 1 else value
