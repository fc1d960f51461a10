"""What a check says: its evidence as tables, sentences, and JSON."""

import math
from collections.abc import Iterator
from typing import Any

from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.differentiate.results.tangents import Tangents
from autodiff.numerals import for_json, for_people
from autodiff.report.sheet import Checked, Options, Table
from autodiff.verify.results import Check, InputCheck, NodeCheck, Verdict

#: Fewer correct digits than this belong into the headline.
_FEW = 10

_HEADLINES = {
    Verdict.PASS: "every derivative is right",
    Verdict.FAIL: "a derivative is wrong",
    Verdict.KINK: "the point sits on a kink: there the derivative is a convention",
    Verdict.UNDEFINED: "the value or a derivative is undefined here",
    Verdict.INCONCLUSIVE: "could not be decided",
}


def checked(check: Check, label: str, options: Options, sweep: str = "reverse") -> Checked:
    """A check of the numbers of a `sweep`; `label` names the derivative by each input, as `label_of` gives it."""
    columns = ["check", "verdict", sweep, "symbolic", "numeric", "digits"]
    tables = [Table(columns, [_row(found, label, options, sweep) for found in check.inputs.values()], ": ")]
    if check.nodes:
        columns = ["node", "verdict", "gradient", "symbolic"]
        tables.append(Table(columns, [_node_row(node, options) for node in check.nodes], ": "))
    culprit = check.culprit and f"{check.culprit.name}: {check.culprit.message}"
    passed = check.verdict is Verdict.PASS and not check.few
    return Checked(tables, headline(check), tuple(sentences(check)), culprit or "", passed=passed)


def label_of(result: Values) -> str:
    """How the derivative by an input is called, with {} for the input; where the check names derivatives, only that."""
    outputs = result.outputs
    if isinstance(result, Gradient | Tangents):
        weighted = isinstance(result, Gradient) and result.seeds is not None
        return "d/d{}" if weighted or len(outputs) > 1 else f"d{outputs[0][0]}/d{{}}"
    reverse = getattr(result, "reverse", None)
    return "{}" if reverse is None else label_of(reverse)


def _row(found: InputCheck, label: str, options: Options, sweep: str) -> list[str]:
    symbolic = None if found.symbolic is None else float(found.symbolic)
    return [
        label.replace("{}", found.name), found.verdict.value, for_people(getattr(found, sweep), options.digits),
        for_people(symbolic, options.digits), for_people(found.numeric, options.digits),
        "" if found.digits is None else f"{found.digits:.0f}",
    ]  # fmt: skip


def _node_row(node: NodeCheck, options: Options) -> list[str]:
    symbolic = None if node.symbolic is None else float(node.symbolic)
    return [
        node.name, node.verdict.value, for_people(node.reverse, options.digits), for_people(symbolic, options.digits),
    ]  # fmt: skip


def headline(check: Check) -> str:
    """The verdict on the whole, in a sentence."""
    if not check.inputs:
        return f"check: {check.verdict.value}, there is no derivative to check"
    text = f"check: {check.verdict.value}, {_HEADLINES[check.verdict]}"
    digits, proved = check.digits, ", certified" if check.certified else ""
    if check.verdict is not Verdict.PASS or digits is None:
        return text
    if check.few or digits < _FEW:
        return f"check: PASS, the derivation is right, but rounding leaves {digits:.0f} of 16 digits{proved}"
    return f"{text} (correct digits: {digits:.0f} of 16{proved})"


def sentences(check: Check) -> Iterator[str]:
    """What the numbers do not say."""
    for name, found in check.inputs.items():
        if found.classic is not None and found.classic_error is not None:
            if math.isfinite(found.classic):
                expected = f"with an expected error of {for_people(found.classic_error, 2)}"
                yield f"{name}: the difference in doubles is {for_people(found.classic, 12)}, {expected}"
            else:
                yield f"{name}: with this step the difference in doubles is no number"
        for remark in found.remarks:
            if remark not in check.remarks:
                yield f"{name}: {remark}"
        if found.dissent is not None:
            yield f"{name}: {found.dissent} disagrees with the others"
    yield from check.remarks


def as_json(check: Check) -> dict[str, Any]:
    """The check as strict JSON carries it; the fifty-digit numbers are strings."""
    value: dict[str, Any] = {
        "verdict": check.verdict.value,
        "digits": None if check.digits is None else for_json(check.digits),
        "inputs": {name: _input_json(found) for name, found in check.inputs.items()},
        "remarks": list(check.remarks),
        "culprit": check.culprit and _node_json(check.culprit),
    }
    if check.nodes:
        value["nodes"] = [_node_json(node) for node in check.nodes]
    return value


def _input_json(found: InputCheck) -> dict[str, Any]:
    numbers = (
        "reverse", "forward", "numeric", "numeric_error", "left", "right", "classic", "classic_error", "digits",
    )  # fmt: skip
    return {
        "verdict": found.verdict.value,
        **{name: for_json(getattr(found, name)) for name in numbers},
        "extended": found.extended, "symbolic": found.symbolic, "dissent": found.dissent,
        "remarks": list(found.remarks), **({"certified": True} if found.certified else {}),
    }  # fmt: skip


def _node_json(node: NodeCheck) -> dict[str, Any]:
    return {
        "id": node.node, "name": node.name, "span": list(node.span), "verdict": node.verdict.value,
        "gradient": for_json(node.reverse), "symbolic": node.symbolic, "message": node.message,
    }  # fmt: skip
