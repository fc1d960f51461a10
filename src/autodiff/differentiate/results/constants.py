"""The values that callers give: numbers, arrays, and texts that are expressions without variables."""

from autodiff.differentiate.results.gradient import Value, Values
from autodiff.errors import AutodiffError, BindingError
from autodiff.evaluate.inputs import to_value
from autodiff.graph.build import build
from autodiff.ops.added import NO_OPERATIONS, Operations


def given_value(name: str, value: object) -> Value:
    """What a caller gives for a variable; a text is an expression without variables, such as "pi/4"."""
    if not isinstance(value, str):
        return to_value(f"the value of {name!r}", value)
    try:
        return evaluate_constant(value)
    except AutodiffError as error:
        raise BindingError(
            "no-number", f"the value of {name!r} is no number: {error.message}", text=value, spans=error.spans,
            hint=error.hint or 'give a number or an expression such as "pi/4"',
        ) from error  # fmt: skip


def evaluate_constant(text: str, ops: Operations = NO_OPERATIONS) -> Value:
    """The value of an expression without variables, such as `pi/4` or `[[1, 2], [3, 4]]`; it may call `ops`.

    Raises:
        FormulaError: the text is no formula.
        BindingError: it has variables, or several outputs.
    """
    if _is_number(text):
        return float(text)
    graph = build(text, ops=ops)
    if graph.inputs or len(graph.outputs) > 1:
        hint = f"write [{text.strip()}] for an array"
        if graph.inputs:
            hint = f"{graph.inputs[0]!r} has no value here; write a number or an expression such as pi/4"
        raise BindingError(
            "no-number", f"{text!r} is no number", text=text, spans=[graph.span(0)] if graph.inputs else [], hint=hint
        )
    return Values(graph, []).value


def _is_number(text: str) -> bool:
    """Whether Python reads in a text the number that the language does: it also takes nan, 1_000 and other digits."""
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) < 16
