"""Values of many variables from one file, and arrays from plain numbers: what is read, and what is said of the rest."""

from pathlib import Path

import pytest
from tests.support import autodiff

JSON = '{"x": 2, "y": "pi/4", "k": [1]}'
TOML = "x = 2\ny = 0.5\nW = [[1, 2], [3, 4]]\n[meta]\n"
CSV = "name,x,y\nfirst,1,2\nsecond,3,4*2\n"


@pytest.mark.parametrize(
    ("name", "content", "args", "printed", "note"),
    [
        ("p.json", JSON, ["x*y"], "1.5707963267948966\n", "no variable for what the file also gives: k"),
        ("p.json", JSON, ["x*y + sum(k)", "--y", "1"], "3.0\n", ""),
        ("p.json", '{"x": "-Infinity"}', ["1/x"], "-0.0\n", ""),
        ("p.json", '{"e": 2}', ["e^2"], "4.0\n", ""),
        ("p.json", '{"alpha": 2}', ["α^2"], "4.0\n", ""),
        ("p.toml", TOML.removesuffix("[meta]\n"), ["x*y + W[1, 0]"], "4.0\n", ""),
        ("p.tsv", "x\ty\n3\t5\n", ["x*y"], "15.0\n", ""),
        ("p.csv:2", CSV, ["x*y"], "24.0\n", "also gives: name"),
        ("p.csv:1", CSV, ["x*y"], "2.0\n", "also gives: name"),
    ],
)
def test_a_file_binds_the_variables_that_it_names(
    tmp_path: Path, name: str, content: str, args: list[str], printed: str, note: str
) -> None:
    (tmp_path / name.partition(":")[0]).write_text(content)
    done = autodiff("eval", *args, "--values", str(tmp_path / name), "--format", "value")
    assert (done.code, done.stdout) == (0, printed), done.stderr
    assert (note in done.stderr) if note else not done.stderr


def test_a_later_file_and_the_command_line_override(tmp_path: Path) -> None:
    for name, text in (("a.json", '{"x": 1, "y": 1, "z": 1}'), ("b.toml", "y = 2\nz = 2\n")):
        (tmp_path / name).write_text(text)
    files = [part for name in ("a.json", "b.toml") for part in ("--values", str(tmp_path / name))]
    done = autodiff("eval", "[x, y, z]", *files, "--z", "3", "--format", "value")
    assert done.stdout == "1.0\n2.0\n3.0\n"
    done = autodiff("grad", "x*y", *files, "--let", "x=5", "--format", "plain")
    assert done.stdout == "f\t10.0\nx\t2.0\ny\t5.0\n"


@pytest.mark.parametrize(
    ("name", "content", "says", "hint"),
    [
        ("p.csv", CSV, "has 2 rows of values", "p.csv:1 to"),
        ("p.csv:3", CSV, "has 2 rows of values", "p.csv:2"),
        ("p.csv", "1,2\n3,4\n", "names no columns", "first line holds the names"),
        ("p.csv", "x,y\n", "holds no row of values", ""),
        ("p.csv", "x,y\n1\n", "line 2 of", "give each name a value"),
        ("p.csv", "x,x\n1,2\n", "gives 'x' twice", ""),
        ("p.json", '{"x": 1, "x": 2}', "gives 'x' twice", ""),
        ("p.json", "[1]", "gives no names", '{"x": 1'),
        ("p.json", "{", "is no JSON in line 1", ""),
        ("p.json", '{"x": true}', "is true or false", ""),
        ("p.json", '{"x": {"y": 1}}', "is no number, no array", ""),
        ("p.json", '{"x": "@q.csv"}', "gives 'x' another file", "--x @q.csv"),
        ("p.json", '{"x": "2y"}', "the value of 'x' is no number", ""),
        ("p.json", '{"x": [[1], [2, 3]]}', "is a ragged array", ""),
        ("p.toml", "x = ", "is no TOML", "x = 1"),
        ("p.toml", TOML, "'meta' in", ""),
        ("p.json:2", JSON, "has no rows", "points.csv:3"),
        ("p.dat", "x 1", "is no file of values", "point.json"),
        ("p.json", '{"y": 1}', "nothing is bound to 'x'", "--x 1"),
    ],
)
def test_a_file_without_values_is_an_error_that_says_why(
    tmp_path: Path, name: str, content: str, says: str, hint: str
) -> None:
    (tmp_path / name.partition(":")[0]).write_text(content)
    done = autodiff("eval", "x", "--values", str(tmp_path / name))
    assert done.code == 2
    assert says in done.stderr
    assert hint in done.stderr


def test_a_derivative_for_all_values_takes_none_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(JSON)
    done = autodiff("diff", "x^2", "--values", str(tmp_path / "p.json"))
    assert done.code == 2
    assert "a formula is differentiated for all of them" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "printed"),
    [
        ("m.txt", "1 2\n3\t4\n", "1.0\n2.0\n3.0\n4.0\n"), ("m.dat", "1 -2e-1 3", "1.0\n-0.2\n3.0\n"),
        ("m.txt", "1\n2\n", "1.0\n2.0\n"), ("m.txt", "pi/2 - pi/2", "0.0\n"), ("m.txt", "5", "5.0\n"),
        ("m.tsv", "a\tb\n1\t2\n", "1.0\n2.0\n"), ("m.txt", "1, 2, 3", "1.0\n2.0\n3.0\n"),
        ("m.txt", "1,2\n3,4", "1.0\n2.0\n3.0\n4.0\n"),
    ],
)  # fmt: skip
def test_plain_numbers_are_an_array(tmp_path: Path, name: str, content: str, printed: str) -> None:
    (tmp_path / name).write_text(content)
    assert autodiff("eval", "x", "--x", f"@{tmp_path / name}", "--format", "value").stdout == printed
    if not name.endswith(".tsv"):
        assert autodiff("eval", "x", "--x", "@-", "--format", "value", stdin=content).stdout == printed


@pytest.mark.parametrize(
    ("content", "says"),
    [("1,5", "write 1.5"), ("1 2\n3", "line 2 of 'standard input' has 1 numbers"), ("", "standard input is empty")],
)
def test_doubtful_numbers_from_standard_input_are_errors(content: str, says: str) -> None:
    done = autodiff("eval", "x", "--x", "@-", stdin=content)
    assert done.code == 2
    assert says in done.stderr


def test_standard_input_is_read_once() -> None:
    done = autodiff("eval", "-", "--x", "@-", stdin="x")
    assert done.code == 2
    assert "standard input is read twice" in done.stderr
    assert autodiff("eval", "-", "--x", "2", "--format", "value", stdin="x^2").stdout == "4.0\n"
