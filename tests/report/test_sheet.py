"""Every result says itself once: each format writes each sheet, and none loses what matters."""

import json

import pytest
from tests.support import autodiff

import autodiff as ad
from autodiff.report.formats import WRITERS, writer
from autodiff.report.say.hessian import HessianSheet, ProductSheet
from autodiff.report.say.higher import HigherSheet
from autodiff.report.say.jacobian import JacobianSheet
from autodiff.report.say.sweeps import SweepSheet
from autodiff.report.say.values import GradientSheet, ValuesSheet
from autodiff.report.sheet import Options, Sheet

F = ad.Formula("x^2*y")
AT = {"x": 2.0, "y": 3.0}
PLAIN = Options(width=100)
SHEETS: dict[str, Sheet] = {
    "values": ValuesSheet(F.evaluate(AT), PLAIN),
    "gradient": GradientSheet(F.gradient(AT), PLAIN),
    "tangents": SweepSheet(F.tangent(AT), PLAIN),
    "direction": SweepSheet(F.directional(AT, direction={"x": 1.0}), PLAIN),
    "both": SweepSheet(F.tangent(AT).beside(F.gradient(AT)), PLAIN),
    "jacobian": JacobianSheet(F.jacobian(AT), PLAIN),
    "hessian": HessianSheet(F.hessian(AT), PLAIN),
    "product": ProductSheet(F.hessian_vector(AT, direction={"x": 1.0}), PLAIN),
    "higher": HigherSheet(F.derivative(AT, wrt=["x", "x"]), PLAIN),
}
#: A number that the result is about, as people and as programs read it.
NUMBERS = {
    "values": "12", "gradient": "4", "tangents": "4", "direction": "12", "both": "4", "jacobian": "4", "hessian": "6",
    "product": "6", "higher": "6",
}  # fmt: skip


@pytest.mark.parametrize("form", [form for form in WRITERS if form not in ("text", "latex")])
@pytest.mark.parametrize("name", SHEETS)
def test_every_format_writes_every_sheet(name: str, form: str) -> None:
    lines = list(writer(form)(SHEETS[name]))
    text = "\n".join(lines)
    assert not any("\n" in line for line in lines)
    assert NUMBERS[name] in text
    if form == "json":
        assert json.loads(text)["formula"] == "x^2*y"
    if form == "csv":
        assert len({line.count(",") for line in lines}) == 1


def many(tail: str) -> str:
    return "; ".join(["a0 = x", *[f"a{k} = a{k - 1} + 1" for k in range(1, 70)], tail])


@pytest.mark.parametrize("form", ["table", "markdown"])
@pytest.mark.parametrize("mode", [[], ["--mode", "both"]])
def test_a_kink_is_said_where_the_table_of_nodes_is_left_out(form: str, mode: list[str]) -> None:
    done = autodiff("grad", many("abs(a69 - 69)"), "--x", "0", "--format", form, *mode)
    assert done.code == 0
    assert "sits on its kink: one-sided derivatives [-1, 1]; the midpoint is used" in done.stdout
    assert "kink" not in autodiff("grad", many("abs(a69 - 69)"), "--x", "1", "--format", form, *mode).stdout


@pytest.mark.parametrize("command", [["jacobian", "x*abs(y), y"], ["hessian", "x*abs(y)"]])
def test_a_check_of_a_matrix_that_is_no_pass_says_why_beside_its_cells(command: list[str]) -> None:
    done = autodiff(*command, "--x", "1", "--y", "0", "--check", "--format", "csv")
    assert done.code == 4
    assert "check: KINK" in done.stderr
    assert "d2f/dy2: on a kink" in done.stderr or "df1/dy: on a kink" in done.stderr
