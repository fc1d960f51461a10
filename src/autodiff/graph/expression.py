"""Graph to text as people write it: infix operators, few parentheses, and names only for parts that would swell.

What comes out is a program of the language with the same values, to the last bit.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from autodiff.graph.graph import Graph
from autodiff.graph.text import fresh_names, written_call, written_index
from autodiff.notation import ATOM, CHOICE, INDEX, INFIX, LIST, NOT, POWER, PRODUCT, SIGNED
from autodiff.ops.row import Row
from autodiff.ops.table import CONSTANTS
from autodiff.syntax.tokens import NUMBER_START

#: A formula longer than this gets names for the parts that it repeats.
LINE = 100
#: A part that is no longer than this is repeated rather than named.
SHORT = 12
#: A part that is longer than this gets a name even where it is used once: nobody counts that many parentheses.
LONG = 1000


class Plan(NamedTuple):
    """How to write one output: the nodes that it needs, in order, and the names of those that get a statement."""

    nodes: list[int]
    names: dict[int, str]


def plan(graph: Graph, output: int, name: str = "", avoid: Collection[str] = ()) -> Plan:
    """Decide which parts of an output get a name, other than that of the output itself and those to `avoid`."""
    uses: dict[int, int] = {output: 1}
    nodes: list[int] = []
    # A graph may have very many outputs, each of which needs little of it.
    found = [output]
    while found:
        node = found.pop()
        if node >= graph.base:
            nodes.append(node)
            for arg in graph.args[node - graph.base]:
                if arg not in uses:
                    found.append(arg)
                uses[arg] = uses.get(arg, 0) + 1
    nodes.sort()
    whole = _lengths(graph, nodes, lambda node, length: False)
    if whole.get(output, 0) <= LINE:
        return Plan(nodes, {})
    named: list[int] = []

    def gets_name(node: int, length: int) -> bool:
        found = node != output and ((uses[node] > 1 and length > SHORT) or length > LONG)
        if found:
            named.append(node)
        return found

    _lengths(graph, nodes, gets_name)
    taken = {*graph.inputs, *CONSTANTS, name, *avoid}
    labels = {node: label for node in named if (label := graph.labels.get(node, "")) and label not in taken}
    fresh = fresh_names({*taken, *labels.values()})
    return Plan(nodes, {node: labels.get(node) or next(fresh) for node in named})


def _lengths(graph: Graph, nodes: Sequence[int], gets_name: Callable[[int, int], bool]) -> dict[int, int]:
    """About how long the text of each node is, where one that gets a name counts as that; at most a billion."""
    lengths: dict[int, int] = {}
    for node in nodes:
        row, args = graph.row(node), graph.args[node - graph.base]
        length = 3 * len(args) if row.infix or row.prefix else len(row.name) + 2 * len(args)
        for arg in args:
            length += lengths[arg] if arg >= graph.base else len(_leaf(graph, arg))
        lengths[node] = 2 if gets_name(node, length) else min(length, 10**9)
    return lengths


class Text(NamedTuple):
    """A text and how strongly its weakest operator binds, as `notation` has it.

    With `minus` it begins with one, and without that it is the opposite. With `positive` a minus before it makes it the
    opposite, if it binds as a product or more.
    """

    text: str
    power: int
    minus: bool = False
    positive: bool = True


#: Operators that a minus before their left operand passes: -a*b is -(a*b).
_SIGN_PASSES = {"*", "/"}
_TIGHT = {"*", "/", "^"}


def write(graph: Graph, output: int, name: str = "", avoid: Collection[str] = ()) -> str:
    """A program for one output, whose statements stand in a line; with a `name` the last one assigns it.

    No part of it gets one of the names to `avoid`.
    """
    chosen = plan(graph, output, name, avoid)
    needed = {output, *(arg for node in chosen.nodes for arg in graph.args[node - graph.base])}
    statements, texts = [], _leaves(graph, [node for node in needed if node < graph.base])
    for node in chosen.nodes:
        text = spell(graph, node, texts, outermost=node == output or node in chosen.names)
        if node in chosen.names:
            statements.append(f"{chosen.names[node]} = {text.text}")
            text = Text(chosen.names[node], ATOM)
        texts[node] = text
    last = texts[output].text
    return "; ".join([*statements, f"{name} = {last}" if name else last])


def _leaf(graph: Graph, node: int) -> str:
    if node < len(graph.inputs):
        return graph.inputs[node]
    spelling = graph.spellings[node - len(graph.inputs)]
    # A constant whose name is that of an input here.
    return repr(graph.constants[node - len(graph.inputs)]) if spelling in graph.input_numbers else spelling


def _leaves(graph: Graph, nodes: Iterable[int]) -> dict[int, Text]:
    texts = {}
    for node in nodes:
        text = _leaf(graph, node)
        minus = text.startswith("-")
        texts[node] = Text(text, SIGNED if minus else ATOM, minus)
    return texts


def _within(text: Text, power: int) -> str:
    return text.text if text.power >= power else f"({text.text})"


def spell(graph: Graph, node: int, texts: Mapping[int, Text], *, outermost: bool = False) -> Text:
    """One operation, whose arguments are written as `texts` says."""
    row, args = graph.row(node), graph.args[node - graph.base]
    if row.selects:
        condition, chosen, otherwise = (texts[arg] for arg in args)
        if outermost and min(chosen.power, condition.power, otherwise.power) > CHOICE:
            return Text(f"{chosen.text} if {condition.text} else {otherwise.text}", CHOICE)
    elif row.infix in INFIX:
        return _infix(row.infix, *_ordered(graph, row, args, texts))
    elif row.is_array and row.infix:
        return _array(row, [texts[arg] for arg in args])
    elif row.prefix == "-":
        return _negated(texts[args[0]])
    elif row.prefix.isalpha() and row.prefix.isascii():
        return Text(f"{row.prefix} {_within(texts[args[0]], NOT)}", NOT)
    return Text(written_call(row, [texts[arg].text for arg in args]), ATOM)


def _array(row: Row, args: Sequence[Text]) -> Text:
    """An array, one of its parts, or its transpose."""
    if row.infix == LIST:
        return Text(f"[{', '.join(arg.text for arg in args)}]", ATOM)
    whole = _within(args[0], ATOM)
    if whole[0] in NUMBER_START:
        whole = f"({whole})"
    return Text(whole + (written_index(row) if row.infix == INDEX else row.infix), ATOM)


def _ordered(graph: Graph, row: Row, args: Sequence[int], texts: Mapping[int, Text]) -> tuple[Text, Text]:
    left, right = texts[args[0]], texts[args[1]]
    swap = reads_better_exchanged(graph, row, args, left.power, right.power, INFIX[row.infix].power)
    return (right, left) if swap else (left, right)


def reads_better_exchanged(graph: Graph, row: Row, args: Sequence[int], left: float, right: float, whole: int) -> bool:
    """Whether to write the right operand first, which changes no bit; the numbers say how strongly each text binds."""
    tighter = left > whole
    if row.infix == "*":
        numbers = [len(graph.inputs) <= arg < graph.base for arg in args]
        return not numbers[0] and (numbers[1] or (tighter and right == whole))
    if row.infix == "+":
        # The terms of a derivative come last first; where they stand in the text says the order.
        first = graph.places[0]
        both_terms = tighter and right > whole and min(args) >= len(graph.inputs)
        return (tighter and right == whole) or (both_terms and first[args[1]] < first[args[0]])
    return False


def _infix(symbol: str, left: Text, right: Text) -> Text:
    power, of_left, of_right = INFIX[symbol]
    if symbol in ("+", "-") and right.minus:
        # a + -3 is a - 3, to the last bit.
        symbol, right = ("-" if symbol == "+" else "+"), Text(right.text[1:], min(right.power, PRODUCT))
    first, second = _within(left, of_left), _within(right, of_right)
    if second.startswith("-") and not (symbol == "^" and second[1:].replace(".", "").isdigit()):
        second = f"({second})"
    passes = symbol in _SIGN_PASSES
    text = f"{first}{symbol}{second}" if symbol in _TIGHT else f"{first} {symbol} {second}"
    return Text(text, power, passes and left.minus, passes and (left.positive or left.power != PRODUCT))


def _negated(text: Text) -> Text:
    if text.text.startswith("-"):
        return Text(f"-({text.text})", SIGNED, minus=True)
    if text.power == PRODUCT and text.positive:
        return Text(f"-{text.text}", PRODUCT, minus=True)
    return Text(f"-{_within(text, POWER)}", SIGNED, minus=True)
