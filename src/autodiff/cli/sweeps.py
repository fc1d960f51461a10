"""Forward mode for `autodiff grad`: which sweeps run, and how what they found is checked and printed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autodiff import api
from autodiff.cli import checking
from autodiff.cli.name_lists import read_direction
from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.results.tangents import Directional, ForwardSweep, Tangents
from autodiff.errors import FormulaError

if TYPE_CHECKING:
    from autodiff.verify.results import Check


def run(
    formula: api.Formula, bindings: dict[str, float], wrt: Sequence[str] | None, direction: Sequence[str],
    seed: Sequence[float] | None, *, both: bool,
) -> ForwardSweep:  # fmt: skip
    """The forward sweep along a direction, or by each variable; with `both`, beside the reverse sweep."""
    # A direction that is wrong should be said before anything else about the sweeps.
    rates = read_direction(direction, formula.graph(bindings)) if direction else None
    gradient = formula.gradient(bindings, wrt=wrt, seed=seed) if both else None
    sweep = _sweep(formula, bindings, wrt, rates)
    return sweep if gradient is None else sweep.beside(gradient)


def _sweep(
    formula: api.Formula, bindings: dict[str, float], wrt: Sequence[str] | None, rates: dict[str, float] | None
) -> ForwardSweep:
    return formula.tangent(bindings, wrt=wrt) if rates is None else formula.directional(bindings, direction=rates)


def run_check(sweep: ForwardSweep, checked: str, timeout: float, step: float | None) -> "Check":
    """Check the numbers that are shown: those of the reverse sweep where both ran, else those of the forward sweep."""
    if sweep.reverse is not None:
        return checking.run_check(sweep.reverse, checked, timeout, step)
    if isinstance(sweep, Directional):
        return checking.watched(lambda say: api.check_directional(sweep, timeout=timeout, progress=say))
    assert isinstance(sweep, Tangents)
    if len(sweep.element_outputs) > 1:
        raise FormulaError(
            "several-outputs", "a check needs one output", text=sweep.formula, spans=sweep.graph.output_spans(),
            hint="use autodiff jacobian --check",
        )  # fmt: skip
    found = checking.run_check(sweep.as_gradient(), checked, timeout, step)
    # The check took our numbers for those of a reverse sweep: each sweep gets its own name again.
    reverse = Gradient(sweep.graph, sweep.values[: len(sweep.graph.inputs)], sweep.inputs).element_partials
    inputs = {
        name: one._replace(reverse=reverse[name], forward=one.reverse, dissent=_OWN.get(one.dissent or "", one.dissent))
        for name, one in found.inputs.items()
    }
    return found._replace(inputs=inputs)


#: Who disagrees, where the forward sweep was checked in the place of the reverse one.
_OWN = {"reverse": "forward", "forward": "reverse"}
