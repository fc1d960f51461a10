"""`autodiff graph`: a formula as a picture, as a page to play with, or as a tree in the terminal."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from autodiff import api
from autodiff.cli.formula import FormulaCommand, Request, read_bindings, resolve
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
from autodiff.cli.output_files import write_file
from autodiff.cli.printing import finish, print_lines
from autodiff.cli.status import Exit
from autodiff.cli.stderr import say
from autodiff.differentiate.results.gradient import Values
from autodiff.errors import AutodiffError, SourceError, nearest
from autodiff.report.sheet import Options

if TYPE_CHECKING:
    from autodiff.report.pictures.picture import Picture

ENDINGS = ("svg", "html", "png", "pdf", "dot", "mmd")


@click.command("graph", cls=FormulaCommand)
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    help="Where to draw: .svg, .png or .pdf for a picture, .html for a page with a slider for each variable, "
    ".dot for Graphviz, .mmd for Mermaid. Without it a tree is printed.",
)
@wrt_option
@seed_option
@let_option("seed")
@digits_option("6 unless given")
@click.option("--all", "all_nodes", is_flag=True, help="Draw more than 300 nodes too.")
@color_option("When to colour the tree" + UNLESS_NO_COLOR)
@click.pass_context
def command(
    ctx: click.Context, request: Request, path: str | None, wrt: tuple[str, ...], seed: str | None,
    lets: tuple[str, ...], digits: int | None, all_nodes: bool, color: str,
) -> int:  # fmt: skip
    """Draw the graph of FORMULA, or a page in which sliders move its values and gradients.

    FORMULA is the formula itself, @FILE, or - for standard input. With a value for each variable the picture shows
    values, local derivatives and gradients; without any, only the structure. .png and .pdf need
    pip install 'autodiff-cli[graph]'.

    \b
    autodiff graph "(x + y) * max(y, z)"
    autodiff graph "(x + y) * max(y, z)" --x 1 --y 2 --z 0 -o graph.svg
    autodiff graph "sigmoid(w*x + b)" --w 0.5 --x 2 --b -1 -o neuron.html
    """
    ending = None if path is None else _ending(path)
    options = report_options(digits, all_nodes, color)
    result = None
    if request.bindings or lets:
        formula, bindings = resolve(ctx, request, lets)
        result = _result(formula, bindings, wrt, seed)
    else:
        formula, bindings = read_bindings(ctx, request, lets)
        if not formula.variables:
            result = _result(formula, bindings, wrt, seed)
        elif wrt or seed:
            option = "--wrt" if wrt else "--seed"
            raise AutodiffError(
                "usage", f"{option} needs values", hint=f"give each variable one, as in --{formula.variables[0]} 1"
            )
    draw(formula, result, path, ending, options)
    if result is not None:
        return finish(result, options)
    return Exit.DONE


def _result(formula: api.Formula, bindings: api.Bindings, wrt: tuple[str, ...], seed: str | None) -> Values:
    """The gradient, or the values of several outputs that have no weights."""
    graph = formula.graph(bindings)
    names = read_names(wrt, graph)
    if len(graph.outputs) > 1 and seed is None:
        say("note: of several outputs only the values are shown; --seed 1,... gives the gradient of a weighted sum")
        return formula.evaluate(bindings)
    return formula.gradient(bindings, wrt=names, seed=None if seed is None else read_seed(seed))


def draw(formula: api.Formula, result: Values | None, path: str | None, ending: str | None, options: Options) -> None:
    """Draw to a file, or print a tree."""
    from autodiff.report.pictures import picture

    graph = formula.graph() if result is None else result.graph
    picture.refuse_many(graph, options)
    if ending == "html" and path is not None:
        write_file(path, _page(formula, result, options).encode())
        return
    found = picture.of_graph(graph) if result is None else picture.of_result(result, options)
    if path is None or ending is None:
        from autodiff.report.pictures import tree

        print_lines(tree.lines(found, options), options=options)
        return
    write_file(path, _drawer(ending)(found))


def _page(formula: api.Formula, result: Values | None, options: Options) -> str:
    from autodiff.graph.shapes import holds_arrays
    from autodiff.report.pictures import page

    if result is None and not holds_arrays(formula.graph()):
        # Sliders have to start somewhere.
        say("note: every variable of the page starts at 1; give it a value, as in --x 2, to start elsewhere")
        result = _result(formula, dict.fromkeys(formula.variables, 1.0), (), None)
    return page.text(formula.graph() if result is None else result.graph, result, options)


def _drawer(ending: str) -> "Callable[[Picture], bytes]":
    from autodiff.report.pictures import graphviz, mermaid, svg

    if ending in ("png", "pdf"):
        return lambda found: graphviz.render(found, ending)
    lines = {"svg": svg.lines, "dot": graphviz.dot_lines, "mmd": mermaid.lines}[ending]
    return lambda found: "".join(f"{line}\n" for line in lines(found)).encode()


def _ending(path: str) -> str:
    """The ending of a file, which says what to draw. Raises SourceError for one that we cannot draw."""
    ending = os.path.splitext(path)[1].removeprefix(".").lower()
    if ending not in ENDINGS:
        listed = f"{', '.join(f'.{known}' for known in ENDINGS[:-1])} or .{ENDINGS[-1]}"
        close = nearest(ending, ENDINGS) if ending else None
        what = f"{path!r} ends in .{ending}, which cannot be drawn" if ending else f"{path!r} has no ending"
        hint = f"did you mean .{close}? Pictures end in {listed}" if close else f"end it in {listed}"
        raise SourceError("unknown-ending", what, hint=hint)
    return ending
