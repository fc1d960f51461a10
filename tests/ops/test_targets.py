"""What a row says of other targets is what these targets have, and its constants are those of mathematics."""

import re

import mpmath
import numpy as np
import pytest

from autodiff.codegen import latex
from autodiff.graph.build import build
from autodiff.ops.kernels import arrays, special
from autodiff.ops.row import Row
from autodiff.ops.table import ROWS

#: Every command of LaTeX that a row may use, beside \operatorname.
COMMANDS = {
    r"\sin", r"\cos", r"\tan", r"\cot", r"\sec", r"\csc", r"\arcsin", r"\arccos", r"\arctan", r"\sinh", r"\cosh",
    r"\tanh", r"\coth", r"\exp", r"\log", r"\ln", r"\max", r"\min", r"\det", r"\left", r"\right", r"\sqrt", r"\frac",
    r"\lfloor", r"\rfloor", r"\lceil", r"\rceil", r"\lvert", r"\rvert", r"\lVert", r"\rVert", r"\Gamma", r"\psi",
    r"\sigma", r"\Phi", r"\varphi", r"\operatorname", r"\mathrm", r"\cdot", r"\top", r"\times",
}  # fmt: skip


def targets(name: str) -> list[tuple[Row, str]]:
    return [(row, row.targets[name]) for row in ROWS if row.targets.get(name)]


def test_what_a_row_is_in_numpy_is_there() -> None:
    lacking = [row.name for row, name in targets("numpy") if not (hasattr(arrays, name) or hasattr(np, name))]
    assert lacking == []


def test_what_a_row_is_in_latex_is_latex() -> None:

    unknown = {
        command
        for _, text in targets("latex")
        for command in re.findall(r"\\[A-Za-z]+", text)
        if command not in COMMANDS
    }
    assert unknown == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("cot(x)", r"\cot\left(x\right)"), ("sin(x)", r"\sin\left(x\right)"), ("sinh(x)", r"\sinh\left(x\right)")],
)
def test_a_function_is_spelled_as_mathematics_has_it(text: str, shown: str) -> None:
    graph = build(text)
    assert latex.formula(graph, graph.outputs[0], "f") == f"f = {shown}"


def test_the_coefficients_of_series_are_those_of_mathematics() -> None:
    with mpmath.workdps(30):
        wrong = [k for k, value in enumerate(special._ZETA_LESS_1, 2) if value != float(mpmath.zeta(k) - 1)]
        assert wrong == []
        assert float(1 - mpmath.euler) == special._ONE_LESS_EULER
