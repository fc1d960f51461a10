"""Derivatives as people write them: short, and with the values of what they were collected from,
and no value where the formula has one and its derivative has none."""

import itertools
import json
import math
import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import DATA

from autodiff import Formula
from autodiff.api import differentiate
from autodiff.differentiate.derive.identities import COLLECTED, Identity
from autodiff.differentiate.derive.simplify import simplify
from autodiff.errors import LimitError
from autodiff.evaluate.floats import forward
from autodiff.graph.build import build
from autodiff.graph.expression import write
from autodiff.graph.graph import Graph

#: The first derivative by the first variable, as a textbook has it.
WRITTEN = {
    "1/x^3": "-3/x^4",
    "S*log(S/K)": "log(S/K) + 1",
    "r*0 + q1*q2/(4*pi*ε_0*r^2)": "-q1*q2/(2*pi*r^3*ε_0)",
    "(x + 3)^2/16": "(x + 3)/8",
    "5x/6": "5/6",
    "x/2 + x/3": "5/6",
    "atan(x)": "1/(1 + x^2)",
    "exp(-x^2/2)*sin(x)": "exp(-x^2/2)*(cos(x) - x*sin(x))",
    "x/(1 + x^2)": "(1 - x^2)/(1 + x^2)^2",
    "sqrt(x^2 + 1)": "x/sqrt(x^2 + 1)",
    "log(1 + x)": "1/(1 + x)",
    "3*x*4*y": "12*y",
    "x^2*x^3": "5*x^4",
}
FORMULAS = [json.loads(line) for line in (DATA / "gradients.jsonl").read_text(encoding="utf-8").splitlines()]
FACTORS = (1.0, -1.0, 0.37, -2.3)


@pytest.mark.parametrize(("formula", "written"), WRITTEN.items())
def test_a_derivative_is_what_a_textbook_has(formula: str, written: str) -> None:
    assert differentiate(formula)[0].text == written


@pytest.mark.parametrize("identity", COLLECTED, ids=lambda identity: identity.pattern)
def test_what_is_collected_is_written_so_and_keeps_its_values_and_its_domain(identity: Identity) -> None:
    before = build(identity.pattern)
    after = simplify(before, written=True)
    assert write(after, after.outputs[0]) == identity.result

    def value(graph: Graph, at: Sequence[float]) -> float:
        return float(forward(graph, list(at))[graph.outputs[0]])

    for at in itertools.product((-3.0, -1.5, -1.0, -0.3, 0.0, 0.7, 1.0, 2.0, 5.0), repeat=len(before.inputs)):
        wanted, found = value(before, at), value(after, at)
        if math.isfinite(wanted):
            assert math.isclose(wanted, found, rel_tol=1e-12, abs_tol=1e-12), at
        elif math.isfinite(found):
            # A value more, where a factor cancels that is 0 there: beside the point there is none.
            beside = [[x + 1e-3 * (1 + k / 7) * sign for k, x in enumerate(at)] for sign in (-1, 1)]
            assert all(math.isfinite(value(before, one)) or not math.isfinite(value(after, one)) for one in beside), at


def test_high_orders_keep_all_digits_of_their_numbers() -> None:
    # The numbers are binomial coefficients of 21, in front of them stands 20!.
    text = differentiate("x/(1 + x^2)", ["x"], order=20)[0].text
    assert text.startswith("2432902008176640000*x*(x^20 - 210*x^18 + 5985*x^16 - 54264*x^14 + 203490*x^12")


def test_high_orders_are_short_or_bounded() -> None:
    assert differentiate("log(1 + x)", ["x"], order=10)[0].text == "-362880/(1 + x)^10"
    assert len(differentiate("x/(1 + x^2)", ["x"], order=20)[0].text) < 2000
    assert len(differentiate("exp(sin(x))", ["x"], order=20)[0].text) < 100_000
    with pytest.raises(LimitError, match="too long a formula") as caught:
        differentiate("exp(sin(x)*cos(x*y)/sqrt(x + 1))*log(x)", ["x"], order=12)
    assert "a lower order" in caught.value.hint


def differing(text: str, variable: str, points: Iterator[dict[str, float]]) -> Iterator[object]:
    """Where the derivative as people write it is not the one that the rules give, in value or in being defined."""
    (short,), (whole,) = differentiate(text, [variable]), differentiate(text, [variable], exact=True)
    shorter, longer = Formula(short.text), Formula(whole.text)
    for point in points:
        expected = longer.value({name: point[name] for name in longer.variables})
        found = shorter.value({name: point[name] for name in shorter.variables})
        assert isinstance(expected, float) and isinstance(found, float)
        if not math.isfinite(whole_value(text, point)):
            # Where the formula itself has no value, its derivative is as free as 1/x is for log(x).
            continue
        if math.isfinite(expected) and not math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-9):
            # What cancels in one of them is no difference.
            yield point, found, expected, short.text
        elif math.isnan(expected) and math.isfinite(found):
            yield point, found, "undefined", short.text


@pytest.mark.parametrize("case", [case for case in FORMULAS if not case["lets"]][::3], ids=lambda case: case["name"])
def test_real_formulas_keep_their_values_and_their_domain(case: dict[str, object]) -> None:
    point = case["point"]
    assert isinstance(point, dict)
    text, draw = str(case["formula"]), random.Random(1)
    names = list(Formula(text).variables)[:3]
    moved = [
        {name: float(x) * draw.choice(FACTORS) * draw.uniform(0.8, 1.25) for name, x in point.items()} for _ in range(8)
    ]
    for name in names:
        found = list(differing(text, name, iter([{key: float(x) for key, x in point.items()}, *moved])))
        assert not [one for one in found if not ill_conditioned(text, name, one)], found


def whole_value(text: str, point: dict[str, float]) -> float:
    value = Formula(text).value({name: point[name] for name in Formula(text).variables})
    assert isinstance(value, float)
    return value


def ill_conditioned(text: str, name: str, found: object) -> bool:
    """Whether the derivative itself changes as much when the point moves by a few roundings."""
    assert isinstance(found, tuple)
    point, value, expected, _ = found
    if expected == "undefined":
        return False
    whole = Formula(differentiate(text, [name], exact=True)[0].text)
    beside = [{key: x * (1 + k * 1e-13) for key, x in point.items()} for k in (-7, -3, 3, 7)]
    values = [whole.value({key: one[key] for key in whole.variables}) for one in beside]
    spread = max(abs(float(v) - expected) for v in values)  # type: ignore[arg-type]
    return bool(abs(value - expected) <= 1e4 * spread)


_LEAVES = st.sampled_from(["x", "y", "2", "3", "0.5", "-1", "10"])
_UNARY = ["sin({})", "exp({})", "log({})", "sqrt({})", "abs({})", "-({})", "({})^2", "({})^3", "({})^0.5", "({})^-1"]
_BINARY = ["({} + {})", "({} - {})", "({})*({})", "({})/({})", "({})^({})", "max({}, {})"]


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda form, a: form.format(a), st.sampled_from(_UNARY), inner),
        st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(_BINARY), inner, inner),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(_LEAVES, _grown, max_leaves=8))
def test_random_formulas_keep_their_values_and_their_domain(text: str) -> None:
    if "x" not in Formula(text).variables:
        return
    points = ({"x": x, "y": y} for x, y in itertools.product((-2.5, -0.4, 0.7, 1.3, 3.1), (-1.7, 0.6, 2.0)))
    found = list(differing(text, "x", points))
    assert not [one for one in found if not ill_conditioned(text, "x", one)], found
