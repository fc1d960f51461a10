"""A result as JSON: strict, every number round-trips, and a node is a line, so that big graphs can be streamed."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from autodiff.differentiate.results.gradient import Gradient, Node, Values
from autodiff.differentiate.sweep.kinks import Kink
from autodiff.numerals import for_json, json_encoder
from autodiff.report.style import Options

if TYPE_CHECKING:
    from autodiff.verify.results import Check


def lines(result: Values, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """The lines of one JSON object. It always holds all nodes, and all digits."""
    text = json_encoder(ascii_only=options.ascii_only)
    outputs = [{"name": name, "value": for_json(value)} for name, value in result.outputs]
    head: dict[str, Any] = {"formula": result.formula, "output": outputs[0]}
    if len(outputs) > 1:
        head["outputs"] = outputs
    if isinstance(result, Gradient):
        if result.seeds is not None:
            head["seed"] = [for_json(seed) for seed in result.seeds]
            head["weighted_sum"] = for_json(result.value)
        head["gradient"] = {name: for_json(value) for name, value in result.partials.items()}
    yield from close(result, head, text, check, node_json)


def close(
    result: Values, head: dict[str, Any], text: Callable[[object], str], check: "Check | None",
    spell: Callable[[Node], dict[str, Any]],
) -> Iterator[str]:  # fmt: skip
    """The lines of the object that begins with `head`: the diagnosis, the check and the nodes follow."""
    found = result.diagnosis
    head["undefined"] = found and {
        "about": found.about, "node": found.node, "span": list(found.span), "message": found.message,
    }  # fmt: skip
    if check is not None:
        from autodiff.report.check import as_json

        head["check"] = as_json(check)
    yield "{"
    for key, value in head.items():
        yield f" {text(key)}: {text(value)},"
    yield ' "nodes": ['
    last = len(result.graph) - 1
    for node in result.iterate(range(last + 1)):
        yield f"  {text(spell(node))}{',' * (node.id < last)}"
    yield " ]"
    yield "}"


def node_json(node: Node) -> dict[str, Any]:
    found = {
        "id": node.id, "name": node.name, "op": node.op, "args": list(node.args), "expression": node.expression,
        "span": list(node.span), "value": for_json(node.value),
        "partials": [for_json(partial) for partial in node.partials],
        "downstream": [for_json(partial) for partial in node.downstream],
        "gradient": for_json(node.gradient), "kink": kink_json(node.kink),
    }  # fmt: skip
    if any(node.pullbacks):
        found["pullbacks"] = list(node.pullbacks)
    return found


def kink_json(kink: Kink | None) -> dict[str, Any] | None:
    return kink and {
        "kind": kink.kind,
        "intervals": [interval and [for_json(bound) for bound in interval] for interval in kink.intervals],
    }
