"""Forward mode: what it finds is what the reverse sweep finds, and the command line shows both."""

import json
import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.support import NAMES, autodiff, smooth_formula

from autodiff import Formula, FormulaError, LimitError
from autodiff.differentiate.sweep.forward import tangents
from autodiff.differentiate.sweep.passes import passes

LAWS = settings(derandomize=True, deadline=None, database=None, max_examples=150)
COORDINATES = st.floats(-2, 2).map(lambda x: round(x, 6))
INF, NAN = math.inf, math.nan


def same(found: float, wanted: float) -> bool:
    return found == wanted or (math.isnan(found) and math.isnan(wanted))


@LAWS
@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3), st.tuples(*[COORDINATES] * 3))
def test_forward_and_reverse_agree(data: bytes, at: tuple[float, ...], towards: tuple[float, ...]) -> None:
    formula = Formula(smooth_formula(data))
    point = {name: x for name, x in zip(NAMES, at, strict=True) if name in formula.variables}
    gradient = formula.gradient(point)
    sizes = [abs(size) for node in gradient.nodes for size in (node.value, node.gradient or 0.0)]
    assume(max(sizes) < 1e4)  # beyond, the two orders of summing round too differently
    forward = formula.tangent(point)
    assert forward.partials == pytest.approx(gradient.partials, rel=1e-9, abs=1e-9)
    direction = {name: rate for name, rate in zip(NAMES, towards, strict=True) if name in point}
    along = sum(gradient.partials[name] * rate for name, rate in direction.items())
    assert formula.directional(point, direction=direction).derivative == pytest.approx(along, rel=1e-9, abs=1e-9)


@LAWS
@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3))
def test_the_passes_are_the_plain_forward_sweep(data: bytes, at: tuple[float, ...]) -> None:
    formula = Formula(smooth_formula(data))
    point = {name: x for name, x in zip(NAMES, at, strict=True) if name in formula.variables}
    forward = formula.tangent(point)
    for node, rates in zip(forward.wanted_nodes, forward.tangents, strict=True):
        assert rates == tangents(forward.graph, forward.values, {node: 1.0})


#: Points where a sweep could go wrong: kinks, zeros beside infinities, branches, boundaries, no value.
EDGES: list[tuple[str, dict[str, float]]] = [
    ("abs(x)*y", {"x": 0, "y": 3}),
    ("max(x, y, z)", {"x": 1, "y": 1, "z": 1}),
    ("relu(x) + min(x, y)", {"x": 0, "y": 0}),
    ("sqrt(x)^2", {"x": 0}),
    ("sqrt(x*x)", {"x": 0}),
    ("sqrt(x)*y", {"x": 0, "y": 0}),
    ("x^y", {"x": -2, "y": 3}),
    ("x^2 + y^x", {"x": 0, "y": 0}),
    ("log(x) if x > 0 else y", {"x": -1, "y": 2}),
    ("x^2 if x > 0 else -x", {"x": 0}),
    ("x if x > 0 else sqrt(x)*0", {"x": 0}),
    ("(x if x > 0 else sqrt(x)) * y", {"x": 0, "y": 1}),
    ("(x if x > 0 else 0*sqrt(-x)) + y", {"x": 0, "y": 1}),
    ("x if x > 0 else 1", {"x": 0}),
    ("where(x > y, x, y)", {"x": 2, "y": 2}),
    ("log(x) + y", {"x": -1, "y": 1}),
    ("floor(x) + log(y)", {"x": 1.5, "y": -1}),
    ("x*y + z", {"x": INF, "y": 0, "z": 1}),
    ("x", {"x": NAN}),
    ("(x if y > 0 else z) + log(-1)", {"x": 1, "y": 1, "z": 1}),
    ("exp(x)*exp(y)", {"x": 1000, "y": -1000}),
    ("sqrt(x) - sqrt(x)", {"x": 0}),
    ("floor(x)*sqrt(y)", {"x": 1.5, "y": 0}),
    ("round(x) % 2 + sign(y)", {"x": 0.5, "y": 0}),
    ("2pi", {}),
]


@pytest.mark.parametrize(("text", "point"), EDGES, ids=[text for text, _ in EDGES])
def test_forward_agrees_with_reverse_where_it_is_hard(text: str, point: dict[str, float]) -> None:
    formula = Formula(text)
    gradient, forward = formula.gradient(point), formula.tangent(point)
    assert forward.value == gradient.value or math.isnan(gradient.value)
    for name, partial in gradient.partials.items():
        assert same(forward.partials[name], partial), name
    assert (forward.diagnosis is None) == (gradient.diagnosis is None)
    assert forward.shares == gradient.shares
    assert forward.kinks == gradient.kinks
    assert repr([node.partials for node in forward.nodes]) == repr([node.partials for node in gradient.nodes])


@pytest.mark.parametrize(("text", "point"), EDGES, ids=[text for text, _ in EDGES])
def test_a_jacobian_agrees_in_both_modes_where_it_is_hard(text: str, point: dict[str, float]) -> None:
    formula = Formula(f"{text}, x, {text}" if "x" in point else text)
    rows = [formula.jacobian(point, mode=mode).entries for mode in ("forward", "reverse")]
    for forward, reverse in zip(*rows, strict=True):
        assert all(same(a, b) for a, b in zip(forward, reverse, strict=True))


def test_one_pass_shows_the_tangent_of_every_node() -> None:
    sweep = Formula("a = x*y; b = sin(x); a*b").tangent(x=2, y=3, wrt=["x"])
    assert sweep.tangents == [[1, 0, 3, math.cos(2), 3 * math.sin(2) + 6 * math.cos(2)]]
    assert sweep.partials == {"x": 3 * math.sin(2) + 6 * math.cos(2)}


def test_a_direction_weighs_the_partials() -> None:
    sweep = Formula("x*y, x + y").directional({"x": 1, "y": 2}, direction={"x": 1, "y": -2})
    assert sweep.derivatives == [[0], [-1]]
    assert sweep.derivative == 0
    assert sweep.diagnosis is None


def test_a_rate_of_zero_absorbs_an_infinite_partial() -> None:
    assert Formula("sqrt(x) + y").directional({"x": 0, "y": 1}, direction={"x": 0, "y": 1}).derivative == 1


@pytest.mark.parametrize(
    ("text", "point", "place", "about"),
    [
        ("sqrt(x)^2 + y*sqrt(x)", {"x": 0, "y": 1}, (14, 21), "infinite"),
        ("exp(exp(x)) + x", {"x": 6.56}, (0, 11), "overflows"),
        ("1e308x + 1e308x", {"x": 0}, (0, 15), "add up"),
        ("y + 1/x^0.5", {"x": 0, "y": 0}, (4, 11), "defined"),
    ],
)
def test_the_first_node_with_an_undefined_tangent_is_named(
    text: str, point: dict[str, float], place: tuple[int, int], about: str
) -> None:
    found = Formula(text).tangent(point).diagnosis
    assert found is not None
    assert found.span == place
    assert about in found.message


def test_a_large_sweep_is_one_walk() -> None:
    text = "a0 = x\n" + "\n".join(f"a{k} = sin(a{k - 1}) + y" for k in range(1, 20_000)) + "\na19999"
    sweep, gradient = Formula(text).tangent(x=1, y=0.5), Formula(text).gradient(x=1, y=0.5)
    assert sweep.partials == pytest.approx(gradient.partials, rel=1e-9)


# Weights for outputs.


def test_a_seed_differentiates_the_weighted_sum() -> None:
    gradient = Formula("x*y, x + sin(y)").gradient(x=1, y=2, seed=[1, -2])
    assert gradient.value == 2 - 2 * (1 + math.sin(2))
    assert gradient.partials == {"x": 0, "y": 1 - 2 * math.cos(2)}


def test_a_seed_scales_a_single_output() -> None:
    assert Formula("x^2").gradient(x=3, seed=[0.5]).partials == {"x": 3}


def test_a_seed_counts_an_output_that_stands_twice_twice() -> None:
    assert Formula("a = x^2; a, a, x").gradient(x=3, seed=[1, 2, 10]).partials == {"x": 28}


def test_a_weight_of_zero_absorbs_an_output_without_a_gradient() -> None:
    assert Formula("x^2, sqrt(x)").gradient(x=0, seed=[1, 0]).partials == {"x": 0}


def test_a_weighted_sum_without_a_value_has_no_gradient() -> None:
    gradient = Formula("x, log(x)").gradient(x=-1, seed=[1, 1])
    assert math.isnan(gradient.partials["x"])
    assert gradient.diagnosis is not None


def test_several_outputs_need_weights() -> None:
    with pytest.raises(FormulaError, match="one output"):
        Formula("x, y, x*y").gradient(x=1, y=2)


# The command line.

POINT = ("--x", "1", "--y", "2", "--z", "0")
TEXT = "(x + y) * max(y, z)"


def as_json(*args: str) -> dict[str, Any]:
    done = autodiff("grad", *args, "--format", "json")
    assert done.code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_json_of_forward_mode_carries_every_tangent() -> None:
    found = as_json(TEXT, *POINT, "--mode", "forward")
    assert (found["mode"], found["passes"]) == ("forward", 3)
    assert found["gradient"] == {"x": 2, "y": 5, "z": 0}
    assert found["nodes"][3]["tangents"] == {"x": 1, "y": 1, "z": 0}
    assert "gradient" not in found["nodes"][3]


def test_json_of_both_modes_carries_adjoints_and_tangents() -> None:
    found = as_json(TEXT, *POINT, "--mode", "both")
    assert found["gradient"] == found["forward"] == {"x": 2, "y": 5, "z": 0}
    assert found["nodes"][4]["gradient"] == 3
    assert found["nodes"][4]["tangents"] == {"x": 0, "y": 1, "z": 0}


def test_json_of_a_direction_carries_one_tangent_for_each_node() -> None:
    found = as_json(TEXT, *POINT, "--direction", "x=1,y=-2")
    assert (found["direction"], found["derivative"]) == ({"x": 1, "y": -2}, -8)
    assert [node["tangent"] for node in found["nodes"]] == [1, -2, 0, -1, -2, -8]
    assert as_json("x, y", *POINT[:4], "--direction", "y=3")["derivatives"] == [0, 3]


def test_json_of_several_outputs_in_forward_mode_is_that_of_a_jacobian() -> None:
    found = as_json("x*y, x + y", *POINT[:4], "--mode", "forward")
    assert (found["rows"], found["columns"]) == (["f1", "f2"], ["x", "y"])
    assert found["jacobian"] == [[2, 1], [1, 1]]


def test_json_of_a_seed_names_the_weights() -> None:
    found = as_json("x*y, x + y", *POINT[:4], "--seed", "1,-2")
    assert (found["seed"], found["weighted_sum"], found["gradient"]) == ([1, -2], -4, {"x": 0, "y": -1})


@pytest.mark.parametrize(
    ("args", "plain", "value"),
    [
        (["x*y", "--mode", "forward"], "f\t2.0\nx\t2.0\ny\t1.0\n", "2.0\n1.0\n"),
        (["x*y", "--mode", "both"], "f\t2.0\nx\t2.0\t2.0\ny\t1.0\t1.0\n", "2.0\t2.0\n1.0\t1.0\n"),
        (["x*y", "--direction", "y=max(1, 2),x=-1"], "f\t2.0\ndf\t0.0\n", "0.0\n"),
        (["x*y", "--direction", "x=1", "--direction", "y=1"], "f\t2.0\ndf\t3.0\n", "3.0\n"),
        (["x*y, y", "--direction", "y=1"], "f1\t2.0\nf2\t2.0\ndf1\t1.0\ndf2\t1.0\n", "1.0\n1.0\n"),
        (["x*y, y", "--mode", "forward", "--wrt", "y"], "f1\t2.0\nf2\t2.0\nf1\ty\t1.0\nf2\ty\t1.0\n", "1.0\n1.0\n"),
        (["x*y, y", "--seed", "pi - pi, 2"], "f1\t2.0\nf2\t2.0\nx\t0.0\ny\t2.0\n", "0.0\n2.0\n"),
        (["x*y", "--mode", "both", "--direction", "x=1"], "f\t2.0\ndf\t2.0\t2.0\n", "2.0\t2.0\n"),
    ],
)
def test_scripts_get_names_and_numbers(args: list[str], plain: str, value: str) -> None:
    for form, expected in (("plain", plain), ("value", value)):
        done = autodiff("grad", *args, "--x", "1", "--y", "2", "--format", form)
        assert (done.code, done.stdout, done.stderr) == (0, expected, "")


def test_csv_has_a_column_for_each_pass() -> None:
    done = autodiff("grad", "x*y", "--x", "1", "--y", "2", "--mode", "both", "--format", "csv")
    header, *_, last = done.stdout.splitlines()
    assert header == "id,name,op,args,expression,value,output,partials,gradient,d/dx,d/dy,kink"
    assert last == "2,f,mul,0 1,x*y,2.0,f,2.0 1.0,1.0,2.0,1.0,"


@pytest.mark.parametrize("mode", ["forward", "both"])
def test_an_undefined_tangent_ends_with_three(mode: str) -> None:
    done = autodiff("grad", "sqrt(x) + y", "--x", "0", "--y", "1", "--mode", mode, "--format", "value")
    assert done.code == 3
    assert done.stderr.startswith(f"undefined {'tangent' if mode == 'forward' else 'gradient'}: the derivative of sqrt")


def test_a_check_of_forward_mode_checks_the_numbers_that_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("grad", "x^2*y", "--x", "3", "--y", "1", "--mode", "forward", "--check", "--format", "json")
    done = autodiff(*args)
    assert done.code == 0
    assert "| check | verdict | forward |" in autodiff(*args[:-1], "markdown").stdout
    found = json.loads(done.stdout)["check"]["inputs"]["x"]
    assert (found["forward"], found["reverse"], found["verdict"]) == (6, 6, "PASS")

    def planted(*given: Any) -> Any:
        columns = passes(*given)
        columns[0][-1] *= 1.0005
        return columns

    monkeypatch.setattr("autodiff.differentiate.results.tangents.passes", planted)
    done = autodiff(*args)
    found = json.loads(done.stdout)["check"]["inputs"]["x"]
    assert found["reverse"] == 6
    assert found["forward"] == 6 * 1.0005
    assert (done.code, found["verdict"]) == (1, "FAIL")


WRONG: list[tuple[list[str], str, str]] = [
    (["x*y", "--direction", "q=1"], "--direction moves 'q', which is no variable", "x, y"),
    (["x*y", "--direction", "x"], "'x' in --direction gives no rate", "--direction x=1"),
    (["x*y", "--direction", "x="], "the rate of 'x' is empty", "--direction x=1"),
    (["x*y", "--direction", "x=1,x=2"], "--direction gives 'x' two rates", "remove"),
    (["x*y", "--direction", "x=y"], "the rate of 'x' is no number", "pi/4"),
    (["x*y", "--direction", ""], "--direction lacks a rate", "--direction x=1,y=1"),
    (["x*y", "--direction", "x=1,"], "--direction lacks a rate", "x=1,y=1"),
    (["x*y", "--direction", "x=inf"], "the rate of 'x' is infinite", "finite"),
    (["x*y", "--direction", "x=1", "--mode", "reverse"], "needs the forward sweep", "--mode both"),
    (["x*y", "--direction", "x=1", "--wrt", "x"], "which variables move", "leave out --wrt"),
    (["x*y", "--mode", "forward", "--check", "nodes"], "has none", "--mode both"),
    (["x*y, x", "--mode", "forward", "--check"], "a check needs one output", "jacobian --check"),
    (["x*y, x", "--mode", "both"], "a gradient needs one output", "--seed 1,1"),
    (["x*y, x", "--seed", "1"], "1 weight for 2 outputs", "each output"),
    (["x*y, x", "--seed", ""], "weight 1 of --seed is empty", "--seed 1"),
    (["x*y, x", "--seed", "1,x"], "weight 2 of --seed is no number", "pi/4"),
    (["x*y, x", "--seed", "1,nan"], "weight 2 of the seed is NaN", "finite"),
    (["x*y, x", "--seed", "1,2", "--mode", "forward"], "--seed is for the reverse sweep", "--mode both"),
]


@pytest.mark.parametrize(("args", "message", "hint"), WRONG, ids=[" ".join(args) for args, _, _ in WRONG])
def test_a_wrong_request_says_what_to_write(args: list[str], message: str, hint: str) -> None:
    done = autodiff("grad", *args, "--x", "1", "--y", "2")
    assert (done.code, done.stdout) == (2, "")
    first, *_, last = done.stderr.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert last.startswith("hint: ")
    assert hint in last


def test_a_variable_may_be_called_as_the_new_options_are() -> None:
    done = autodiff("grad", "mode*seed*direction", "--let", "mode=2", "--let", "seed=3", "--let", "direction=4",
                    "--direction", "mode=1", "--format", "value")  # fmt: skip
    assert (done.code, done.stdout) == (0, "12.0\n")


def test_forward_mode_by_very_many_inputs_is_refused_before_it_takes_memory() -> None:
    text = " + ".join(f"x{k}" for k in range(5000))
    with pytest.raises(LimitError, match="forward mode would keep 5,000 tangents") as caught:
        Formula(text).tangent({f"x{k}": 1.0 for k in range(5000)})
    assert "directional(" in caught.value.hint
    with pytest.raises(LimitError):
        Formula("sum(x)").tangent(x=[0.0] * 10_000)
