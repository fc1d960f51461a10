"""`autodiff map --check-rows`: some rows, each checked as `grad --check` checks it."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autodiff import api
from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.results.jacobian import Jacobian
from autodiff.numerals import flat, for_people
from autodiff.report.say.check import checked as sentences
from autodiff.report.say.check import label_of
from autodiff.report.sheet import Options
from autodiff.verify.results import Verdict, worst

if TYPE_CHECKING:
    from autodiff.data.mapping import Job, Row

#: So near to each other are two ways to compute one number.
_SAME = 1e-9


class RowsCheck(NamedTuple):
    """The verdict on all rows together, a sentence on it, and for each row that did not pass where it is and why."""

    verdict: Verdict
    headline: str
    wrong: list[tuple[str, str]]


def check_rows(job: "Job", rows: Sequence["Row"], told: Callable[[int], None]) -> RowsCheck:
    """Check that what was computed for some rows is what a gradient gives at their points, and that this is right."""
    verdicts: list[Verdict] = []
    wrong: list[tuple[str, str]] = []
    for count, row in enumerate(rows, 1):
        verdict, sentence = _check(job, row)
        verdicts.append(verdict)
        if verdict is not Verdict.PASS:
            wrong.append((row.place, sentence))
        told(count)
    counts = [f"{verdicts.count(verdict):,} {verdict.value}" for verdict in Verdict if verdict in verdicts]
    return RowsCheck(
        worst(verdicts), f"of {len(rows):,} rows: {', '.join(counts)}" if rows else "there are no rows", wrong
    )


def _check(job: "Job", row: "Row") -> tuple[Verdict, str]:
    several = len(job.graph.outputs) > 1
    result: Gradient | Jacobian
    if several:
        result = Jacobian(job.graph, row.point, job.wish.wanted)
        expected = [
            number
            for (_, value), entries in zip(result.element_outputs, result.entries, strict=True)
            for number in (value, *entries)
        ]
        found = api.check_jacobian(result)
    else:
        result = Gradient(job.graph, row.point, job.wish.wanted)
        expected = [float(result.value), *(number for value in result.partials.values() for number in flat(value))]
        found = api.check_gradient(result)
    # Second derivatives stand behind these.
    for number, other in zip(row.numbers, expected, strict=False):
        same = number == other or (math.isnan(number) and math.isnan(other))
        if not same and not math.isclose(number, other, rel_tol=_SAME):
            return Verdict.FAIL, f"the column has {for_people(number, 17)}, and the gradient is {for_people(other, 17)}"
    said = sentences(found, label_of(result), Options())
    return found.verdict, "; ".join([said.headline, *said.sentences[:1]])
