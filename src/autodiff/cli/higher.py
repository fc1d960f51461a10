"""Derivatives of higher order for `autodiff grad`: `--order 3`, and variables that `--wrt` names more than once."""

from collections.abc import Sequence

from autodiff import api
from autodiff.cli.printing import finish, print_sheet
from autodiff.cli.status import Exit
from autodiff.errors import AutodiffError
from autodiff.report.say.higher import HigherSheet
from autodiff.report.sheet import Options


def run(
    formula: api.Formula, bindings: dict[str, float], names: Sequence[str] | None, order: int | None, form: str,
    options: Options,
) -> Exit:  # fmt: skip
    """Print the derivatives up to the one that was asked for."""
    result = formula.derivative(bindings, wrt=names, order=order)
    print_sheet(HigherSheet(result, options), form)
    return finish(result, options)


def refuse(order: int | None, mode: str | None, direction: Sequence[str], seed: str | None, checks: bool) -> None:
    """Raise for options that mean nothing for derivatives of higher order."""
    asked = "--order" if order is not None else "a name that --wrt repeats"
    given = [
        ("--mode", mode is not None), ("--direction", bool(direction)), ("--seed", seed is not None),
        ("--check", checks),
    ]  # fmt: skip
    for option, present in given:
        if present:
            hint = "for second derivatives along a direction: autodiff hessian --direction"
            raise AutodiffError(
                "usage", f"{asked} asks for derivatives of higher order, and {option} is for first ones",
                hint=hint if option == "--direction" else f"leave out {option}",
            )  # fmt: skip
