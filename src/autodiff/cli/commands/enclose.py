"""`autodiff enclose`: proved bounds of a value and its gradient, at a point or over a box."""

import contextlib
import sys
from collections.abc import Callable, Iterator

import click

from autodiff import api
from autodiff.cli.checking import Positive
from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.name_lists import read_names
from autodiff.cli.options import report_options, shared_options, wrt_option
from autodiff.cli.printing import print_sheet
from autodiff.cli.status import Exit
from autodiff.cli.values import read_value
from autodiff.errors import BindingError
from autodiff.report.say.enclosure import EnclosureSheet
from autodiff.syntax.tokens import canonical_name


@click.command("enclose", cls=FormulaCommand)
@wrt_option
@click.option(
    "--tolerance",
    type=Positive(),
    default=1e-6,
    show_default=True,
    metavar="T",
    help="Over a box: halve pieces until the bounds are this close to the range, relative to its width.",
)
@click.option(
    "--boxes",
    type=click.IntRange(1),
    default=2000,
    show_default=True,
    metavar="N",
    help="Over a box: at most so many pieces.",
)
@click.option(
    "--timeout",
    type=Positive(),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Stop with the bounds found so far.",
)
@shared_options
@click.pass_context
def command(
    ctx: click.Context, request: Request, wrt: tuple[str, ...], tolerance: float, boxes: int, timeout: float,
    lets: tuple[str, ...], form: str, digits: int | None, all_nodes: bool, color: str,
) -> int:  # fmt: skip
    """Enclose the value and the gradient of FORMULA between bounds that are proved.

    At a point, every digit shown is certain. Where a variable has a range, as in --x 0.9:1.1, the bounds hold at every
    point of the box. Needs python-flint: pip install 'autodiff-cli[certify]'.

    \b
    autodiff enclose "(1 - cos(x))/x^2" --x 1e-8
    autodiff enclose "x*sin(x*y)" --x 0.9:1.1 --y 2
    """
    box, lets = _ranges(request, lets)
    formula, bindings = resolve(ctx, request, lets)
    graph = formula.graph(bindings)
    box = {api.known_as(name, graph): ends for name, ends in box.items()}
    names = read_names(wrt, graph)
    with _progress() as progress:
        result = formula.enclose(
            bindings, box=box, wrt=names, tolerance=tolerance, boxes=boxes, timeout=timeout, progress=progress
        )
    print_sheet(EnclosureSheet(result, report_options(digits, all_nodes, color)), form)
    if not result.is_bounded:
        return Exit.UNDEFINED
    return Exit.DONE if result.is_certified else Exit.UNDECIDED


def _ranges(request: Request, lets: tuple[str, ...]) -> tuple[dict[str, tuple[float, float]], tuple[str, ...]]:
    """Take the ranges out of the bindings, in which the lower end of each stays."""
    box: dict[str, tuple[float, float]] = {}

    def low_end(name: str, value: str, option: str) -> str:
        low, colon, high = value.partition(":")
        if not colon or value.startswith("@") or "[" in value:
            return value
        ends = []
        for text in (low, high):
            if not text.strip():
                hint = f"write both ends: {option} 0.9:1.1"
                raise BindingError("no-box", f"the range {value!r} lacks an end", hint=hint)
            ends.append(read_value(name, text, option))
        if any(hasattr(end, "shape") for end in ends):
            raise BindingError("no-box", f"the ends of {value!r} are no numbers", hint=f"write {option} 0.9:1.1")
        box[name] = float(ends[0]), float(ends[1])
        return low

    request.bindings = [(name, low_end(name, value, option), option) for name, value, option in request.bindings]
    kept = []
    for text in lets:
        name, equals, value = text.partition("=")
        known = canonical_name(name.strip())
        kept.append(f"{name}={low_end(known, value, f'--let {known}')}" if equals else text)
    return box, tuple(kept)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, float], None] | None]:
    """On a terminal, a line on standard error that says how far it is."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(pieces: int, gap: float) -> None:
        off = "not bounded yet" if gap == float("inf") else f"off by at most {gap:.1e} of the range"
        sys.stderr.write(f"\r\x1b[K{pieces:,} pieces, {off}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
