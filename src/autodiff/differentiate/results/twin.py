"""A gradient by arrays where the rules may fail: the same function, of the elements as numbers, decides.

Only small graphs have such a twin: expanding a function around a point takes a while for each input.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from autodiff.differentiate.results.gradient import Gradient, Value
from autodiff.differentiate.sweep.suspects import HUGE, MOST_INPUTS, MOST_NODES, NORMAL, TINY, weak_places
from autodiff.evaluate.unrolled import TooLarge, program_of
from autodiff.numerals import elements, flat

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.singular import Sides

#: A difference between the derivative by the rules of arrays and that of the twin that is no rounding.
_OTHER = 1e-9


class Twin(NamedTuple):
    """The gradient by the elements, and what each is called: here, and in the formula (as in `x[0]`)."""

    gradient: Gradient
    #: For each wanted input its elements, as nodes of the twin; None for one that nothing uses.
    nodes: Mapping[str, Sequence[int | None]]
    labels: Mapping[str, str]

    def sides(self, node: int | None) -> "Sides | None":
        """Both sides by an element, if they were looked at."""
        found = None if node is None else self.gradient.sides_of.get(node)
        return found and found._replace(only_here=self._in_the_formula(found.only_here))

    def _in_the_formula(self, text: str) -> str:
        """A sentence about elements, called as in the formula; empty if it names what the formula has no name for."""
        names = set(re.findall(r"[^\W\d]\w*", text.partition(" at this point")[0])) & self.labels.keys()
        if not names <= set(self.gradient.graph.inputs):
            return ""
        return re.sub(r"[^\W\d]\w*", lambda word: self.labels.get(word[0], word[0]), text)


def look_at_elements(result: Gradient, weights: Mapping[int, Value]) -> None:
    """Where local rules may fail, take the derivatives of the function of the elements itself."""
    if not _may_fail(result):
        return
    result.twin = twin = twin_of(result, weights)
    if twin is None:
        return
    for name, node in zip(result.wanted, result.wanted_nodes, strict=True):
        swept = flat(result.adjoints[node])
        found = [
            number if element is None else _better(number, element, twin.gradient)
            for number, element in zip(swept, twin.nodes[name], strict=True)
        ]
        if not np.array_equal(found, swept, equal_nan=True):
            before = result.adjoints[node]
            result.swept[name] = before
            result.adjoints[node] = float(found[0]) if type(before) is float else np.reshape(found, before.shape)


def twin_of(result: Gradient, weights: Mapping[int, Value]) -> Twin | None:
    """The twin of a gradient; None where it would be too large, or has no input."""
    wanted = sum([getattr(result.values[node], "size", 1) for node in result.wanted_nodes])
    if wanted > MOST_INPUTS:
        return None
    try:
        program = program_of(result.graph, result.values, weights, most=MOST_NODES)
    except TooLarge:
        return None
    graph = program.graph()
    if len(graph) > MOST_NODES:
        return None
    names = {name: program.nodes[node] for name, node in zip(result.wanted, result.wanted_nodes, strict=True)}
    numbers = graph.input_numbers
    inner = [element for some in names.values() for element in some if element in numbers]
    gradient = Gradient(graph, [program.inputs[name] for name in graph.inputs], inner)
    nodes = {name: [numbers.get(element) for element in some] for name, some in names.items()}
    return Twin(gradient, nodes, program.names)


def each_number(result: Gradient) -> Iterator[tuple[str, float, float | None, "Sides | None"]]:
    """Each number of a gradient: its name, its value, what the rules alone gave if that is another, and both sides."""
    for name, node in zip(result.wanted, result.wanted_nodes, strict=True):
        value, before = result.adjoints[node], result.swept.get(name)
        if type(value) is float and result.twin is None:
            yield name, value, before, result.sides_of.get(node)
            continue
        inner = [None] * len(flat(value)) if result.twin is None else result.twin.nodes[name]
        olds = flat(value if before is None else before)
        for (label, number), old, element in zip(elements(name, value), olds, inner, strict=True):
            same = old == number or (math.isnan(old) and math.isnan(number))
            yield label, number, None if same else old, result.twin and result.twin.sides(element)


def _better(swept: float, element: int, twin: Gradient) -> float:
    """The derivative by an element: that of the twin where it looked aside and found something else."""
    if twin.graph.inputs[element] not in twin.swept:
        return swept
    found: float = twin.adjoints[element]
    return swept if math.isclose(swept, found, rel_tol=_OTHER) else found


def _may_fail(result: Gradient) -> bool:
    """Whether the rules of arrays may fail at a point: a cheap question, which the twin then answers."""
    graph, values, active = result.graph, result.values, result.active
    if result.kinks or any([not result.field.is_finite(values[node]) for node in graph.outputs]):
        return True
    weak = weak_places(graph)
    with np.errstate(all="ignore"):
        if any([np.any(np.equal(values[a], values[b])) for a, b in weak.compared if active[a] or active[b]]):
            return True
        if any([np.any(np.equal(values[node], 0.0)) for node in weak.tested if active[node]]):
            return True
        for node, _ in weak.steep:
            if active[node]:
                partials = result.field.local_partials(graph, values, node, active)
                if any([part is not None and not result.field.is_finite(part) for part in partials]):
                    return True
        wanted = np.concatenate([np.zeros(0), *[np.ravel(result.adjoints[node]) for node in result.wanted_nodes]])
        sizes = np.abs(np.concatenate([np.ravel(value) for value in values]))
    if not np.isfinite(wanted).all() or ((sizes > 0) & (sizes < NORMAL)).any():
        return True
    return not wanted.all() and bool(((sizes > 0) & ((sizes < TINY) | (sizes > HUGE)) & np.isfinite(sizes)).any())
