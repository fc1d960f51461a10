"""Implicit differentiation: how a variable moves along the points of an equation."""

import json

import mpmath
import pytest
from tests.support import autodiff

from autodiff import AutodiffError, Formula
from autodiff.api import differentiate_implicitly
from autodiff.syntax.equations import as_zero

#: An equation in x, y and perhaps others, and a point on it, where y is to be found near the one given.
EQUATIONS = [
    ("x^2 + y^2 = 25", {"x": 3.0}, 4.0), ("x^3 + y^3 = 6*x*y", {"x": 3.0}, 3.0), ("sin(x*y) = x/2", {"x": 0.7}, 0.5),
    ("x*exp(y) - y", {"x": 0.3}, 0.5), ("r = hypot(x, y); r^2 = 2*a*x + 3", {"x": 1.0, "a": 0.5}, 1.7),
    ("y^5 + y == x", {"x": 2.0}, 1.0), ("log(y/x) = atan(x - y)", {"x": 1.5}, 1.5), ("y = x^2", {"x": 3.0}, 9.0),
]  # fmt: skip


def along(equation: str, point: dict[str, float], start: float, name: str, order: int) -> float:
    """The derivative of y by a name, by differences of the y that a solver finds."""
    zero = Formula(as_zero(equation))
    with mpmath.workdps(60):

        def solved(value: mpmath.mpf) -> mpmath.mpf:
            def residue(y: mpmath.mpf) -> mpmath.mpf:
                values = {key: mpmath.mpf(number) for key, number in {**point, name: value, "y": y}.items()}
                return _exactly(zero, values)

            return mpmath.findroot(residue, mpmath.mpf(start))

        return float(mpmath.diff(solved, mpmath.mpf(point[name]), order, h=mpmath.mpf(10) ** -15))


def _exactly(formula: Formula, values: dict[str, mpmath.mpf]) -> mpmath.mpf:
    from autodiff.evaluate import extended

    graph = formula.graph(list(values))
    return extended.forward(graph, [values[name] for name in graph.inputs])[graph.outputs[0]]


@pytest.mark.parametrize(("equation", "point", "start"), EQUATIONS)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_derivatives_are_those_of_the_solution(
    equation: str, point: dict[str, float], start: float, order: int
) -> None:
    with mpmath.workdps(60):
        zero = Formula(as_zero(equation))
        y = float(
            mpmath.findroot(
                lambda y: _exactly(zero, {**{k: mpmath.mpf(v) for k, v in point.items()}, "y": y}), mpmath.mpf(start)
            )
        )
    for found in differentiate_implicitly(equation, "y", list(point), order=order):
        formula = Formula(found.text)
        value = formula.value({name: {**point, "y": y}[name] for name in formula.variables})
        assert value == pytest.approx(along(equation, point, start, found.variables[0], order), rel=1e-7, abs=1e-9)


def test_mixed_derivatives_do_not_depend_on_their_order() -> None:
    texts = [
        differentiate_implicitly("x^2*z + sin(y) + z^3 = 4", "z", names, mixed=True)[0].text
        for names in (["x", "y"], ["y", "x"])
    ]
    one, two = (Formula(text).value(x=1.25, y=0.5, z=1.1) for text in texts)
    assert one == pytest.approx(two)


@pytest.mark.parametrize(
    ("args", "printed"),
    [
        (["x^2 + y^2 = 25", "--implicit", "y"], "-x/y\n"),
        (["x^2 + y^2 = 25", "--implicit", "y", "--order", "2"], "-1/y - x^2/y^3\n"),
        (["x^2 + y^2 = 25", "--implicit", "y", "--wrt", "x,x"], "-1/y - x^2/y^3\n"),
        (["r = x^2 + y^2; r = 25", "--implicit", "y"], "-x/y\n"), (["α² + y² = 1", "--implicit", "y"], "-α/y\n"),
        (["x*y + e = 3", "--implicit", "y", "--wrt", "e"], "-1/x\n"),
        (["x*y = 3", "--implicit", "y", "--format", "latex"], "-\\frac{y}{x}\n"),
    ],
)  # fmt: skip
def test_the_command(args: list[str], printed: str) -> None:
    done = autodiff("diff", *args)
    assert (done.code, done.stdout) == (0, printed)


def test_json_has_the_equation_as_it_is_written() -> None:
    found = json.loads(autodiff("diff", "x*y = 3", "--implicit", "y", "--format", "json").stdout)
    assert (found["formula"], found["output"], found["derivatives"]) == ("x*y = 3", "y", {"x": "-y/x"})


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["x = 25 = y", "--implicit", "y"], "an equation has one equals sign"),
        (["x*y =", "--implicit", "y"], "an equation has two sides"),
        (["x^2 + 3", "--implicit", "y"], "'y', which is no variable"),
        (["x^2 = 3", "--implicit", "x"], "nothing beside 'x'"),
        (["x*y = 3", "--implicit", "y", "--wrt", "y"], "nothing beside 'y'"),
        (["x*y, x*y - 3", "--implicit", "y"], "an equation has numbers on both sides"),
        (["x*y = 3", "--implicit", "y", "--exact"], "knows no equations"),
    ],
)  # fmt: skip
def test_a_wrong_request_says_what_to_type(args: list[str], says: str) -> None:
    done = autodiff("diff", *args)
    assert done.code == 2
    assert says in done.stderr


def test_an_equation_in_another_command_names_this_one() -> None:
    done = autodiff("grad", "x^2 + y^2 = 25", "--x", "3", "--y", "4")
    assert "hint: '==' compares; for an equation write: autodiff diff \"x^2 + y^2 = 25\" --implicit y" in done.stderr
    with pytest.raises(AutodiffError) as caught:
        Formula("a^2 + b^2 = 25")
    assert "differentiate_implicitly('a^2 + b^2 = 25', 'b')" in caught.value.hint
