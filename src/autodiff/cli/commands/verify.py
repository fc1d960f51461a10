"""`autodiff verify`: is a derivative that somebody derived right?"""

import math
from collections.abc import Sequence

import click

from autodiff import api
from autodiff.cli.checking import Positive
from autodiff.cli.formula import FormulaCommand, Request, read_bindings
from autodiff.cli.options import let_option, report_options
from autodiff.cli.printing import print_sheet
from autodiff.cli.status import Exit
from autodiff.errors import BindingError
from autodiff.numerals import is_array
from autodiff.report.formats import VERDICTS
from autodiff.report.say.claims import ClaimsSheet
from autodiff.syntax.tokens import canonical_name, is_name


@click.command("verify", cls=FormulaCommand)
@click.option(
    "--claim",
    "claims",
    multiple=True,
    required=True,
    metavar="NAME=FORMULA",
    help="What the derivative by NAME, a variable or a named node, is claimed to be. May be given several times.",
)
@let_option("format")
@click.option(
    "--samples",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    metavar="N",
    help="At how many points to compare, where variables have no value.",
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Which points are drawn.")
@click.option(
    "--range", "ranges", multiple=True, metavar="NAME=LOW:HIGH", help="Where a variable is drawn from, as x=0:5."
)
@click.option(
    "--check-timeout",
    "timeout",
    type=Positive(),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long all claims together may take.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(VERDICTS),
    default="text",
    show_default=True,
    help="How to print the verdicts; 'plain' is NAME<TAB>VERDICT a line.",
)
@click.pass_context
def command(
    ctx: click.Context, request: Request, claims: tuple[str, ...], lets: tuple[str, ...], samples: int, seed: int,
    ranges: tuple[str, ...], timeout: float, form: str,
) -> int:  # fmt: skip
    """Verify a derivative of FORMULA that you derived by hand.

    Variables without a value are drawn from where the formula is defined. A claim that fails is shown with a
    counterexample and, where it is simple, with what is missing. The exit code is 0 if all claims are right, and 1 if
    one is wrong.

    \b
    autodiff verify "sin(x^2)" --claim x="2*x*cos(x^2)"
    autodiff verify "a*exp(-b*t)" --claim a="exp(-b*t)" --claim b="-a*t*exp(-b*t)" --range t=0:5
    """  # fmt: skip
    formula, bindings = read_bindings(ctx, request, lets)
    pairs = [_pair(text, "--claim", "NAME=FORMULA") for text in claims]
    _once([name for name, _ in pairs], "claimed", "verify one claim after the other")
    spans = [_pair(text, "--range", "x=0:5") for text in ranges]
    _once([name for name, _ in spans], "given a range", "give one range for each variable")
    for name, text in spans:
        # The value of an array says what shape it has.
        if name in bindings and not is_array(bindings[name]):
            hint = f"leave out the value, or --range {name}={text}"
            raise BindingError("bound-and-drawn", f"{name!r} has a value and a range", hint=hint)
    intervals = {name: _interval(name, text) for name, text in spans}
    checks = api.verify_claims(
        formula, dict(pairs), bindings, samples=samples, seed=seed, ranges=intervals, timeout=timeout
    )
    options = report_options(None, True, "auto")
    print_sheet(ClaimsSheet(formula.text, api.output_name(formula), checks, options), form)
    return max((Exit.of(check.verdict) for check in checks), key=_severity)


def _severity(code: int) -> int:
    """Wrong is worse than undefined, and undefined worse than undecided."""
    return [0, 4, 3, 1].index(code)


def _once(names: Sequence[str], what: str, hint: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise BindingError("named-twice", f"{name!r} is {what} twice", hint=hint)


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not is_name(name.strip()) or not value.strip():
        raise BindingError(
            "bad-claim", f"{option} {text} says nothing about a variable", hint=f"write {option} {example}"
        )
    return canonical_name(name.strip()), value.strip()


def _interval(name: str, text: str) -> tuple[float, float]:
    ends: Sequence[str] = text.split(":")
    hint = f"write --range {name}=0:5"
    if len(ends) != 2 or not all(end.strip() for end in ends):
        raise BindingError("bad-range", f"--range {name}={text} is no range", hint=hint)
    low, high = (api.evaluate_constant(end) for end in ends)
    if is_array(low) or is_array(high):
        hint += "; it is one for every element"
        raise BindingError("bad-range", f"the range of {name!r} has ends that are arrays: {text}", hint=hint)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise BindingError("bad-range", f"the range of {name!r} is not finite: {text}", hint=hint)
    if not low < high:
        raise BindingError("bad-range", f"the range of {name!r} is empty: {text}", hint=hint)
    return low, high
