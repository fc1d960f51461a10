"""Explanations: rules that are true, parts and paths that add up, and documents that compile."""

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.support import NAMES, autodiff, smooth_formula

from autodiff import BindingError, Formula
from autodiff.differentiate.derive.written_rules import text_of_rule
from autodiff.differentiate.results.explanation import Explanation
from autodiff.differentiate.sweep.floats import strong_product
from autodiff.evaluate.floats import forward
from autodiff.graph.expression import write
from autodiff.graph.graph import defects
from autodiff.ops.table import ELEMENTWISE

COORDINATES = st.floats(-3, 3, allow_nan=False).map(lambda number: round(number, 3))


def call(name: str, arity: int) -> str:
    return f"{name}({', '.join(f'x{k}' for k in range(arity))})"


def points(samples: tuple[tuple[float, float], ...], arity: int) -> Iterator[list[float]]:
    """A few points inside the sample intervals of a row, off the integers, where functions jump."""
    chosen = samples * arity if len(samples) < arity else samples
    for share in (0.31, 0.57, 0.93):
        yield [low + (high - low) * (share + 0.013 * k) for k, (low, high) in enumerate(chosen[:arity])]


# Conditions and choices have keywords for names; the tests below explain them.
@pytest.mark.parametrize("row", [row for row in ELEMENTWISE if not row.share and not row.selects], ids=lambda r: r.name)
def test_a_written_rule_has_the_value_of_the_local_gradient(row) -> None:
    arity = 3 if row.variadic else len(row.params)
    formula = Formula(call(row.name, arity))
    for at in points(row.samples or ((0.5, 2),) * arity, arity):
        explanation = formula.explain({f"x{k}": value for k, value in enumerate(at)})
        step = explanation.forward[-1]
        for edge in step.edges:
            assert edge.rule is not None
            assert defects(edge.rule) == []
            values = forward(edge.rule, [explanation.gradient.values[explanation.number(x)] for x in edge.rule.inputs])
            found = values[edge.rule.outputs[0]]
            assert edge.local is not None
            assert found == pytest.approx(edge.local, rel=1e-6, abs=1e-12, nan_ok=True), edge.text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("x^2", "2*x"),
        ("x^3", "3*x^2"),
        ("x^y", "y*x^(y - 1)"),
        ("2^x", "2^x*log(2)"),
        ("tanh(x)", "1/cosh(x)^2"),
        ("hypot(x, y)", "x/hypot(x, y)"),
        ("abs(x)", "sign(x)"),
        ("relu(x)", "x > 0"),
        ("max(x, y)", "x == max(x, y)"),
        ("clamp(x, 0, 1)", "x > 0 and x <= 1"),
        ("x/y", "1/y"),
        ("x*y", "y"),
        ("x + y", "1"),
        ("sqrt(x)", "1/(2*sqrt(x))"),
        ("k = 3; x^k", "k*x^(k - 1)"),
        ("degrees(x)*pi", "180/pi"),
        ("pi*y + degrees(x)", "180/3.141592653589793"),
    ],
)
def test_a_rule_reads_as_in_a_textbook(text: str, rule: str) -> None:
    point = {"x": 0.5, "y": 2.0, "pi": 3.0} if text.startswith("pi*y") else {"x": 0.5, "y": 2.0}
    formula = Formula(text)
    explanation = formula.explain({name: value for name, value in point.items() if name in formula.graph(point).inputs})
    rules = [edge.text for step in explanation.forward for edge in step.edges if edge.name == "x"]
    assert rules[0] == rule


def test_no_part_of_a_rule_takes_the_name_of_a_node() -> None:
    explanation = Formula("logsumexp(x, y, 3)*a + b").explain(x=1, y=2, a=3, b=4)
    names = {*explanation.gradient.names}
    for step in explanation.forward:
        for edge in step.edges:
            if edge.rule is not None:
                *parts, _ = write(edge.rule, edge.rule.outputs[0], avoid=names).split("; ")
                assert not names & {part.split(" = ")[0] for part in parts}
                assert text_of_rule(edge.rule, names) == edge.text


def test_the_guards_of_a_rule_are_left_out_only_where_the_point_has_chosen() -> None:
    rule = Formula("hypot(x, y)").explain(x=0, y=0).forward[-1].edges[0].text
    assert rule == "0"
    assert Formula("abs(x)").explain(x=0).forward[-1].edges[0].text == "sign(x)"
    assert Formula("max(x, y)").explain(x=1, y=1).forward[-1].edges[0].text.endswith("/ties(max(x, y), x, y)")


def explained(data: bytes, at: tuple[float, float, float]) -> Explanation:
    formula = Formula(smooth_formula(data))
    return formula.explain({name: value for name, value in zip(NAMES, at, strict=True) if name in formula.variables})


@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3))
@settings(deadline=None, max_examples=60)
def test_the_parts_of_a_gradient_add_up_to_it(data: bytes, at: tuple[float, float, float]) -> None:
    explanation = explained(data, at)
    assume(explanation.gradient.diagnosis is None)
    for step in explanation.backward:
        total = 0.0
        for part in step.parts:
            total += part.amount
        assert total == step.node.gradient
        for part in step.parts:
            if part.source is not None:
                assert part.amount == strong_product(part.upstream, part.local)
        assert [edge.downstream for edge in step.edges] == [
            amount for k, amount in enumerate(step.node.downstream) if explanation.passes(step.node.id, k)
        ]


@given(st.binary(max_size=24), st.tuples(*[COORDINATES] * 3), st.integers(1, 6))
@settings(deadline=None, max_examples=60)
def test_paths_add_up_to_the_gradient_and_the_largest_come_first(
    data: bytes, at: tuple[float, float, float], most: int
) -> None:
    explanation = explained(data, at)
    assume(explanation.gradient.diagnosis is None)
    for found in explanation.paths(most=most):
        everything = list(every_path(explanation, found.node))
        assume(len(everything) < 5000)
        assert found.total == len(everything)
        largest = sorted((abs(path) for path in everything), reverse=True)[:most]
        assert [abs(route.contribution) for route in found.shown] == pytest.approx(largest, rel=1e-9, abs=1e-300)
        total = math.fsum([route.contribution for route in found.shown] + [found.rest])
        assert total == pytest.approx(explanation.gradient.adjoints[found.node], rel=1e-9, abs=1e-12)


def every_path(explanation: Explanation, node: int) -> Iterator[float]:
    """The contribution of every path from a node to the output, one after the other."""
    graph = explanation.graph
    stack = [(graph.outputs[0], 1.0)]
    while stack:
        at, product = stack.pop()
        if at == node:
            yield product
        if at < graph.base:
            continue
        partials = explanation.gradient.local_partials(at)
        for k, arg in enumerate(graph.args[at - graph.base]):
            if explanation.passes(at, k):
                stack.append((arg, strong_product(product, partials[k])))


def test_reuse_of_a_variable_is_seen_in_its_paths() -> None:
    (found,) = Formula("(x + y) * max(y, z)").explain(x=1, y=2, z=0).paths(["y"])
    names = Formula("(x + y) * max(y, z)").gradient(x=1, y=2, z=0).names
    assert [([names[node] for node in route.nodes], route.contribution) for route in found.shown] == [
        (["y", "b", "f"], 3.0),
        (["y", "a", "f"], 2.0),
    ]
    assert (found.total, found.rest) == (2, 0.0)


def test_very_many_paths_are_counted_and_not_followed() -> None:
    text = "\n".join(f"t{k + 1} = t{k}*0.75 + t{k}*0.25" for k in range(2000))
    (found,) = Formula("t0 = 1*x\n" + text).explain(x=2).paths(most=3)
    assert found.total == 2**2000
    assert [route.contribution for route in found.shown] == sorted(
        [route.contribution for route in found.shown], reverse=True
    )
    assert found.rest == pytest.approx(1 - sum(route.contribution for route in found.shown))
    done = autodiff("explain", "t0 = 1*x\n" + text, "--x", "2", "--paths", "--most", "1")
    assert "along about 10^602 paths" in done.stdout


def test_a_branch_that_is_not_chosen_gets_no_gradient() -> None:
    explanation = Formula("log(x) if x > 0 else x^2").explain(x=-1)
    steps = {step.node.operation: step for step in explanation.forward}
    assert not steps["log(x)"].used
    assert [part.amount for part in explanation.step("x").parts] == [-2.0]
    assert [routes.total for routes in explanation.paths()] == [1]


def test_on_its_boundary_a_choice_counts_both_branches() -> None:
    explanation = Formula("2x if x > 0 else sin(x)").explain(x=0)
    assert [part.amount for part in explanation.step("x").parts] == [0.5, 1.0]


def test_a_zero_silences_what_is_not_finite() -> None:
    explanation = Formula("sqrt(x)*y").explain(x=0, y=0)
    (edge,) = explanation.step("a").edges
    assert (edge.local, edge.downstream, edge.strong_zero) == (math.inf, 0.0, True)
    assert explanation.gradient.nodes[2].downstream == (0.0,)


def test_a_zero_silences_an_infinite_upstream_gradient() -> None:
    nodes = Formula("sqrt(floor(x)*x + 0*x)").gradient(x=0).nodes
    assert all(amount == amount for node in nodes for amount in node.downstream if amount is not None)


def test_arrays_hand_on_what_their_pullbacks_say() -> None:
    explanation = Formula("z = W @ x + b; sum(z^2)/2").explain(W=[[1, 2], [3, 4]], x=[1, 2], b=1)
    product = explanation.step("a")
    assert [(edge.name, edge.text, edge.local) for edge in product.edges] == [
        ("W", "outer(g, x)", None),
        ("x", "W.T @ g", None),
    ]
    for step in explanation.backward:
        total = sum(np.asarray(part.amount) for part in step.parts)
        np.testing.assert_array_equal(total, step.node.gradient)
    for found in explanation.paths():
        total = sum(np.asarray(route.contribution) for route in found.shown)
        np.testing.assert_allclose(total, explanation.gradient.adjoints[found.node])


def test_a_seed_is_the_first_part_of_its_output() -> None:
    explanation = Formula("a = x*y; a, a + x").explain(x=1, y=2, seed=[3, -1])
    assert [(part.name, part.amount) for part in explanation.step("a").parts] == [("", 3.0), ("f2", -1.0)]
    assert explanation.step("x").node.gradient == 3.0


def test_an_unknown_node_is_an_error_that_names_the_nodes() -> None:
    explanation = Formula("alpha = x*y; alpha^2").explain(x=1, y=2)
    with pytest.raises(BindingError) as error:
        explanation.step("alhpa")
    assert error.value.hint == "did you mean 'alpha'?"
    with pytest.raises(BindingError) as error:
        explanation.step("q")
    assert "x, y, alpha, f" in error.value.hint


def test_steps_are_in_the_order_of_the_passes() -> None:
    explanation = Formula("sin(x*y) + exp(x)^2").explain(x=1, y=2)
    numbers = [step.node.id for step in explanation.backward if step.node.args]
    assert all(before > after for before, after in pairwise(numbers))
    numbers = [step.node.id for step in explanation.forward]
    assert all(before < after for before, after in pairwise(numbers))


@pytest.mark.parametrize("form", ["text", "markdown", "latex"])
def test_a_big_graph_is_abbreviated_unless_all_of_it_is_asked_for(form: str) -> None:
    text = "x" + " + sin(x)" * 40
    short = autodiff("explain", text, "--x", "1", "--format", form)
    long = autodiff("explain", text, "--x", "1", "--format", form, "--all")
    assert "81 nodes" in short.stdout and len(short.stdout.splitlines()) < 25
    assert len(long.stdout.splitlines()) > 200
    one = autodiff("explain", text, "--x", "1", "--format", form, "--node", "a")
    assert "sin" in one.stdout and "81 nodes" not in one.stdout


#: Names that LaTeX would stumble over.
LETTERS = (
    "lambda", "θ_max", "x₁", "Δx", "é", "_", "x_", "naïve_x", "变", "x̂", "xᵢ", "α₁₂", "x__y", "ñ", "ø", "Ж", "a_b_c",
    "ħ", "ά",
)  # fmt: skip
#: A formula for every kind of sentence.
DOCUMENTS = {
    "names": ("*".join(LETTERS), *(f"--{name}=2" for name in LETTERS), "--paths"),
    "max": ("(x + y) * max(y, z)", "--x=1", "--y=2", "--z=0", "--paths"),
    "arrays": ("z = W @ x + b; sum(z^2)/2", "--W=[[1,2],[3,4]]", "--x=[1,2]", "--b=1", "--paths"),
    "large_arrays": ("sum((W @ W.T)^2)", "--W=[[1,2,3],[4,5,6],[7,8,9],[1,2,3],[4,5,6]]"),
    "options": (
        "mean(softmax(x)[1:] @ W.T, axis=0) + norm(x) + det([[x[0],2],[3,4]])",
        "--x=[1,2,3]",
        "--W=[[1,2]]",
    ),
    "kink": ("abs(x_1)*y + floor(x_1 + 1/2) + max(x_1, 0*y)", "--x_1=0", "--y=3"),
    "branch": ("log(x) if x > 0 and not x >= 9 else x % 7", "--x=-1", "--paths"),
    "node": ("log(x) if x > 0 else x^2 # {50%} & $1 ~ \\ ^", "--x=-1", "--node=f", "--paths"),
    "no_value": ("log(x)", "--x=-1", "--paths"),
    "no_value_node": ("log(x)", "--x=-1", "--node=f"),
    "infinite": ("sqrt(x)*1e300*1e10", "--x=0"),
    "seed": ("x*y, x+y", "--x=1", "--y=2", "--seed=1,-2", "--paths"),
    "own": ("σ₂(x)^2*größe_x_1(y, σ₂(y))", "--x=1", "--y=2", "--paths"),
    "many_paths": ("f(x)=x+x; " + "f(" * 12 + "x" + ")" * 12, "--x=1e-8", "--paths", "--most=3"),
    "rules": (
        " + ".join(call(row.name, 2 if row.variadic else len(row.params)) for row in ELEMENTWISE if not row.share),
        "--x0=0.4", "--x1=0.3", "--x2=0.7", "--all", "--paths",
    ),
}  # fmt: skip

#: Operations of a user, whose names are as free as those of variables.
OWN = """
σ₂(θ₁) = 1/(1 + exp(-θ₁))
d/dθ₁ = σ₂(θ₁)*(1 - σ₂(θ₁))
größe_x_1(x, y) = x^2*y
d/dx = 2*x*y
d/dy = x^2
"""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_document_compiles(name: str, tmp_path: Path) -> None:
    compiler = shutil.which("pdflatex")
    if compiler is None:
        pytest.skip("there is no pdflatex here to compile the document")
    formula, *options = DOCUMENTS[name]
    own = tmp_path / "own.ops"
    own.write_text(OWN, encoding="utf-8")
    done = autodiff("explain", formula, *options, "--format", "latex", "--ops", str(own))
    assert done.code in (0, 3), done.stderr
    (tmp_path / "notes.tex").write_text(done.stdout, encoding="utf-8")
    command = [compiler, "-interaction=nonstopmode", "-halt-on-error", "notes.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=600, check=False)
    log = ran.stdout.decode(errors="replace")
    assert ran.returncode == 0, "\n".join(line for line in log.splitlines() if line.startswith("!")) or log[-1000:]
    assert not re.search(r"Missing character|invalid in math|undefined", log)
    assert (tmp_path / "notes.pdf").stat().st_size > 5000


def test_a_fragment_is_the_body_of_the_document() -> None:
    args = ("explain", "x^2", "--x", "1", "--format", "latex")
    document, fragment = autodiff(*args).stdout, autodiff(*args, "--fragment").stdout
    assert document.partition("\\begin{document}\n")[2] == fragment + "\\end{document}\n"


def test_greek_names_of_operations_are_commands_of_latex(tmp_path: Path) -> None:
    own = tmp_path / "own.ops"
    own.write_text(OWN, encoding="utf-8")
    args = ("explain", "σ₂(x)*x", "--x", "1", "--format", "latex", "--fragment", "--ops", str(own))
    fragment = autodiff(*args).stdout
    assert fragment.isascii() and r"\operatorname{\sigma_{2}}\left(x\right)" in fragment
