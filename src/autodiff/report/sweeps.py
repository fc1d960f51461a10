"""Words and cells for what forward sweeps found, and for the two sweeps side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.results.tangents import Directional, ForwardSweep, Tangents
from autodiff.numerals import flat, for_people, is_array
from autodiff.report.node_texts import count, kink_text, objective, partials_texts, shown
from autodiff.report.style import Options

#: The tangents of more passes than this are left out of a table, unless all is asked for.
_MANY_PASSES = 12


def pass_names(sweep: ForwardSweep) -> list[str]:
    """What each pass is along: `d/dx` where one input moves."""
    return [f"d/d{name}" for name in sweep.wanted] if isinstance(sweep, Tangents) else ["tangent"]


def shown_passes(sweep: ForwardSweep, options: Options) -> range:
    """The passes whose tangents a table lists."""
    passes = len(sweep.tangents)
    return range(passes if options.all_nodes or passes <= _MANY_PASSES else 0)


def node_columns(sweep: ForwardSweep, options: Options) -> list[str]:
    names = pass_names(sweep)
    tangents = [names[k] for k in shown_passes(sweep, options)]
    return [
        "#",
        "name",
        "operation",
        "value",
        "local partials",
        *["adjoint"][: sweep.reverse is not None],
        *tangents,
        "kink",
    ]


def node_rows(sweep: ForwardSweep, nodes: Sequence[int], options: Options, between: str = ", ") -> list[list[str]]:
    """The cells of each node, as for a reverse sweep, with its adjoint where there is one and its tangents."""
    used, passes = sweep.used, shown_passes(sweep, options)
    rows = []
    for node in sweep.iterate(nodes):
        cells = [str(node.id), node.name, node.operation if node.args else node.op]
        numbers = [for_people(node.value, options.digits)]
        numbers.append(between.join(partials_texts(node, sweep.names, options.digits)))
        if sweep.reverse is not None:
            numbers.append(for_people(node.gradient, options.digits))
        numbers += [for_people(rate, options.digits) for rate in tangents_of(sweep, node.id, passes)]
        numbers.append(kink_text(node.kink))
        rows.append(cells + (numbers if used[node.id] else [""] * len(numbers)))
    return rows


def tangents_of(sweep: ForwardSweep, node: int, passes: Sequence[int]) -> list[float | None]:
    """The tangents of a node; None where nothing that moves is behind it."""
    return [sweep.tangents[k][node] if sweep.active[node] else None for k in passes]


def is_matrix(sweep: ForwardSweep) -> bool:
    """Whether what was asked for is a derivative by every input for each of several outputs."""
    return len(sweep.element_outputs) > 1 and isinstance(sweep, Tangents) and sweep.reverse is None


def checked_sweep(sweep: ForwardSweep) -> str:
    """Whose numbers a check of the result is about."""
    return "forward" if sweep.reverse is None else "reverse"


class Results(NamedTuple):
    """The derivatives of the outputs: a table, which may be empty, and lines."""

    columns: list[str]
    rows: list[list[str]]
    lines: list[str]


def results(sweep: ForwardSweep, options: Options) -> Results:
    """The values and derivatives for people; those of several outputs by their inputs are a matrix, and not here."""

    def number(value: Any) -> str:
        return for_people(value, options.digits)

    gradient = sweep.reverse
    heads: list[str]
    columns: list[list[str]]
    lines = [f"{name} = {number(value)}" for name, value in sweep.outputs]
    if gradient is None:
        name, label = sweep.outputs[0][0], f"d{sweep.outputs[0][0]}"
    else:
        name, label = objective(gradient, options)
        if gradient.seeds is not None:
            lines.append(f"{name} = {number(gradient.value)}")
    heading = f"gradient of {name}"
    if isinstance(sweep, Directional):
        along = ", ".join(f"{name} = {number(rate)}" for name, rate in sweep.direction.items())
        lines += ["", f"along {along}:"]
        if gradient is None:
            pairs = zip(sweep.element_outputs, sweep.derivatives, strict=True)
            lines += [f"d{name} = {number(derivative)}" for (name, _), (derivative,) in pairs]
            return Results([], [], lines)
        what = "derivative" if gradient.seeds is not None else label
        lines.append(f"{what} = {number(weighted(sweep, gradient)[0])} by the forward sweep")
        lines.append(f"{what} = {number(dot(gradient, sweep.direction))} by the gradient times the direction")
        columns = [[number(partial)] for partial in gradient.partials.values()]
        heads, wanted, at = ["gradient"], gradient.wanted, [sweep.values[node] for node in gradient.wanted_nodes]
    elif isinstance(sweep, Tangents):
        forward = weighted(sweep, gradient)
        wanted, at = sweep.wanted, sweep.at
        if gradient is None:
            heads, columns = ["gradient"], [[number(partial)] for partial in forward]
        else:
            pairs_of = zip(gradient.element_partials.values(), forward, strict=True)
            heads, columns = ["reverse", "forward"], [[number(a), number(b)] for a, b in pairs_of]
    rows = [
        [f"{label}/d{name}", *cells, f"{name} = {number(value)}"]
        for name, cells, value in zip(wanted, columns, at, strict=True)
    ]
    return Results([heading, *heads, "at"], rows, lines)


def weighted(sweep: ForwardSweep, gradient: Gradient | None) -> list[float]:
    """The derivative along each direction of what `gradient` differentiates; of the first output without one."""
    rows = sweep.derivatives
    if gradient is None or gradient.seeds is None:
        return rows[0]
    weights = [weight for seed in gradient.seeds for weight in flat(seed)]
    pairs = [(weight, row) for weight, row in zip(weights, rows, strict=True) if weight]
    return [sum([weight * row[k] for weight, row in pairs if row[k]], 0.0) for k in range(len(sweep.tangents))]


def dot(gradient: Gradient, direction: Mapping[str, Any]) -> float:
    """The derivative along a direction that a gradient gives."""
    pairs = [
        pair
        for name, rate in direction.items()
        for pair in zip(flat(gradient.partials[name]), _rates(rate, gradient.partials[name]), strict=True)
    ]
    return sum([partial * rate for partial, rate in pairs if rate and partial], 0.0)


def _rates(rate: Any, like: Any) -> list[float]:
    """The rate of each element; one number is the rate of all."""
    return flat(rate) if is_array(rate) else [rate] * len(flat(like))


def remarks(sweep: ForwardSweep, options: Options) -> Iterator[str]:
    """Sentences under the numbers: what the columns mean, how many passes there were, and which sweep needs fewer."""
    passes, names = len(sweep.tangents), pass_names(sweep)
    if not passes:
        yield "there is no variable to differentiate by"
        return
    hidden = not shown_passes(sweep, options)
    if hidden and shown(sweep, options):
        yield f"the tangents of {passes} passes are left out of the table (--all lists them)"
    if sweep.reverse is not None:
        name = objective(sweep.reverse, options)[0]
        along = "along the direction" if isinstance(sweep, Directional) else f"by {names[0][3:]}"
        tangent = "" if hidden else f", {names[0]} the derivative of the node {along}"
        yield f"adjoint is the derivative of {name} by the node{tangent}"
        yield _comparison(sweep)
    elif isinstance(sweep, Directional):
        yield "forward mode: 1 pass for this direction, whatever the number of inputs and outputs"
    else:
        yield f"forward mode: {count(passes, 'pass')} for {count(passes, 'input')}"


def _comparison(sweep: ForwardSweep) -> str:
    """Which sweep needs fewer passes here, and why."""
    if isinstance(sweep, Directional):
        return "one direction is 1 forward pass, one output is 1 reverse pass: neither mode needs fewer here"
    inputs = len(sweep.tangents)
    fewer = "neither mode needs fewer" if inputs == 1 else "reverse mode needs fewer"
    one = "output" if sweep.reverse is None or sweep.reverse.seeds is None else "weighted sum"
    take = "takes" if inputs == 1 else "take"
    forward = f"{count(inputs, 'input')} {take} {count(inputs, 'forward pass')}"
    return f"{forward}, 1 {one} takes 1 reverse pass: {fewer} here"
