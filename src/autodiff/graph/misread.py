"""Names that were perhaps meant as something else: `sinx` as `sin(x)`, `xy` as `x*y`, `x^T` as `x.T`."""

from collections.abc import Collection

from autodiff.graph.graph import Graph
from autodiff.ops.table import BY_NAME
from autodiff.syntax.letters import GREEK

#: A word of more letters than this is a word, and no product.
_MOST_LETTERS = 3


def meant(name: str, others: Collection[str]) -> str:
    """What people may have meant by a variable of this name, beside the `others` of the formula; empty for nothing.

    A product is only meant where there is nothing else, or where one of its factors is a variable of its own.
    """
    if name.lower() in GREEK or not name.isascii() or name in BY_NAME:
        return ""
    for length in range(len(name) - 1, 1, -1):
        function, argument = name[:length], name[length:]
        if argument in others or (len(argument) == 1 and argument.isalpha()):
            rows = BY_NAME.get(function, ())
            if any(not row.is_array and len(row.params) == 1 and not row.variadic for row in rows) and (
                length > 2 or argument in others or function in ("ln", "lg")
            ):
                return f"{function}({argument})"
    if 1 < len(name) <= _MOST_LETTERS and name.isalpha() and (not others or not set(name).isdisjoint(others)):
        return "*".join(name)
    return ""


def misread(graph: Graph) -> list[tuple[str, str]]:
    """The variables of a graph that were perhaps meant as something else, each with what that is."""
    found = []
    # A name is no part of itself, so that all of them stand for the others.
    others = set(graph.inputs) if len(graph.inputs) > 1 else set()
    for name in graph.inputs:
        better = meant(name, others)
        if better:
            found.append((name, better))
    return found


def meant_with(name: str, graph: Graph) -> str:
    """A sentence for a variable of `graph` that was perhaps meant as something made of `name`; empty for none."""
    for given in graph.inputs:
        better = meant(given, [name])
        if better and (better.endswith(f"({name})") or name in better.split("*")):
            return f"{given!r} is one name; for {_what(better)} write {better}"
    return ""


def one_name(name: str, graph: Graph) -> str:
    """A sentence for a variable that was perhaps meant as something else; empty for none."""
    if name == "T" and "T" in graph.input_numbers:
        node = graph.input_numbers["T"]
        for operation, row, args in graph.operations():
            if row.infix == "^" and args[1] == node:
                base, power = (graph.text[slice(*graph.span(part))] for part in (args[0], operation))
                return f"to transpose write {_atom(base)}.T ({power!r} is a power)"
        return ""
    if name in BY_NAME:
        return f"to call the function write {name}(...)"
    better = meant(name, [other for other in graph.inputs if other != name])
    return f"{name!r} is one name; for {_what(better)} write {better}" if better else ""


def _what(better: str) -> str:
    return "a product" if "*" in better else "a function"


def _atom(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def constants_read_as_such(graph: Graph, names: Collection[str]) -> list[str]:
    """The constants among `names`, such as `e`, that stand among variables as a variable would.

    The base of a power whose exponent varies, as in `e^x`, is no such place.
    """
    doubtful = [node for node, spelling in enumerate(graph.spellings, len(graph.inputs)) if spelling in names]
    if not doubtful or not graph.inputs:
        return []
    found: dict[str, None] = {}
    fixed = range(len(graph.inputs), graph.base)
    for _, row, args in graph.operations():
        for k, arg in enumerate(args):
            if arg in doubtful and not (k == 0 and row.infix == "^" and args[1] not in fixed):
                found[graph.spellings[arg - len(graph.inputs)]] = None
    return list(found)
