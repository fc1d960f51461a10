"""What Python says of names: which spelling, in which order, by mapping or by keyword; and where a wrong one stands."""

from collections.abc import Callable

import pytest

import autodiff
from autodiff import BindingError, Formula
from autodiff.api import differentiate, verify_claims
from autodiff.verify.results import Verdict

#: One name in two spellings, which look the same: as formulas have it, and with an accent of its own.
COMPOSED, APART = "\u00e9", "e\u0301"
FORMULA = Formula(f"x*{COMPOSED}^2")
POINT = {"x": 5.0, COMPOSED: 3.0}

ASKED: dict[str, tuple[Callable[[], object], object]] = {
    "gradient": (lambda: FORMULA.gradient(POINT, wrt=[APART]).partials, {COMPOSED: 30.0}),
    "seed": (lambda: Formula(f"{COMPOSED}, 2x").gradient(POINT, seed=[1, 1], wrt=[APART]).partials, {COMPOSED: 1.0}),
    "explain": (lambda: FORMULA.explain(POINT, wrt=[APART]).gradient.partials, {COMPOSED: 30.0}),
    "tangent": (lambda: FORMULA.tangent(POINT, wrt=[APART]).derivatives, [[30.0]]),
    "direction": (lambda: FORMULA.directional(POINT, direction={APART: 2}).derivatives, [[60.0]]),
    "jacobian": (lambda: FORMULA.jacobian(POINT, wrt=[APART]).columns, (COMPOSED,)),
    "hessian": (lambda: FORMULA.hessian(POINT, wrt=[APART]).wanted, (COMPOSED,)),
    "product": (lambda: FORMULA.hessian_vector(POINT, direction={APART: 1}, wrt=[APART]).wanted, (COMPOSED,)),
    "derivative": (lambda: FORMULA.derivative(POINT, wrt=APART, order=2).derivatives, [45.0, 30.0, 10.0]),
    "diff": (lambda: differentiate(FORMULA, [APART])[0].text, f"2*x*{COMPOSED}"),
    "diff of arrays": (lambda: len(differentiate(f"sum({COMPOSED}^2)", like={APART: [1, 2]})), 1),
    "check": (lambda: list(autodiff.check(FORMULA, POINT, wrt=[APART]).inputs), [COMPOSED]),
    "value": (lambda: FORMULA.value({"x": 5, APART: 3}), 45.0),
    "claim": (lambda: claimed({APART: f"2x*{APART}"}, {}), (Verdict.PASS, 20)),
    "value of a claim": (lambda: claimed({"x": f"{COMPOSED}^2"}, {APART: 3, "x": 1}), (Verdict.PASS, 1)),
    "range of a claim": (lambda: claimed({"x": f"3{COMPOSED}"}, {}, {APART: (3, 3)}), (Verdict.PASS, 20)),
}


def claimed(
    claims: dict[str, str], point: dict[str, float], ranges: dict[str, tuple[float, float]] | None = None
) -> tuple[Verdict, int]:
    (found,) = verify_claims(FORMULA, claims, point, ranges=ranges)
    return found.verdict, found.points


@pytest.mark.parametrize(("ask", "answer"), ASKED.values(), ids=ASKED)
def test_a_name_may_be_spelled_as_it_looks(ask: Callable[[], object], answer: object) -> None:
    assert ask() == answer


def test_derivatives_come_in_the_order_in_which_they_were_asked_for() -> None:
    formula = Formula("x*y^2*z")
    point = {"x": 1, "y": 2, "z": 3}
    assert list(formula.gradient(point, wrt=["z", "x"]).partials.items()) == [("z", 4.0), ("x", 12.0)]
    assert formula.jacobian(point, wrt=["y", "x"]).entries == [[12.0, 12.0]]
    assert list(autodiff.check(formula, point, wrt=["z", "x"]).inputs) == ["z", "x"]
    assert [found.text for found in differentiate(formula, ["z", "x"])] == ["x*y^2", "y^2*z"]


def test_a_keyword_counts_before_the_mapping() -> None:
    point = {"x": 1.0, "y": 2.0}
    formula = Formula("x + 10y")
    assert formula.value(point, x=3) == 23.0
    assert formula.gradient(point, x=3).values[:2] == [3.0, 2.0]
    assert Formula(f"{COMPOSED}*x").value({APART: 2.0, "x": 1.0}, **{COMPOSED: 7.0}) == 7.0
    assert point == {"x": 1.0, "y": 2.0}


@pytest.mark.parametrize(
    ("claim", "name", "hint"),
    [
        ("y + 2*zz", "zz", "its variables are x, y"),
        ("zz*zz", "zz", "its variables are x, y"),
        ("y + (xx -\n 1)", "xx", "did you mean 'x'?"),
    ],
)
def test_an_unknown_name_in_a_claim_is_underlined_in_the_claim(claim: str, name: str, hint: str) -> None:
    with pytest.raises(BindingError) as caught:
        verify_claims(Formula("x*y + 1000"), {"x": claim}, {})
    error = caught.value
    assert (error.kind, error.text, error.hint) == ("unknown-variable", claim, hint)
    ((start, end),) = error.spans
    assert (start, claim[start:end]) == (claim.index(name), name)


def test_a_claim_at_a_value_of_what_the_formula_does_not_have_is_refused() -> None:
    for point, ranges in (({"z": 1.0}, {}), ({}, {"z": (0.0, 1.0)})):
        with pytest.raises(BindingError, match="'z', which is no variable"):
            verify_claims(Formula("x*y"), {"x": "y"}, point, ranges=ranges)


@pytest.mark.parametrize(("formula", "point"), [("x^2", {"x": 3.0}), ("sum(x^3)", {"x": [3.0, 1.0]})])
def test_a_step_shows_the_difference_with_that_step(formula: str, point: dict[str, object]) -> None:
    without = autodiff.check(formula, point)
    assert [(found.classic, found.classic_error) for found in without.inputs.values()][:1] == [(None, None)]
    for step in (0.5, 2.0):
        first = next(iter(autodiff.check(formula, point, step=step).inputs.values()))
        # Of a square it is exact, and of a cube it is off by the square of the step.
        off = step**2 if formula == "sum(x^3)" else 0.0
        assert first.classic == first.reverse + off
        assert first.classic_error == pytest.approx(off, rel=1e-9, abs=1e-12)
