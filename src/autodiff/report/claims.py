"""Judged claims as text: lines for people, JSON, and `name<TAB>verdict` for scripts."""

from collections.abc import Iterator, Sequence

from autodiff.numerals import for_json, for_people, json_encoder
from autodiff.report.style import Options
from autodiff.verify.claims import ClaimCheck
from autodiff.verify.results import Verdict


def lines(formula: str, output: str, checks: Sequence[ClaimCheck], options: Options) -> Iterator[str]:
    """A paragraph for each claim: the verdict, the counterexample and the advice."""
    for number, check in enumerate(checks):
        if number:
            yield ""
        yield f"d{output}/d{check.name} = {check.claim}: {check.verdict.value}{_reason(check)}"
        if check.counterexample is not None:
            where = ", ".join(f"{name} = {for_people(x, 12)}" for name, x in check.counterexample.where.items())
            claim, truth = check.counterexample.shown
            yield f"  counterexample: at {where} the claim is {claim}, and the derivative is {truth}"
        if check.advice:
            yield f"  {check.advice}"
        for remark in check.remarks:
            yield f"  {remark}"


def _reason(check: ClaimCheck) -> str:
    if check.verdict is Verdict.PASS:
        points = f"agrees at {check.points} point{'s' * (check.points != 1)}"
        return f" (proved by SymPy, and {points})" if check.proved else f" ({points}; not proved)"
    return ""


def plain_lines(formula: str, output: str, checks: Sequence[ClaimCheck], options: Options) -> Iterator[str]:
    """The name of each variable and the verdict on its claim."""
    for check in checks:
        yield f"{check.name}\t{check.verdict.value}"


def json_lines(formula: str, output: str, checks: Sequence[ClaimCheck], options: Options) -> Iterator[str]:
    """One JSON object."""
    value = {"formula": formula, "claims": [_claim(check) for check in checks]}
    yield json_encoder(ascii_only=options.ascii_only, indent=1)(value)


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
