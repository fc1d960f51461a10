"""The command line as scripts meet it: formats that other programs read, and requests that nobody foresaw."""

import csv
import io
import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from tests.support import autodiff

from autodiff import Formula, Gradient, Node
from autodiff.ops.table import ROWS


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
    assert found["output"]["name"] in dict(result.outputs)
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
        partials = [None if partial == "null" else float(partial) for partial in row["partials"].split()]
        assert all(map(same, partials, node.partials))
        assert len(partials) == len(node.partials)


def test_csv_says_which_rows_are_outputs() -> None:
    printed = autodiff("eval", "a = 2x; a, x, a", "--x", "1", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(printed), strict=True))
    assert [(row["name"], row["output"]) for row in rows] == [("x", "f2"), ("2", ""), ("a", "a a")]
    printed = autodiff("grad", "x^2", "--x", "1", "--wrt", "x", "--format", "csv").stdout
    assert [row["output"] for row in csv.DictReader(io.StringIO(printed))] == ["", "", "f"]


def test_csv_has_a_word_for_a_partial_that_nobody_needs() -> None:
    printed = autodiff("grad", "x*y", "--x", "2", "--y", "3", "--wrt", "y", "--format", "csv").stdout
    assert list(csv.DictReader(io.StringIO(printed)))[-1]["partials"] == "null 2.0"


@pytest.mark.parametrize(("text", "point"), POINTS)
def test_plain_is_a_name_a_tab_and_a_number(text: str, point: dict[str, float]) -> None:
    result, printed = gradient(text, point, "plain")
    found = [(name, float(value)) for name, value in (line.split("\t") for line in printed.splitlines())]
    expected = [*result.outputs, *result.partials.items()]
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


def test_the_list_of_functions_fits_a_terminal() -> None:
    assert max(map(len, autodiff("functions").stdout.splitlines())) <= 100


@pytest.mark.parametrize(
    ("name", "row"),
    [("**", "pow"), ("^", "pow"), ("·", "mul"), ("×", "mul"), ("÷", "div"), ("≠", "ne"), ("if", "where"), ("√", "sqrt"),
     ("ln", "log"), ("ln()", "log"), ("max(x, y)", "max"), ("and", "and"), ("-", "neg")],
)  # fmt: skip
def test_an_operator_or_another_name_leads_to_its_row(name: str, row: str) -> None:
    done = autodiff("functions", name)
    assert (done.code, done.stderr) == (0, "")
    assert f"{row}(" in done.stdout


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


def hint_of(*args: str) -> str:
    """The hint of the error that a command ends with."""
    done = autodiff(*args)
    assert (done.code, done.stdout) == (2, ""), args
    return done.stderr.partition("hint: ")[2].rstrip("\n")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("1e", "write 1e5 for a power of ten, or 1*e for the constant e"),
        ("-.5e", "write -.5e5 for a power of ten, or -.5*e for the constant e"),
        ("1e-", "write 1e-5 for a power of ten"), ("1E+", "write 1E+5 for a power of ten"),
        ("1,5", "write 1.5"), ("-1,5e3", "write -1.5e3"), ("1,000", "write 1.000, or 1000"),
        ("1_000", "write 1000"), ("-1_000.5", "write -1000.5"), ("0x10", "write 16"), ("-0b11", "write -3"),
        ("", "write --x 1"), ("  ", "write --x 1"),
    ],
)  # fmt: skip
def test_a_number_of_another_language_is_refused_with_ours(value: str, hint: str) -> None:
    assert hint_of("eval", "x", f"--x={value}") == hint
    assert "the value of 'x' is " in autodiff("eval", "x", f"--x={value}").stderr


@pytest.mark.parametrize(("value", "number"), [("2*e", "5.4"), ("1e5", "1e"), ("e", "2.7"), ("-1.E-3", "-0.001")])
def test_a_number_of_ours_is_taken(value: str, number: str) -> None:
    assert autodiff("eval", "x", "--x", value, "--format", "value").stdout.startswith(number.replace("1e", "100000.0"))


def test_an_empty_value_says_so() -> None:
    assert "the value of 'x' is empty" in autodiff("eval", "x", "--x", "").stderr


@pytest.mark.parametrize("names", ["", ",", " , "])
def test_wrt_without_a_name_is_an_error(names: str) -> None:
    assert hint_of("grad", "x*y", "--x", "1", "--y", "2", "--wrt", names) == "write, for example: --wrt x,y"


def test_a_name_that_wrt_repeats_counts_twice() -> None:
    done = autodiff("grad", "x*y^2", "--x", "1", "--y", "2", "--wrt", "y, x,y", "--format", "plain")
    assert done == (0, "f\t4.0\ndf/dy\t4.0\nd2f/dydx\t4.0\nd3f/dy2dx\t2.0\n", "")


def test_wrt_may_stand_twice() -> None:
    done = autodiff("grad", "x*y*z", "--x=1", "--y=2", "--z=3", "--wrt", "y", "--wrt", "x", "--format", "plain")
    assert done == (0, "f\t6.0\ny\t3.0\nx\t6.0\n", "")


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN"])
def test_a_number_that_we_print_is_a_number_that_we_read(value: str) -> None:
    assert autodiff("eval", "x", "--x", value, "--format", "value").stdout == f"{value}\n"
    assert autodiff("eval", "x", "--let", f"x= {value} ", "--format", "value").stdout == f"{value}\n"


@pytest.mark.parametrize(
    ("formula", "hint"),
    [("2Pi", "did you mean 'pi'? Otherwise give it a value: --Pi 1"),
     ("PI*x", "did you mean 'pi'? Otherwise give a value: --PI 1"),
     ("Inf", "did you mean 'inf'? Otherwise give it a value: --Inf 1"),
     ("NaN", "did you mean 'nan'? Otherwise give it a value: --NaN 1"),
     ("E", "give a value: --E 1")],
)  # fmt: skip
def test_a_constant_in_capitals_is_recognised(formula: str, hint: str) -> None:
    assert hint_of("eval", formula).startswith(hint)


def test_a_constant_in_capitals_is_recognised_in_a_value() -> None:
    assert hint_of("eval", "x", "--x", "Pi/4") == "did you mean 'pi'?"


def test_help_shows_how_to_bind_what_is_called_like_an_option() -> None:
    done = autodiff("grad", "format*wrt + x", "--help")
    assert "--let format=NUMBER" in done.stdout and "--let wrt=NUMBER" in done.stdout
    assert "--x NUMBER" in done.stdout and "--format NUMBER" not in done.stdout


def test_a_value_for_what_is_called_like_an_option_gets_a_hint() -> None:
    assert hint_of("grad", "all*x", "--all", "3", "--x", "1") == "to give 'all' a value write --let all=3"
    assert hint_of("grad", "h*2", "-h", "3") == "to give 'h' a value write --h 3"
    assert hint_of("grad", "format*x", "--format", "3", "--x", "1").startswith("to give 'format' a value write --let")
    assert hint_of("grad", "digits*2", "--digits", "99") == "to give 'digits' a value write --let digits=NUMBER"
    assert hint_of("grad", "all*2", "--all=3") == "to give 'all' a value write --let all=NUMBER"
    assert hint_of("grad", "x*2", "--all=3", "--x", "1") == "write --all; see autodiff grad --help"
    assert hint_of("grad", "2x", "--all", "3", "--x", "1").startswith("put the whole formula in quotes")


def test_a_variable_that_is_called_gets_both_readings() -> None:
    assert hint_of("grad", "x(y)", "--x", "1", "--y", "2") == (
        "to multiply write x*(y); 'autodiff functions' lists the functions"
    )


def test_a_file_without_its_mark_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ok.txt").write_text("x^2")
    (tmp_path / "a formula").write_text("x^2")
    assert hint_of("grad", "ok.txt", "--x", "1") == "to read a file write @ok.txt"
    assert hint_of("grad", "a formula", "--x", "1") == "to read a file write '@a formula'"


def test_an_error_in_a_file_names_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "multi.txt").write_text("a = 1\n\nc = (a + b\nd = 3*x\nd\n")
    (tmp_path / "one.txt").write_text("x +\n")
    lines = autodiff("grad", "@multi.txt").stderr.splitlines()
    assert lines[1:3] == ["  --> multi.txt, line 3", "  3 |  c = (a + b"]
    assert autodiff("grad", "@one.txt").stderr.splitlines()[1:3] == ["  --> one.txt, line 1", "  |  x +"]
    assert autodiff("eval", "x", "--x", "@one.txt").stderr.splitlines()[1] == "  --> one.txt, line 1"
    (tmp_path / "point.txt").write_text("a = x\nlog(a)")
    done = autodiff("grad", "@point.txt", "--x", "-1", "--format", "plain")
    assert done.stderr.splitlines()[1:3] == ["  --> point.txt, line 2", "  2 |  log(a)"]
    assert "-->" not in autodiff("grad", "@point.txt", "--x", "1 +").stderr


def test_notes_are_short_and_few() -> None:
    point = [f"--x{k}=0" for k in range(14)]
    done = autodiff("grad", " + ".join(f"abs(x{k})" for k in range(14)), *point, "--format", "plain")
    notes = done.stderr.splitlines()
    assert len(notes) == 11
    assert notes[-1] == "note: and 4 more"
    name = "x" * 90
    done = autodiff("grad", f"abs({name})", f"--{name}=0", "--format", "value")
    assert done.stderr.startswith(f"note: abs({'x' * 55}… sits on its kink")
    same = autodiff("grad", "f(t) = abs(t); f(x) + f(x)", "--x", "0", "--format", "value").stderr
    assert len(same.splitlines()) == len(set(same.splitlines()))


def test_a_long_name_is_cut_in_a_hint() -> None:
    assert hint_of("grad", f"{'x' * 60}*2") == f"give a value: --{'x' * 39}… 1"


@pytest.mark.parametrize("command", ["grad", "eval", "functions"])
def test_help_has_four_spellings(command: str) -> None:
    expected = autodiff(command, "--help")
    assert (expected.code, expected.stderr) == (0, "")
    assert autodiff(command, "-h") == autodiff("help", command) == expected


def test_help_of_all_has_five_spellings() -> None:
    expected = autodiff("--help")
    assert expected.code == 0
    assert autodiff("-h") == autodiff("help") == autodiff() == autodiff("help", "help") == expected
    assert hint_of("help", "gard") == "did you mean 'grad'?"


def test_minus_h_is_a_formula_where_h_has_a_value() -> None:
    for binding in (["--h", "2"], ["--h=2"], ["--let", "h=2"], ["--let=h=2"]):
        assert autodiff("grad", "-h", *binding, "--format", "plain") == (0, "f\t-2.0\nh\t-1.0\n", "")
    assert "--h NUMBER" in autodiff("grad", "2h", "-h").stdout
    assert autodiff("eval", "--h", "2", "--format", "value", "--", "-h").stdout == "-2.0\n"


def test_an_option_without_its_value_says_what_to_write() -> None:
    assert hint_of("grad", "x", "--x", "1", "--digits") == "write --digits N; see autodiff grad --help"
    assert hint_of("grad", "x", "--format").startswith("write --format [table|json|")
    assert hint_of("grad", "x", "--x", "--format", "json") == "write --x 1, or --x=-1"


def test_a_formula_that_looks_like_an_option_is_explained() -> None:
    assert hint_of("grad", "--x", "--x", "1").endswith('stands last, after --, as in: --x 1 -- "--x"')
    assert autodiff("eval", "--x", "1", "--format", "value", "--", "--x") == (0, "1.0\n", "")


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_a_branch_that_is_not_chosen_has_no_numbers(form: str) -> None:
    done = autodiff("grad", "a = 3x; log(x)*y if x > 0 else 2x", "--x", "-1", "--y", "5", "--format", form)
    assert (done.code, "NaN" in done.stdout) == (0, False)
    line = next(line for line in done.stdout.splitlines() if "log(x)" in line)
    assert line.replace("|", " ").split()[2:] == ["log(x)"]
    statement = next(line for line in done.stdout.splitlines() if "3 \\* x" in line or "3 * x" in line)
    assert "-3" in statement, "a statement that nothing uses still has its value"
    for machine in ("json", "csv"):
        assert "NaN" in autodiff("eval", "log(x) if x > 0 else 2x", "--x", "-1", "--format", machine).stdout


def test_one_thing_is_singular() -> None:
    text = "f(x) = x + 1; g(x) = f(f(f(f(x)))); h(x) = g(g(g(g(x)))); h(h(h(h(x))))"
    assert autodiff("eval", text, "--x", "1").stdout.startswith("66 nodes: 1 input, 1 constant, 64 operations (--all")


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("1/0", "1 / 0 has no value: x / y is defined for y != 0"),
        ("x/0", "x / 0 has no value: a / b is defined for b != 0; here x = 2"),
        ("log(-1)", "log(-1) has no value: log(x) is defined for x > 0"),
        ("log(x - 4)", "log is defined for x - 4 > 0; here x - 4 = -2"),
        ("log(x < 1)", "log is defined for (x < 1) > 0; here (x < 1) = 0"),
        ("log(abs(x > 3))", "log is defined for abs(x > 3) > 0; here abs(x > 3) = 0"),
        ("a = x - 2; 1/a", "1 / a is defined for a != 0; here a = 0"),
        ("exp(1000)", "exp(1000) overflows: it is beyond 1.8e308"),
        ("exp(1e3*x)", "exp overflows: it is beyond 1.8e308 at 1e3*x = 2000"),
        ("x - inf", "inf is infinite"),
    ],
)
def test_a_diagnosis_reads_well(formula: str, message: str) -> None:
    binding = ["--x", "2"] if "x" in formula.replace("exp", "") else []
    done = autodiff("eval", formula, *binding, "--format", "value")
    assert done.code == 3
    assert done.stderr.splitlines()[0] == f"undefined: {message}"


def test_a_sum_of_parts_that_overflows_reads_well() -> None:
    done = autodiff("grad", "y = 2x; y*1e308 + y*1e308", "--x", "1e-10", "--format", "value")
    assert done.stderr.splitlines() == [
        "undefined gradient: the gradient overflows: the parts that meet here add up to more than 1.8e308",
        "  |  y = 2x; y*1e308 + y*1e308", "  |      ^^",
    ]  # fmt: skip


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
