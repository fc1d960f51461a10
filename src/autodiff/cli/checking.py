"""The options of `--check`, and how a check reports its progress and becomes an exit code."""

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from autodiff import api
from autodiff.cli.stderr import say
from autodiff.differentiate.results.gradient import Gradient

if TYPE_CHECKING:
    from autodiff.verify.results import Check

#: A check that takes longer than so many seconds says what it is doing.
_PATIENCE = 1.0

Command = Callable[..., Any]


class Positive(click.FloatRange):
    """A finite number above zero: Python's NaN is in every range, and no wait and no step is infinite."""

    def __init__(self) -> None:
        super().__init__(0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number", param, ctx)
        return number


#: Where the command keeps what `--min-digits` says.
_LEAST = "autodiff.min_digits"
#: Where it keeps what `--certify` says.
_PROOFS = "autodiff.certify"


def _keep(ctx: click.Context, param: click.Parameter, value: float) -> None:
    ctx.meta[_LEAST] = value


def _keep_proofs(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    ctx.meta[_PROOFS] = value


_OPTIONS = (
    click.option(
        "--check", "checked", is_flag=False, flag_value="inputs", type=click.Choice(["inputs", "nodes"]),
        help="Check the gradient against SymPy and against differences; 'nodes' compares every node.",
    ),
    click.option(
        "--check-timeout", "timeout", type=Positive(), default=10.0, show_default=True, metavar="SECONDS",
        help="How long the check may take.",
    ),
    click.option(
        "--min-digits", type=click.FloatRange(0, 16), default=6.0, show_default=True, metavar="N", expose_value=False,
        callback=_keep, help="With fewer correct digits than this the exit code of a check is 4.",
    ),
    click.option(
        "--certify", is_flag=True, expose_value=False, callback=_keep_proofs,
        help="With --check: prove how many digits are right, which needs python-flint.",
    ),
    click.option(
        "--step", type=Positive(), metavar="H",
        help="Also show the central difference in doubles with this step, and the error to expect of it.",
    ),
)  # fmt: skip


def certifies() -> bool:
    """Whether the command line asks for proofs."""
    return bool(click.get_current_context().meta.get(_PROOFS))


def check_options(command: Command) -> Command:
    """The options of a command that can check its result."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def run_check(gradient: Gradient, checked: str, timeout: float, step: float | None) -> "Check":
    """Check a gradient; say on standard error what takes long."""
    certify, nodes = certifies(), checked == "nodes"
    return watched(
        lambda say: api.check_gradient(gradient, timeout=timeout, nodes=nodes, step=step, certify=certify, progress=say)
    )


def watched(check: Callable[[Callable[[str], None]], "Check"]) -> "Check":
    """Run a check, which tells what it is doing; say on a terminal what takes long. Scripts and logs never see it."""
    return _watched(check)._replace(min_digits=click.get_current_context().meta[_LEAST])


def _watched(check: Callable[[Callable[[str], None]], "Check"]) -> "Check":
    if not sys.stderr.isatty():
        return check(lambda stage: None)
    import time

    started, shown = time.monotonic(), ""

    def tell(stage: str) -> None:
        # A check in a process of its own tells the same again and again while it works.
        nonlocal shown
        if stage != shown and time.monotonic() >= started + _PATIENCE:
            shown = stage
            say(f"checking: {shown}")

    return check(tell)


def matrix_check_options(command: Command) -> Command:
    """The options of a command that can check a matrix."""
    option = click.option("--check", "checked", is_flag=True, help="Check every entry against SymPy and differences.")
    return option(_OPTIONS[1](_OPTIONS[2](command)))
