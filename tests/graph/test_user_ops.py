"""Operations that a user defines: they behave as built-in ones, and what is wrong with them is said where it stands."""

import json
import math
import subprocess
import sys
from pathlib import Path

import mpmath
import pytest
from tests.support import autodiff

import autodiff as ad
from autodiff.api import differentiate
from autodiff.evaluate import extended
from autodiff.evaluate.compiled import partial_function, value_function
from autodiff.graph.graph import defects
from autodiff.graph.read_definitions import read_operations

ACTIVATIONS = """
# activation functions
swish2(x) = x*sigmoid(x)
d/dx = sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))

huber(x, k) = where(abs(x) <= k, x^2/2, k*(abs(x) - k/2))
doc: quadratic near 0, linear beyond k
d/dx = clamp(x, -k, k)
d/dk = where(abs(x) <= k, 0, abs(x) - k)
domain: k > 0
example: huber(3, 1)

leaky(x) = where(x > 0, x, x/10)
d/dx from below = where(x > 0, 1, 1/10)
d/dx from above = where(x >= 0, 1, 1/10)
alias: lrelu, leaky

cube(x) = x^3          # no rule: its value is differentiated
both(x, y) = swish2(x) # a value over two lines
d/dx = sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))
d/dy = 0
mse(a, b) = mean((a
    - b)^2)
logi(x) = 1/(1 + exp(-x))
d/dx = logi(x)*(1 - logi(x))
"""
#: The same operations as functions of the formula, which unfold to operations of the table.
FUNCTIONS = """
swish2(x) = x*sigmoid(x)
huber(x, k) = where(abs(x) <= k, x^2/2, k*(abs(x) - k/2))
leaky(x) = where(x > 0, x, x/10)
cube(x) = x^3
both(x, y) = swish2(x)
mse(a, b) = mean((a - b)^2)
logi(x) = 1/(1 + exp(-x))
"""
OPS = ad.load_ops(ACTIVATIONS)
FORMULAS = [
    "swish2(x)", "x*huber(x, y)", "huber(2x, y)^2", "leaky(x - y)*y", "cube(x)*y", "both(x, y)*x", "logi(x*y)",
    "swish2(cube(leaky(x)))", "a = swish2(x); huber(a, y) + leaky(a)",
]  # fmt: skip
POINT = {"x": 0.7, "y": 1.3}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "activations.ops"
    path.write_text(ACTIVATIONS, encoding="utf-8")
    return path


def point(formula: ad.Formula) -> dict[str, float]:
    return {name: POINT[name] for name in formula.variables}


@pytest.mark.parametrize("text", FORMULAS)
def test_an_operation_has_the_value_and_the_derivatives_of_its_formula(text: str) -> None:
    ours, theirs = ad.Formula(text, ops=OPS), ad.Formula(FUNCTIONS + text)
    at = point(ours)
    assert defects(ours.graph()) == []
    assert ours.value(at) == pytest.approx(theirs.value(at), rel=1e-14)
    assert ours.gradient(at).partials == pytest.approx(theirs.gradient(at).partials, rel=1e-13)
    assert ours.tangent(at).derivatives[0] == pytest.approx(theirs.tangent(at).derivatives[0], rel=1e-13)
    for row, expected in zip(ours.hessian(at).entries, theirs.hessian(at).entries, strict=True):
        assert row == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("text", FORMULAS)
def test_the_check_passes_operations_whose_rules_are_right(text: str) -> None:
    found = ad.check(ad.Formula(text, ops=OPS), point(ad.Formula(text, ops=OPS)))
    assert found.verdict.value == "PASS"
    assert all(one.symbolic is not None for one in found.inputs.values()), "SymPy does not know the operations"


@pytest.mark.parametrize("text", FORMULAS)
def test_the_printed_derivative_is_a_formula_with_the_same_operations(text: str) -> None:
    formula = ad.Formula(text, ops=OPS)
    at = point(formula)
    for derivative in differentiate(formula):
        again = ad.Formula(derivative.text, ops=OPS)
        value = again.value({name: POINT[name] for name in again.variables})
        assert value == pytest.approx(formula.gradient(at).partials[derivative.variable], rel=1e-13)


def test_an_operation_with_rules_is_one_node_and_one_without_is_its_value() -> None:
    rules = ad.Formula("swish2(x)", ops=OPS).gradient(x=0.5)
    assert [node.operation for node in rules.nodes] == ["x", "swish2(x)"]
    unfolded = ad.Formula("c = cube(x); 2c", ops=OPS).gradient(x=0.5)
    assert [(node.name, node.operation) for node in unfolded.nodes][-2:] == [("c", "x^3"), ("f", "2 * c")]
    assert unfolded.graph.source(len(unfolded.graph) - 2) == "cube(x)", "a part is not at the place of the call"


def test_an_operation_works_element_by_element_on_arrays() -> None:
    formula = ad.Formula("sum(huber(x, k)*leaky(x))", ops=OPS)
    xs = [-2.0, 0.5, 3.0]
    at = {"x": xs, "k": 1.0}
    found = formula.gradient(at)
    one = [ad.Formula("huber(x, k)*leaky(x)", ops=OPS).gradient(x=x, k=1) for x in xs]
    assert list(found.partials["x"]) == pytest.approx([each.partials["x"] for each in one])
    assert found.partials["k"] == pytest.approx(sum(each.partials["k"] for each in one))
    assert ad.check(formula, at).verdict.value == "PASS"
    assert ad.Formula("mse(x, 0)", ops=OPS).gradient(x=[1.0, 3.0]).partials["x"].tolist() == [1.0, 3.0]


def test_a_kink_is_marked_and_its_midpoint_used() -> None:
    found = ad.Formula("leaky(x)", ops=OPS).gradient(x=0)
    assert found.partials == {"x": 0.55}
    assert found.nodes[-1].kink is not None
    assert ad.check(ad.Formula("leaky(x)", ops=OPS), {"x": 0}).verdict.value == "KINK"
    # What is differentiated through its value has the kinks of what it is made of.
    ops = ad.load_ops("top(x) = max(x, 3*x)")
    assert ad.Formula("top(x)", ops=ops).gradient(x=0).nodes[-1].kink is not None


@pytest.mark.parametrize("name", ["swish2", "huber", "leaky", "both", "logi"])
def test_every_engine_computes_the_same_value_and_partials(name: str) -> None:
    (row,) = OPS.called(name)
    arity = len(row.params)
    for at in ([0.3, 0.9], [2.5, 1.5], [-1.25, 0.5]):
        given = at[:arity]
        value = value_function(row, arity)(*given)
        with extended.digits(40):
            exact = [mpmath.mpf(x) for x in given]
            assert value == pytest.approx(float(extended.function(row, arity)(*exact)), rel=1e-14)
            for k in range(arity):
                ours = partial_function(row, arity, k)(*given, value)
                assert ours == pytest.approx(float(extended.partial(row, k, exact)), rel=1e-13)


WRONG = {
    "by 0.1 %": ("f(x, y) = x^2*y\nd/dx = 2.002*x*y\nd/dy = x^2", "d/dx of f"),
    "in the sign": ("f(x, y) = x^2*y\nd/dx = 2*x*y\nd/dy = -x^2", "d/dy of f"),
    "swapped": ("f(x, y) = x^2*y\nd/dx = x^2\nd/dy = 2*x*y", "d/dx of f"),
    "on one side of a kink": ("f(x, y) = abs(x) + y\nd/dx = 1/2 + sign(x)\nd/dy = 1", "d/dx of f"),
    "in an operation that another one calls": (
        "g(x) = sin(x)\nd/dx = cos(x)^2\nf(x, y) = g(x)*y\nd/dx = y*cos(x)\nd/dy = sin(x)\nh(x, y) = 2g(x) + y",
        "d/dx of g",
    ),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_wrong_rule_fails_the_check_which_names_it(why: str, tmp_path: Path) -> None:
    text, named = WRONG[why]
    path = tmp_path / "wrong.ops"
    path.write_text(text, encoding="utf-8")
    call = "h(x, y)" if "h(x" in text else "f(x, y)"
    for args in ([f"sin({call})"], [f"sum([1, 2]*{call})"]):
        done = autodiff("grad", *args, "--x", "0.6", "--y", "1.7", "--ops", str(path), "--check", "--format", "json")
        assert done.code == 1
        assert f"wrong derivative: {named} is " in done.stderr
        assert json.loads(done.stdout)["check"]["verdict"] == "FAIL"


@pytest.mark.parametrize("command", ["jacobian", "hessian"])
def test_the_check_of_a_matrix_names_a_wrong_rule_at_its_place(command: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.ops"
    path.write_text("f(x) = x^2\nd/dx = 2.002*x", encoding="utf-8")
    done = autodiff(command, "x*f(x)", "--x", "3", "--ops", str(path), "--check", "--format", "plain")
    assert done.code == 1
    assert done.stderr.splitlines()[-2:] == ["  |  x*f(x)", "  |    ^^^^"]
    assert "wrong derivative: d/dx of f is " in done.stderr


def test_a_claim_is_held_against_the_value_and_not_against_a_wrong_rule(tmp_path: Path) -> None:
    path = tmp_path / "wrong.ops"
    path.write_text("f(x) = x^2\nd/dx = 2.002*x", encoding="utf-8")
    right = autodiff("verify", "f(x) + x", "--claim", "x=2*x + 1", "--ops", str(path), "--format", "plain")
    wrong = autodiff("verify", "f(x) + x", "--claim", "x=2.002*x + 1", "--ops", str(path), "--format", "plain")
    assert (right.stdout, right.code) == ("x\tPASS\n", 0)
    assert (wrong.stdout, wrong.code) == ("x\tFAIL\n", 1)


def test_formulas_with_different_operations_do_not_see_each_others_rows() -> None:
    one, two = ad.load_ops("f(x) = x\nd/dx = 1"), ad.load_ops("f(x) = 3*x\nd/dx = 3")
    assert ad.Formula("f(x)", ops=one).gradient(x=2).partials == {"x": 1.0}
    assert ad.Formula("f(x)", ops=two).gradient(x=2).partials == {"x": 3.0}
    assert ad.Formula("f(x)", ops=one).gradient(x=2).partials == {"x": 1.0}
    with pytest.raises(ad.FormulaError, match="there is no function 'f'"):
        ad.Formula("f(x)")


def test_operations_load_from_a_path_a_text_and_upon_others(file: Path) -> None:
    assert [row.name for row in ad.load_ops(file).rows] == [row.name for row in OPS.rows]
    assert [row.name for row in ad.load_ops(str(file)).rows] == [row.name for row in OPS.rows]
    more = ad.load_ops("twice(x) = 2*cube(x)", OPS)
    assert ad.Formula("twice(x)", ops=more).value(x=2) == 16.0
    assert OPS.called("twice") == ()
    assert ad.check(ad.Formula("twice(x)", ops=more), {"x": 2}).verdict.value == "PASS"


def test_every_command_that_takes_a_formula_takes_operations(file: Path) -> None:
    ops = ["--ops", str(file)]
    assert autodiff("eval", "cube(x)", "--x", "2", "--format", "value", *ops).stdout == "8.0\n"
    assert autodiff("eval", *ops, "cube(x)", "--x=2", "--format=value").stdout == "8.0\n"
    assert autodiff("eval", "cube(x)", "--x=2", "--format=value", f"--ops={file}").stdout == "8.0\n"
    assert autodiff("grad", "lrelu(x)", "--x", "2", "--format", "plain", *ops).stdout == "f\t2.0\nx\t1.0\n"
    assert autodiff("jacobian", "cube(x), x", "--x", "2", "--format", "value", *ops).stdout == "12.0\n1.0\n"
    assert autodiff("hessian", "cube(x)", "--x", "2", "--format", "value", *ops).stdout == "12.0\n"
    assert autodiff("diff", "logi(2x)", *ops).stdout == "2*logi(2*x)*(1 - logi(2*x))\n"
    assert autodiff("diff", "logi(x)", "--format", "latex", *ops).stdout.count(r"\operatorname{logi}") == 2
    assert (
        r"\operatorname{my\_op}" in autodiff("diff", "x*my_op(x)", "--format", "latex", *with_underscore(file)).stdout
    )
    assert autodiff("diff", "swish2(x)", "--simplify", *ops).code == 0
    assert autodiff("verify", "cube(x)", "--claim", "x=3x^2", *ops).code == 0
    assert "--x NUMBER" in autodiff("grad", "cube(x)", "--help", *ops).stdout
    assert "did you mean 'swish2'?" in autodiff("eval", "swsh2(1)", *ops).stderr


def with_underscore(file: Path) -> list[str]:
    path = file.with_name("underscore.ops")
    path.write_text("my_op(x) = sin(x)\nd/dx = cos(x)", encoding="utf-8")
    return ["--ops", str(path)]


def test_several_files_load_in_order(file: Path) -> None:
    second = file.with_name("second.ops")
    second.write_text("sixth(x) = cube(x)^2", encoding="utf-8")
    both = ["--ops", str(file), "--ops", str(second)]
    assert autodiff("grad", "sixth(x)", "--x", "1", "--check", "--format", "plain", *both).code == 0
    assert "there is no function 'cube'" in autodiff("eval", "1", "--ops", str(second), "--ops", str(file)).stderr


def test_functions_lists_and_shows_them(file: Path) -> None:
    listed = autodiff("functions", "--ops", str(file)).stdout
    assert "huber(x, k)" in listed and "quadratic near 0, linear beyond k" in listed and "tanh(x)" in listed
    shown = autodiff("functions", "huber", "--ops", str(file)).stdout
    assert "  d/dk     where(abs(x) <= k, 0, abs(x) - k)\n" in shown
    assert "  domain   k > 0\n" in shown
    assert "  example  huber(3, 1) = 2.5\n" in shown
    assert "through its value" in autodiff("functions", "cube", "--ops", str(file)).stdout
    rows = json.loads(autodiff("functions", "--format", "json", "--ops", str(file)).stdout)
    assert {"leaky", "tanh"} <= {row["name"] for row in rows}
    assert "did you mean 'huber'?" in autodiff("functions", "hubre", "--ops", str(file)).stderr


def test_outside_its_domain_an_operation_says_where_it_is_defined(tmp_path: Path) -> None:
    path = tmp_path / "pole.ops"
    path.write_text("pole(x) = 1/(x - 1)\nd/dx = -pole(x)^2\ndomain: x != 1", encoding="utf-8")
    done = autodiff("grad", "pole(y)", "--y", "1", "--ops", str(path), "--format", "value")
    assert done.code == 3
    assert "pole is defined for y != 1; here y = 1" in done.stderr


#: A text, the message, and what the caret points at.
MISTAKES = [
    ("sin(x) = x", "'sin' is built in", "sin"),
    ("pi(x) = x", "'pi' is a constant", "pi"),
    ("f(x) = x\nalias: cos", "'cos' is built in", "cos"),
    ("f(x) = x\nf(y) = y", "'f' is defined twice", "f"),
    ("f(x, y) = x*y\nd/dx = y", "f has no d/dy", "y"),
    ("f(x) = x\nd/dz = 1", "f has no parameter 'z'", "z"),
    ("f(x) = x\nd/dx = 1\nd/dx = 1", "f has d/dx twice", "d/dx = 1"),
    ("f(x) = x\nd/dx from below = 1", "f has d/dx from below, and none from above", "d/dx from below = 1"),
    ("f(x) = x\ndg/dx = 1", "this is a derivative of g, and stands below f", "dg/dx = 1"),
    ("f(x) = x^2\nd/dx = 2*x*z", "'z' is no parameter", "z"),
    ("f(x) = x^2\nd/dx = 2*sinn(x)", "there is no function 'sinn'", "sinn"),
    ("f(x) = x^2 +* 2", "a value is missing after '+', before '*'", "*"),
    ("f(x) = sin(x\n\ng(x) = x", "this '(' is never closed", "("),
    ("f(x) = f(x - 1)", "f calls itself", "f"),
    ("f(x) = g(x)\ng(x) = f(x)", "g is defined below", "g"),
    ("f(x) = x, 2", "an operation has one value", "x, 2"),
    ("f(x) =\nd/dx = 1", "f has no value", "f(x) ="),
    ("f() = 1", "the parameters are names with a comma between two", "f()"),
    ("f(x, x) = 1", "two parameters are called 'x'", "x"),
    ("f(2) = 1", "'2' cannot be a name here", "2"),
    ("if(x) = 1", "'if' cannot be a name here", "if"),
    ("f = x", "'f' says nothing about an operation", "f"),
    ("hello world", "this defines no operation", "hello world"),
    ("d/dx = 1", "this line belongs to no operation", "d/dx = 1"),
    ("f(x) = x\ndomian: x > 0", "'domian' says nothing about an operation", "domian"),
    ("f(x) = x\ndomain: x > 0", "f has a domain, and no d/d line", "x > 0"),
    ("f(x) = sum(x)\nd/dx = 1", "an operation with d/d lines works on numbers, and sum on arrays", "sum(x)"),
    ("m(x) = sum(x)\nf(x) = m(x)\nd/dx = 1", "an operation with d/d lines works on numbers, and m on arrays", "m(x)"),
    ("f(x) = x\nexample: f(y)", "an example is a call with numbers", "f(y)"),
    ("f(x) = x\ndoc: a\ndoc: b", "f has two lines for 'doc'", "doc: b"),
    ("f(x) = $(rm)", "'$' means nothing here", "$"),
    ("f(x) = \x00", "'\\x00' means nothing here", "\x00"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "place"), MISTAKES)
def test_a_mistake_is_underlined_in_the_file(text: str, message: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(ad.AutodiffError) as caught:
        read_operations(f"\n# first\n{text}\n")
    assert caught.value.message == message
    assert caught.value.hint
    ((start, end),) = caught.value.spans
    assert caught.value.text[start:end] == place
    path = tmp_path / "mistake.ops"
    path.write_text(f"# first\n{text}\n", encoding="utf-8")
    done = autodiff("eval", "1", "--ops", str(path))
    assert done.code == 2
    assert f"error: {message}\n  --> {path}, line " in done.stderr
    assert "^" in done.stderr
    assert autodiff("functions", "--ops", str(path)).stderr == done.stderr


def test_files_that_are_no_definitions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "hostile.ops"
    for data, message in [
        (b"\xff\xfe\x00", "is no UTF-8 text"),
        (b"a" * (1 << 24) + b"a", "is larger than 16 MiB"),
        (b"# nothing\n", "no operation is defined"),
        (b"f(x) = " + b"x + " * 20_000 + b"x", "f computes more than 10,000 operations"),
    ]:
        path.write_bytes(data)
        done = autodiff("eval", "1", "--ops", str(path))
        assert (done.code, message in done.stderr) == (2, True), message
    assert "cannot be read" in autodiff("eval", "1", "--ops", str(tmp_path / "none")).stderr
    assert "'--ops' requires an argument" in autodiff("eval", "1", "--ops").stderr


def test_neither_depth_nor_number_nor_doubling_of_operations_is_a_problem() -> None:
    nested = ad.load_ops("f(x) = " + "(" * 100_000 + "x" + ")" * 100_000)
    assert ad.Formula("f(x)", ops=nested).value(x=2) == 2.0
    deep = ad.load_ops("f(x) = " + "sin(" * 5000 + "x" + ")" * 5000 + "\nd/dx = 1")
    assert ad.Formula("f(x)", ops=deep).value(x=2) == pytest.approx(0.0245, rel=1e-2)
    for rule in ("", "\nd/dx = {0} + 1"):
        rows = [f"f0(x) = x{rule}".format(0)]
        rows += [f"f{k}(x) = x + f{k - 1}(x){rule}".format(k) for k in range(1, 1000)]
        chain = ad.load_ops("\n".join(rows))
        assert ad.Formula("f999(x)", ops=chain).gradient(x=2).partials == {"x": 1000.0}
        assert ad.check(ad.Formula("f999(x)", ops=chain), {"x": 2}).verdict.value == "PASS"
    with pytest.raises(ad.LimitError, match="computes more than 10,000 operations"):
        ad.load_ops("\n".join(f"f{k}(x) = {f'f{k - 1}(x)*f{k - 1}(x + 1)' if k else 'x'}" for k in range(60)))


def test_names_and_parameters_may_be_any_names() -> None:
    text = "τ1(x₁, value, e, _0) = x₁*value*e*_0\nd/dx₁ = value*e*_0\nd/dvalue = x₁*e*_0\nd/de = x₁*value*_0\n"
    ops = ad.load_ops(text + "∂τ1/∂_0 = x₁*value*e\nf1(a) = a\nd/da = 1\nf(" + ", ".join("abcdefghijk") + ") = f1(k)")
    found = ad.Formula("τ1(a, 2, b, 5) + f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, f1(a))", ops=ops).gradient(a=3, b=7)
    assert found.value == 213.0
    assert found.partials == {"a": 71.0, "b": 30.0}


def test_carriage_returns_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.ops"
    path.write_bytes(b"\xef\xbb\xbff(x) = x^2\r\nd/dx = 2*x # twice\r\n")
    assert ad.Formula("f(x)", ops=ad.load_ops(path)).gradient(x=3).partials == {"x": 6.0}


def test_a_rule_may_be_a_program() -> None:
    ops = ad.load_ops("mish2(x) = x*tanh(softplus(x))\nd/dx = t = softplus(x); tanh(t) + x*sech(t)^2*sigmoid(x)")
    found = ad.Formula("mish2(x) - mish(x)", ops=ops).gradient(x=0.4)
    assert math.isclose(found.partials["x"], 0.0, abs_tol=1e-15)


@pytest.mark.parametrize("text", FORMULAS)
def test_the_adjoint_graph_gives_the_numbers_of_the_sweep_to_the_last_bit(text: str) -> None:
    formula = ad.Formula(text, ops=OPS)
    at = point(formula)
    partials = formula.gradient(at).partials
    for derivative in differentiate(formula, exact=True):
        again = ad.Formula(derivative.text, ops=OPS)
        assert again.value({name: POINT[name] for name in again.variables}) == partials[derivative.variable]


def test_functions_of_the_formula_call_operations_and_come_before_them() -> None:
    assert ad.Formula("g(t) = cube(t) + 1; g(2)", ops=OPS).value() == 9.0
    assert ad.Formula("cube(t) = t; cube(2)", ops=OPS).value() == 2.0
    with pytest.raises(ad.FormulaError, match="huber takes 2 arguments"):
        ad.Formula("g(t) = huber(t); x", ops=OPS)


def test_without_operations_nothing_of_them_is_imported() -> None:
    script = (
        "import sys; from autodiff.cli.root import run; run(['grad', 'x*y', '--x=1', '--y=2', '--format=json']);"
        "names = ['graph.operations', 'graph.replace', 'ops.definitions'];"
        "sys.exit(any('autodiff.' + name in sys.modules for name in names))"
    )
    assert subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_one_line_may_say_all_and_another_name_of_an_operation_may_be_taken() -> None:
    ops = ad.load_ops("swish(x) = x*sigmoid(x); d/dx = sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x)); doc: mine")
    formula = ad.Formula("swish(x)", ops=ops)
    gradient = formula.gradient(x=1.0)
    assert [node.op for node in gradient.nodes] == ["input", "swish"]
    assert gradient.partials["x"] == pytest.approx(ad.Formula("silu(x)").gradient(x=1.0).partials["x"], rel=1e-15)
    assert ad.check(formula, {"x": 1.0}).verdict.value == "PASS"
    wrong = ad.load_ops("swish(x) = x*sigmoid(x); d/dx = sigmoid(x) + x*sigmoid(x)*(1 + sigmoid(x))")
    found = ad.check(ad.Formula("swish(x)", ops=wrong), {"x": 1.0})
    assert found.verdict.value == "FAIL"
    assert found.culprit is not None and "swish" in found.culprit.message
    # A program is a formula still.
    ops = ad.load_ops("f(x) = t = x^2; t + 1; d/dx = 2*x  # a comment; d/dx = 3")
    assert ad.Formula("f(x)", ops=ops).gradient(x=3).partials == {"x": 6.0}
