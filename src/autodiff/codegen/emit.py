"""A routine as statements of a language: an assignment for each part that needs a name, in the order of the graph.

What a target cannot spell is written out by the formulas of its rows first; what has none is an error with its place.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from autodiff.codegen.language import ATOM, COMPARISON, PRODUCT, SIGN, SUM, Language, Pattern
from autodiff.differentiate.derive.routine import Routine, with_constant_factors
from autodiff.differentiate.derive.simplify import simplify
from autodiff.errors import FormulaError
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph
from autodiff.graph.inline import Formula
from autodiff.graph.rules import parameters, rule
from autodiff.ops.row import Row

#: Formulas for rows whose own is a Python function, or would lose digits beside one that a language has.
_DEFINITIONS = {
    "logsumexp": "m = max(xs); where(isfinite(m), m + log({exp(x - m) + ...}), m)",
    "sign": "where(x > 0, 1, where(x < 0, -1, x))",
    "chain": "where(x == 0 or y == 0, 0, x*y)",
    "relu": "where(x > 0 or x != x, x, 0)",
    "isfinite": "x - x == 0",
    "isinf": "abs(x) == inf",
    "isnan": "x != x",
}
#: A definition is made of definitions, but not for ever.
_MOST_LAYERS = 12


class Piece(NamedTuple):
    """A part of an expression: how strongly it binds, and whether it is a condition."""

    text: str
    level: int = ATOM
    truth: bool = False


def written_out(routine: Routine, language: Language) -> Routine:
    """The routine in operations that a language has.

    Raises:
        FormulaError: it lacks one that cannot be written out.
    """
    graph = routine.graph
    for _ in range(_MOST_LAYERS):
        foreign = [call for call in graph.calls if not language.is_native(call.row, call.arity)]
        if not foreign:
            break
        graph = _written_out(graph, language, routine.source)
    graph = simplify(graph)
    return _renumbered(routine, with_constant_factors(graph))


def _renumbered(routine: Routine, graph: Graph) -> Routine:
    """The routine with another graph of the same outputs, in the same order."""
    new = dict(zip(routine.graph.outputs, graph.outputs, strict=True))

    def rows(matrix: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(new[node] for node in row) for row in matrix)

    return routine._replace(
        graph=graph, values=rows([routine.values])[0], jacobian=rows(routine.jacobian), hessian=rows(routine.hessian)
    )


def _written_out(graph: Graph, language: Language, source: Graph) -> Graph:
    """One layer of definitions in place of the operations that the language lacks."""
    builder = GraphBuilder(graph)
    refs = builder.adopt()
    first, last = graph.places
    formulas: dict[tuple[Row, int], Formula] = {}
    for node, row, args in graph.operations():
        given, place = [refs[arg] for arg in args], (first[node], last[node])
        if language.is_native(row, len(args)):
            refs.append(builder.node(row, given, place))
            continue
        key = row, len(args)
        if key not in formulas:
            text = _definition(row, language)
            if not text:
                start, end = source.program.span(*place)
                raise FormulaError(
                    f"no-{language.name}", f"{row.name} has no counterpart in {language.title}", text=source.text,
                    spans=[(start, end)], hint=_hint(row, source, (start, end)),
                )  # fmt: skip
            names = parameters(row, len(args))
            formulas[key] = Formula(builder, row, rule(row, text, len(args)), names, (), place)
        refs.append(formulas[key].copy(given, 0, place)[0])
    return builder.finish([refs[node] for node in graph.outputs], graph.output_names, {})


def _definition(row: Row, language: Language) -> str:
    return language.definitions.get(row.name) or _DEFINITIONS.get(row.name) or row.stable or row.value


def _hint(row: Row, source: Graph, span: tuple[int, int]) -> str:
    if not re.search(rf"\b{re.escape(row.name)}\b", source.text[slice(*span)]):
        return f"the derivative of this part needs {row.name}"
    return "'autodiff functions' shows what it is made of"


def is_spellable(row: Row, arity: int, language: Language) -> bool:
    """Whether an operation, without its partials, can be spelled in a language."""
    pending, seen = [(row, arity)], set()
    while pending:
        call = pending.pop()
        if call in seen or language.is_native(*call):
            continue
        seen.add(call)
        text = _definition(call[0], language)
        if call[0].is_array or not text:
            return False
        pending.extend((found.row, found.arity) for found in rule(call[0], text, call[1]).calls)
    return True


class Emitter:
    """The statements of one graph."""

    def __init__(
        self, language: Language, graph: Graph, names: Mapping[int, str], outputs: Sequence[int],
        *, temporary: Callable[[int], str], named: Callable[[int], bool] = lambda node: False, only_named: bool = False,
    ) -> None:  # fmt: skip
        """`names` are those of the inputs, `temporary` makes one for a node, and `named` says which must have one."""
        self.language, self.graph, self.temporary = language, graph, temporary
        self.pieces: dict[int, Piece] = {node: Piece(name) for node, name in names.items()}
        for node, value in enumerate(graph.constants, len(graph.inputs)):
            text = language.number(value)
            self.pieces[node] = Piece(text, SIGN if text.startswith("-") else ATOM)
        self.uses = [0] * len(graph)
        for args in graph.args:
            for arg in args:
                self.uses[arg] += 1
        for node in outputs:
            self.uses[node] += 1
        self.named, self.only_named = named, only_named
        #: Each statement: the name, the expression, whether it is a condition, and the node.
        self.statements: list[tuple[str, str, bool, int]] = []
        #: The patterns that were used, as they name the helpers that a program needs.
        self.used: set[str] = set()

    def run(self) -> None:
        """Make the statements of all operations."""
        for node, row, args in self.graph.operations():
            piece = self.spell(row, args)
            self.pieces[node] = piece
            if self.uses[node] > 1 or len(piece.text) > self.language.longest or self.named(node):
                self.name(node)

    def name(self, node: int) -> None:
        """Give a part a name of its own."""
        piece = self.pieces[node]
        if self.only_named and piece.truth:
            piece = self.number(piece)
        name = self.temporary(node)
        self.statements.append((name, piece.text, piece.truth, node))
        self.pieces[node] = Piece(name, ATOM, piece.truth)

    def number(self, piece: Piece) -> Piece:
        return self.fill(self.language.as_number, [piece._replace(truth=False)]) if piece.truth else piece

    def truth(self, piece: Piece) -> Piece:
        return piece if piece.truth else self.fill(self.language.as_truth, [piece])._replace(truth=True)

    def result(self, node: int) -> str:
        """An output as an expression."""
        return self.number(self.pieces[node]).text

    def fill(self, pattern: Pattern, pieces: Sequence[Piece]) -> Piece:
        """A pattern with pieces in it, with parentheses where one binds less than its place."""
        text, level = pattern
        self.used.add(text)
        simple = level in (SUM, PRODUCT)
        texts = []
        for k, piece in enumerate(pieces):
            # Inside the parentheses of a call anything may stand; two comparisons beside each other may not.
            least = 0 if level == ATOM else level + (not simple or bool(k)) if level >= COMPARISON else COMPARISON + 1
            texts.append(f"({piece.text})" if piece.level < least else piece.text)
        return Piece(text.format(*texts), level)

    def spell(self, row: Row, args: Sequence[int]) -> Piece:
        language = self.language
        if row.selects:
            return self.choose(args)
        if row.infix in ("and", "or"):
            return self.fill(language.infix[row.infix], [self.truth(self.pieces[arg]) for arg in args])._replace(
                truth=True
            )
        if row.prefix == "not":
            return self.fill(language.negation, [self.truth(self.pieces[args[0]])])._replace(truth=True)
        if row.name == "ties":
            return self.ties(args)
        if row.prefix == "-":
            return self.fill(language.negative, [self.number(self.pieces[args[0]])])
        spelling = language.spelling(row, len(args))
        if row.infix == "^" and self.is_two(args[1]) and "*" in language.infix:
            # Rounded once, where a library's power may be off by more.
            spelling = (language.infix["*"][0].replace("{1}", "{0}"), language.infix["*"][1])
        assert spelling is not None
        for k, arg in enumerate(args):
            if spelling[0].count(f"{{{k}}}") > 1 or (row.variadic and self.pieces[arg].level < ATOM):
                self.atom(arg)
        pieces = [self.number(self.pieces[arg]) for arg in args]
        if row.variadic and "{*}" in spelling[0]:
            text = spelling[0].replace("{*}", ", ".join(piece.text for piece in pieces))
            self.used.add(spelling[0])
            return Piece(text, spelling[1])
        if row.variadic:
            found = pieces[0] if len(pieces) > 1 else self.fill(spelling, [pieces[0], pieces[0]])
            for piece in pieces[1:]:
                found = self.fill(spelling, [found, piece])
            return found
        piece = self.fill(spelling, pieces)
        return piece._replace(truth=bool(row.share))

    def is_two(self, node: int) -> bool:
        leaf = node - len(self.graph.inputs)
        return 0 <= leaf < len(self.graph.constants) and self.graph.constants[leaf] == 2.0

    def atom(self, node: int) -> None:
        if self.pieces[node].level < ATOM or re.search(r"[( ]", self.pieces[node].text):
            self.name(node)

    def choose(self, args: Sequence[int]) -> Piece:
        condition, first, second = (self.pieces[arg] for arg in args)
        if condition.truth:
            return self.fill(self.language.choice, [condition, self.number(first), self.number(second)])
        self.atom(args[0])
        pieces = [self.pieces[args[0]], self.number(first), self.number(second)]
        return self.fill(self.language.chosen, pieces)

    def ties(self, args: Sequence[int]) -> Piece:
        """How many arguments equal the first."""
        self.atom(args[0])
        total: Piece | None = None
        for arg in args[1:]:
            same = self.fill(self.language.infix["=="], [self.number(self.pieces[arg]), self.pieces[args[0]]])
            term = self.number(same._replace(truth=True))
            total = term if total is None else self.fill(self.language.infix["+"], [total, term])
        assert total is not None
        return total
