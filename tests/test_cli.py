"""The command line as scripts meet it: formats that other programs read, and requests that nobody foresaw."""

import contextlib
import csv
import io
import itertools
import json
import math
import random
from typing import Any, NamedTuple

import pytest

from autodiff import Formula, Gradient, Node
from autodiff.cli.root import run
from autodiff.ops.table import ROWS


class Done(NamedTuple):
    """What a command did."""

    code: int
    stdout: str
    stderr: str


def autodiff(*args: str, stdin: str = "") -> Done:
    """Run a command inside this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = run(args)
    return Done(code, out.getvalue(), err.getvalue())


def number(text: str | float) -> float:
    """A number of ours as Python reads it: JSON's own, or one of the three words."""
    assert isinstance(text, float) or text in ("NaN", "Infinity", "-Infinity")
    return float(text)


def same(left: float | None, right: float | None) -> bool:
    """Equal as doubles, the sign of zero included."""
    if left is None or right is None:
        return left is right
    return repr(left) == repr(right)


#: A formula and a point; values that are infinite, undefined, tiny, or on a kink must survive as well.
POINTS: list[tuple[str, dict[str, float]]] = [
    ("(x + y) * max(y, z)", {"x": 1, "y": 2, "z": 0}),
    ("x/3 + sin(y)", {"x": 1, "y": 0.1}),
    ("max(x, y, 0) * -0.0", {"x": 0, "y": 0}),
    ("1/x", {"x": 5e-324}),
    ("log(x) + y", {"x": 0, "y": 1}),
    ("log(x) + y", {"x": -1, "y": 1}),
    ("exp(x)*exp(y)", {"x": 1e3, "y": -2e3}),
    ("sqrt(x)", {"x": 0}),
    ("x*y", {"x": -math.inf, "y": 2}),
    ('θ² + \tξ  # "quoted" \\', {"θ": 1.5, "ξ": math.pi}),
    ("a = x;\nb = 2a\nb + 1e22", {"x": 1e16}),
    ("2pi", {}),
    *((f"x^2/y - tanh(x*y) + {k}", {"x": math.sqrt(k), "y": 1 / k}) for k in range(1, 30)),
]


def bindings(point: dict[str, float]) -> list[str]:
    return [f"--{name}={value!r}" for name, value in point.items()]


def gradient(text: str, point: dict[str, float], form: str) -> tuple[Gradient, str]:
    """The result in Python, and as the command line prints it."""
    result = Formula(text).gradient(point)
    done = autodiff("grad", text, *bindings(point), "--format", form)
    assert done.code == (3 if result.diagnosis else 0)
    return result, done.stdout


def strict_json(text: str) -> Any:
    """Parse as a strict reader does: no NaN, no key twice."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)


def check_node(found: dict[str, Any], node: Node) -> None:
    assert (found["id"], found["name"], found["op"]) == (node.id, node.name, node.op)
    assert found["args"] == list(node.args)
    assert found["expression"] == node.expression
    assert found["span"] == list(node.span)
    assert same(number(found["value"]), node.value)
    assert same(None if found["gradient"] is None else number(found["gradient"]), node.gradient)
    for key, expected in (("partials", node.partials), ("downstream", node.downstream)):
        assert len(found[key]) == len(expected)
        for value, wanted in zip(found[key], expected, strict=True):
            assert same(None if value is None else number(value), wanted)
    assert (found["kink"] is None) == (node.kink is None)


@pytest.mark.parametrize(("text", "point"), POINTS)
def test_json_is_strict_and_gives_every_number_back(text: str, point: dict[str, float]) -> None:
    result, printed = gradient(text, point, "json")
    found = strict_json(printed)
    assert found["formula"] == text
    assert found["output"]["name"] in result.outputs
    assert same(number(found["output"]["value"]), result.value)
    assert {name: repr(number(value)) for name, value in found["gradient"].items()} == {
        name: repr(value) for name, value in result.partials.items()
    }
    assert (found["undefined"] is None) == (result.diagnosis is None)
    nodes = list(result.nodes)
    assert len(found["nodes"]) == len(nodes)
    for seen, node in zip(found["nodes"], nodes, strict=True):
        check_node(seen, node)


@pytest.mark.parametrize(("text", "point"), POINTS)
def test_json_has_a_line_for_each_node(text: str, point: dict[str, float]) -> None:
    result, printed = gradient(text, point, "json")
    lines = [line for line in printed.splitlines() if '"id": ' in line]
    assert [json.loads(line.rstrip(","))["id"] for line in lines] == list(range(len(list(result.nodes))))


def test_what_is_not_finite_is_one_of_three_words() -> None:
    printed = autodiff("eval", "inf, -inf, nan, 0*inf", "--format", "json").stdout
    assert [output["value"] for output in strict_json(printed)["outputs"]] == ["Infinity", "-Infinity", "NaN", "NaN"]


@pytest.mark.parametrize(("text", "point"), POINTS)
def test_csv_has_a_row_for_each_node(text: str, point: dict[str, float]) -> None:
    result, printed = gradient(text, point, "csv")
    rows = list(csv.DictReader(io.StringIO(printed), strict=True))
    nodes = list(result.nodes)
    assert len(rows) == len(nodes)
    for row, node in zip(rows, nodes, strict=True):
        assert None not in row and None not in row.values()
        assert (int(row["id"]), row["name"], row["op"]) == (node.id, node.name, node.op)
        assert [int(arg) for arg in row["args"].split()] == list(node.args)
        assert same(float(row["value"]), node.value)
        assert same(float(row["gradient"]) if row["gradient"] else None, node.gradient)
        partials = [None if partial == "-" else float(partial) for partial in row["partials"].split()]
        assert all(map(same, partials, node.partials))
        assert len(partials) == len(node.partials)


@pytest.mark.parametrize(("text", "point"), POINTS)
def test_plain_is_a_name_a_tab_and_a_number(text: str, point: dict[str, float]) -> None:
    result, printed = gradient(text, point, "plain")
    found = [(name, float(value)) for name, value in (line.split("\t") for line in printed.splitlines())]
    expected = [*result.outputs.items(), *result.partials.items()]
    assert [(name, repr(value)) for name, value in found] == [(name, repr(value)) for name, value in expected]
    assert len(dict(found)) == len(found), "an output shares its name with a variable"


@pytest.mark.parametrize(("text", "point"), POINTS)
def test_value_is_only_numbers(text: str, point: dict[str, float]) -> None:
    result, printed = gradient(text, point, "value")
    assert [repr(float(line)) for line in printed.splitlines()] == [repr(value) for value in result.partials.values()]


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "plain", "value"])
@pytest.mark.parametrize("digits", range(1, 18))
def test_digits_bounds_the_significant_digits(form: str, digits: int) -> None:
    printed = autodiff("eval", "x", "--x", "0.12345678901234567", "--format", form, "--digits", str(digits)).stdout
    shown = f"{0.12345678901234567:.{digits}g}"
    assert shown.rstrip("0") in printed
    assert "0.12345678901234567"[: digits + 3] not in printed or digits >= 16


def test_markdown_tables_have_as_many_cells_in_each_row() -> None:
    printed = autodiff("grad", "abs(x) * max(x, y)", "--x", "0", "--y", "0", "--format", "markdown").stdout
    for present, group in itertools.groupby(printed.splitlines(), key=lambda line: line.startswith("|")):
        if present:
            assert len({line.replace("\\|", "").count("|") for line in group}) == 1


def test_the_list_of_functions_names_every_row() -> None:
    done = autodiff("functions")
    assert (done.code, done.stderr) == (0, "")
    assert [line.partition("(")[0] for line in done.stdout.splitlines()] == [row.name for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_function_can_be_looked_up(row: Any) -> None:
    for name in (row.name, *row.aliases, *filter(None, [row.infix, row.prefix])):
        done = autodiff("functions", name)
        assert (done.code, done.stderr) == (0, "")
        assert f"{row.name}(" in done.stdout
        assert row.doc in done.stdout


def test_the_table_of_functions_is_strict_json() -> None:
    found = strict_json(autodiff("functions", "--format", "json").stdout)
    assert [row["name"] for row in found] == [row.name for row in ROWS]


@pytest.mark.parametrize("name", ["format", "digits", "wrt", "all", "color", "let", "help", "version"])
def test_let_binds_a_variable_that_is_called_like_an_option(name: str) -> None:
    done = autodiff("grad", f"3*{name}", "--let", f"{name}=2", "--format", "plain")
    assert done == (0, f"f\t6.0\n{name}\t3.0\n", "")


@pytest.mark.parametrize(
    "line", ["-x^2 --x 3", "--x 3 -x^2", "--format=plain -x^2 --x=3", "--format=plain --x=3 -- -x^2", "- --x 3"]
)
def test_the_formula_is_found_wherever_it_stands(line: str) -> None:
    form = [] if "--format" in line else ["--format", "plain"]
    assert autodiff("grad", *line.split(), *form, stdin="-x^2\n") == (0, "f\t-9.0\nx\t-6.0\n", "")


#: The pieces of random command lines: right, nearly right, and nonsense.
PIECES = [
    "x", "x*y", "-x^2", "1/x", "log(x)", "abs(x), y", "f(x)=x;f(2)", "a=x", "((", "1/2x", "", " ", "\n", "-", "@", "@.",
    "@missing", "--x", "--y", "--x=1", "--y=0", "--z", "--x=", "--=1", "--x=y", "-x", "-1", "1", "0", "nan", "1e999",
    "two", "--", "---", "--wrt", "--wrt=x", "--wrt=q", "--let", "--let=x=1", "x=1", "=", "--format", "--format=json",
    "--format=x", "json", "plain", "value", "csv", "--digits", "--digits=3", "--digits=x", "--all", "--all=1",
    "--color", "--color=never", "always", "--help", "-h", "--version", "grad", "eval", "functions", "θ", "--θ", "\x00",
    "\udcff", "'", '"', "--x=[1]", "x[0]", "[1, 2]", "--fromat", "--formatt=json", "--le", "-\N{MINUS SIGN}1",
    "9" * 400, "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_no_command_line_ends_in_a_traceback(seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(60):
        command = choose.choice([["grad"], ["grad"], ["eval"], ["functions"], []])
        args = [*command, *choose.choices(PIECES, k=choose.randrange(6))]
        done = autodiff(*args, stdin=choose.choice(["", "x^2", "\ufeffx", "?"]))
        assert done.code in (0, 2, 3), args
        if done.code == 2 and args:
            assert done.stdout == "", args
            assert done.stderr.startswith("error: "), args
        else:
            assert "error:" not in done.stderr, args
