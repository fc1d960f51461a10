"""`autodiff explain`: the chain rule step by step."""

import click

from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.name_lists import read_names, read_seed
from autodiff.cli.options import (
    UNLESS_NO_COLOR,
    color_option,
    digits_option,
    let_option,
    report_options,
    seed_option,
    wrt_option,
)
from autodiff.cli.printing import finish, print_sheet
from autodiff.errors import AutodiffError
from autodiff.report.formats import EXPLANATIONS
from autodiff.report.say.explanation import Explained, ExplanationSheet


@click.command("explain", cls=FormulaCommand)
@wrt_option
@click.option("--node", metavar="NAME", help="Explain one node: its value, its rule, what it receives and hands on.")
@click.option("--paths", "paths", is_flag=True, help="Also split each gradient by route, as in x -> a -> f: 2.")
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many paths of each variable to show; the largest come first.",
)
@seed_option
@let_option("node")
@click.option(
    "--format",
    "form",
    type=click.Choice(EXPLANATIONS),
    default="text",
    show_default=True,
    help="How to print the explanation; 'latex' is a document that compiles.",
)
@click.option("--fragment", is_flag=True, help="With --format latex: only what stands in the document, for \\input.")
@digits_option("6 unless given")
@click.option("--all", "all_nodes", is_flag=True, help="Leave nothing out of a big graph.")
@color_option("When to colour" + UNLESS_NO_COLOR)
@click.pass_context
def command(
    ctx: click.Context, request: Request, wrt: tuple[str, ...], node: str | None, paths: bool, most: int,
    seed: str | None, lets: tuple[str, ...], form: str, fragment: bool, digits: int | None, all_nodes: bool, color: str,
) -> int:  # fmt: skip
    """Explain the gradient of FORMULA by the chain rule, step by step.

    First the forward pass, with the value of every node and its local gradients, then the backward pass: each node
    hands upstream times local to its arguments, and where paths meet the parts add up. FORMULA is the formula itself,
    @FILE, or - for standard input.

    \b
    autodiff explain "(x + y) * max(y, z)" --x 1 --y 2 --z 0
    autodiff explain "(x + y) * max(y, z)" --x 1 --y 2 --z 0 --paths
    autodiff explain "a = w*x + b; sigmoid(a)" --w 2 --x -1 --b 3 --node a
    autodiff explain "x^2*tanh(x)" --x 3 --format latex > notes.tex
    """
    if fragment and form != "latex":
        raise AutodiffError("usage", "--fragment is for LaTeX", hint="write --format latex --fragment")
    formula, bindings = resolve(ctx, request, lets)
    names = read_names(wrt, formula.graph(bindings))
    explanation = formula.explain(bindings, wrt=names, seed=None if seed is None else read_seed(seed))
    step = None if node is None else explanation.step(node)
    routes = explanation.paths(None if step is None else [step.node.name], most) if paths else None
    found = Explained(explanation, step, routes)
    options = report_options(digits, all_nodes, color)
    print_sheet(ExplanationSheet(found, options, fragment=fragment), form)
    return finish(explanation.gradient, options)
