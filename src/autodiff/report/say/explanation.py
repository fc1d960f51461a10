"""What an explanation says in words and formulas: sections of lines."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autodiff.differentiate.results.explanation import Edge, Explanation, Part, Step
from autodiff.differentiate.results.gradient import Node
from autodiff.differentiate.results.paths import Route, Routes
from autodiff.graph.text import operation
from autodiff.numerals import MOST_SHOWN, for_people, is_array
from autodiff.report.errors import excerpt
from autodiff.report.node_texts import count, kink_note, node_count, objective, side_notes, signed_sum
from autodiff.report.sheet import FORMULA, GRADIENT, MANY, NOTE, SOURCE, VALUE, Line, Options, Section, Sheet

#: A sum of more parts than this is cut, and so is a path of more nodes.
MOST_PARTS = 12
#: Numbers are put into an operation that is no longer than this then.
_LONG = 60
NO_VARIABLE = "the formula has no variable, and so no gradient"
_FLAT = "constant wherever it does not jump: no gradient passes it"
_CALL = re.compile(r"\w+\(.*\)", re.S)


class Explained(NamedTuple):
    """What is to be explained: all of it, or one node; and the paths of which nodes, if of any."""

    explanation: Explanation
    node: Step | None = None
    routes: Sequence[Routes] | None = None

    @property
    def hidden(self) -> bool:
        """Whether the graph is big, so that only `--all` shows its nodes."""
        return self.node is None and len(self.explanation.graph) > MANY


class ExplanationSheet(Sheet):
    """An explanation; `fragment` leaves out what makes a LaTeX document of it."""

    def __init__(self, explained: Explained, options: Options, *, fragment: bool = False) -> None:
        super().__init__(options)
        self.explained, self.fragment = explained, fragment

    def sections(self) -> Iterator[Section]:
        return sections(self.explained, self.options)

    def latex(self) -> Iterator[str]:
        from autodiff.report.say import explanation_latex

        write = explanation_latex.fragment if self.fragment else explanation_latex.document
        return write(self.explained, self.options)


class Notation(NamedTuple):
    """How gradients are called, and numbers are written."""

    of: str
    meaning: str
    digits: int | None

    def gradient(self, name: str) -> str:
        return f"d{self.of}/d{name}"

    def number(self, value: object) -> str:
        return for_people(value, self.digits)


def notation(explanation: Explanation, options: Options) -> Notation:
    """The output lends its name; a weighted sum of several gets a free letter, and its meaning."""
    result = explanation.gradient
    name, _ = objective(result, options)
    if result.seeds is None:
        return Notation(name, "", options.digits)
    taken = set(result.names)
    free = next((letter for letter in "LJSQR" if letter not in taken), "loss")
    return Notation(free, name, options.digits)


def sections(explained: Explained, options: Options) -> Iterator[Section]:
    """What there is to say, in its order."""
    explanation = explained.explanation
    write = notation(explanation, options)
    if explained.node is not None:
        yield _one(explained.node, explanation, write)
    elif explained.hidden and not options.all_nodes:
        yield Section("", (Line(0, ((left_out(explanation), NOTE),)),))
        yield _result(explanation, write)
    else:
        yield Section("Forward pass: values and local gradients", tuple(_forward(explanation, write)))
        yield Section("Backward pass: downstream = upstream * local", tuple(_backward(explanation, write)))
        yield _result(explanation, write)
    if explained.routes:
        yield Section("Paths: a product of local gradients each", tuple(_paths(explained.routes, explanation, write)))


def left_out(explanation: Explanation) -> str:
    """What is said in the place of very many nodes."""
    return f"{node_count(explanation.gradient)} (--all lists them)"


def _forward(explanation: Explanation, write: Notation) -> Iterator[Line]:
    inputs = len(explanation.graph.inputs)
    steps = explanation.forward
    leaves = [step for step in steps if step.node.id < inputs]
    if leaves:
        pieces: list[tuple[str, str]] = []
        for step in leaves:
            pieces += [(f"{', ' * bool(pieces)}{step.node.name} = ", FORMULA), (write.number(step.node.value), VALUE)]
        yield Line(0, tuple(pieces))
    for step in steps:
        if step.node.id >= inputs:
            yield from forward_lines(step, explanation, write)


def forward_lines(step: Step, explanation: Explanation, write: Notation, level: int = 0) -> Iterator[Line]:
    """An operation: its value, what there is to say about it, and its local gradients."""
    node = step.node
    if not step.used:
        yield Line(level, ((f"{node.name} = {node.operation}", FORMULA), (": its branch is not chosen", NOTE)))
        return
    yield Line(level, value_pieces(node, explanation, write))
    for note in notes(step, explanation):
        yield Line(level + 1, ((note, NOTE),))
    # What has no value has no derivative either.
    for edge in step.edges if not explanation.undefined or _has_value(node) else ():
        yield Line(level + 1, local_pieces(step, edge, write))


def _has_value(node: Node) -> bool:
    return is_array(node.value) or not math.isnan(node.value)


def value_pieces(node: Node, explanation: Explanation, write: Notation) -> tuple[tuple[str, str], ...]:
    """`a = x + y = 1 + 2 = 3`."""
    if not node.args:
        graph = explanation.graph
        spelled = node.id >= len(graph.inputs) and graph.spellings[node.id - len(graph.inputs)]
        value = write.number(node.value)
        between = f"{spelled} = " if spelled and spelled not in (value, node.name) else ""
        return (f"{node.name} = {between}", FORMULA), (value, VALUE)
    row = explanation.graph.row(node.id)
    middle = with_numbers(node, explanation, write)
    # Beside an equals sign a condition or a choice would be misread.
    operands = f"({node.operation})" if row.share or row.selects else node.operation
    text = f"{node.name} = {operands} = " + (f"{middle} = " if middle else "")
    return (text, FORMULA), (write.number(node.value), VALUE)


def with_numbers(node: Node, explanation: Explanation, write: Notation) -> str:
    """The operation with numbers in place of the names; "" where that would say nothing or too much."""
    values = [explanation.gradient.values[arg] for arg in node.args]
    row = explanation.graph.row(node.id)
    if row.selects or row.share or row.is_array or any(map(is_array, values)) or not all(map(math.isfinite, values)):
        return ""
    text = operation(row, [write.number(value) for value in values])
    return text if len(text) <= _LONG and text != node.operation else ""


def local_pieces(step: Step, edge: Edge, write: Notation) -> tuple[tuple[str, str], ...]:
    """`d tanh(a)/da = 1/cosh(a)^2 = 0.42`; of an operation on whole arrays, what it hands on."""
    node = step.node
    if edge.local is None:
        return ((f"to {edge.name}: {edge.text}", FORMULA),)
    called = f" {node.operation}" if _CALL.fullmatch(node.operation) and node.op in node.operation else ""
    label = f"d{called or f'({node.operation})'}/d{edge.name}{which(step, edge.argument)} = "
    number = write.number(edge.local)
    rule = f"({edge.text})" if edge.rule is not None and is_condition(edge) else edge.text
    return (label + (f"{rule} = " if rule and rule != number else ""), FORMULA), (number, GRADIENT)


def which(step: Step, argument: int) -> str:
    """Which argument is meant, where two of them are the same node."""
    return f" (argument {argument + 1})" if step.node.args.count(step.node.args[argument]) > 1 else ""


def is_condition(edge: Edge) -> bool:
    """Whether a rule is 1 or 0, as a condition is."""
    graph = edge.rule
    return graph is not None and graph.outputs[0] >= graph.base and bool(graph.row(graph.outputs[0]).share)


def notes(step: Step, explanation: Explanation, about: str = "value") -> Iterator[str]:
    """What is special about a node in the forward pass, or with `about` "gradient" in the backward pass."""
    node, names = step.node, explanation.gradient.names
    diagnosis = explanation.gradient.diagnosis
    if diagnosis is not None and diagnosis.node == node.id and diagnosis.about == about:
        yield diagnosis.message
    if about != "value":
        return
    if step.chosen is not None and (node.kink is None or node.kink.kind == "jump"):
        holds = "holds" if step.chosen == 1 else "does not hold"
        chosen, other = names[node.args[step.chosen]], names[node.args[3 - step.chosen]]
        yield f"{names[node.args[0]]} {holds}: {chosen} is chosen, and {other} contributes nothing"
    if node.kink is not None:
        yield kink_note(node, node.operation)
    elif step.flat and not explanation.graph.row(node.id).share:
        yield _FLAT


def no_value(write: Notation) -> str:
    """What to say where there is nothing to differentiate."""
    return f"{write.meaning or write.of} has no value here, and so no gradient either"


def _backward(explanation: Explanation, write: Notation) -> Iterator[Line]:
    if explanation.undefined:
        yield Line(0, ((no_value(write), NOTE),))
        return
    if not explanation.gradient.wanted:
        yield Line(0, ((NO_VARIABLE, NOTE),))
    if write.meaning:
        text = f"{write.of} is the weighted sum of all elements of the outputs"
        if write.meaning != "the weighted sum":
            text = f"{write.of} = {write.meaning}, the weighted sum of the outputs"
        yield Line(0, ((text, NOTE),))
    for step in explanation.backward:
        yield from backward_lines(step, explanation, write)


def backward_lines(step: Step, explanation: Explanation, write: Notation) -> Iterator[Line]:
    """The gradient of a node as the sum of its parts, and what it hands on."""
    yield Line(0, gradient_pieces(step, write))
    for note in notes(step, explanation, "gradient"):
        yield Line(1, ((note, NOTE),))
    yield from downstream_lines(step, explanation, write)


def gradient_pieces(step: Step, write: Notation) -> tuple[tuple[str, str], ...]:
    """`df/dy = 3 (from b) + 2 (from a) = 5`."""
    node = step.node
    label, total = write.gradient(node.name), write.number(node.gradient)
    if not step.parts:
        return (f"{label} = ", FORMULA), (total, GRADIENT), (f": {write.of} does not depend on {node.name}", NOTE)
    if len(step.parts) == 1:
        return (f"{label} = ", FORMULA), (total, GRADIENT), (_origin(step.parts[0], write), NOTE)
    pieces: list[tuple[str, str]] = [(f"{label} = ", FORMULA)]
    for k, part in enumerate(step.parts[:MOST_PARTS]):
        text = write.number(part.amount)
        minus = k > 0 and text.startswith("-")
        if k:
            pieces.append((" - " if minus else " + ", FORMULA))
        pieces += [(text[minus:], GRADIENT), (_origin(part, write), NOTE)]
    if len(step.parts) > MOST_PARTS:
        pieces.append((f" + {len(step.parts) - MOST_PARTS:,} more parts", NOTE))
    return (*pieces, (" = ", FORMULA), (total, GRADIENT))


def _origin(part: Part, write: Notation) -> str:
    """Where a part comes from; the gradient of the output by itself says that without words."""
    if part.source is not None:
        return f" (from {part.name})"
    return " (its weight as an output)" * bool(write.meaning)


def downstream_lines(step: Step, explanation: Explanation, write: Notation, level: int = 1) -> Iterator[Line]:
    """`to x: 3 * 2 = 6`, for each argument."""
    if step.flat:
        yield Line(level, (("hands nothing on", NOTE),))
    if step.edges and not is_array(step.node.gradient) and step.node.gradient == 0.0:
        silenced = any(edge.strong_zero for edge in step.edges)
        names = ", ".join(dict.fromkeys(edge.name for edge in step.edges))
        even = ", even where the local gradient is not finite" if silenced else ""
        yield Line(level, ((f"hands 0 to {names}: its own gradient is 0{even}", NOTE),))
        return
    for edge in step.edges:
        pieces = [
            (f"to {edge.name}{which(step, edge.argument)}: {product_text(step, edge, write)} = ", FORMULA),
            (write.number(edge.downstream), GRADIENT),
        ]
        if edge.strong_zero:
            pieces.append((", as a factor of exactly 0 contributes nothing", NOTE))
        elif is_summed(step, edge):
            pieces.append((", summed over the elements that share it", NOTE))
        yield Line(level, tuple(pieces))


def is_summed(step: Step, edge: Edge) -> bool:
    """Whether an argument was broadcast, so that the parts of its elements add up."""
    if edge.local is None:
        return False
    return getattr(edge.downstream, "shape", ()) != getattr(step.node.gradient, "shape", ())


def product_text(step: Step, edge: Edge, write: Notation) -> str:
    """Upstream times local in numbers; for large arrays in names, and on whole arrays the pullback."""
    if edge.local is None:
        name = write.gradient(step.node.name)
        return f"{edge.text} with g = {name}" if re.search(r"\bg\b", edge.text) else edge.text
    factors = [step.node.gradient, edge.local]
    if any(is_array(factor) and factor.size > MOST_SHOWN for factor in factors):
        return f"{write.gradient(step.node.name)} * local"
    return product([write.number(factor) for factor in factors])


def product(factors: Sequence[str]) -> str:
    """`2 * (-3)`."""
    return " * ".join(f"({text})" if k and text.startswith("-") else text for k, text in enumerate(factors))


def _result(explanation: Explanation, write: Notation) -> Section:
    result = explanation.gradient
    lines = [Line(0, ((f"{name} = ", FORMULA), (write.number(value), VALUE))) for name, value in result.outputs]
    if write.meaning:
        lines.append(Line(0, ((f"{write.of} = ", FORMULA), (write.number(result.value), VALUE))))
    for name, partial in result.partials.items():
        lines.append(Line(0, ((f"{write.gradient(name)} = ", FORMULA), (write.number(partial), GRADIENT))))
    lines += [Line(0, ((note, NOTE),)) for note in side_notes(result)]
    return Section("Result", tuple(lines))


def _one(step: Step, explanation: Explanation, write: Notation) -> Section:
    """One node: its value, its place, its local gradients, what it receives and what it hands on."""
    node, graph = step.node, explanation.graph
    head, *rest = forward_lines(step, explanation, write)
    lines = [head]
    lines += [Line(1, ((f"| {text}", SOURCE),)) for _, text in excerpt(graph.text, [node.span])]
    lines += rest
    if step.used and explanation.undefined:
        lines.append(Line(0, ((no_value(write), NOTE),)))
    elif step.used and node.gradient is None:
        lines.append(Line(0, (("no variable that is asked for is behind it, so it has no gradient", NOTE),)))
    elif step.used:
        lines.append(Line(0, (("upstream", NOTE),)))
        lines.append(Line(1, gradient_pieces(step, write)))
        lines += [Line(1, ((note, NOTE),)) for note in notes(step, explanation, "gradient")]
        downstream = list(downstream_lines(step, explanation, write))
        if downstream:
            lines += [Line(0, (("downstream", NOTE),)), *downstream]
    return Section("", tuple(lines))


def _paths(found: Sequence[Routes], explanation: Explanation, write: Notation) -> Iterator[Line]:
    """The paths of each variable, and their sum."""
    if explanation.undefined:
        yield Line(0, ((no_value(write), NOTE),))
        return
    for routes in found:
        yield Line(0, paths_pieces(routes, explanation, write))
        for route in routes.shown:
            yield Line(1, route_pieces(route, explanation, write))
        if routes.total > len(routes.shown):
            others = f"the other {how_many(routes.total - len(routes.shown))} together: "
            yield Line(1, ((others, NOTE), (write.number(routes.rest), GRADIENT)))


def paths_pieces(routes: Routes, explanation: Explanation, write: Notation) -> tuple[tuple[str, str], ...]:
    """`df/dy = 3 + 2 = 5, along 2 paths`."""
    result = explanation.gradient
    name = result.names[routes.node]
    label, total = write.gradient(name), write.number(result.adjoints[routes.node])
    if not routes.total:
        return (f"{label} = ", FORMULA), (total, GRADIENT), (f": no path leads from {name} to {write.of}", NOTE)
    along = f", along {how_many(routes.total)} path{'s' * (routes.total != 1)}"
    if routes.total > len(routes.shown):
        kind = "the largest" if routes.exact else "some"
        along += f", of which {kind} {len(routes.shown)} are"
    terms = signed_sum([write.number(route.contribution) for route in routes.shown])
    complete = 1 < routes.total == len(routes.shown) <= MOST_PARTS
    return (f"{label} = {terms} = " if complete else f"{label} = ", FORMULA), (total, GRADIENT), (along, NOTE)


def route_pieces(route: Route, explanation: Explanation, write: Notation) -> tuple[tuple[str, str], ...]:
    """`x -> a -> f: 1 * 2 = 2`."""
    names = [explanation.gradient.names[node] for node in route.nodes]
    graph = explanation.graph
    shown = [names[0]]
    for name, node, argument in zip(names[1:], route.nodes[1:], route.arguments, strict=True):
        args = graph.args[node - graph.base]
        shown.append(f"{name} (argument {argument + 1})" if args.count(args[argument]) > 1 else name)
    if len(shown) > MOST_PARTS + 1:
        half = MOST_PARTS // 2
        shown = [*shown[:half], f"... {count(len(shown) - 2 * half, 'node')} ...", *shown[-half:]]
    factors = [*route.locals, *([] if type(route.weight) is float and route.weight == 1.0 else [route.weight])]
    contribution = write.number(route.contribution)
    brief = 1 < len(factors) <= MOST_PARTS and not any(factor is None or is_array(factor) for factor in factors)
    terms = f"{product([write.number(factor) for factor in factors])} = " if brief else ""
    return (f"{' -> '.join(shown)}: {terms}", FORMULA), (contribution, GRADIENT)


def how_many(number: int) -> str:
    """A count, which may have more digits than a double or a line has room for."""
    if number < 10**12:
        return f"{number:,}"
    exponent = math.floor((number.bit_length() - 1) * math.log10(2))
    return f"about 10^{exponent:,}"
