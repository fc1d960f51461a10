"""The check of arrays, weighted sums, directions and Jacobians: right ones pass, and planted errors are named."""

import re
from typing import Any

import numpy as np
import pytest

import autodiff
from autodiff.api import check_directional, check_gradient, check_jacobian
from autodiff.differentiate.results.gradient import Gradient
from autodiff.evaluate.unrolled import program_of
from autodiff.graph.build import build
from autodiff.graph.graph import Call
from autodiff.ops import ON_ARRAYS
from autodiff.ops.row import Ranked, Row
from autodiff.verify import programs
from autodiff.verify.results import Verdict
from autodiff.verify.settings import Settings

pytestmark = pytest.mark.usefixtures("in_process")

SQUARE = np.array([[2.0, 1.0, 0.5], [-1.0, 3.0, 0.25], [0.5, -0.75, 1.5]])
WIDE = np.array([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]])
VECTOR, SHORT = np.array([0.5, -1.25, 2.0]), np.array([1.5, 0.75])

#: For each row, calls that reach each of its pullbacks.
CALLS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "array": [("[u, v, 2u]", {"u": 0.5, "v": 2.0})],
    "index": [("u[1:]", {"u": VECTOR}), ("W[:, 1]", {"W": WIDE})],
    "place": [("place(u, V, at=[1])", {"u": 1.5, "V": VECTOR})],
    "transpose": [("W.T", {"W": WIDE})],
    "matrix_transpose": [("mT(W)", {"W": WIDE})],
    "expand": [("expand(u, axis=1)", {"u": VECTOR})],
    "broadcast_to": [("broadcast_to(u, W)", {"u": VECTOR, "W": WIDE})],
    "sum_to": [("sum_to(W, u)", {"u": VECTOR, "W": WIDE})],
    "spread": [("spread(u, W, axis=1)", {"u": SHORT, "W": WIDE})],
    "outer": [("outer(u, v)", {"u": VECTOR, "v": SHORT})],
    "matmul": [
        ("W @ u", {"W": WIDE, "u": VECTOR}), ("v @ W", {"W": WIDE, "v": SHORT}), ("u @ v", {"u": VECTOR, "v": WIDE[0]}),
        ("W @ S", {"W": WIDE, "S": SQUARE}), ("T @ u", {"T": np.stack([WIDE, -WIDE]), "u": VECTOR}),
        ("v @ T", {"T": np.stack([WIDE, -WIDE]), "v": SHORT}), ("T @ S", {"T": np.stack([WIDE, -WIDE]), "S": SQUARE}),
    ],
    "solve": [("solve(S, u)", {"S": SQUARE, "u": VECTOR}), ("solve(S, W)", {"S": SQUARE, "W": WIDE.T})],
    "cofactor_along": [("cofactor_along(U, S)", {"U": SQUARE.T, "S": SQUARE})],
    "others_along": [("others_along(u, v)", {"u": VECTOR, "v": VECTOR - 3})],
    "recurrence": [
        ("recurrence(u, v)", {"u": VECTOR, "v": VECTOR - 3}),
        ("recurrence(W, V, axis=1)", {"W": WIDE, "V": WIDE**2}),
    ],
    "cross_entropy": [
        ("cross_entropy(u, v)", {"u": VECTOR, "v": VECTOR - 3}),
        ("cross_entropy(W, V, axis=0)", {"W": WIDE, "V": WIDE**2}),
    ],
    "concat": [
        ("concat(u, v, s)", {"u": VECTOR, "v": SHORT, "s": 0.5}),
        ("concat(W, v, axis=1)", {"W": WIDE, "v": SQUARE[:2]}),
    ],
    "piece": [("piece(u, v, 2v, part=1)", {"u": VECTOR[[0, 1, 2, 0]], "v": SHORT})],
    "unpiece": [("unpiece(u, u, v)", {"u": VECTOR, "v": SHORT})],
    "shift": [("shift(u)", {"u": VECTOR}), ("shift(W, axis=1, fill=1)", {"W": WIDE})],
}  # fmt: skip
for _name in ("cross", "crosschain"):
    CALLS[_name] = [(f"{_name}(u, v)", {"u": VECTOR, "v": WIDE[0]}), (f"{_name}(W, V)", {"W": WIDE, "V": WIDE**2})]
for _name in ("cumsum", "cumprod", "flip"):
    CALLS[_name] = [(f"{_name}(u)", {"u": VECTOR}), (f"{_name}(W, axis=1)", {"W": WIDE})]
for _name in ("var", "std"):
    CALLS[_name] = [(f"{_name}(W, ddof=1)", {"W": WIDE}), (f"{_name}(W, axis=1)", {"W": WIDE})]
CALLS["matchain"] = [(text.replace(" @ ", ", ").join(["matchain(", ")"]), bound) for text, bound in CALLS["matmul"]]
for _name in ("trace", "det", "cofactor", "inv"):
    CALLS[_name] = [(f"{_name}(S)", {"S": SQUARE})]
for _name in ("sum", "mean", "prod", "others", "max", "min", "norm", "logsumexp", "softmax", "log_softmax"):
    CALLS[_name] = [(f"{_name}(W)", {"W": WIDE}), (f"{_name}(W, axis=1)", {"W": WIDE})]

CASES = [pytest.param(text, bound, id=text) for calls in CALLS.values() for text, bound in calls]


def gradient_of(text: str, bound: dict[str, Any]) -> Gradient:
    """The gradient of a number that every element of `text` counts in differently."""
    return autodiff.Formula(f"inner = {text}; sum(inner*sin(inner + 1))").gradient(bound)


@pytest.mark.parametrize(("text", "bound"), CASES)
def test_a_right_gradient_passes_element_by_element(text, bound) -> None:
    gradient = gradient_of(text, bound)
    found = check_gradient(gradient)
    assert found.verdict is Verdict.PASS, (found, gradient.graph.text)
    assert list(found.inputs) == list(gradient.element_partials)
    assert all(one.digits is not None and one.digits > 12 for one in found.inputs.values())


def test_every_row_with_a_pullback_is_called() -> None:
    assert {row.name for row in ON_ARRAYS if any(row.pullbacks)} == set(CALLS)


def corrupted(pullback: str | Ranked, change: str) -> str | Ranked:
    """A pullback with a wrong factor or sign in every case."""
    if isinstance(pullback, Ranked):
        return Ranked(tuple((ranks, change.format(text)) for ranks, text in pullback.cases))
    return change.format(pullback)


def mutants() -> list[Any]:
    found = []
    for row in ON_ARRAYS:
        for argument, pullback in enumerate(row.pullbacks):
            for kind, change in (("0.1 % off", "({})*1.001"), ("wrong sign", "-({})")):
                if pullback:
                    for text, bound in CALLS[row.name]:
                        case = f"{text}-{argument}-{kind}"
                        found.append(pytest.param(row, argument, corrupted(pullback, change), text, bound, id=case))
    return found


@pytest.mark.parametrize(("row", "argument", "pullback", "text", "bound"), mutants())
def test_a_corrupted_pullback_is_caught_and_named(row: Row, argument, pullback, text, bound) -> None:
    pullbacks = list(row.pullbacks)
    pullbacks[argument] = pullback
    # The outer operation is another one: two wrong signs would cancel.
    outer = "mean" if row.name == "sum" else "sum"
    graph = build(f"inner = {text}; {outer}(inner*sin(inner + 1))", bound)
    called = [call.row for call in graph.calls if call.row.name == row.name]
    wrong = {one: one._replace(pullbacks=tuple(pullbacks)) for one in called}
    graph.calls = [Call(wrong.get(call.row, call.row), call.arity) for call in graph.calls]
    gradient = Gradient(graph, [bound[name] for name in graph.inputs])
    found = programs.check_gradient(gradient, Settings(), lambda stage: None)
    assert found.verdict is Verdict.FAIL, found
    assert found.culprit is not None
    assert f"pullback of {row.name}" in found.culprit.message


def test_a_program_says_the_same_as_its_graph() -> None:
    for text, bound in [call for calls in CALLS.values() for call in calls]:
        gradient = gradient_of(text, bound)
        program = program_of(gradient.graph, gradient.values)
        graph = build(program.text, program.inputs)
        value = Gradient(graph, [program.inputs[name] for name in graph.inputs]).value
        assert value == pytest.approx(gradient.value, rel=1e-12)


def test_a_weighted_sum_a_direction_and_a_jacobian_are_checked() -> None:
    formula, at = autodiff.Formula("x*y, x + sin(y)"), {"x": 1.0, "y": 2.0}
    assert check_gradient(formula.gradient(at, seed=[1, -2])).verdict is Verdict.PASS
    found = check_directional(formula.directional(at, direction={"x": 1, "y": -2}))
    assert (found.verdict, list(found.inputs)) == (Verdict.PASS, ["df1", "df2"])
    jacobian = formula.jacobian(at)
    found = check_jacobian(jacobian)
    assert found.verdict is Verdict.PASS
    assert list(found.inputs) == ["df1/dx", "df1/dy", "df2/dx", "df2/dy"]
    jacobian.entries[1][0] += 1e-6
    found = check_jacobian(jacobian)
    assert {name: one.verdict for name, one in found.inputs.items()} == {
        "df1/dx": Verdict.PASS, "df1/dy": Verdict.PASS, "df2/dx": Verdict.FAIL, "df2/dy": Verdict.PASS,
    }  # fmt: skip
    sweep = autodiff.Formula("W @ u").directional(W=WIDE, u=VECTOR, direction={"W": WIDE, "u": 1})
    assert check_directional(sweep).verdict is Verdict.PASS
    sweep.tangents[0][sweep.graph.outputs[0]] = sweep.tangents[0][sweep.graph.outputs[0]] + 1e-6
    assert check_directional(sweep).verdict is Verdict.FAIL


def test_kinks_undefined_points_and_large_arrays_have_their_verdicts() -> None:
    assert autodiff.check("max(u) + norm(v)", {"u": [2, 2], "v": [0, 0]}).verdict is Verdict.KINK
    assert autodiff.check("sum(log(u))", {"u": [1, -1]}).verdict is Verdict.UNDEFINED
    found = autodiff.check("sum(inv(u))", {"u": [[1, 2], [2, 4]]})
    assert found.verdict is Verdict.UNDEFINED
    found = autodiff.check("sum(u @ u)", {"u": np.eye(40)})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert re.search("more than 20,000 operations", found.remarks[0])
    # A variable of which an element is not used.
    found = autodiff.check("u[0]^2", {"u": [3.0, 4.0]})
    assert {name: one.verdict for name, one in found.inputs.items()} == {"u[0]": Verdict.PASS, "u[1]": Verdict.PASS}


def test_check_nodes_names_the_elements() -> None:
    found = autodiff.check("z = W @ u; sum(tanh(z))", {"W": WIDE, "u": VECTOR}, nodes=True)
    assert found.verdict is Verdict.PASS
    assert {"z[0]", "z[1]", "W[0, 0]", "u[2]"} <= {node.name for node in found.nodes}
