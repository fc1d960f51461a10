"""The formulas of a row as graphs, for a given number of arguments: its value, its partials and their two sides."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from autodiff.graph.build import build
from autodiff.graph.graph import Graph
from autodiff.ops.row import Kinked, Row

Item = TypeVar("Item")


def parameters(row: Row, arity: int) -> tuple[str, ...]:
    """The names of the arguments in the formulas of `row`: those of a variadic row are x1, x2, ..."""
    return tuple(f"x{k + 1}" for k in range(arity)) if row.variadic else row.params


def rule_parameters(row: Row, arity: int) -> tuple[str, ...]:
    """The names in the partials of `row`: a variadic one has `x`, the argument in question, before its arguments."""
    return ("x", *parameters(row, arity)) if row.variadic else row.params


def rule_arguments(row: Row, args: Sequence[Item], argument: int) -> Sequence[Item]:
    """What stands for `rule_parameters`, in the partial by `argument`."""
    return (args[argument], *args) if row.variadic else args


def _specialise(row: Row, text: str, arity: int) -> str:
    """A formula of `row`, with the parameters of a variadic one spelled out for `arity` arguments."""
    if not row.variadic:
        return text
    names = parameters(row, arity)
    text = re.sub(r"\{(.*?) \+ \.\.\.\}", lambda found: _sum(found.group(1), names), text)
    return re.sub(r"\bxs\b", ", ".join(names), text)


def _sum(term: str, names: Sequence[str]) -> str:
    """The sum of `term` over all arguments: `{x^2 + ...}` for two is `((x1^2) + (x2^2))`."""
    terms = [re.sub(r"\bx\b", name, term) for name in names]
    return "(" + " + ".join(f"({text})" for text in terms) + ")"


@lru_cache(maxsize=4096)
def rule(row: Row, text: str, arity: int) -> Graph:
    """The graph of one formula of `row`; its inputs are among `rule_parameters(row, arity)`."""
    # A rule passes all arguments of the operation, and sometimes one more.
    return build(_specialise(row, text, arity), rule_parameters(row, arity), most=arity + 1)


def partial_of(row: Row, argument: int) -> str | Kinked:
    """The partial derivative of `row` with respect to `argument`, as the row writes it."""
    return row.partials[0 if row.variadic else argument]


def partial_text(row: Row, argument: int) -> str:
    partial = partial_of(row, argument)
    return partial.midpoint if isinstance(partial, Kinked) else partial
