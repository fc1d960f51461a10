"""The Jacobian: by rows and by columns it is the same, and products with it are what the sweeps compute directly."""

import csv
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import NAMES, autodiff, smooth_formula

from autodiff import Formula

LAWS = settings(derandomize=True, deadline=None, database=None, max_examples=100)
COORDINATES = st.floats(-2, 2).map(lambda x: round(x, 6))
TRIPLES = st.tuples(*[COORDINATES] * 3)
FORMULAS = st.lists(st.binary(max_size=20), min_size=1, max_size=4)


@LAWS
@given(FORMULAS, TRIPLES, TRIPLES, st.tuples(*[COORDINATES] * 4))
def test_products_with_the_jacobian_are_single_sweeps(
    data: list[bytes], at: tuple[float, ...], towards: tuple[float, ...], weights: tuple[float, ...]
) -> None:
    formula = Formula(", ".join(map(smooth_formula, data)))
    point = {name: x for name, x in zip(NAMES, at, strict=True) if name in formula.variables}
    forward, reverse = (formula.jacobian(point, mode=mode) for mode in ("forward", "reverse"))
    scale = max((abs(entry) for row in reverse.entries for entry in row if math.isfinite(entry)), default=1.0)
    if not all(math.isfinite(entry) for row in reverse.entries for entry in row) or scale > 1e6:
        return
    close = pytest.approx
    for left, right in zip(forward.entries, reverse.entries, strict=True):
        assert left == close(right, rel=1e-7, abs=1e-7 * scale)
    rates = dict(zip(NAMES, towards, strict=True))
    v = [rates[name] for name in formula.variables]
    product = [sum(entry * rate for entry, rate in zip(row, v, strict=True)) for row in reverse.entries]
    along = formula.directional(point, direction=dict(zip(formula.variables, v, strict=True)))
    assert [row[0] for row in along.derivatives] == close(product, rel=1e-7, abs=1e-7 * scale)
    seed = weights[: len(data)]
    back = [sum(w * row[k] for w, row in zip(seed, reverse.entries, strict=True)) for k in range(len(v))]
    found = list(formula.gradient(point, seed=seed).partials.values())
    assert found == close(back, rel=1e-7, abs=1e-7 * scale)


def test_each_row_is_the_gradient_of_its_output() -> None:
    texts = ["x*y", "x + sin(y)", "abs(x - 1)", "7", "y"]
    formula = Formula(", ".join(texts))
    for mode in ("forward", "reverse"):
        entries = formula.jacobian(x=1, y=2, mode=mode).entries
        for text, row in zip(texts, entries, strict=True):
            alone = Formula(f"0x + 0y + {text}").gradient(x=1, y=2).partials
            assert row == list(alone.values())


@pytest.mark.parametrize(
    ("text", "mode", "passes"),
    [
        ("x, y", "reverse", 2),
        ("x, y, x", "forward", 2),
        ("x + y", "reverse", 1),
        ("x, x^2", "forward", 1),
        ("7, 8", "forward", 0),
    ],
)
def test_the_mode_with_fewer_passes_is_taken(text: str, mode: str, passes: int) -> None:
    formula = Formula(text)
    found = formula.jacobian(dict.fromkeys(formula.variables, 1.0))
    assert (found.mode, found.passes) == (mode, passes)


def test_wanted_variables_choose_and_order_the_columns() -> None:
    found = Formula("x*y, y*z, x").jacobian({"x": 1, "y": 2, "z": 3}, wrt=["z", "x"])
    assert (found.wanted, found.entries) == (("z", "x"), [[0, 2], [2, 0], [0, 1]])
    assert (found.mode, found.passes) == ("forward", 2)


def test_a_large_sparse_jacobian_has_its_zeros() -> None:
    size = 300
    formula = Formula(", ".join(f"sin(x{k})*x{(k + 1) % size}" for k in range(size)))
    point = {f"x{k}": (k + 1) / size for k in range(size)}
    forward, reverse = (formula.jacobian(point, mode=mode).entries for mode in ("forward", "reverse"))
    assert forward == reverse
    assert sum(entry != 0 for row in forward for entry in row) == 2 * size


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_undefined_entry_is_diagnosed(mode: str) -> None:
    done = autodiff("jacobian", "x*y, sqrt(y)", "--x", "1", "--y", "0", "--mode", mode, "--format", "value")
    assert (done.code, done.stdout) == (3, "0.0\t1.0\n0.0\tInfinity\n")
    assert "the derivative of sqrt is infinite at y = 0" in done.stderr


def test_an_output_without_a_value_has_a_row_of_nan_where_it_depends() -> None:
    done = autodiff("jacobian", "log(x), y", "--x", "-1", "--y", "2", "--format", "json")
    assert done.code == 3
    found = json.loads(done.stdout)
    assert found["jacobian"] == [["NaN", 0], [0, 1]]
    assert found["undefined"]["about"] == "value"


ARGS = ("jacobian", "x*y, x + sin(y)", "--x", "1", "--y", "2")


def test_json_names_rows_columns_mode_and_passes() -> None:
    done = autodiff(*ARGS, "--format", "json")
    assert done.code == 0
    assert json.loads(done.stdout) == {
        "formula": "x*y, x + sin(y)",
        "outputs": [{"name": "f1", "value": 2}, {"name": "f2", "value": 1 + math.sin(2)}],
        "mode": "reverse", "passes": 2, "undefined": None, "kinks": [], "rows": ["f1", "f2"], "columns": ["x", "y"],
        "jacobian": [[2, 1], [1, math.cos(2)]],
    }  # fmt: skip


def test_json_marks_a_kink() -> None:
    found = json.loads(autodiff("jacobian", "abs(x)", "--x", "0", "--format", "json").stdout)
    assert found["kinks"] == [
        {"node": 1, "expression": "abs(x)", "span": [0, 6], "kind": "kink", "intervals": [[-1, 1]]}
    ]


def test_csv_is_a_header_of_variables_and_a_row_for_each_output() -> None:
    rows = list(csv.reader(autodiff(*ARGS, "--format", "csv").stdout.splitlines()))
    assert rows == [["x", "y"], ["2.0", "1.0"], ["1.0", repr(math.cos(2))]]


def test_plain_is_an_entry_a_line_and_value_a_row_a_line() -> None:
    plain = "f1\tx\t2.0\nf1\ty\t1.0\nf2\tx\t1.0\nf2\ty\t-0.416\n"
    assert autodiff(*ARGS, "--format", "plain", "--digits", "3").stdout == plain
    assert autodiff(*ARGS, "--format", "value", "--digits", "3").stdout == "2.0\t1.0\n1.0\t-0.416\n"


def test_a_remark_goes_where_the_format_has_room() -> None:
    for form in ("csv", "plain", "value"):
        done = autodiff("jacobian", "abs(x), x", "--x", "0", "--format", form)
        assert done.stderr.startswith("note: abs(x) sits on its kink")
    for form in ("table", "markdown"):
        done = autodiff("jacobian", "abs(x), x", "--x", "0", "--format", form)
        assert (done.stderr, "sits on its kink" in done.stdout) == ("", True)


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_a_large_matrix_is_abbreviated_unless_all_is_asked_for(form: str) -> None:
    text = ", ".join(f"{k}x" for k in range(100))
    short = autodiff("jacobian", text, "--x", "1", "--format", form).stdout
    assert "f5 " in short
    assert "f50 " not in short
    assert "100 x 1 entries" in short
    full = autodiff("jacobian", text, "--x", "1", "--format", form, "--all").stdout
    assert "f50 " in full
    assert "entries" not in full


def test_a_wide_matrix_in_a_narrow_terminal_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff.report.say.jacobian import JacobianSheet
    from autodiff.report.sheet import Options
    from autodiff.report.write.table import lines

    names = [f"variable{k}" for k in range(30)]
    formula = Formula(" + ".join(f"{k}.25{name}" for k, name in enumerate(names)) + ", " + "*".join(names))
    jacobian = formula.jacobian(dict.fromkeys(names, 1.0))
    for width in (24, 40, 80, 200):
        shown = list(lines(JacobianSheet(jacobian, Options(width=width))))
        caption = shown.index("reverse mode: 2 passes for 2 outputs; forward mode would take 30 for 30 inputs")
        assert max(map(len, shown[:caption])) <= width
        for k, name in enumerate(names):
            assert any(f"d/d{name}" in line for line in shown)
            assert any(f" {k}.25" in line for line in shown)


def test_a_jacobian_of_nothing_says_so() -> None:
    done = autodiff("jacobian", "2pi, 3")
    assert done.code == 0
    assert "there is no variable to differentiate by" in done.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["x*y", "--x", "1", "--y", "2", "--wrt", "q"], "--wrt names 'q'"),
        (["x*y", "--x", "1", "--y", "2", "--mode", "both"], "'both' is not one of"),
        (["x*y", "--x", "1"], "nothing is bound to 'y'"),
        (["x*y", "--x", "1", "--y", "2", "--seed", "1"], "--seed binds 'seed', which is no variable"),
    ],
)
def test_a_wrong_request_is_refused(args: list[str], message: str) -> None:
    done = autodiff("jacobian", *args)
    assert (done.code, done.stdout) == (2, "")
    assert message in done.stderr
    assert "hint: " in done.stderr
