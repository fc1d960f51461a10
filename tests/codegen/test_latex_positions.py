"""Every operation in every position beside every other: LaTeX that compiles, and that reads as what it was made of."""

import itertools
import re

import pytest

from autodiff.codegen.latex import formula as latex
from autodiff.graph.build import build
from autodiff.notation import CHOOSES
from autodiff.ops.row import Row
from autodiff.ops.table import ROWS

#: Rows of numbers, as a formula calls them.
CALLED = [row for row in ROWS if not row.is_array]
OPERATORS = ["+", "-", "*", "/", "%", "^", "<", "and"]


def call(row: Row, *args: str) -> str:
    """The row at some arguments, the rest of which are other variables."""
    names = [*args, "u", "v", "w"][: max(len(args), 2) if row.variadic else len(row.params)]
    if row.infix == CHOOSES:
        return f"where({', '.join(names)})"
    if row.infix and not row.variadic:
        return f"(({names[0]}) {row.infix} ({names[1]}))"
    if row.prefix:
        return f"({row.prefix} ({names[0]}))" if row.prefix in ("-", "not") else f"{row.name}({names[0]})"
    return f"{row.name}({', '.join(names)})"


def written(text: str) -> str:
    graph = build(text)
    return latex(graph, graph.outputs[0], "", bare=True)


def faults(text: str) -> str:
    """Why TeX would stop at a text; "" if it would not."""
    depth = 0
    for char in re.sub(r"\\[{}]", "", text):
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return "a brace is closed that was not open"
    if depth or text.count(r"\left") != text.count(r"\right"):
        return "braces or delimiters do not match"
    # An atom, and its scripts: a second one of a kind beside the first is an error.
    tokens = re.findall(r"\\[a-zA-Z]+|\\.|[{}^_]|[^\s{}^_\\]", text)
    k, seen = 0, ""
    while k < len(tokens):
        if tokens[k] in "^_":
            if tokens[k] in seen:
                return f"a second {tokens[k]}"
            seen += tokens[k]
            end = _after_group(tokens, k + 1)
            inside = faults(" ".join(tokens[k + 2 : end - 1]))
            if inside and "delimiters" not in inside:
                return inside
            k = end
        else:
            seen = ""
            k += 1
    return ""


def _after_group(tokens: list[str], k: int) -> int:
    if tokens[k] != "{":
        return k + 1
    depth = 0
    while True:
        depth += (tokens[k] == "{") - (tokens[k] == "}")
        k += 1
        if not depth:
            return k


@pytest.mark.parametrize("outer", CALLED, ids=lambda row: f"{row.name}{len(row.params)}")
def test_every_row_inside_every_other_compiles(outer: Row) -> None:
    for inner in CALLED:
        for position in range(1 if outer.variadic else len(outer.params)):
            args = ["x", "y", "z", "t"][: position + 1]
            args[position] = call(inner, "a", "b")
            text = call(outer, *args)
            if inner.infix == CHOOSES and outer.infix == CHOOSES:
                continue
            assert faults(written(text)) == "", text


@pytest.mark.parametrize("row", CALLED, ids=lambda row: f"{row.name}{len(row.params)}")
def test_every_row_as_base_exponent_operand_and_argument_compiles(row: Row) -> None:
    inner = call(row, "a", "b")
    for text in (f"({inner})^3", f"({inner})^n", f"2^({inner})", f"x*({inner})", f"({inner})*x", f"-({inner})",
                 f"x - ({inner})", f"x/({inner})", f"({inner})/x", f"sin({inner})^2", f"({inner})^2^2"):  # fmt: skip
        assert faults(written(text)) == "", text


def test_different_trees_are_different_texts() -> None:
    for first, second in itertools.product(OPERATORS, repeat=2):
        left, right = written(f"(x {first} y) {second} z"), written(f"x {first} (y {second} z)")
        if first == second and first in ("+", "*", "and"):
            continue  # These are associative, and their order is no matter.
        if (first, second) in (("+", "-"), ("*", "/")):
            continue  # x + (y - z) and (x + y) - z are the same number.
        assert left != right, (first, second, left)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gaussian(x)^3", r"\left(e^{-\left(x\right)^{2}}\right)^{3}"),
        ("exp(x)^2", r"\left(e^{x}\right)^{2}"),
        ("x*(y % z)", r"x \left(y \bmod z\right)"),
        ("(y % z)*x", r"\left(y \bmod z\right) x"),
        ("y % z", r"y \bmod z"),
    ],
)
def test_what_stood_without_its_parentheses(text: str, expected: str) -> None:
    assert written(text).replace(r" \cdot ", " ") == expected


@pytest.mark.parametrize("text", [r"x^{2}^{3}", r"x_{1}_{2}", r"\frac{1}{2", r"\left(x", "x}"])
def test_the_checker_sees_what_does_not_compile(text: str) -> None:
    assert faults(text)
