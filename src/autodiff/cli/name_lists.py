"""Options that say something about variables or outputs: which ones, how fast each moves, how much each counts."""

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff import api
from autodiff.cli.values import read_value
from autodiff.errors import BindingError
from autodiff.graph.graph import Graph
from autodiff.syntax.tokens import canonical_name


def read_names(wrt: Sequence[str], graph: Graph) -> list[str] | None:
    """The variables that `--wrt` names; None without it.

    Raises:
        BindingError: it names one twice, which asks for a derivative of higher order.
    """
    names = read_sequence(wrt, graph)
    for name in names or ():
        if names is not None and names.count(name) > 1:
            listed = ",".join(names)
            raise BindingError(
                "named-twice", f"--wrt names {name!r} twice, which is a derivative of higher order",
                hint=f"name it once, or write: autodiff grad --wrt {listed}, or autodiff diff --wrt {listed}",
            )  # fmt: skip
    return names


def read_sequence(wrt: Sequence[str], graph: Graph) -> list[str] | None:
    """The variables that `--wrt` names, as often as it does; None without it."""
    if not wrt:
        return None
    parts = (name.strip() for name in ",".join(wrt).split(","))
    names = [api.known_as(canonical_name(name), graph) for name in parts if name]
    if not names:
        example = ",".join(graph.inputs[:2]) or "x"
        raise BindingError("no-names", "--wrt names no variable", hint=f"write, for example: --wrt {example}")
    for name in names:
        if name not in graph.input_numbers:
            raise api.unknown_variable(graph, name, "--wrt names")
    return names


def read_direction(texts: Sequence[str], graph: Graph) -> dict[str, float]:
    """The rates that `--direction x=1,y=-2` gives. Raises BindingError."""
    example = ",".join(f"{name}=1" for name in graph.inputs[:2]) or "x=1"
    rates: dict[str, float] = {}
    for part in (part for text in texts for part in _parts(text)):
        name, equals, value = part.partition("=")
        name = canonical_name(name.strip())
        if not name or not equals:
            what = f"{part.strip()!r} in --direction gives no rate" if part.strip() else "--direction lacks a rate"
            hint = f"write --direction {name}=1" if name in graph.input_numbers else f"write --direction {example}"
            raise BindingError("bad-direction", what, hint=hint)
        if name not in graph.input_numbers:
            raise api.unknown_variable(graph, name, "--direction moves")
        if name in rates:
            raise BindingError("bound-twice", f"--direction gives {name!r} two rates", hint="remove one of the two")
        rates[name] = _number(f"the rate of {name!r}", name, value, f"--direction {name}=1")
    return rates


def read_seed(text: str) -> list[Any]:
    """The weights that `--seed 1,-2` gives. Raises BindingError."""
    parts = list(_parts(text))
    return [
        _number(f"weight {k} of --seed", "seed", part, "--seed " + ",".join("1" for _ in parts))
        for k, part in enumerate(parts, 1)
    ]


def _number(what: str, name: str, text: str, example: str) -> Any:
    try:
        return read_value(name, text, example)
    except BindingError as error:
        error.message = error.message.replace(f"the value of {name!r}", what)
        if not text.strip():
            error.hint = f"write {example}"
        raise


def _parts(text: str) -> Iterator[str]:
    """The text between the commas that stand in no parentheses."""
    depth = start = 0
    for k, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if char == "," and depth <= 0:
            yield text[start:k]
            start = k + 1
    yield text[start:]
