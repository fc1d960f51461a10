"""What to type is said in the words of who reads it: options on the command line, arguments in Python."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from tests.support import autodiff as command

import autodiff
from autodiff import api
from autodiff.cli.hints import ON_THE_COMMAND_LINE, worded
from autodiff.differentiate.results import hessian, jacobian, tangents
from autodiff.errors import IN_PYTHON, AutodiffError, Way

SOURCE = Path(autodiff.__file__).resolve().parent
#: What only the command line understands, and what only Python does.
OPTION = re.compile(r"(?<![\w-])--[a-z]|\bautodiff (eval|grad|jacobian|hessian|explain|graph|diff|verify|functions)\b")
ARGUMENT = re.compile(r"\b(formula|autodiff)\.[a-z]+\(|\b[a-z]+=\[")
MANY = [0.5] * 20
#: A wrong request: in Python, and the same on the command line.
WRONG: dict[str, tuple[Any, list[str]]] = {
    "several outputs": (lambda: autodiff.Formula("x, 2x").gradient(x=1), ["grad", "x, 2x", "--x", "1"]),
    "an array as output": (lambda: autodiff.Formula("2x").gradient(x=[1, 2]), ["grad", "2x", "--x", "[1, 2]"]),
    "a large Jacobian": (
        lambda: autodiff.Formula("sin(x)").jacobian(x=MANY), ["jacobian", "sin(x)", "--x", str(MANY)],
    ),
    "a large Hessian": (
        lambda: autodiff.Formula("sum(x)").hessian(x=MANY), ["hessian", "sum(x)", "--x", str(MANY)],
    ),
    "many passes": (
        lambda: autodiff.Formula("sum(x @ x.T)").tangent(x=[MANY] * 2),
        ["grad", "sum(x @ x.T)", "--x", str([MANY] * 2), "--mode", "forward"],
    ),
    "an order of arrays": (
        lambda: autodiff.Formula("sum(x)").derivative(x=[1, 2], wrt="x", order=2),
        ["grad", "sum(x)", "--x", "[1, 2]", "--order", "2"],
    ),
    "an order of several variables": (
        lambda: autodiff.Formula("x*y").derivative(x=1, y=2, order=2),
        ["grad", "x*y", "--x", "1", "--y", "2", "--order", "2"],
    ),
    "an order and other names": (
        lambda: autodiff.Formula("x*y").derivative(x=1, y=2, wrt=["x", "y"], order=3),
        ["grad", "x*y", "--x", "1", "--y", "2", "--order", "3", "--wrt", "x,y"],
    ),
    "an unknown function": (lambda: autodiff.Formula("qqqq(x)"), ["grad", "qqqq(x)", "--x", "1"]),
    "a variable that is assigned": (
        lambda: autodiff.Formula("a = x; a^2").gradient(x=1, a=2), ["grad", "a = x; a^2", "--x", "1", "--a", "2"],
    ),
    "a derivative of an unknown shape": (
        lambda: api.differentiate(autodiff.Formula("sum(x*y)"), like={"y": [1.0, 2.0]}),
        ["diff", "sum(x*y)", "--y", "[1, 2]"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ask", "args"), WRONG.values(), ids=WRONG.keys())
def test_the_same_mistake_has_a_hint_in_the_words_of_each_reader(
    ask: Any, args: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jacobian, "MOST_ENTRIES", 100)
    monkeypatch.setattr(hessian, "MOST_ENTRIES", 100)
    monkeypatch.setattr(tangents, "MOST_ELEMENTS", 100)
    with pytest.raises(AutodiffError) as caught:
        ask()
    assert caught.value.hint and not OPTION.search(str(caught.value))
    done = command(*args)
    message, _, hint = done.stderr.partition("hint: ")
    assert done.code == 2
    # What binds a variable has a name on the command line: its option.
    said = caught.value.message.replace("this binds", f"{args[-2]} binds")
    assert message.startswith(f"error: {said}\n")
    assert hint and not ARGUMENT.search(hint)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_python_and_the_command_line_word_the_same_ways() -> None:
    assert ON_THE_COMMAND_LINE.keys() == IN_PYTHON.keys()
    assert [name for name, text in IN_PYTHON.items() if OPTION.search(text)] == []
    assert [name for name, text in ON_THE_COMMAND_LINE.items() if ARGUMENT.search(text)] == []


def ways(tree: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """The ways that a file points to, each with the details that it gives."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Way":
            name, *details = node.args
            yield (
                ast.literal_eval(name),
                {ast.literal_eval(key) for arg in details if isinstance(arg, ast.Dict) for key in arg.keys if key},
            )


def test_every_way_that_an_error_points_to_is_worded_and_used() -> None:
    found = [way for file in SOURCE.rglob("*.py") for way in ways(ast.parse(file.read_text(encoding="utf-8")))]
    assert {name for name, _ in found} == IN_PYTHON.keys()
    for name, keys in found:
        assert fields(IN_PYTHON[name]) | fields(ON_THE_COMMAND_LINE[name]) == keys, name
        Way(name, dict.fromkeys(keys, "x")).name, worded(Way(name, dict.fromkeys(keys, "x")))


def texts(file: Path) -> Iterator[str]:
    """The texts of a file that a reader may meet: no docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body
        if isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value


@pytest.mark.parametrize("room", ["syntax", "ops", "graph", "evaluate", "differentiate", "dynamic", "verify", "data"])
def test_no_room_below_the_command_line_speaks_of_options(room: str) -> None:
    found = [text for file in sorted((SOURCE / room).rglob("*.py")) for text in texts(file) if OPTION.search(text)]
    assert found == []


def test_a_notebook_is_told_nothing_about_options() -> None:
    many = autodiff.Formula(" + ".join(f"x{k}" for k in range(100)))
    point = {f"x{k}": 1.0 for k in range(100)}
    shown = [many.gradient(point), autodiff.Formula("sin(x)").jacobian(x=[0.5] * 100), many.hessian(point)]
    assert all(result._repr_html_() for result in shown)
    assert [OPTION.findall(str(result._repr_html_())) for result in shown] == [[], [], []]


def raised(tree: ast.AST) -> Iterator[ast.Call]:
    """The errors that a file makes."""
    errors = {"AutodiffError", *(kind.__name__ for kind in AutodiffError.__subclasses__()), "ShapeMismatch"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in errors:
                yield node


def hint_of(call: ast.Call) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
    return named[0] if named else call.args[2] if len(call.args) > 2 else None


def test_every_place_that_raises_says_what_to_type() -> None:
    silent, count = [], 0
    for file in SOURCE.rglob("*.py"):
        for call in raised(ast.parse(file.read_text(encoding="utf-8"))):
            count += 1
            hint = hint_of(call)
            if hint is None or (isinstance(hint, ast.Constant) and not hint.value):
                silent.append(f"{file.relative_to(SOURCE)}:{call.lineno}")
    assert count > 150
    assert silent == []


@pytest.mark.parametrize("text", ["FormulaError('a', 'b')", "raise m.LimitError('a', 'b', text='c', hint='')"])
def test_the_search_for_errors_without_a_hint_finds_them(text: str) -> None:
    (call,) = raised(ast.parse(text))
    hint = hint_of(call)
    assert hint is None or (isinstance(hint, ast.Constant) and not hint.value)


@pytest.mark.parametrize("file", sorted((Path(__file__).parent / "golden").rglob("*.txt")), ids=lambda file: file.stem)
def test_every_error_that_is_known_to_the_byte_has_a_hint(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert ("\nerror: " in text) <= ("\nhint: " in text)


SILENT_ONCE = {
    "no variables": ["diff", "1"], "no variables and an order": ["grad", "1", "--order", "2"],
    "an order": ["grad", "x*y", "--x", "1", "--y", "2", "--order", "2"],
    "zero-width": ["eval", "x\u200b+1", "--x", "1"], "stray": ["eval", "x ¶ 1", "--x", "1"],
    "outer": ["eval", "outer(x, 1)", "--x", "[1, 2]"], "trace": ["eval", "trace(x)", "--x", "[1, 2]"],
    "det": ["eval", "det(x)", "--x", "[1, 2]"], "transposed": ["eval", "x.T", "--x", "1"],
    "stacks": ["eval", "x @ y", "--x", str([[[1, 2]]] * 2), "--y", str([[[1], [2]]] * 3)],
}  # fmt: skip


@pytest.mark.parametrize("args", SILENT_ONCE.values(), ids=SILENT_ONCE.keys())
def test_what_once_said_nothing_says_what_to_type(args: list[str]) -> None:
    done = command(*args)
    assert done.code == 0 or "\nhint: " in done.stderr, done
