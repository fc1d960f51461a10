"""What judged claims say: a paragraph for each, and `name<TAB>verdict` for scripts."""

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.numerals import for_json, for_people
from autodiff.report.sheet import Cell, Options, Sheet
from autodiff.verify.claims import ClaimCheck
from autodiff.verify.results import Verdict


class ClaimsSheet(Sheet):
    """Claims about the derivatives of an `output` of a formula."""

    nests = True

    def __init__(self, formula: str, output: str, checks: Sequence[ClaimCheck], options: Options) -> None:
        super().__init__(options)
        self.formula, self.output, self.checks = formula, output, checks

    def text(self) -> Iterator[str]:
        """The verdict, the counterexample and the advice."""
        for number, check in enumerate(self.checks):
            if number:
                yield ""
            yield f"d{self.output}/d{check.name} = {check.claim}: {check.verdict.value}{_reason(check)}"
            if check.counterexample is not None:
                where = ", ".join(f"{name} = {for_people(x, 12)}" for name, x in check.counterexample.where.items())
                claim, truth = check.counterexample.shown
                yield f"  counterexample: at {where} the claim is {claim}, and the derivative is {truth}"
            if check.advice:
                yield f"  {check.advice}"
            for remark in check.remarks:
                yield f"  {remark}"

    def entries(self) -> Iterator[Sequence[Cell]]:
        yield from ((check.name, check.verdict.value) for check in self.checks)

    def head(self) -> dict[str, Any]:
        return {"formula": self.formula, "claims": [_claim(check) for check in self.checks]}


def _reason(check: ClaimCheck) -> str:
    if check.verdict is Verdict.PASS:
        points = f"agrees at {check.points} point{'s' * (check.points != 1)}"
        return f" (proved by SymPy, and {points})" if check.proved else f" ({points}; not proved)"
    return ""


def _claim(check: ClaimCheck) -> dict[str, object]:
    point = check.counterexample
    return {
        "name": check.name, "claim": check.claim, "verdict": check.verdict.value, "points": check.points,
        "proved": check.proved, "advice": check.advice or None, "remarks": list(check.remarks),
        "counterexample": point and {
            "point": {name: for_json(x) for name, x in point.where.items()},
            "claim": for_json(point.claim), "derivative": for_json(point.truth),
        },
    }  # fmt: skip
