"""Python as its users expect it: formulas are called, differentiated and compared, and results show their answer."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autodiff
from autodiff import AutodiffError, BindingError, Formula, FormulaError, Value
from autodiff.graph.build import build

PRODUCT = Formula("(x + y) * max(y, z)")


def test_a_formula_is_called_as_a_function() -> None:
    assert PRODUCT(x=1, y=2, z=0) == PRODUCT({"x": 1, "y": 2}, z=0) == 6.0
    assert Formula("x, 2x")(x=3) == (3.0, 6.0)
    assert np.array_equal(Formula("W @ x")(W=[[1, 2], [3, 4]], x=[1, 0]), [1.0, 3.0])
    with pytest.raises(BindingError, match="nothing is bound to 'z'"):
        PRODUCT(x=1, y=2)


@pytest.mark.parametrize(
    ("text", "by", "wanted"),
    [
        ("x^3*y", ("x",), "3*x^2*y"), ("x^3*y", ("x", 2), "6*x*y"), ("x^3*y", ("x", "y"), "3*x^2"),
        ("x^3*y", ("x", 2, "y"), "6*x"), ("sin(t)", (), "cos(t)"), ("e^2", ("e",), "2*e"), ("α^2", ("alpha",), "2*α"),
        ("b = x*y; b^2", ("x",), "2*x*y*y"),
    ],
)  # fmt: skip
def test_a_derivative_is_a_formula(text: str, by: tuple[Any, ...], wanted: str) -> None:
    found = Formula(text).diff(*by)
    assert isinstance(found, Formula)
    names = set(found.variables) | set(build(wanted, ["e"]).inputs)
    at = {name: 0.7 + k / 3 for k, name in enumerate(sorted(names))}
    mine = found({name: at[name] for name in found.variables})
    other = Formula(wanted, bound=["e"])
    assert mine == pytest.approx(other({name: at[name] for name in other.variables}), rel=1e-14)


def test_a_derivative_of_arrays_takes_their_shapes_and_one_of_own_operations_keeps_them() -> None:
    found = Formula("sum((A @ x)^2)").diff("x", like={"A": [[1, 2], [3, 4]], "x": [0, 0]})
    assert np.array_equal(found(A=[[1, 2], [3, 4]], x=[1, -1]), [-8.0, -12.0])
    ops = autodiff.load_ops("cube(x) = x*x*x\nd/dx = 3*x^2")
    assert Formula("cube(x)*y", ops=ops).diff("y")(x=2) == 8.0
    assert Formula("abs(x)").diff("x", exact=True)(x=0) == 0.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (PRODUCT.diff, 'f.diff("x")'), (lambda: PRODUCT.diff("w"), "its variables are"),
        (lambda: PRODUCT.diff(2), 'f.diff("x", 2)'), (lambda: PRODUCT.diff("x", 0), "0 is no variable"),
        (lambda: PRODUCT.diff("x", True), "True is no variable"), (lambda: Formula("2").diff(), "no variables"),
        (lambda: Formula("x, y").diff("x"), "has 2"), (lambda: Formula("sum(W @ x)").diff("x"), "shape"),
    ],
)  # fmt: skip
def test_a_wrong_request_for_a_derivative_says_what_to_write(call: Any, says: str) -> None:
    with pytest.raises(AutodiffError) as raised:
        call()
    assert says in str(raised.value)


def test_formulas_are_equal_where_they_do_the_same() -> None:
    same = [
        Formula("x*y + 1"),
        Formula("x * y+1"),
        Formula("x·y + 1 # a comment"),
        autodiff.trace(lambda x, y: x * y + 1),
    ]
    assert len(set(same)) == 1
    others = [
        "y*x + 1",
        "x*y + 1.5",
        "x*y - 1",
        "x*y + 1, x",
        "a = x; a*y + 1 + 0",
        "x*z + 1",
        "sum(x, axis=0)",
        "sum(x)",
    ]
    assert len({Formula(text) for text in others} | set(same)) == len(others) + 1
    assert Formula("e*x") != Formula("e*x", bound=["e"])
    assert Formula("x") != "x"
    ops = [autodiff.load_ops("cube(x) = x*x*x\nd/dx = 3*x^2") for _ in range(2)]
    assert Formula("cube(x)", ops=ops[0]) == Formula("cube(x) ", ops=ops[0]) != Formula("cube(x)", ops=ops[1])


def test_results_show_their_answer() -> None:
    at = {"x": 1, "y": 2, "z": 0}
    assert repr(PRODUCT.gradient(at)) == "Gradient(f=6, x=2, y=5, z=0)"
    assert repr(PRODUCT.gradient(at, wrt=["y"])) == "Gradient(f=6, y=5)"
    assert repr(PRODUCT.evaluate(at)) == "Values(f=6)"
    assert repr(Formula("x*y, x/y").jacobian(x=1, y=2)) == "Jacobian([[2, 1], [0.5, -0.25]])"
    assert repr(Formula("x^2*y").hessian(x=1, y=2)) == "Hessian([[4, 2], [2, 0]])"
    assert repr(Formula("x^2*y").hessian_vector(x=1, y=2, direction={"x": 1})) == "HessianVector(x=4, y=2)"
    assert repr(Formula("x*y").directional(x=1, y=2, direction={"x": 1})) == "Directional(f=2, df=2)"
    assert repr(Formula("x*y").tangent(x=1, y=2)) == "Tangents(f=2, df/dx=2, df/dy=1)"
    assert repr(Formula("x^3").derivative(x=2, order=2)) == "Derivatives(f=8, df/dx=12, d2f/dx2=12)"
    assert repr(Formula("sum(v^2)").gradient(v=[1, 2])) == "Gradient(f=5, v=[2, 4])"
    assert "100 elements" in repr(Formula("sum(v^2)").gradient(v=np.ones(100)))
    many = Formula(" + ".join(f"x{k}" for k in range(50)))
    assert repr(many.gradient(dict.fromkeys(many.variables, 1))).endswith("x10=1, ...)")
    assert repr(many.hessian(dict.fromkeys(many.variables, 1))) == "Hessian(50x50)"


@pytest.mark.usefixtures("in_process")
def test_a_check_shows_its_verdicts() -> None:
    assert repr(autodiff.check("x*y", x=1, y=2)) == "Check(PASS, x=PASS, y=PASS)"


def test_a_text_is_a_value_where_it_is_an_expression_without_variables() -> None:
    assert Formula("sin(x)")(x="pi/6") == math.sin(math.pi / 6)
    assert Formula("sum(x)")(x="[1, 2*3]") == 7.0
    for text, says in (("2y", "'y' has no value here"), ("2 +", "no number"), ("1, 2", "write [1, 2]")):
        with pytest.raises(BindingError) as raised:
            Formula("x")(x=text)
        assert "the value of 'x'" in raised.value.message
        assert says in str(raised.value)


def test_a_value_gives_its_number_and_forgets_its_gradient() -> None:
    x = Value(2.5)
    (x * x).backward()
    assert (x.item(), f"{x:.3f}", f"{x}", x.grad) == (2.5, "2.500", "Value(data=2.5, grad=5.0)", 5.0)
    x.zero_grad()
    assert x.grad == 0.0
    loose = (x * 3).detach()
    (loose * loose).backward()
    assert (loose.data, loose.grad, x.grad) == (7.5, 15.0, 0.0)
    assert Value([[4.0]]).item() == 4.0
    v = Value([1.0, 2.0])
    for call, says in ((v.item, "item() is one number"), (lambda: f"{v:.2f}", "takes no format '.2f'")):
        with pytest.raises(BindingError) as raised:
            call()
        assert says in str(raised.value)


def test_numpy_makes_arrays_of_values_and_no_numbers_of_them() -> None:
    x, y = Value(2.0), Value(3.0)
    found = np.array([x, y])
    assert (found.dtype, found[0] is x) == (np.dtype(object), True)
    autodiff.sum(found * np.array([1.0, 2.0])).backward()
    assert (x.grad, y.grad) == (1.0, 2.0)
    assert np.asarray(Value([[1.0, 2.0]])).shape == (1, 2)
    for call in (lambda: np.asarray(x, dtype=float), lambda: np.array(Value([1.0]), dtype=np.float32)):
        with pytest.raises(BindingError, match=r"v\.data"):
            call()


class Tensor:
    """A tensor of another library."""

    def __init__(self, numbers: Any, *, records: bool = False, raises: type[Exception] | None = None) -> None:
        self.numbers, self.requires_grad, self.raises = np.asarray(numbers), records, raises
        self.dtype, self.ndim, self.shape = self.numbers.dtype, self.numbers.ndim, self.numbers.shape

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.raises:
            raise self.raises("can't convert")
        return self.numbers.astype(dtype) if dtype else self.numbers

    def __float__(self) -> float:
        if self.raises:
            raise self.raises("can't convert")
        return float(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


@pytest.mark.parametrize("numbers", [2.0, [1.0, 2.0]], ids=str)
def test_tensors_of_others_count_as_numbers_or_are_refused_by_an_error_of_ours(numbers: Any) -> None:
    square = Formula("sum(x*x)")
    assert square(x=Tensor(numbers)) == square(x=numbers)
    for tensor in (
        Tensor(numbers, records=True),
        Tensor(numbers, raises=TypeError),
        Tensor(numbers, raises=RuntimeError),
    ):
        for call in (lambda t=tensor: square(x=t), lambda t=tensor: Value(1.0) * t, lambda t=tensor: Value(t)):
            with pytest.raises(BindingError) as raised:
                call()
            assert ".Tensor" in raised.value.message
            assert "numpy()" in raised.value.hint


def test_other_numbers_of_python_are_numbers() -> None:
    assert Formula("x")(x=Fraction(1, 2)) == 0.5
    with pytest.raises(FormulaError):
        Formula(3)  # type: ignore[arg-type]
