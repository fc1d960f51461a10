"""`autodiff grad`: the value and the gradient of every node of a formula."""

import sys

import click

from autodiff import api
from autodiff.cli.checking import check_options, exit_code, print_culprit, run_check
from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.options import print_diagnosis, print_result, report_options, shared_options
from autodiff.cli.status import Exit
from autodiff.errors import BindingError
from autodiff.graph.graph import Graph
from autodiff.report.options import wants_color
from autodiff.syntax.tokens import canonical_name


@click.command("grad", cls=FormulaCommand)
@click.option(
    "--wrt", multiple=True, metavar="NAMES", help="Differentiate by these variables only, for example --wrt x,y."
)
@check_options
@shared_options
@click.pass_context
def command(
    ctx: click.Context, request: Request, wrt: tuple[str, ...], lets: tuple[str, ...], form: str, digits: int | None,
    all_nodes: bool, color: str, checked: str | None, timeout: float, step: float | None,
) -> int:  # fmt: skip
    """Differentiate FORMULA: show the value and the gradient of every node.

    FORMULA is the formula itself, @FILE, or - for standard input. Each of its variables is an option; a value may be an
    expression such as pi/4.

    \b
    autodiff grad "(x + y) * max(y, z)" --x 1 --y 2 --z 0
    autodiff grad "b = 5 - 3a; c = 2b + 3; c^2" --a 2 --format plain
    autodiff grad "sin(x)^2 + y" --x 1 --y 2 --check
    """
    formula, bindings = resolve(ctx, request, lets)
    names = None if not wrt else _names(",".join(wrt), formula.graph(bindings))
    result = formula.gradient(bindings, wrt=names)
    options = report_options(digits, all_nodes, color)
    if checked is None and step is None:
        print_result(result, form, options)
        print_diagnosis(result, options)
        return Exit.UNDEFINED if result.diagnosis else Exit.DONE
    found = run_check(result, checked or "inputs", timeout, step)
    print_result(result, form, options, found)
    print_diagnosis(result, options)
    print_culprit(found, result.formula, wants_color(options.color, sys.stderr.isatty()))
    return exit_code(found.verdict)


def _names(wrt: str, graph: Graph) -> list[str]:
    """The variables that `--wrt` names, each once."""
    names = list(dict.fromkeys(canonical_name(name.strip()) for name in wrt.split(",") if name.strip()))
    if not names:
        example = ",".join(graph.inputs[:2]) or "x"
        raise BindingError("no-names", "--wrt names no variable", hint=f"write, for example: --wrt {example}")
    for name in names:
        if name not in graph.input_numbers:
            raise api.unknown_variable(graph, name, "--wrt names")
    return names
