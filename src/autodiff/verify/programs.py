"""Checks of what is more than one number by some numbers: arrays, weighted sums, directions, Jacobians.

Each is written as a program of numbers, in which every operation on arrays is spelled out, and that program is checked:
its derivatives use no pullback, so the pullbacks are checked against rules, SymPy and differences alike.
"""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence

from autodiff.differentiate.results.gradient import Gradient, Value, Values
from autodiff.differentiate.results.jacobian import Jacobian
from autodiff.differentiate.results.tangents import Directional
from autodiff.evaluate.unrolled import MOST_OPERATIONS, Program, TooLarge, program_of
from autodiff.graph.build import build
from autodiff.numerals import flat, for_people
from autodiff.verify.oracles import witnesses
from autodiff.verify.oracles.limits import patience
from autodiff.verify.oracles.witness import Hearing, Question, Witness
from autodiff.verify.results import Check, InputCheck, NodeCheck, Verdict, worst
from autodiff.verify.settings import Settings
from autodiff.verify.verdict import check as check_numbers

Progress = Callable[[str], None]

#: A relative difference between an array's derivative and that of its program beyond this is no rounding.
_WRONG = 1e-9


def check_gradient(gradient: Gradient, settings: Settings, progress: Progress) -> Check:
    """Check a gradient by arrays, or of a weighted sum, element by element."""
    graph = gradient.graph
    if gradient.diagnosis is not None:
        return _undefined(gradient, gradient.element_partials)
    seeds = None if gradient.seeds is None else _by_node(graph.outputs, gradient.seeds)
    try:
        program = program_of(graph, gradient.values, seeds)
    except TooLarge:
        return _too_large(gradient.element_partials)
    own = {
        name: value
        for node in gradient.wanted_nodes
        for name, value in zip(program.nodes[node], flat(gradient.adjoints[node]), strict=True)
    }
    found = _check(program, own, _adjoints(gradient, program), settings, progress)
    # What the check takes for the reverse sweep is ours; the forward sweep is that of the program.
    inputs = {
        name: one._replace(dissent="reverse") if one.dissent == "forward" else one for name, one in found.inputs.items()
    }
    found = found._replace(inputs=inputs)
    culprit = found.culprit or _culprit(gradient, program, found)
    verdict = Verdict.FAIL if culprit else found.verdict
    nodes = tuple(node._replace(span=_span(gradient, node.node)) for node in found.nodes)
    return found._replace(culprit=culprit and _placed(gradient, culprit), verdict=verdict, nodes=nodes)


def _by_node(outputs: Sequence[int], seeds: Sequence[Value]) -> dict[int, Value]:
    found: dict[int, Value] = {}
    for node, seed in zip(outputs, seeds, strict=True):
        found[node] = found[node] + seed if node in found else seed
    return found


def along(sweep: Directional) -> dict[str, float]:
    """The derivative of each output along a direction, by its name, as in `df`."""
    names = [f"d{name}" for name, _ in sweep.element_outputs]
    return dict(zip(names, (row[0] for row in sweep.derivatives), strict=True))


def entries_of(jacobian: Jacobian) -> dict[str, float]:
    """The entries of a Jacobian by their names, as in `df1/dx`."""
    return {
        f"d{name}/d{column}": value
        for name, row in zip(jacobian.rows, jacobian.entries, strict=True)
        for column, value in zip(jacobian.columns, row, strict=True)
    }


def check_directional(sweep: Directional, settings: Settings, progress: Progress) -> Check:
    """Check the derivative of each output along a direction, as the derivative by the step along it."""
    graph = sweep.graph
    values = along(sweep)
    if sweep.diagnosis is not None:
        return _undefined(sweep, values)
    checks = []
    for (name, value), (node, unit) in zip(values.items(), _element_units(sweep), strict=True):
        progress(f"the derivative of {name[1:]}")
        try:
            program = program_of(graph, sweep.values, {node: unit}, direction=sweep.directions[0])
        except TooLarge:
            return _too_large(values)
        (step,) = program.inputs
        found = _check(program, {step: value}, {}, settings, progress)
        checks.append(_renamed(found, {step: name}))
    whole = _together(sweep, checks)
    # What the check took for the reverse sweep is our forward one.
    inputs = {
        name: one._replace(forward=one.reverse, reverse=one.forward if one.forward is not None else one.reverse)
        for name, one in whole.inputs.items()
    }
    return whole._replace(inputs=inputs)


def check_jacobian(jacobian: Jacobian, settings: Settings, progress: Progress) -> Check:
    """Check a Jacobian row by row; the inputs of the result are its entries, as in `df1/dx`."""
    graph = jacobian.graph
    rows = [dict(zip(jacobian.columns, row, strict=True)) for row in jacobian.entries]
    labelled = entries_of(jacobian)
    if jacobian.diagnosis is not None:
        return _undefined(jacobian, labelled)
    until = time.monotonic() + patience(settings.timeout)
    prepared: list[tuple[Program, dict[str, float], Gradient]] = []
    for row, (node, unit) in zip(rows, _element_units(jacobian), strict=True):
        try:
            program = program_of(graph, jacobian.values, {node: unit})
        except TooLarge:
            return _too_large(labelled)
        short = {label: key for key, label in program.names.items() if key in program.inputs}
        own = {short[label]: value for label, value in row.items()}
        prepared.append((program, own, _gradient(program, own, {})))
    asked = witnesses.ask(
        [Question(one.graph, one.values[: len(one.graph.inputs)], one.wanted_nodes) for *_, one in prepared]
    )
    checks = []
    try:
        for k, (name, row, (program, own, gradient)) in enumerate(zip(jacobian.rows, rows, prepared, strict=True)):
            if time.monotonic() > until:
                remark = f"not reached within {settings.timeout:g} s"
                missed = {label: InputCheck(label, Verdict.INCONCLUSIVE, value) for label, value in row.items()}
                found = Check(Verdict.INCONCLUSIVE, missed, remarks=(remark,))
            else:
                progress(f"the row of {name}")
                found = _checked(program, own, gradient, settings, progress, asked[k])
            checks.append(_renamed(found, {label: f"d{name}/d{label}" for label in row}))
    finally:
        witnesses.stop(asked)
    return _together(jacobian, checks)


def _element_units(result: Values) -> Sequence[tuple[int, Value]]:
    """For each element of an output its node, and the weights that pick it out."""
    return [(node, unit) for node in result.graph.outputs for unit in _units(result.values[node])]


def _units(value: Value) -> Sequence[Value]:
    if type(value) is float:
        return [1.0]
    from autodiff.evaluate.arrays import units

    return list(units(value.shape))


def _check(
    program: Program, own: Mapping[str, float], adjoints: Mapping[str, float], settings: Settings, progress: Progress
) -> Check:
    """Check a program with our derivatives, `own` by its variables and `adjoints` by its other names."""
    return _checked(program, own, _gradient(program, own, adjoints), settings, progress)


def _gradient(program: Program, own: Mapping[str, float], adjoints: Mapping[str, float]) -> Gradient:
    """The gradient of a program, with our derivatives in the place of its own."""
    graph = program.graph()
    point = [program.inputs[name] for name in graph.inputs]
    gradient = Gradient(graph, point, [name for name in own if name in graph.input_numbers])
    labels = {label: node for node, label in graph.labels.items()} | graph.input_numbers
    for name, value in {**adjoints, **own}.items():
        if name in labels:
            gradient.adjoints[labels[name]] = value
    return gradient


def _checked(
    program: Program, own: Mapping[str, float], gradient: Gradient, settings: Settings, progress: Progress,
    asked: Mapping[Witness, Hearing] | None = None,
) -> Check:  # fmt: skip
    found = check_numbers(gradient, settings, progress, asked)
    inputs = dict(found.inputs)
    for name, value in own.items():
        if name not in inputs:
            # The program does not use it: its derivative is 0.
            verdict = Verdict.PASS if value == 0.0 else Verdict.FAIL
            inputs[name] = InputCheck(
                name, verdict, value, symbolic="0", numeric=0.0, digits=16.0 if not value else 0.0
            )
    kept = [node for node in found.nodes if node.name in program.names]
    ordered = {name: inputs[name] for name in own}
    verdict = worst([found.verdict, *(one.verdict for one in ordered.values())])
    return _renamed(found._replace(inputs=ordered, nodes=tuple(kept), verdict=verdict), program.names)


def _renamed(found: Check, names: Mapping[str, str]) -> Check:
    """A check whose names are those of the graph that its program comes from."""
    inputs = {
        names.get(name, name): one._replace(
            name=names.get(name, name), remarks=tuple(_said(remark, names) for remark in one.remarks)
        )
        for name, one in found.inputs.items()
    }
    nodes = tuple(
        node._replace(name=names.get(node.name, node.name), message=_said(node.message, names)) for node in found.nodes
    )
    remarks = tuple(_said(remark, names) for remark in found.remarks)
    culprit = found.culprit and found.culprit._replace(name=names.get(found.culprit.name, found.culprit.name))
    return found._replace(inputs=inputs, nodes=nodes, remarks=remarks, culprit=culprit)


def _said(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\b[^\W\d]\w*\b", lambda word: names.get(word.group(), word.group()), text)


def _together(result: Values, checks: Sequence[Check]) -> Check:
    """Several checks as one."""
    inputs = {name: one for found in checks for name, one in found.inputs.items()}
    remarks = tuple(dict.fromkeys(remark for found in checks for remark in found.remarks))
    culprit = next((_placed(result, found.culprit) for found in checks if found.culprit is not None), None)
    return Check(worst([found.verdict for found in checks]), inputs, (), culprit, remarks)


def _adjoints(gradient: Gradient, program: Program) -> dict[str, float]:
    """The adjoint of every node that the output depends on, by the names of its elements in the program."""
    found: dict[str, float] = {}
    for node in range(gradient.graph.base, len(gradient.graph)):
        if gradient.active[node]:
            found.update(zip(program.nodes[node], flat(gradient.adjoints[node]), strict=True))
    return {name: value for name, value in found.items() if program.names.get(name)}


def _culprit(gradient: Gradient, program: Program, found: Check) -> NodeCheck | None:
    """The operation on arrays whose pullback is wrong, where the derivatives of the program differ from ours."""
    if found.verdict is not Verdict.FAIL:
        return None
    from autodiff.differentiate.sweep import arrays

    graph = gradient.graph
    if not gradient.has_arrays:
        return None
    for node, row, args in graph.operations():
        if row.shape is None or not gradient.active[node]:
            continue
        given = [gradient.values[arg] for arg in args]
        for k, arg in enumerate(args):
            if not gradient.active[arg]:
                continue
            adjoint = gradient.adjoints[node]
            ours = arrays.pull(graph, gradient.values, node, k, adjoint, gradient.active)
            truth = _spelled_out(gradient, node, given, k, adjoint)
            mine = [0.0] * len(truth) if ours is None else flat(ours)
            size = max(map(abs, truth), default=0.0)
            for a, b in zip(mine, truth, strict=True):
                if not abs(a - b) <= _WRONG * size + 1e-300:
                    what = f"the pullback of {row.name} to its argument {k + 1}"
                    message = f"{what} gives {for_people(a, 10)} by its rule, and {for_people(b, 10)} spelled out"
                    return NodeCheck(node, gradient.names[node], graph.span(node), Verdict.FAIL, a, None, message)
    return None


def _spelled_out(gradient: Gradient, node: int, given: Sequence[Value], argument: int, adjoint: Value) -> list[float]:
    """What one operation hands to an argument, by the rules of numbers alone."""
    from autodiff.graph.text import operation

    names = [f"u{k}" for k in range(len(given))]
    alone = build(operation(gradient.graph.row(node), names), names, ops=gradient.graph.ops)
    inputs = [given[int(name[1:])] for name in alone.inputs]
    result = Values(alone, inputs)
    program = program_of(alone, result.values, {alone.outputs[0]: adjoint})
    graph = program.graph()
    partials = Gradient(graph, [program.inputs[name] for name in graph.inputs]).partials
    place = alone.input_numbers[f"u{argument}"]
    return [partials.get(name, 0.0) for name in program.nodes[place]]


def _placed(result: Values, culprit: NodeCheck) -> NodeCheck:
    """A culprit that the program names, at its place in the formula."""
    name = culprit.name.partition("[")[0]
    if name in result.names:
        return culprit._replace(span=result.graph.span(result.names.index(name)))
    return culprit._replace(span=result.graph.output_spans()[0])


def _span(gradient: Gradient, node: int) -> tuple[int, int]:
    return gradient.graph.span(node) if node < len(gradient.graph) else gradient.graph.output_spans()[0]


def _undefined(result: Values, derivatives: Mapping[str, float]) -> Check:
    assert result.diagnosis is not None
    message = result.diagnosis.message
    undefined = result.diagnosis.about == "value"
    inputs = {}
    for name, value in derivatives.items():
        if undefined or not math.isfinite(value):
            inputs[name] = InputCheck(name, Verdict.UNDEFINED, value, remarks=(message,))
        else:
            remark = "not checked, as the gradient is undefined elsewhere"
            inputs[name] = InputCheck(name, Verdict.INCONCLUSIVE, value, remarks=(remark,))
    return Check(Verdict.UNDEFINED, inputs, remarks=(message,))


def _too_large(derivatives: Mapping[str, float]) -> Check:
    remark = f"spelled out in numbers this is more than {MOST_OPERATIONS:,} operations: check it with smaller arrays"
    inputs = {name: InputCheck(name, Verdict.INCONCLUSIVE, value) for name, value in derivatives.items()}
    return Check(Verdict.INCONCLUSIVE, inputs, remarks=(remark,))
