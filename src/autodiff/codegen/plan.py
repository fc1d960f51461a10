"""What every target gets: the routine in its language's operations, names, and the lines that say what it is."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autodiff.codegen.emit import written_out
from autodiff.codegen.language import Language
from autodiff.codegen.names import checked_name, identifiers, prefix_of_temporaries
from autodiff.differentiate.derive.routine import Routine
from autodiff.graph.graph import Graph

#: A formula of more characters is named by its beginning.
_MOST_SHOWN = 2000
#: Statements in one function, where a routine has more than a compiler likes; and the number from which on it has.
CHUNK, MANY = 400, 2000


class Example(NamedTuple):
    """A point, and the numbers that the routine gives there."""

    point: tuple[float, ...]
    values: tuple[float, ...]
    jacobian: tuple[tuple[float, ...], ...]
    hessian: tuple[tuple[float, ...], ...]


class Plan(NamedTuple):
    """A routine ready to be written in a language."""

    language: Language
    routine: Routine
    #: What the routine is called, its inputs in their order, and what temporaries begin with.
    name: str
    inputs: tuple[str, ...]
    prefix: str
    #: Whether the rows of a Jacobian were asked for rather than a gradient.
    matrix: bool
    version: str
    examples: tuple[Example, ...] = ()

    @property
    def graph(self) -> Graph:
        return self.routine.graph

    @property
    def source(self) -> Graph:
        return self.routine.source

    @property
    def is_large(self) -> bool:
        """Whether the routine is split into functions that share an array of parts."""
        return len(self.graph.codes) > MANY

    def input_names(self) -> dict[int, str]:
        return dict(enumerate(self.inputs))

    @property
    def results(self) -> list[int]:
        """The nodes that are written as results, each as often as it is."""
        routine = self.routine
        rows = (routine.values, *routine.jacobian, *routine.hessian)
        return [node for row in rows for node in row]


def plan_of(
    routine: Routine, language: Language, *, name: str, matrix: bool, version: str, examples: Sequence[Example] = ()
) -> Plan:
    """Write a routine out for a language, and choose its names. Raises AutodiffError for what it cannot spell."""
    name = checked_name(name, language)
    inputs = identifiers(routine.source.inputs, language, (name, f"{name}_exact"))
    prefix = prefix_of_temporaries((*inputs, name), language)
    written = written_out(routine, language)
    return Plan(language, written, name, tuple(inputs), prefix, matrix, version, tuple(examples))


#: What holds of the numbers in every language.
CONVENTIONS = (
    "Doubles throughout. On a kink a derivative is the midpoint of its two sides, abs'(0) = 0, and ties of max",
    "share. A factor of 0 contributes nothing, whatever it is multiplied by. Where the value is NaN, derivatives",
    "mean nothing. These are the local rules: where they fail at a point, as in sqrt(x^2) at 0, 'autodiff grad'",
    "finds the derivative of the function itself, and this routine does not.",
)


def header(plan: Plan, shapes: Mapping[str, str], conventions: Sequence[str] = CONVENTIONS) -> list[str]:
    """The comment at the top; `shapes` says what each argument and result is, in their order."""
    source, routine = plan.source, plan.routine
    text = source.text.strip()
    cut = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + " ..."
    lines = [f"{plan.name}: made by autodiff {plan.version} from the formula"]
    lines += [f"    {_printable(line)}" for line in cut.splitlines()]
    listed = [
        f"{name} ({ident})" if name != ident else name for name, ident in zip(source.inputs, plan.inputs, strict=True)
    ]
    lines.append(f"inputs, in this order: {_printable(wrapped(listed))}" if listed else "it has no inputs")
    if routine.wanted != source.inputs:
        lines.append(f"differentiated by, in this order: {_printable(wrapped(routine.wanted))}")
    if len(routine.names) > 1:
        lines.append(f"outputs, in this order: {_printable(wrapped(routine.names))}")
    lines += [f"{name}: {what}" for name, what in shapes.items()]
    lines += conventions
    return [f"{plan.language.comment} {line}".rstrip() for line in lines]


def shapes_of(plan: Plan) -> dict[str, str]:
    """What the parts of a result are, for a header: by the names that most targets give them."""
    columns, outputs = len(plan.routine.wanted), len(plan.routine.values)
    found = {"value": "the value"} if not plan.matrix else {"values": f"{outputs} numbers, one for each output"}
    if plan.matrix:
        found["jacobian"] = f"{outputs} x {columns}, row by row: a row for each output"
    else:
        found["gradient"] = f"{columns} numbers, the derivative by each variable"
    if plan.routine.hessian:
        found["hessian"] = f"{columns} x {columns}, row by row: the second derivatives"
    return found


def wrapped(names: Sequence[str]) -> str:
    """Names in a line, and the number of those that are left out."""
    shown = names[:200]
    more = f", ... and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(shown) + more


def _printable(line: str) -> str:
    """A line that ends no comment and continues none, in any language."""
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
    text = text.replace("*/", "* /").replace("??", "? ?").rstrip()
    return text + "|" if text.endswith("\\") else text
