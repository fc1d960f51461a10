"""Formulas with arrays: values as NumPy has them, gradients against differences, and the errors that name shapes."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import DATA

from autodiff import AutodiffError, Formula
from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.derive.simplify import simplify
from autodiff.differentiate.sweep import arrays
from autodiff.differentiate.sweep.arrays import reverse, tangents
from autodiff.differentiate.sweep.boundary import sides
from autodiff.evaluate.arrays import forward, shape_of
from autodiff.graph.build import build
from autodiff.graph.graph import defects
from autodiff.graph.shapes import infer_shapes
from autodiff.graph.text import format_graph
from autodiff.graph.walk import dependents
from autodiff.ops import ELEMENTWISE, ON_ARRAYS

A = np.array([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]])
S = np.array([[2.0, 1.0, 0.5], [-1.0, 3.0, 0.25], [0.5, -0.75, 1.5]])
T = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.5
x, y = np.array([0.5, -1.25, 2.0]), np.array([1.5, 0.75])

#: A formula, and what NumPy makes of it.
VALUES = [
    ("[1, 2, 3]", lambda: np.array([1.0, 2, 3])),
    ("[[1, 2], [3, 4]]", lambda: np.array([[1.0, 2], [3, 4]])),
    ("[x, 2x]", lambda: np.stack([x, 2 * x])),
    ("[1,\n 2]", lambda: np.array([1.0, 2])),
    ("A @ x", lambda: A @ x),
    ("y @ A", lambda: y @ A),
    ("A.T @ y", lambda: A.T @ y),
    ("A @ S", lambda: A @ S),
    ("x @ x", lambda: x @ x),
    ("dot(A, x)", lambda: np.dot(A, x)),
    ("T @ x4", lambda: T @ np.ones(4)),
    ("S @ T", lambda: S @ T),
    ("A + x", lambda: A + x),
    ("2A - x/3", lambda: 2 * A - x / 3),
    ("-A^2", lambda: -(A**2)),
    ("A % x", lambda: A % x),
    ("A > x", lambda: (x < A).astype(float)),
    ("not (A > 0)", lambda: (A <= 0).astype(float)),
    ("A > 0 and x > 0", lambda: ((A > 0) & (x > 0)).astype(float)),
    ("-1 < A < 1", lambda: ((A > -1) & (A < 1)).astype(float)),
    ("where(A > 0, A, x)", lambda: np.where(A > 0, A, x)),
    ("A if s > 0 else x", lambda: A),
    ("x[0]", lambda: x[0]),
    ("x[-1]", lambda: x[-1]),
    ("-x[1]", lambda: -x[1]),
    ("x[0]^2", lambda: x[0] ** 2),
    ("A[1]", lambda: A[1]),
    ("A[0, 1]", lambda: A[0, 1]),
    ("A[:, 1:]", lambda: A[:, 1:]),
    ("A[:, ::-1]", lambda: A[:, ::-1]),
    ("T[..., 0]", lambda: T[..., 0]),
    ("T[1, ..., 1:3]", lambda: T[1, ..., 1:3]),
    ("A.T[2][0]", lambda: A.T[2][0]),
    ("(A @ x)[1]", lambda: (A @ x)[1]),
    ("[1, 2, 3][1]", lambda: 2.0),
    ("sum(A)", A.sum),
    ("sum(A, axis=0)", lambda: A.sum(0)),
    ("sum(A, axis=-1, keepdims=1)", lambda: A.sum(-1, keepdims=True)),
    ("sum(T, axis=(0, 2))", lambda: T.sum((0, 2))),
    ("mean(A, axis=1)", lambda: A.mean(1)),
    ("prod(A)", A.prod),
    ("max(A, axis=0)", lambda: A.max(0)),
    ("min(A)", A.min),
    ("max(A, x, 0)", lambda: np.maximum(np.maximum(A, x), 0)),
    ("norm(x)", lambda: np.linalg.norm(x)),
    ("norm(A, axis=1)", lambda: np.linalg.norm(A, axis=1)),
    ("logsumexp(A, axis=1)", lambda: np.log(np.exp(A).sum(1))),
    ("softmax(x)", lambda: np.exp(x) / np.exp(x).sum()),
    ("softmax(A, axis=1)", lambda: np.exp(A) / np.exp(A).sum(1, keepdims=True)),
    ("outer(x, y)", lambda: np.outer(x, y)),
    ("trace(S)", lambda: np.trace(S)),
    ("det(S)", lambda: np.linalg.det(S)),
    ("inv(S)", lambda: np.linalg.inv(S)),
    ("solve(S, x)", lambda: np.linalg.solve(S, x)),
    ("solve(S, S @ S)", lambda: S),
    ("transpose(A)", lambda: A.T),
    ("expand(x, axis=1)", lambda: x[:, None]),
    ("f(M) = M.T @ M; f(A)", lambda: A.T @ A),
    ("tanh(A)", lambda: np.tanh(A)),
    ("norm([1e200, 1e200])", lambda: math.sqrt(2) * 1e200),
    ("logsumexp([1000, 1000])", lambda: 1000 + math.log(2)),
    ("softmax([1000, 0])", lambda: np.array([1.0, 0.0])),
]
BOUND = {"A": A, "S": S, "T": T, "x": x, "y": y, "x4": np.ones(4), "s": 1.0}


@pytest.mark.parametrize(("text", "wanted"), VALUES, ids=[text for text, _ in VALUES])
def test_a_value_is_what_numpy_has(text, wanted) -> None:
    formula = Formula(text)
    found = formula.value({name: BOUND[name] for name in formula.variables})
    np.testing.assert_allclose(found, wanted(), rtol=1e-14, atol=1e-300)
    assert np.shape(found) == np.shape(wanted())
    assert isinstance(found, float) == (np.ndim(wanted()) == 0)


def test_an_array_of_numbers_is_as_exact_as_a_number() -> None:
    """What works element by element agrees with the same operation on numbers, and at most rounds otherwise."""
    for row in ELEMENTWISE:
        arity = 2 if row.variadic else len(row.params)
        intervals = row.samples * (2 if row.variadic else 1)
        points = [[low + (high - low) * (0.07 + 0.86 * k / 6) for low, high in intervals] for k in range(7)]
        names = [f"v{k}" for k in range(arity)]
        formula = Formula(spelled(row, names))
        try:
            whole = formula.gradient(dict(zip(names, np.array(points).T, strict=True)), seed=[np.ones(7)])
        except AutodiffError as error:
            pytest.fail(f"{row.name}: {error}")
        for k, point in enumerate(points):
            alone = formula.gradient(dict(zip(names, point, strict=True)))
            values = [whole.outputs[0][1][k], *(whole.partials[name][k] for name in names)]
            if math.isnan(alone.value):
                del values[1:]
            for found, wanted in zip(values, [alone.value, *(alone.partials[name] for name in names)], strict=False):
                assert found == pytest.approx(wanted, rel=1e-13, abs=1e-300, nan_ok=True), (row.name, point)


def spelled(row, names) -> str:
    return f"{names[1]} if {names[0]} else {names[2]}" if row.selects else (
        f"{names[0]} {row.infix} {names[1]}" if row.infix else
        f"{row.prefix} {names[0]}" if row.prefix else f"{row.name}({', '.join(names)})"
    )  # fmt: skip


# Random shapes -----------------------------------------------------------------------------------------------------

LENGTHS = st.integers(1, 4)


@st.composite
def broadcast_pairs(draw):
    """Two shapes that broadcast."""
    whole = draw(st.lists(LENGTHS, min_size=0, max_size=3))
    sides = []
    for _ in range(2):
        kept = whole[draw(st.integers(0, len(whole))) :]
        sides.append(tuple(length if draw(st.booleans()) else 1 for length in kept))
    return sides


def numbers(shape, draw, low=0.3, high=2.0):
    """Different numbers, of both signs, away from 0."""
    size = math.prod(shape)
    order = draw(st.permutations(range(size)))
    signs = draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=size, max_size=size))
    flat = [sign * (low + (high - low) * (k + 0.5) / size) for k, sign in zip(order, signs, strict=True)]
    return np.array(flat).reshape(shape) if shape else flat[0]


@st.composite
def cases(draw):
    """An operation on whole arrays, or several elementwise ones, with arrays of shapes that fit."""
    kind = draw(st.sampled_from(sorted(MAKERS)))
    return MAKERS[kind](draw)


def _elementwise(draw):
    first, second = draw(broadcast_pairs())
    texts = [
        "u*v", "u/v + v", "atan2(u, v)", "max(u, v, 0.1)", "where(u > 0.01, u^3, v)", "hypot(u, v)", "tanh(u)*v",
        "sigmoid(u) - v^2", "abs(u)^v", "logsumexp(u, v)", "erf(u)*v",
    ]  # fmt: skip
    text = draw(st.sampled_from(texts))
    return text, {"u": numbers(first, draw), "v": numbers(second, draw)}


def _matmul(draw):
    n, m, k = draw(LENGTHS), draw(LENGTHS), draw(LENGTHS)
    batch = draw(broadcast_pairs())
    kind = draw(st.sampled_from(["mm", "mv", "vm", "vv"]))
    left = (*batch[0], n, m) if kind[0] == "m" else (m,)
    right = (*batch[1], m, k) if kind[1] == "m" else (m,)
    return "u @ v", {"u": numbers(left, draw), "v": numbers(right, draw)}


def _reduction(draw):
    shape = tuple(draw(st.lists(LENGTHS, min_size=1, max_size=3)))
    name = draw(st.sampled_from([row.name for row in ON_ARRAYS if "keepdims" in row.takes and len(row.params) == 1]))
    options = draw(st.sampled_from(["", *(f", axis={k}" for k in range(-len(shape), len(shape)))]))
    if options and draw(st.booleans()):
        options += ", keepdims=1"
    elif len(shape) > 2 and draw(st.booleans()):
        options = ", axis=(2, 0)"
    return f"{name}(u{options})", {"u": numbers(shape, draw)}


def _along(draw):
    shape = tuple(draw(st.lists(LENGTHS, min_size=1, max_size=3)))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    text = draw(
        st.sampled_from([f"softmax(u, axis={axis})", "softmax(u)", f"expand(u, axis={axis})", "u.T", "[u, 2u, u^2]"])
    )
    return text, {"u": numbers(shape, draw)}


def _index(draw):
    shape = tuple(draw(st.lists(LENGTHS, min_size=1, max_size=3)))
    places = []
    for length in shape[: draw(st.integers(1, len(shape)))]:
        place = draw(st.integers(-length, length - 1))
        places.append(draw(st.sampled_from([str(place), ":", f"{place}:" if place >= 0 else ":", "::-1", "::2"])))
    return f"u[{', '.join(places)}]", {"u": numbers(shape, draw)}


def _linear_algebra(draw):
    n = draw(st.integers(1, 4))
    u = numbers((n, n), draw) + 3 * np.eye(n)
    text = draw(
        st.sampled_from(["det(u)", "inv(u)", "solve(u, v)", "trace(u)", "cofactor(u)", "outer(v, v)", "solve(u, u.T)"])
    )
    return text, {"u": u, "v": numbers((n,), draw)}


MAKERS = {
    "elementwise": _elementwise, "matmul": _matmul, "reduction": _reduction, "along": _along, "index": _index,
    "linear algebra": _linear_algebra,
}  # fmt: skip


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_both_sweeps_and_the_adjoint_graph_agree_with_differences(case, random) -> None:
    text, bound = case
    graph = build(f"w*({text})", [*bound, "w"])
    at = [bound.get(name, 1.0) for name in graph.inputs]
    generator = np.random.default_rng(random.randrange(1 << 30))
    output = graph.outputs[0]
    # A weight for each element makes one number of the output.
    shape = shape_of(forward(graph, at)[output])
    at[graph.input_numbers["w"]] = generator.uniform(0.5, 1.5, shape) if shape else 1.25
    values = forward(graph, at)
    adjoints = reverse(graph, values, {output: 1.0}, dependents(graph, range(len(at))))
    for node, value in enumerate(at):
        direction = generator.uniform(-1, 1, shape_of(value)) if shape_of(value) else 0.7
        h = 1e-6
        sides = [
            np.sum(
                forward(graph, [point + (side * h * direction if k == node else 0.0) for k, point in enumerate(at)])[
                    output
                ]
            )
            for side in (1, -1)
        ]
        slope = (sides[0] - sides[1]) / (2 * h)
        size = np.sum(np.abs(adjoints[node] * direction)) + abs(sides[0]) + 1e-3
        backward = np.sum(adjoints[node] * direction)
        onward = np.sum(tangents(graph, values, {node: direction})[output])
        assert abs(backward - slope) <= 1e-7 * size
        assert abs(backward - onward) <= 1e-13 * size * len(graph) ** 2
    whole = build(f"sum(w*({text}))", [*bound, "w"])
    at = [at[graph.input_numbers[name]] for name in whole.inputs]
    same_adjoint_graph(whole, at)


def same_adjoint_graph(graph, at) -> None:
    """The evaluated adjoint graph equals the sweep to the last bit, simplified or not, and so does its text."""
    values = forward(graph, at)
    wanted = range(len(graph.inputs))
    shares = sides(arrays, graph, values)
    swept = reverse(graph, values, {graph.outputs[0]: 1.0}, dependents(graph, wanted), shares)
    shapes = infer_shapes(graph, [shape_of(value) for value in values[: len(at)]])
    derived = adjoint(graph, wanted, shapes=shapes)
    assert defects(derived) == []
    simple = simplify(derived)
    for one in (derived, simple, build(format_graph(derived), graph.inputs)):
        given = dict(zip(graph.inputs, at, strict=True))
        found = forward(one, [given[name] for name in one.inputs])
        for output, wanted_array in zip(one.outputs, swept[: len(at)], strict=True):
            assert np.array_equal(np.asarray(found[output]), np.asarray(wanted_array), equal_nan=True)


def test_kinks_and_zeros_follow_the_one_rule() -> None:
    gradient = Formula("max(u) + min(u)").gradient(u=[2.0, 2.0, 1.0])
    assert gradient.partials["u"].tolist() == [0.5, 0.5, 1.0]
    assert [node.kink.intervals for node in gradient.nodes if node.kink] == [((0.0, 1.0),)]
    gradient = Formula("norm(u) + sum(abs(v)) + sum(relu(v))").gradient(u=[0, 0], v=[0, -1])
    assert gradient.partials["u"].tolist() == [0, 0]
    assert gradient.partials["v"].tolist() == [0.5, -1]
    assert len([node for node in gradient.nodes if node.kink]) == 3
    # The element that is not chosen is not finite, and hands on nothing.
    gradient = Formula("sum(where(u > 0, log(u), 0))").gradient(u=[1.0, -1.0, 0.0])
    assert gradient.partials["u"].tolist() == [1.0, 0.0, 0.0]
    # A zero contributes nothing to a product of matrices either.
    gradient = Formula("h = relu(W @ u); sum(h*[0, 1])").gradient(W=[[math.inf, 1], [1, 2]], u=[-1, 1])
    assert gradient.partials["u"].tolist() == [1.0, 2.0]
    # The cofactors of a singular matrix.
    assert Formula("det(M)").gradient(M=[[1, 2], [2, 4]]).partials["M"] == pytest.approx(np.array([[4, -2], [-2, 1]]))
    assert Formula("prod(u)").gradient(u=[0, 3, 2]).partials["u"].tolist() == [6, 0, 0]


def test_numbers_and_arrays_meet_in_one_formula() -> None:
    gradient = Formula("a*sum(u) + b").gradient(a=2, b=3, u=[1, 2])
    assert gradient.value == 9.0
    assert {name: np.asarray(part).tolist() for name, part in gradient.partials.items()} == {
        "a": 3,
        "b": 1,
        "u": [2, 2],
    }
    assert isinstance(gradient.partials["a"], float)
    gradient = Formula("[a, b, a*b] @ [1, 10, 100]").gradient(a=2, b=3)
    assert gradient.partials == {"a": 301.0, "b": 210.0}


#: A formula, its bindings, the kind of the error, what it underlines, and a part of its message and of its hint.
WRONG = [
    ("W @ u", {"W": np.ones((2, 2)), "u": np.ones(3)}, "shape", ["W", "u"], "a 2x2 matrix @ a 3-vector", "last axis"),
    ("W @ V", {"W": np.ones((2, 3)), "V": np.ones((4, 3))}, "shape", ["W", "V"], "2x3", ".T"),
    ("u + v", {"u": np.ones(2), "v": np.ones(3)}, "shape", ["u", "v"], "a 2-vector and a 3-vector", "aligned"),
    ("W + v", {"W": np.ones((2, 3)), "v": np.ones(2)}, "shape", ["W", "v"], "2x3", "expand(x, axis=1)"),
    ("max(1, u, v)", {"u": np.ones(2), "v": np.ones(3)}, "shape", ["u", "v"], "do not fit", ""),
    ("u*u[0:2]", {"u": np.ones(3)}, "shape", ["u", "u[0:2]"], "do not fit", ""),
    ("[[1, 2], [3]]", {}, "shape", ["[1, 2]", "[3]"], "ragged", "same length"),
    ("[1, [2, 3]]", {}, "shape", ["1", "[2, 3]"], "ragged", ""),
    ("u[3]", {"u": np.ones(3)}, "shape", ["u"], "no place 3", "0 to 2"),
    ("u[0, 1]", {"u": np.ones(3)}, "shape", ["u"], "2 places", "remove"),
    ("u[5:]", {"u": np.ones(3)}, "shape", ["u"], "empty", ""),
    ("u[::0]", {"u": np.ones(3)}, "shape", ["u"], "step", ""),
    ("a[0]", {"a": 1.0}, "shape", ["a"], "no elements", "bind an array"),
    ("a @ u", {"a": 1.0, "u": np.ones(3)}, "shape", ["a"], "a number", "write *"),
    ("sum(u, axis=1)", {"u": np.ones(3)}, "shape", ["u"], "no axis 1", "only axis is 0"),
    ("sum(W, axis=(0, 0))", {"W": np.ones((2, 2))}, "shape", ["W"], "twice", ""),
    ("det(W)", {"W": np.ones((2, 3))}, "shape", ["W"], "square", ""),
    ("solve(W, u)", {"W": np.ones((2, 2)), "u": np.ones(3)}, "shape", ["W", "u"], "do not fit", "2 rows"),
    ("outer(W, u)", {"W": np.ones((2, 2)), "u": np.ones(3)}, "shape", ["W"], "vectors", ""),
    ("expand(u, axis=1)*u", {"u": np.ones(40_000)}, "too-large", ["expand(u, axis=1)*u"], "100,000,000", "smaller"),
    ("u*2", {"u": np.ones(3)}, "array-output", ["u*2"], "a 3-vector", "seed="),
    ("f(a) = a @ a; f(u) + f(W)", {"u": np.ones(2), "W": np.ones((2, 3))}, "shape", ["a @ a"], "do not fit", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "bound", "kind", "places", "message", "hint"), WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_shape_is_an_error_that_points_at_the_operands(text, bound, kind, places, message, hint) -> None:
    with pytest.raises(AutodiffError) as caught:
        Formula(text).gradient(bound)
    error = caught.value
    assert error.kind == kind
    assert [error.text[start:end] for start, end in error.spans][: len(places)] == places
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("text", "bound", "about", "place", "message"),
    [
        ("sum(inv(W))", {"W": [[1, 2], [2, 4]]}, "value", "inv(W)", "inv is defined for det(W) != 0; here det(W) = 0"),
        ("sum(solve(W, [1, 2]))", {"W": [[0, 0], [0, 0]]}, "value", "solve(W, [1, 2])", "here det(W) = 0"),
        ("sum(log(u))", {"u": [1, 2, -1]}, "value", "log(u)", "here u = -1 (element [2])"),
        ("sum(sqrt(W))", {"W": [[1, 0], [1, 1]]}, "gradient", "sqrt(W)", "infinite at W = 0 (element [0, 1])"),
        ("sum(u)", {"u": [1, math.nan]}, "value", "u", "u[1] is NaN"),
        ("sum(exp(u))", {"u": [1, 1000]}, "value", "exp(u)", "overflows"),
    ],
)
def test_what_is_undefined_names_its_element(text, bound, about, place, message) -> None:
    found = Formula(text).gradient(bound).diagnosis
    assert found is not None
    assert (found.about, text[slice(*found.span)]) == (about, place)
    assert message in found.message


def test_every_row_has_a_pullback_for_each_argument_and_an_example() -> None:
    for row in ON_ARRAYS:
        assert len(row.pullbacks) in ((1, 2) if row.variadic else (len(row.params),)), row.name
        value = Formula(row.example).value()
        assert np.isfinite(value).all(), row.name


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_gradient_of_a_network_is_that_of_pytorch(activation) -> None:
    stored = json.loads((DATA / "two_layer_network.json").read_text(encoding="utf-8"))
    formula = Formula(
        f"h = {activation}(X @ W1.T + b1); z = h @ W2.T + b2\n"
        "mean(logsumexp(z, axis=1) - sum(Y*z, axis=1))"
    )  # fmt: skip
    gradient = formula.gradient(stored["inputs"], wrt=["W1", "b1", "W2", "b2"])
    assert gradient.value == pytest.approx(stored[activation]["loss"], rel=1e-14)
    for name, wanted in stored[activation]["gradient"].items():
        np.testing.assert_allclose(gradient.partials[name], wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("infinite", [0.0, [0.0, 0.0], [1.0, 0.0]], ids=str)
@pytest.mark.parametrize("number", [3.0, [3.0, 4.0]], ids=str)
def test_an_output_without_weight_adds_nothing_even_where_it_is_infinite(infinite: Any, number: Any) -> None:
    ones, zeros = np.ones(np.shape(number)), np.zeros(np.shape(infinite))
    gradient = Formula("x, 1/y, log(-1 - y)").gradient(x=number, y=infinite, seed=[ones, zeros, zeros])
    assert gradient.value == np.sum(number)
    assert np.array_equal(gradient.partials["x"], ones)
    assert np.array_equal(gradient.partials["y"], zeros)
