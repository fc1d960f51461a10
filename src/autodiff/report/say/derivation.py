"""What a derivation says: its steps, each with its rule, what it is used on, and what comes out."""

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.differentiate.derive.derivation import Step
from autodiff.report.sheet import FORMULA, NOTE, Line, Options, Section, Sheet


class DerivationSheet(Sheet):
    """The steps to the derivative by each variable."""

    nests = True

    def __init__(self, formula: str, found: Sequence[tuple[str, Sequence[Step]]], options: Options) -> None:
        super().__init__(options)
        self.formula, self.found = formula, found

    def sections(self) -> Iterator[Section]:
        for variable, steps in self.found:
            title = f"The derivative by {variable}" if len(self.found) > 1 else ""
            if not steps:
                yield Section(title, [Line(0, (("it does not change: the derivative is 0", NOTE),))])
            for k, step in enumerate(steps, 1):
                yield Section(title if k == 1 else "", list(_lines(k, step, variable)))

    def latex(self) -> Iterator[str]:
        """An equation a step in one aligned block, the rule beside it."""
        from autodiff.codegen import latex
        from autodiff.codegen.latex_names import name

        for variable, steps in self.found:
            over = rf"\frac{{d}}{{d {name(variable)}}}"
            yield r"\begin{aligned}"
            for step in steps:
                what = latex.formula(step.graph, step.node, "", bare=True)
                result = latex.formula(step.derivative.graph, step.derivative.node, "", bare=True)
                yield rf"{over} \left( {what} \right) &= {result} && \text{{{step.law.name}}} \\"
            if not steps:
                yield rf"{over} \left( c \right) &= 0"
            yield r"\end{aligned}"

    def head(self) -> dict[str, Any]:
        steps = {
            variable: [
                {
                    "rule": step.law.name, "law": step.law.text, "with": dict(step.parts), "of": step.text,
                    "derivative": step.derivative.text,
                }
                for step in found
            ]
            for variable, found in self.found
        }  # fmt: skip
        results = {variable: found[-1].derivative.text if found else "0" for variable, found in self.found}
        return {"formula": self.formula, "derivatives": results, "steps": steps}


def _lines(number: int, step: Step, variable: str) -> Iterator[Line]:
    rule, law = step.law
    yield Line(0, ((f"{number}. {rule}: ", NOTE), (law, FORMULA)))
    if step.parts:
        given = ", ".join(f"{letter} = {text}" for letter, text in step.parts.items())
        yield Line(1, (("with ", NOTE), (given, FORMULA)))
    yield Line(1, ((f"d/d{variable} ({step.text}) = {step.derivative.text}", FORMULA),))
