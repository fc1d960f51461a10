"""What a notebook shows of a result: its sheet as HTML."""

from collections.abc import Callable
from typing import Any

from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.differentiate.results.hessian import Hessian, HessianVector
from autodiff.differentiate.results.higher import Derivatives
from autodiff.differentiate.results.jacobian import Jacobian
from autodiff.differentiate.results.tangents import ForwardSweep
from autodiff.report.sheet import Options, Sheet
from autodiff.report.write.html import lines


def html(result: Values) -> str:
    return "\n".join(lines(_sheet_of(result)))


def _sheet_of(result: Values) -> Sheet:
    from autodiff.report.say import hessian, higher, jacobian, sweeps, values

    kinds: tuple[tuple[type[Values], Callable[[Any, Options], Sheet]], ...] = (
        (Jacobian, jacobian.JacobianSheet), (Hessian, hessian.HessianSheet), (HessianVector, hessian.ProductSheet),
        (Derivatives, higher.HigherSheet), (ForwardSweep, sweeps.SweepSheet), (Gradient, values.GradientSheet),
        (Values, values.ValuesSheet),
    )  # fmt: skip
    return next(sheet(result, Options()) for kind, sheet in kinds if isinstance(result, kind))
