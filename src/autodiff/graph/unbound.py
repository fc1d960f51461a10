"""What is wrong with the names of a request: one that is no variable of the formula, or variables without a value."""

from collections.abc import Mapping, Sequence

from autodiff.errors import BindingError, Span, Way, nearest
from autodiff.graph.graph import Graph


def unknown_variable(graph: Graph, name: str, verb: str, nodes: Sequence[str] = ()) -> BindingError:
    """The error for a request that names a variable which the formula does not have; it may also name `nodes`."""
    known = [*graph.inputs, *nodes]
    if name in graph.program.assigned:
        hint: str | Way = Way("assigned", {"name": name})
    elif not known:
        hint = "the formula has no variables"
    else:
        from autodiff.graph.misread import meant_with

        close = nearest(name, known)
        listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
        hint = f"did you mean {close!r}?" if close else f"its {'names' if nodes else 'variables'} are {listed}"
        hint = meant_with(name, graph) or hint
    what = "neither a variable nor a node" if nodes else "no variable"
    return BindingError(
        "unknown-variable", f"{verb} {name!r}, which is {what} of the formula", text=graph.text, hint=hint
    )


#: How many names an error lists.
MOST_NAMES = 8


def missing_bindings(
    graph: Graph, missing: Sequence[str], given: Mapping[str, float], spell: Sequence[str]
) -> BindingError:
    """The error for variables without a value: all of them at once. `spell` says how to give each a value."""
    spans: list[Span] = [graph.span(graph.input_numbers[name]) for name in missing[:MOST_NAMES]]
    unused = [name for name in graph.inputs if name in given]
    shown = missing[:MOST_NAMES]
    listed = " and ".join(filter(None, [", ".join(map(repr, shown[:-1])), repr(shown[-1])]))
    more = f" and {len(missing) - len(shown)} more" if len(missing) > len(shown) else ""
    close = nearest(missing[0], unused) if len(missing) == 1 else None
    options = " ".join(spell[: len(shown)])
    hint = f"did you mean {close!r}? Otherwise give it a value: {options}" if close else f"give a value: {options}"
    if not close:
        from autodiff.graph.misread import one_name

        hint = "; ".join(filter(None, [hint, *(one_name(name, graph) for name in shown)]))
    return BindingError(
        "missing-binding", f"nothing is bound to {listed}{more}", text=graph.text, spans=spans, hint=hint
    )


def known_as(name: str, graph: Graph) -> str:
    """What a variable is called in a formula: `x₁` may be bound as x1, and `α` as alpha."""
    if name in graph.input_numbers or name in graph.program.assigned:
        return name
    from autodiff.syntax.tokens import look_alike

    return look_alike(name, graph.inputs) or name
