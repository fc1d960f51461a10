"""Definitions of operations to rows: every formula is built once, so that what is wrong with one is said at once."""

import copyreg
import re
from collections.abc import Iterator, Sequence

from autodiff.errors import AutodiffError, FormulaError, LimitError
from autodiff.graph.build import build
from autodiff.graph.definitions import EXAMPLE, Definition, Part, definitions, placed
from autodiff.graph.graph import Graph
from autodiff.ops.added import Operations, Size
from autodiff.ops.row import Kinked, Row
from autodiff.ops.table import BY_NAME, CONSTANTS

#: More operations of the table than this are more than one operation should be.
MOST_OPERATIONS = 10_000


def read_operations(text: str, before: Operations | None = None) -> Operations:
    """The operations that a text defines, after those of `before`, which it may call.

    Raises:
        FormulaError: the text defines no operations; the error carries the place in it and a hint.
        LimitError: an operation is too large.
    """
    found = Operations(before, text)
    defined = definitions(text)
    if not defined:
        raise FormulaError("no-operations", "no operation is defined", text=text, hint=f"write, for example: {EXAMPLE}")
    later = {definition.name.text for definition in defined}
    for definition in defined:
        _Reader(definition, found, later).read()
    return found


def _read_again(texts: tuple[str, ...]) -> Operations:
    return read_all(texts) if texts else Operations()


# Rows hold functions, which no process can send to another: the texts go there, and are read again.
copyreg.pickle(Operations, lambda ops: (_read_again, (ops.texts,)))


def read_all(texts: Sequence[str]) -> Operations:
    """The operations of several texts, each of which may call those before it. Raises like `read_operations`."""
    found = Operations()
    for text in texts:
        found = read_operations(text, found)
    return found


class _Reader:
    """One definition becoming a row."""

    def __init__(self, definition: Definition, ops: Operations, defined: set[str]) -> None:
        self.definition, self.ops, self.defined = definition, ops, defined
        self.name, self.text = definition.name.text, definition.text
        self.params = [param.text for param in definition.params]
        self.size = Size(0, False)

    def read(self) -> None:
        given, facts = self.definition, self.definition.facts
        aliases = tuple(dict.fromkeys(part.text for part in self.aliases()))
        for part in (given.name, *self.aliases()):
            self.refuse_taken(part)
        partials = self.partials()
        self.measure(self.graph(given.value), given.value, elementwise=bool(partials))
        row = Row(
            self.name, ", ".join(self.params), _flat(facts["doc"]) if "doc" in facts else _flat(given.value), partials,
            value=_flat(given.value), domain=self.fact("domain"), jump=self.fact("jump"), aliases=aliases,
            example=self.fact("example"), library=self.ops,
        )  # fmt: skip
        # Its own rules may call it, as that of sigmoid does.
        self.ops.add(row, Size(1, False))
        formulas = [formula for formula, _ in given.partials.values()]
        formulas += [facts[key] for key in ("domain", "jump") if key in facts]
        for part in formulas:
            self.measure(self.graph(part), part, elementwise=True)
        if row.unfolds:
            self.refuse_idle_facts()
        self.ops.add(row, self.size)
        if "example" in facts and self.graph(facts["example"], ()).inputs:
            raise self.error("an example is a call with numbers", facts["example"], f"write {self.call('0.5')}")

    def call(self, argument: str = "") -> str:
        return f"{self.name}({', '.join(argument or param for param in self.params)})"

    def fact(self, key: str) -> str:
        part = self.definition.facts.get(key)
        return _flat(part) if part else ""

    def error(self, message: str, part: Part, hint: str) -> FormulaError:
        return FormulaError("bad-definition", message, text=self.text, spans=[part.span], hint=hint)

    def aliases(self) -> Iterator[Part]:
        part = self.definition.facts.get("alias")
        for found in re.finditer(r"[^\s,]+", part.text) if part else ():
            alias = Part(found[0], part.start + found.start() if part else 0)
            if not re.fullmatch(r"[^\W\d]\w*", alias.text):
                raise self.error(f"{alias.text!r} is no name", alias, "write names with a comma between two")
            yield alias

    def refuse_taken(self, part: Part) -> None:
        name = part.text
        # What autodiff prints must mean the same when it is read again; it never prints another name of an operation,
        # so such a name may be taken.
        if any(row.name == name for row in BY_NAME.get(name, ())):
            raise self.error(f"{name!r} is built in", part, f"choose a name of your own, such as {self.free(name)}")
        if name in CONSTANTS:
            raise self.error(f"{name!r} is a constant", part, f"choose another name, such as {self.free(name)}")
        if self.ops.called(name):
            raise self.error(f"{name!r} is defined twice", part, "rename or remove one of the two")

    def free(self, name: str) -> str:
        name = f"my_{name}"
        while name in BY_NAME or name in self.defined or self.ops.called(name):
            name += "_"
        return name

    def partials(self) -> tuple[str | Kinked, ...]:
        """The partials as a row has them: none at all, or one for each parameter."""
        given = self.definition.partials
        if not given:
            return ()
        found: list[str | Kinked] = []
        for param in self.definition.params:
            rule, below, above = (given.get((param.text, side)) for side in ("", "below", "above"))
            if bool(below) != bool(above):
                side, other = ("below", "above") if below else ("above", "below")
                one = below or above
                assert one is not None
                raise self.error(
                    f"{self.name} has d/d{param.text} from {side}, and none from {other}", one[1],
                    f"add d/d{param.text} from {other} = ...",
                )  # fmt: skip
            if below and above:
                found.append(Kinked(_flat(below[0]), _flat(above[0]), _flat(rule[0]) if rule else ""))
            elif rule:
                found.append(_flat(rule[0]))
            else:
                raise self.error(
                    f"{self.name} has no d/d{param.text}", param,
                    f"add d/d{param.text} = ..., or remove all d/d lines to differentiate it through its value",
                )  # fmt: skip
        return tuple(found)

    def graph(self, part: Part, bound: Sequence[str] | None = None) -> Graph:
        """The graph of a formula in the parameters. Raises FormulaError for one that is wrong."""
        bound = self.params if bound is None else bound
        try:
            graph = build(part.text, bound, ops=self.ops, unfold=False)
        except (FormulaError, LimitError) as error:
            self.explain(error)
            raise _placed(error, self.text, part) from None
        unknown = [name for name in graph.inputs if name not in bound]
        if unknown and bound:
            span = graph.span(graph.input_numbers[unknown[0]])
            place = Part(part.text[slice(*span)], part.start + span[0])
            more = ", ".join([*self.params, unknown[0]])
            raise self.error(f"{unknown[0]!r} is no parameter", place, f"to make it one write {self.name}({more})")
        if len(graph.outputs) > 1:
            raise self.error("an operation has one value", part, "define an operation for each value")
        return graph

    def explain(self, error: AutodiffError) -> None:
        """Say of a function that is not there that it is the operation itself, or comes later."""
        name = error.text[slice(*error.spans[0])].strip() if error.kind == "unknown-function" else ""
        if name == self.name:
            error.message = f"{name} calls itself"
            error.hint = "there is no recursion: an operation calls only those above it"
        elif name in self.defined:
            error.message = f"{name} is defined below"
            error.hint = f"move the definition of {name} above that of {self.name}; they cannot call each other"

    def measure(self, graph: Graph, part: Part, *, elementwise: bool) -> None:
        """Add a formula to the size of the operation. Raises where it is too large, or needs whole arrays."""
        operations = 0
        for node, row, _ in graph.operations():
            size = self.ops.size(row)
            operations += size.operations
            if size.on_arrays and elementwise:
                start, end = graph.span(node)
                place = Part(part.text[start:end], part.start + start)
                hint = "remove the d/d lines to differentiate it through its value"
                raise self.error(f"an operation with d/d lines works on numbers, and {row.name} on arrays", place, hint)
            self.size = self.size._replace(on_arrays=self.size.on_arrays or size.on_arrays)
        self.size = self.size._replace(operations=max(self.size.operations, operations))
        if operations > MOST_OPERATIONS:
            raise LimitError(
                "too-large", f"{self.name} computes more than {MOST_OPERATIONS:,} operations", text=self.text,
                spans=[self.definition.name.span], hint="write its formula with fewer of them",
            )  # fmt: skip

    def refuse_idle_facts(self) -> None:
        """Raise for what an operation without rules says in vain: its value has domains of its own."""
        for key in ("domain", "jump"):
            if key in self.definition.facts:
                raise self.error(
                    f"{self.name} has a {key}, and no d/d line", self.definition.facts[key],
                    f"add d/d{self.params[0]} = ..., or remove the {key}: the operations in its value have their own",
                )  # fmt: skip


def _flat(part: Part) -> str:
    """A formula in one line, without comments."""
    lines = [line.partition("#")[0].strip() for line in part.text.split("\n")]
    return " ".join(line for line in lines if line)


def _placed(error: FormulaError | LimitError, text: str, part: Part) -> FormulaError | LimitError:
    if not error.spans or error.text != part.text:
        error.text, error.spans = part.text, ((0, len(part.text)),)
    return placed(error, text, part.start)
