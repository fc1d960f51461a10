"""Operations of users on Values and in traced functions: they are what they are in a formula."""

from typing import Any

import numpy as np
import pytest
from tests.graph.test_user_ops import ACTIVATIONS

import autodiff
from autodiff import AutodiffError, Value

OPS = autodiff.load_ops(ACTIVATIONS)
MY = autodiff.functions(OPS)
OTHER = autodiff.functions(autodiff.load_ops("leaky(x) = x/2\nd/dx = 1/2"))
PROGRAMS: list[tuple[str, Any]] = [
    ("swish2(x)*y", lambda x, y: MY.swish2(x) * y),
    ("huber(2x, y)^2", lambda x, y: MY.huber(2 * x, y) ** 2),
    ("leaky(x - y)*y + lrelu(x)", lambda x, y: MY.leaky(x - y) * y + MY.lrelu(x)),
    ("cube(leaky(x))*y", lambda x, y: MY.cube(MY.leaky(x)) * y),
    ("both(x, 3)*logi(x*y)", lambda x, y: MY.both(x, 3) * MY.logi(x * y)),
]


@pytest.mark.parametrize(("text", "function"), PROGRAMS)
@pytest.mark.parametrize("at", [(0.7, 1.5), (1.5, 1.5), (-0.3, 2.0), (0.0, 1.0)])
def test_values_have_the_gradient_of_the_formula(text: str, function: Any, at: tuple[float, float]) -> None:
    expected = autodiff.Formula(text, ops=OPS).gradient(dict(zip("xy", at, strict=True)))
    x, y = map(Value, at)
    found = function(x, y)
    found.backward()
    assert found.data == function(*at) == expected.value
    assert [x.grad, y.grad] == pytest.approx(list(expected.partials.values()), rel=1e-14)
    traced = autodiff.trace(function)
    assert traced.value(dict(zip("xy", at, strict=True))) == expected.value


def test_a_traced_operation_stays_one_and_one_without_rules_unfolds() -> None:
    found = autodiff.trace(lambda x, y: (MY.leaky(x) + y, MY.cube(y)))
    assert found.text == "leaky(x) + y, y^3"
    more = autodiff.functions(autodiff.load_ops("twice(x) = leaky(x)*2\nd/dx = 2", OPS))
    assert autodiff.trace(lambda x: more.twice(x) + MY.leaky(x)).gradient(x=3).partials == {"x": 3.0}


def test_arrays_are_taken_as_in_formulas() -> None:
    a, b = Value([1.0, -2.0]), Value([0.5, 0.25])
    (MY.mse(a, b) + autodiff.sum(MY.swish2(a) * [1, 2])).backward()
    formula = autodiff.Formula("mse(a, b) + sum(swish2(a)*[1, 2])", ops=OPS)
    expected = formula.gradient(a=[1.0, -2.0], b=[0.5, 0.25]).partials
    assert np.allclose(a.grad, expected["a"], rtol=1e-14) and np.allclose(b.grad, expected["b"], rtol=1e-14)
    assert autodiff.trace(lambda a, b: 2 * MY.mse(a, b), [1, 2], [3, 4]).value(a=[1, 2], b=[3, 5]) == 13.0


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: MY.huber(Value(1.0)), "write huber(x, k)"),
        (lambda: autodiff.functions("f(x) = x"), "autodiff.load_ops"),  # type: ignore[arg-type]
        (lambda: autodiff.Formula("f(x)", ops="f(x) = x"), "autodiff.load_ops"),  # type: ignore[arg-type]
        (lambda: autodiff.trace(lambda x: MY.leaky(x) + OTHER.leaky(x)), "were not read together"),
    ],
)
def test_what_cannot_be_done_says_what_can(act: Any, says: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        act()
    assert says in str(caught.value)
