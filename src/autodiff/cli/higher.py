"""Derivatives of higher order for `autodiff grad`: `--order 3`, and variables that `--wrt` names more than once."""

from collections.abc import Sequence

from autodiff import api
from autodiff.cli.options import print_diagnosis, print_result
from autodiff.cli.status import Exit
from autodiff.errors import AutodiffError
from autodiff.report.options import Options

#: Format -> the module of `autodiff.report`, and its function.
FORMATS = {
    form: ("higher", f"{form}_lines") for form in ("table", "json", "csv", "markdown", "plain", "value")
}  # fmt: skip


def run(
    formula: api.Formula, bindings: dict[str, float], names: Sequence[str] | None, order: int | None, form: str,
    options: Options,
) -> Exit:  # fmt: skip
    """Print the derivatives up to the one that was asked for."""
    result = formula.derivative(bindings, wrt=names, order=order)
    print_result(result, form, options, formats=FORMATS)
    if form == "csv":
        from autodiff.cli.stderr import say
        from autodiff.report.words import kink_notes

        for note in kink_notes(result):
            say(f"note: {note}")
    print_diagnosis(result, options)
    return Exit.UNDEFINED if result.diagnosis else Exit.DONE


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
