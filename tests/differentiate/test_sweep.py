"""The reverse sweep: gradients, kinks, zeros that absorb, and why a result is not finite; and programs of any size."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from autodiff import Formula, FormulaError, Gradient, Node

NAN, INF = math.nan, math.inf


def partials(text: str, **bindings: float) -> dict[str, float]:
    return Formula(text).gradient(bindings).partials


def node_of(gradient: Gradient, expression: str) -> Node:
    """The node that the formula writes so."""
    (found,) = [node for node in gradient.nodes if node.expression == expression]
    return found


def same(found: float | None, wanted: float | None) -> bool:
    """Equal as numbers, with NaN equal to itself and the sign of zero counting."""
    return repr(found) == repr(None if wanted is None else float(wanted))


# The three classic graphs.


def test_sum_times_maximum() -> None:
    gradient = Formula("(x + y) * max(y, z)").gradient(x=1, y=2, z=0)
    assert gradient.value == 6
    assert gradient.partials == {"x": 2, "y": 5, "z": 0}
    total, largest = node_of(gradient, "x + y"), node_of(gradient, "max(y, z)")
    assert (total.value, total.gradient, total.partials, total.downstream) == (3, 2, (1, 1), (2, 2))
    assert (largest.value, largest.gradient, largest.partials, largest.downstream) == (2, 3, (1, 0), (3, 0))


def test_logistic_unit() -> None:
    gradient = Formula("1 / (exp(-(w*x + b)) + 1)").gradient(x=1, w=0, b=0)
    assert gradient.value == 0.5
    assert gradient.partials == {"w": 0.25, "x": 0, "b": 0.25}


def test_chain_of_assignments() -> None:
    text = "b = 5 - 3a; c = 2b + 3; d = 5b + 6; e = 7c + d^2; f = 2e; g = 3f - o"
    gradient = Formula(text).gradient(a=2, o=1)
    values = {node.name: node.value for node in gradient.nodes}
    assert gradient.value == values["g"] == 47
    assert gradient.partials == {"a": -252 - 180 * values["d"], "o": -1}
    by_name = {node.name: node.gradient for node in gradient.nodes}
    assert {name: by_name[name] for name in "bcdefg"} == {"g": 1, "f": 3, "e": 6, "d": 12, "c": 42, "b": 144}


# Plain gradients, among them of operations that take one argument twice.

GRADIENTS: list[tuple[str, dict[str, float], dict[str, float]]] = [
    ("x", {"x": 3}, {"x": 1}),
    ("3", {}, {}),
    ("x*0 + 3", {"x": 3}, {"x": 0}),
    ("x*x", {"x": 3}, {"x": 6}),
    ("x + x", {"x": 3}, {"x": 2}),
    ("x - x", {"x": 3}, {"x": 0}),
    ("x/x", {"x": 4}, {"x": 0}),
    ("x*x*x", {"x": 2}, {"x": 12}),
    ("(x*x)*(x*x)", {"x": 2}, {"x": 32}),
    ("x^x", {"x": 1}, {"x": 1}),
    ("x^x", {"x": 4}, {"x": 256 * (1 + math.log(4))}),
    ("atan2(x, x)", {"x": 1}, {"x": 0}),
    ("max(x, x)", {"x": 5}, {"x": 1}),
    ("min(x, x, x, x)", {"x": 5}, {"x": 1}),
    ("fma(x, x, x)", {"x": 3}, {"x": 7}),
    ("where(x, x, x)", {"x": 3}, {"x": 1}),
    ("x*y + y/z", {"x": 2, "y": 3, "z": 4}, {"x": 3, "y": 2.25, "z": -3 / 16}),
    ("a = x*y; a*a + a", {"x": 2, "y": 3}, {"x": 39, "y": 26}),
    ("a = x; b = a; a*b", {"x": 3}, {"x": 6}),
    ("f(t) = t^2; f(f(x)) + f(x)", {"x": 2}, {"x": 36}),
    ("f(t) = a*t; a = x + 1; f(x)", {"x": 2}, {"x": 5}),
    ("2^x", {"x": 3}, {"x": 8 * math.log(2)}),
    ("2e*x", {"x": 3, "e": 5}, {"x": 10, "e": 6}),
    ("x if y > 0 else 3x", {"x": 2, "y": -1}, {"x": 3, "y": 0}),
    ("max(x, y, z)", {"x": 1, "y": 3, "z": 2}, {"x": 0, "y": 1, "z": 0}),
    ("x % y", {"x": 7.5, "y": 2}, {"x": 1, "y": -3}),
    ("floor(x)*y", {"x": 2.5, "y": 3}, {"x": 0, "y": 2}),
    ("a = 3x; b = 4x; a", {"x": 1}, {"x": 3}),
    ("a = log(y); x", {"x": 1, "y": -1}, {"x": 1, "y": 0}),
]


@pytest.mark.parametrize(
    ("text", "bindings", "wanted"), [pytest.param(*row, id=f"{row[0]} {k}") for k, row in enumerate(GRADIENTS)]
)
def test_a_gradient(text: str, bindings: dict[str, float], wanted: dict[str, float]) -> None:
    gradient = Formula(text).gradient(bindings)
    assert gradient.partials == pytest.approx(wanted, rel=1e-15, abs=0)
    assert gradient.diagnosis is None


@pytest.mark.parametrize(
    "text", ["(x + y)*max(y, z)", "sin(x*y)/z", "x^y^z", "s = x + y; exp(-s^2)*s/z", "hypot(x, y, z)"]
)
def test_a_gradient_is_the_sum_of_what_arrives_from_downstream(text: str) -> None:
    gradient = Formula(text).gradient(x=1.5, y=0.5, z=2.5)
    nodes = gradient.nodes
    arrived = [0.0] * len(nodes)
    arrived[-1] = 1.0
    for node in reversed(nodes):
        assert node.gradient is None or node.gradient == pytest.approx(arrived[node.id], rel=1e-14)
        assert len(node.args) == len(node.partials) == len(node.downstream)
        for arg, partial, sent in zip(node.args, node.partials, node.downstream, strict=True):
            if partial is not None and node.gradient is not None:
                assert sent == node.gradient * partial
                arrived[arg] += sent or 0.0


# What gets a partial, and by which variables.


def test_only_arguments_that_depend_on_a_variable_get_a_partial() -> None:
    gradient = Formula("x^2").gradient(x=-3)  # by the exponent it would be NaN
    assert node_of(gradient, "x^2").partials == (-6, None)
    assert gradient.partials == {"x": -6}
    assert gradient.diagnosis is None


def test_constants_have_no_gradient() -> None:
    gradient = Formula("3x + sin(2)").gradient(x=1)
    assert [node.gradient for node in gradient.nodes if node.op == "constant"] == [None, None]
    assert node_of(gradient, "sin(2)").partials == (None,)
    assert node_of(gradient, "sin(2)").gradient is None
    assert node_of(gradient, "3x + sin(2)").partials == (1, None)


def test_wrt_selects_the_variables_and_their_order() -> None:
    formula = Formula("x*y + z^y")
    gradient = formula.gradient(x=2, y=2, z=-3, wrt=["z", "x"])
    assert list(gradient.partials.items()) == [("z", -6), ("x", 2)]
    assert [node.gradient for node in gradient.nodes][:3] == [2, None, -6]
    assert node_of(gradient, "z^y").partials == (-6, None)
    assert gradient.diagnosis is None  # the derivative by y, which nobody asked for, is undefined
    assert formula.gradient(x=2, y=2, z=-3).diagnosis is not None


def test_wrt_nothing_and_wrt_what_the_output_does_not_use() -> None:
    assert Formula("x*y").gradient(x=1, y=2, wrt=[]).partials == {}
    assert Formula("a = y; x").gradient(x=1, y=2, wrt=["y"]).partials == {"y": 0}
    assert Formula("x*y").gradient(x=1, y=2, wrt=["y", "y"]).partials == {"y": 1}


def test_evaluation_alone_has_no_gradients() -> None:
    values = Formula("x*y, x + y").evaluate(x=2, y=3)
    assert values.outputs == [("f1", 6), ("f2", 5)]
    assert all(node.gradient is None and node.partials == () for node in values.nodes)


# Kinks: the midpoint of the one-sided derivatives, and their interval.

Intervals = tuple[tuple[float, float] | None, ...]

KINKS: list[tuple[str, dict[str, float], dict[str, float], Intervals]] = [
    ("abs(x)", {"x": 0.0}, {"x": 0}, ((-1, 1),)),
    ("abs(x)", {"x": -0.0}, {"x": 0}, ((-1, 1),)),
    ("relu(x)", {"x": 0.0}, {"x": 0.5}, ((0, 1),)),
    ("max(x, 0)", {"x": 0.0}, {"x": 0.5}, ((0, 1), None)),
    ("max(0, x)", {"x": -0.0}, {"x": 0.5}, (None, (0, 1))),
    ("min(x, 0)", {"x": 0.0}, {"x": 0.5}, ((0, 1), None)),
    ("max(x, y)", {"x": 2, "y": 2}, {"x": 0.5, "y": 0.5}, ((0, 1), (0, 1))),
    ("min(x, y)", {"x": 2, "y": 2}, {"x": 0.5, "y": 0.5}, ((0, 1), (0, 1))),
    ("max(x, y, z)", {"x": 1, "y": 1, "z": 1}, {"x": 1 / 3, "y": 1 / 3, "z": 1 / 3}, ((0, 1), (0, 1), (0, 1))),
    ("max(x, y, z)", {"x": 1, "y": 0, "z": 1}, {"x": 0.5, "y": 0, "z": 0.5}, ((0, 1), None, (0, 1))),
    ("min(w, x, y, z)", {"w": 5, "x": 1, "y": 1, "z": 5}, {"w": 0, "x": 0.5, "y": 0.5, "z": 0},
     (None, (0, 1), (0, 1), None)),
    ("max(x, 1, y)", {"x": 1, "y": 0}, {"x": 0.5, "y": 0}, ((0, 1), None, None)),
    ("clamp(x, 0, 1)", {"x": 0.0}, {"x": 0.5}, ((0, 1), None, None)),
    ("clamp(x, 0, 1)", {"x": 1.0}, {"x": 0.5}, ((0, 1), None, None)),
    ("clamp(x, lo, hi)", {"x": 0.0, "lo": 0.0, "hi": 1.0}, {"x": 0.5, "lo": 0.5, "hi": 0}, ((0, 1), (0, 1), None)),
    ("hypot(x, y)", {"x": 0.0, "y": 0.0}, {"x": 0, "y": 0}, ((-1, 1), (-1, 1))),
    ("copysign(x, y)", {"x": 0.0, "y": -1.0}, {"x": 0, "y": 0}, ((-1, 1), None)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "bindings", "wanted", "intervals"), [pytest.param(*row, id=f"{row[0]} {row[1]}") for row in KINKS]
)
def test_a_kink_takes_the_midpoint_and_is_marked(
    text: str, bindings: dict[str, float], wanted: dict[str, float], intervals: Intervals
) -> None:
    gradient = Formula(text).gradient(bindings)
    assert gradient.partials == wanted
    assert gradient.diagnosis is None
    kink = gradient.nodes[-1].kink
    assert kink is not None
    assert kink.kind == "kink"
    assert kink.intervals == intervals
    assert list(gradient.kinks) == [len(gradient.nodes) - 1]
    if "hypot" not in text and "copysign" not in text:  # elsewhere the midpoint is that of the interval, or of a tie
        for name, interval in zip(bindings, intervals, strict=False):
            ties = sum(pair is not None for pair in intervals)
            if interval is not None and ties == 1 and len(bindings) == 1:
                assert wanted[name] == sum(interval) / 2


JUMPS: list[tuple[str, dict[str, float], float]] = [
    ("floor(x)", {"x": 2.0}, 0),
    ("ceil(x)", {"x": 2.0}, 0),
    ("round(x)", {"x": 0.5}, 0),
    ("trunc(x)", {"x": -1.0}, 0),
    ("sign(x)", {"x": 0.0}, 0),
    ("x % 2", {"x": 4.0}, 1),
    ("x < 1", {"x": 1.0}, 0),
    ("x == 1", {"x": 1.0}, 0),
    ("not x", {"x": 0.0}, 0),
    ("atan2(x, -1)", {"x": 0.0}, -1),
    ("copysign(3, x)", {"x": 0.0}, 0),
]


@pytest.mark.parametrize(
    ("text", "bindings", "partial"), [pytest.param(*row, id=f"{row[0]} {row[1]}") for row in JUMPS]
)
def test_a_jump_is_marked_and_has_the_derivative_beside_it(
    text: str, bindings: dict[str, float], partial: float
) -> None:
    gradient = Formula(text).gradient(bindings)
    assert gradient.partials == {"x": partial}
    kink = gradient.nodes[-1].kink
    assert kink is not None
    assert kink.kind == "jump"
    assert not any(kink.intervals)
    beside = Formula(text).gradient({"x": bindings["x"] + 0.125})
    assert beside.partials["x"] == pytest.approx(partial, abs=0.1)
    assert beside.kinks == {}


NOT_ON_A_KINK: list[tuple[str, dict[str, float]]] = [
    ("abs(x)", {"x": 1e-300}),
    ("abs(x) + max(x, 3)", {"x": -2}),
    ("floor(x)", {"x": 2.5}),
    ("max(x, y)", {"x": 1, "y": NAN}),
    ("abs(3 - 3)*x", {"x": 1}),  # no variable can move it
    ("max(2, 2) + x", {"x": 1}),
    ("trunc(x)", {"x": 0.0}),
    ("where(x > 0, x, abs(0*x))", {"x": 1}),  # only the branch not taken is on a kink
    ("a = abs(x); x", {"x": 0}),  # the output does not use it
    ("relu(x) if x > 1 else x", {"x": 0}),
]


@pytest.mark.parametrize(("text", "bindings"), [pytest.param(*row, id=row[0]) for row in NOT_ON_A_KINK])
def test_no_kink_is_marked_where_there_is_none(text: str, bindings: dict[str, float]) -> None:
    assert Formula(text).gradient(bindings).kinks == {}


def test_a_kink_counts_only_for_the_wanted_variables() -> None:
    formula = Formula("abs(x) + abs(y)")
    assert len(formula.gradient(x=0, y=0).kinks) == 2
    gradient = formula.gradient(x=0, y=0, wrt=["y"])
    assert [gradient.graph.source(node) for node in gradient.kinks] == ["abs(y)"]


@pytest.mark.parametrize("count", [2, 3, 7, 100])
@pytest.mark.parametrize("name", ["max", "min"])
def test_the_weights_of_a_tie_sum_to_one(name: str, count: int) -> None:
    bindings = {f"x{k}": 1.5 for k in range(count)}
    gradient = Formula(f"{name}({', '.join(bindings)})").gradient(bindings)
    assert set(gradient.partials.values()) == {1 / count}


@pytest.mark.parametrize("text", ["max(x, -x)", "abs(x)", "2relu(x) - x", "sqrt(2)*abs(x)/√2", "-min(x, -x)"])
def test_one_rule_holds_for_every_spelling_of_the_absolute_value(text: str) -> None:
    assert partials(text, x=0.0) == {"x": 0}
    assert Formula(text).gradient(x=0.0).kinks


# Strong zero: what contributes nothing contributes no NaN either.

STRONG_ZERO: list[tuple[str, dict[str, float], float, dict[str, float]]] = [
    ("where(x > 0, log(x), 0)", {"x": -1}, 0, {"x": 0}),
    ("where(x > 0, log(x), 2x)", {"x": -1}, -2, {"x": 2}),
    ("log(x) if x > 0 else 2x", {"x": 0}, 0, {"x": 2}),
    ("where(x > 0, 1/x, 5x)", {"x": 0}, 0, {"x": 5}),
    ("where(x == 0, 1, sin(x)/x)", {"x": 0}, 1, {"x": 0}),
    ("where(x > 0, sqrt(x), x)", {"x": 0}, 0, {"x": 1}),
    ("where(x > 0, x, nan)", {"x": 1}, 1, {"x": 1}),
    ("where(x > 0, x, nan*x)", {"x": 1}, 1, {"x": 1}),
    ("where(x > 0, x, y)", {"x": 1, "y": NAN}, 1, {"x": 1, "y": 0}),
    ("where(x > 0, x, exp(y))", {"x": 1, "y": 1e9}, 1, {"x": 1, "y": 0}),
    # A condition passes no gradient: 1/x may be infinite. On its other side it does not hold, and the slope is 3.
    ("where(1/x > 0, x, 3x)", {"x": 0}, 0, {"x": 2}),
    ("where(log(y) < 0, x, 2x)", {"x": 1, "y": 0}, 1, {"x": 1, "y": 0}),
    ("3 if x < 0 else (log(x) if x > 0 else x)", {"x": 0}, 0, {"x": 1}),
    ("max(x, -inf)", {"x": 1}, 1, {"x": 1}),
    ("max(x, log(y))", {"x": 1, "y": 0}, 1, {"x": 1, "y": 0}),
    ("min(x, 1/y)", {"x": 1, "y": 0}, 1, {"x": 1, "y": 0}),
    ("relu(-sqrt(x)) + x", {"x": 4}, 4, {"x": 1}),
    ("floor(sqrt(x)) + x", {"x": 0}, 0, {"x": 1}),
    ("0*sqrt(x)", {"x": 0}, 0, {"x": 0}),  # the upstream gradient is 0, the partial infinite
    ("y*sqrt(x)", {"x": 0, "y": 0}, 0, {"y": 0, "x": 0}),
    ("x^0", {"x": 0}, 1, {"x": 0}),
    ("(x - 1)^2*log(x - 1) if x > 1 else 0", {"x": 1}, 0, {"x": 0}),
    ("a = log(x); b = a if x > 0 else 0; b + 1", {"x": -1}, 1, {"x": 0}),
]


@pytest.mark.parametrize(
    ("text", "bindings", "value", "wanted"), [pytest.param(*row, id=f"{row[0]} {row[1]}") for row in STRONG_ZERO]
)
def test_what_contributes_nothing_never_poisons(
    text: str, bindings: dict[str, float], value: float, wanted: dict[str, float]
) -> None:
    gradient = Formula(text).gradient(bindings)
    assert gradient.value == value
    assert gradient.partials == wanted
    assert gradient.diagnosis is None


# Zeros keep their sign.

SIGNED_ZEROS: list[tuple[str, dict[str, float], float]] = [
    ("x", {"x": -0.0}, -0.0),
    ("-x", {"x": 0.0}, -0.0),
    ("-x", {"x": -0.0}, 0.0),
    ("x + 0", {"x": -0.0}, 0.0),
    ("x - 0", {"x": -0.0}, -0.0),
    ("x*1", {"x": -0.0}, -0.0),
    ("x*-1", {"x": 0.0}, -0.0),
    ("1/x", {"x": 0.0}, INF),
    ("1/x", {"x": -0.0}, -INF),
    ("sqrt(x)", {"x": -0.0}, -0.0),
    ("x^3", {"x": -0.0}, -0.0),
    ("x^-1", {"x": -0.0}, -INF),
    ("x^-2", {"x": -0.0}, INF),
    ("copysign(1, x)", {"x": -0.0}, -1),
    ("atan2(x, -1)", {"x": 0.0}, math.pi),
    ("atan2(x, -1)", {"x": -0.0}, -math.pi),
    ("floor(x)", {"x": -0.0}, -0.0),
    ("ceil(x)", {"x": -0.5}, -0.0),
    ("round(x)", {"x": -0.25}, -0.0),
    ("abs(x)", {"x": -0.0}, 0.0),
    ("-0.0*x", {"x": 1}, -0.0),
    ("0*x", {"x": -1}, -0.0),
]


@pytest.mark.parametrize(
    ("text", "bindings", "value"), [pytest.param(*row, id=f"{row[0]} {row[1]}") for row in SIGNED_ZEROS]
)
def test_zeros_keep_their_sign(text: str, bindings: dict[str, float], value: float) -> None:
    assert same(Formula(text).gradient(bindings).value, value)
    assert same(Formula(text).value(bindings), value)  # type: ignore[arg-type]


# Where a result stops being finite, and why.

Trouble = tuple[str, dict[str, float], str, str, list[str]]

TROUBLES: list[Trouble] = [
    # The text, the point, "value" or "gradient", what is underlined, parts of the message.
    ("log(x)", {"x": -1}, "value", "log(x)", ["log", "x > 0", "x = -1"]),
    ("3 + 2*log(x)", {"x": -1}, "value", "log(x)", ["log is defined for x > 0; here x = -1"]),
    ("log(x) + 1", {"x": 0}, "value", "log(x)", ["x > 0", "x = 0"]),
    ("sqrt(y - x)", {"x": 2, "y": 1}, "value", "sqrt(y - x)", ["sqrt", "y - x >= 0", "y - x = -1"]),
    ("s = y - x; √s", {"x": 2, "y": 1}, "value", "√s", ["s >= 0", "s = -1"]),
    ("1/x", {"x": 0}, "value", "1/x", ["x != 0", "x = 0"]),
    ("x + 1/(x - 2)", {"x": 2}, "value", "1/(x - 2)", ["!= 0", "x - 2"]),
    ("x % y", {"x": 2, "y": 0}, "value", "x % y", ["y != 0", "y = 0"]),
    ("x^y", {"x": -8, "y": 1 / 3}, "value", "x^y", ["x = -8", "y = 0.333333"]),
    ("asin(x)", {"x": 2}, "value", "asin(x)", ["-1 <= x", "x = 2"]),
    ("gamma(x)", {"x": -2}, "value", "gamma(x)", ["x = -2"]),
    ("exp(x)", {"x": 1000}, "value", "exp(x)", ["exp", "overflows", "x = 1000"]),
    ("1 + x*y", {"x": 1e200, "y": 1e200}, "value", "x*y", ["overflows", "x = 1e200"]),
    ("exp(x) - exp(y)", {"x": 1000, "y": 1000}, "value", "exp(x)", ["exp", "x = 1000"]),
    ("x - y", {"x": INF, "y": INF}, "value", "x", ["x is infinite"]),
    ("2*x", {"x": NAN}, "value", "x", ["x is NaN"]),
    ("x*nan", {"x": 1}, "value", "nan", ["nan is NaN"]),
    ("x + inf", {"x": 1}, "value", "inf", ["inf is infinite"]),
    ("1e400*x", {"x": 1}, "value", "1e400", ["1e400", "too large"]),
    ("max(x, log(y))", {"x": 1, "y": -1}, "value", "log(y)", ["log", "y = -1"]),
    # The branch that is not taken is not to blame.
    ("log(x) + where(x > 0, 1/x, log(y))", {"x": -2, "y": -1}, "value", "log(x)", ["x = -2"]),
    ("where(x > 0, sqrt(-1), 0) + log(x)", {"x": -1}, "value", "log(x)", ["x = -1"]),
    ("where(x > 0, 1/x, x)*log(x)", {"x": 0}, "value", "log(x)", ["x = 0"]),
    # The value is finite, a derivative is not.
    ("sqrt(x)", {"x": 0}, "gradient", "sqrt(x)", ["derivative of sqrt is infinite", "x = 0"]),
    ("3*√x + x", {"x": 0}, "gradient", "√x", ["derivative", "infinite", "x = 0"]),
    ("sqrt(3x)", {"x": 0}, "gradient", "sqrt(3x)", ["derivative", "3x = 0"]),
    ("x^0.5", {"x": 0}, "gradient", "x^0.5", ["derivative", "respect to x", "infinite", "x = 0"]),
    ("x^y", {"x": -3, "y": 2}, "gradient", "x^y", ["derivative", "respect to y", "undefined", "x = -3"]),
    ("cbrt(x)", {"x": 0}, "gradient", "cbrt(x)", ["derivative", "infinite"]),
    ("asin(x)", {"x": 1}, "gradient", "asin(x)", ["derivative", "infinite", "x = 1"]),
    ("acosh(x) + x", {"x": 1}, "gradient", "acosh(x)", ["derivative", "infinite"]),
    ("besselj(n, x)", {"n": 2, "x": 1}, "gradient", "besselj(n, x)", ["respect to n", "undefined"]),
    ("y*(1e308*x*10)", {"x": 1e-10, "y": 1}, "gradient", "1e308*x", ["overflows"]),
    ("x*1e308 + x*1e308", {"x": 1e-10}, "gradient", "x", ["overflows"]),
]


@pytest.mark.parametrize(
    ("text", "bindings", "about", "place", "message"), [pytest.param(*row, id=row[0]) for row in TROUBLES]
)
def test_the_first_place_that_is_not_finite_is_named(
    text: str, bindings: dict[str, float], about: str, place: str, message: list[str]
) -> None:
    gradient = Formula(text).gradient(bindings)
    diagnosis = gradient.diagnosis
    assert diagnosis is not None
    assert diagnosis.about == about
    start, end = diagnosis.span
    assert text[start:end] == place
    assert diagnosis.span == gradient.graph.span(diagnosis.node)
    for part in message:
        assert part in diagnosis.message
    assert "\n" not in diagnosis.message
    if about == "value":
        assert not math.isfinite(gradient.value)
        assert Formula(text).evaluate(bindings).diagnosis == diagnosis
    else:
        assert math.isfinite(gradient.value)
        assert Formula(text).evaluate(bindings).diagnosis is None
        assert not all(map(math.isfinite, gradient.partials.values()))


def test_each_output_can_be_the_one_that_is_not_finite() -> None:
    diagnosis = Formula("x, log(x), 1/y").evaluate(x=-1, y=1).diagnosis
    assert diagnosis is not None
    assert diagnosis.span == (3, 9)
    diagnosis = Formula("x, log(x), 1/y").evaluate(x=1, y=0).diagnosis
    assert diagnosis is not None
    assert diagnosis.span == (11, 14)


@pytest.mark.parametrize("point", [-1e308, -1.0, -0.0, 0.0, 5e-324, 1.0, 1e308, INF, -INF, NAN])
@pytest.mark.parametrize("text", ["log(x)", "1/x", "x^x", "exp(x)*x", "sqrt(x)/x", "x % x", "tanh(x)/sin(x)", "x - x"])
def test_what_is_not_finite_always_has_a_diagnosis(text: str, point: float) -> None:
    gradient = Formula(text).gradient(x=point)
    finite = math.isfinite(gradient.value) and all(map(math.isfinite, gradient.partials.values()))
    assert (gradient.diagnosis is None) == finite


# Programs of any size and depth.


def test_a_sum_of_a_million_terms() -> None:
    count = 10**6
    gradient = Formula("+".join(["x", "y"] * (count // 2))).gradient(x=2, y=3)
    assert gradient.value == 5 * count // 2
    assert gradient.partials == {"x": count // 2, "y": count // 2}


def test_a_chain_of_a_million_statements() -> None:
    count = 10**6
    chain = "\n".join(f"a{k + 1} = a{k} + x" for k in range(count))
    gradient = Formula(f"a0 = 2x\n{chain}").gradient(x=3)
    assert gradient.value == 3 * (count + 2)
    assert gradient.partials == {"x": count + 2}


def nested(count: int, opening: str, inside: str, closing: str) -> str:
    return opening * count + inside + closing * count


DEEP: list[tuple[str, str, dict[str, float], float, Mapping[str, float]]] = [
    ("parentheses", nested(10**5, "(", "x*x", ")"), {"x": 3}, 9, {"x": 6}),
    ("calls", nested(20_000, "atan(", "x", ")"), {"x": 0.0}, 0, {"x": 1}),
    ("calls of max", nested(20_000, "max(1, ", "x", ")"), {"x": 2}, 2, {"x": 1}),
    ("sums to the right", nested(20_000, "(1 + ", "x", ")"), {"x": 2}, 20_002, {"x": 1}),
    ("sums to the left", nested(20_000, "(", "x", " + 1)"), {"x": 2}, 20_002, {"x": 1}),
    ("implicit products", nested(20_000, "1(", "x", ")"), {"x": 2}, 2, {"x": 1}),
    ("signs", "-" * 20_001 + "x", {"x": 2}, -2, {"x": -1}),
    ("signed parentheses", nested(20_000, "-(", "x", ")"), {"x": 2}, 2, {"x": 1}),
    ("negations", "not " * 20_000 + "x", {"x": 2}, 1, {"x": 0}),
    ("roots", "√" * 20_000 + "x", {"x": 1}, 1, {"x": 0}),
    ("powers to the right", "1^" * 20_000 + "x", {"x": 2}, 1, {"x": 0}),
    ("powers to the left", nested(20_000, "(", "x", "^1)"), {"x": 2}, 2, {"x": 1}),
    ("superscripts", nested(20_000, "(", "x", ")¹"), {"x": 2}, 2, {"x": 1}),
    ("choices to the right", "0 if x > 5 else " * 20_000 + "x", {"x": 2}, 2, {"x": 1}),
    ("choices in conditions", "x if " * 20_000 + "1" + " else 2" * 20_000, {"x": 2}, 2, {"x": 1}),
    ("comparisons", "x" + " <= x" * 20_000, {"x": 2}, 1, {"x": 0}),
    ("conjunctions", "x" + " and x" * 20_000, {"x": 2}, 1, {"x": 0}),
    ("outer functions", "; ".join(["f0(x) = 2x", *(f"f{k + 1}(x) = f{k}(x)" for k in range(20_000)), "f20000(y)"]),
     {"y": 3}, 6, {"y": 2}),
    ("calls of a function", "f(t) = 1t; " + nested(20_000, "f(", "x", ")"), {"x": 2}, 2, {"x": 1}),
    ("aliases", "a0 = x; " + "; ".join(f"a{k + 1} = a{k}" for k in range(20_000)), {"x": 2}, 2, {"x": 1}),
    ("products of many variables", "*".join(f"x{k}" for k in range(2000)), {f"x{k}": 1.0 for k in range(2000)}, 1,
     {f"x{k}": 1.0 for k in range(2000)}),
    ("comments and blank lines", "# (\n\n" * 20_000 + "x", {"x": 2}, 2, {"x": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "bindings", "value", "wanted"), [pytest.param(*row[1:], id=row[0]) for row in DEEP])
def test_depth_and_length_have_no_limit(
    text: str, bindings: dict[str, float], value: float, wanted: Mapping[str, float]
) -> None:
    gradient = Formula(text).gradient(bindings)
    assert gradient.value == value
    assert gradient.partials == wanted


DEEP_AND_WRONG = {
    "unclosed": nested(10**5, "(", "x", ""),
    "unopened": nested(10**5, "", "x", ")"),
    "unclosed calls": "sin(" * 10**5,
    "signs of nothing": "-" * 10**5,
}


@pytest.mark.parametrize("text", DEEP_AND_WRONG.values(), ids=DEEP_AND_WRONG.keys())
def test_deep_and_wrong_is_an_error_as_any_other(text: str) -> None:
    with pytest.raises(FormulaError):
        Formula(text)


# Bugs.


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("1 if not (x > 3) else 2", 1.0),
        ("x if (x > 0) == (x < 5) else 2", 1.0),
        ("floor(floor(x))*x", 2.5),
        ("x if floor(x) % 2 == 0 else -x", 2.5),
        ("sign(x) == 1", 2.5),
    ],
)
def test_what_is_constant_around_the_point_sits_on_no_jump(text: str, point: float) -> None:
    """The arguments of the marked operations do not move with x, so that nothing jumps here."""
    gradient: Any = Formula(text).gradient(x=point)
    assert gradient.kinks == {}
