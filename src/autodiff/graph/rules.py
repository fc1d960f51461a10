"""The formulas of a row as graphs, for a given number of arguments: its value, its partials and their two sides."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from autodiff.graph.build import build
from autodiff.graph.graph import Call, Graph, checked
from autodiff.graph.names import MOST_ARGUMENTS
from autodiff.ops.added import NO_OPERATIONS
from autodiff.ops.row import Kinked, Ranked, Row
from autodiff.ops.table import BY_NAME

Item = TypeVar("Item")


def parameters(row: Row, arity: int) -> tuple[str, ...]:
    """The names of the arguments in the formulas of `row`: those of a variadic row are x1, x2, ..."""
    return _numbered(arity) if row.variadic else row.params


@lru_cache(maxsize=64)
def _numbered(arity: int) -> tuple[str, ...]:
    return tuple(f"x{k + 1}" for k in range(arity))


def rule_parameters(row: Row, arity: int) -> tuple[str, ...]:
    """The names in the partials of `row`: a variadic one has `x`, the argument in question, before its arguments."""
    return ("x", *parameters(row, arity)) if row.variadic else row.params


def rule_arguments(row: Row, args: Sequence[Item], argument: int) -> Sequence[Item]:
    """What stands for `rule_parameters`, in the partial by `argument`."""
    return (args[argument], *args) if row.variadic else args


def _specialise(row: Row, text: str, arity: int) -> str:
    """A formula of `row`, with its options, and the parameters of a variadic one spelled out for `arity` arguments."""
    if row.takes:
        text = with_written_options(row, text)
    if not row.variadic:
        return text
    names = parameters(row, arity)
    text = re.sub(r"\{(.*?) \+ \.\.\.\}", lambda found: _sum(found.group(1), names), text)
    return re.sub(r"\bxs\b", ", ".join(names), text)


def _sum(term: str, names: Sequence[str]) -> str:
    """The sum of `term` over all arguments: `{x^2 + ...}` for two is `((x1^2) + (x2^2))`."""
    terms = [re.sub(r"\bx\b", name, term) for name in names]
    return "(" + " + ".join(f"({text})" for text in terms) + ")"


def with_written_options(row: Row, text: str) -> str:
    """A formula of `row` with the options of the operation in place of OPTIONS, and the axis alone in place of AXIS.

    REDUCED are those that say what a reduction leaves.
    """
    given = row.options.split(";") if row.options else []
    axis = [option for option in given if option.startswith("axis")]
    kept = [option for option in given if option.startswith(("axis", "keepdims"))]
    words = (("AXIS0", axis or ["axis=0"]), ("AXIS", axis), ("REDUCED", kept), ("OPTIONS", given))
    for word, options in words:
        text = text.replace(f", {word}", "".join(f", {option}" for option in options))
    return text


def hands_on(row: Row, argument: int) -> bool:
    """Whether a gradient may flow to `argument` at all; a partial that is 0 by its rule hands nothing on."""
    if row.shape is None:
        return partial_text(row, argument) != "0"
    return bool(_pullback(row, argument))


def _pullback(row: Row, argument: int) -> str | Ranked:
    """Of an operation that takes any number of arguments all have the last one, unless they are before it."""
    return row.pullbacks[min(argument, len(row.pullbacks) - 1)]


@lru_cache(maxsize=4096)
def names_arguments(row: Row, argument: int) -> bool:
    """Whether the pullback of an operation that takes any number of arguments needs any of them."""
    pullback = _pullback(row, argument)
    return not isinstance(pullback, str) or bool(re.search(r"\b(xs|x\d*|REST|OTHER)\b", pullback))


def pullback_text(row: Row, argument: int, ranks: Sequence[int]) -> str:
    """The gradient by `argument` of an operation on arrays of these ranks, given `g`; "" where none flows."""
    pullback = _pullback(row, argument)
    text = pullback.choose(ranks) if isinstance(pullback, Ranked) else pullback
    if row.variadic:
        names = parameters(row, len(ranks))
        other = "".join([f", {name}" for k, name in enumerate(names) if k not in (0, argument)])
        text = text.replace(", OTHER", other)
        for word, spelled in (("K", str(argument)), ("xs", ", ".join(names)), ("REST", ", ".join(names[1:]))):
            text = re.sub(rf"\b{word}\b", spelled, text)
    return with_written_options(row, text)


@lru_cache(maxsize=4096)
def pullback_rule(row: Row, argument: int, ranks: tuple[int, ...]) -> Graph | None:
    """The graph of a pullback; its inputs are among `g` and the parameters. None where no gradient flows.

    Every product in it that `g` takes part in is one of the chain rule: a zero contributes nothing.
    """
    text = pullback_text(row, argument, ranks)
    if not text:
        return None
    # `piece` takes all arguments of `concat` and one more.
    graph = build(text, ("g", *parameters(row, len(ranks))), most=max(MOST_ARGUMENTS, len(ranks) + 1))
    carries = [name == "g" for name in graph.inputs] + [False] * len(graph.constants)
    codes, calls = list(graph.codes), list(graph.calls)
    for node, called, args in graph.operations():
        carries.append(any([carries[arg] for arg in args]))
        if carries[node] and called.chained:
            codes[node - graph.base] = len(calls)
            calls.append(Call(BY_NAME[called.chained][0], 2))
    return checked(Graph(
        inputs=graph.inputs, constants=graph.constants, spellings=graph.spellings, calls=calls, codes=codes,
        args=graph.args, outputs=graph.outputs, output_names=graph.output_names, labels=graph.labels,
        program=graph.program, places=graph.places, ops=graph.ops,
    ))  # fmt: skip


@lru_cache(maxsize=4096)
def rule(row: Row, text: str, arity: int) -> Graph:
    """The graph of one formula of `row`; its inputs are among `rule_parameters(row, arity)`."""
    # A rule passes all arguments of the operation, and sometimes one more.
    ops = row.library or NO_OPERATIONS
    return build(_specialise(row, text, arity), rule_parameters(row, arity), most=arity + 1, ops=ops)


@lru_cache(maxsize=4096)
def value_rule(row: Row, text: str, arity: int) -> Graph:
    """The graph of a formula for the value of `row`, in operations of the table.

    Engines compute with it rather than with `rule`, as operations of users may call each other however deep.
    """
    if row.library is None:
        return rule(row, text, arity)
    from autodiff.graph.replace import of_the_table

    return of_the_table(rule(row, text, arity))


def partial_of(row: Row, argument: int) -> str | Kinked:
    """The partial derivative of `row` with respect to `argument`, as the row writes it."""
    return row.partials[0 if row.variadic else argument]


def partial_text(row: Row, argument: int) -> str:
    partial = partial_of(row, argument)
    return partial.midpoint if isinstance(partial, Kinked) else partial
