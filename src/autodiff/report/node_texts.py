"""Sentences and cells that several formats share."""

import math
from collections.abc import Iterator, Sequence

from autodiff.differentiate.results.gradient import Gradient, Node, Values
from autodiff.differentiate.sweep.kinks import Kink
from autodiff.numerals import for_people, is_array
from autodiff.report.sheet import MANY, Options


def kink_text(kink: Kink | None) -> str:
    """`kink [-1, 1]`: the one-sided derivatives of each argument where they differ; `jump` where the value jumps."""
    if kink is None:
        return ""
    spans = [f"[{for_people(span[0])}, {for_people(span[1])}]" for span in kink.intervals if span is not None]
    return " ".join([kink.kind, *spans])


#: The headings of columns that hold numbers.
_NUMBERS = frozenset({"#", "value", "gradient", "product", "reverse", "forward", "symbolic", "numeric", "digits"})


def is_number(heading: str) -> bool:
    """Whether a column holds numbers, which stand at the right; `d/dx` does."""
    return heading in _NUMBERS or heading.startswith(("d/d", "adjoint", "tangent"))


#: A weighted sum that is longer than this is only called so.
_LONG_SUM = 40


def objective(result: Gradient, options: Options) -> tuple[str, str]:
    """What a gradient is the gradient of, and how the label of a derivative begins: `df` in `df/dx`."""
    names = [name for name, _ in result.outputs]
    if result.seeds is None:
        return names[0], f"d{names[0]}"
    if any(map(is_array, result.seeds)):
        return "the weighted sum", "d"
    text = ""
    for name, weight in zip(names, result.seeds, strict=True):
        size = for_people(abs(weight), options.digits)
        sign = "-" if math.copysign(1.0, weight) < 0 else "+"
        part = name if size == "1" else f"{size}*{name}"
        text += f" {sign} {part}" if text else f"{sign * (sign == '-')}{part}"
    return text if len(text) <= _LONG_SUM else "the weighted sum", "d"


#: How many notes are given, and how much of an expression each shows.
_NOTES, _EXPRESSION = 10, 60


def kink_notes(result: Values) -> Iterator[str]:
    """A sentence for each node that sits on a kink, for formats that have no place for it; each text once."""
    notes: set[str] = set()
    for node in result.iterate(sorted(result.kinks)):
        # As the formula writes it: the letters that unnamed nodes get are in no text that stands beside a note.
        # A branch that spoils a derivative does not count: `side_notes` says what the function does there.
        note = "" if node.id in result.sides and node.id not in result.shares else kink_note(node, node.expression)
        if note and note not in notes:
            notes.add(note)
            if len(notes) <= _NOTES:
                yield note
    if len(notes) > _NOTES:
        yield f"and {len(notes) - _NOTES:,} more"
    if isinstance(result, Gradient):
        yield from side_notes(result)


def side_notes(result: Gradient) -> Iterator[str]:
    """What the function does where local rules fail: a sentence for each input whose derivative it decides."""
    if not result.sides_of and not result.swept and result.twin is None:
        return
    from autodiff.differentiate.results.twin import each_number

    label = objective(result, Options())[1]
    for name, value, before, sides in each_number(result):
        both, swept = sides and sides.both(), ""
        if before is not None:
            swept = f"backpropagation alone gives {for_people(before)}"
        if not math.isfinite(value):
            continue
        if sides is None or not both or sides.is_smooth():
            # Digits that people are not shown are no news; JSON has them.
            if before is not None and for_people(value) != for_people(before):
                why = "it leaves the range of doubles on the way" if sides is None else sides.only_here
                yield f"{label}/d{name} = {for_people(value)} ({swept}: {why or 'local rules fail at this point'})"
        elif swept or not result.kinks or not all(map(math.isfinite, both)):
            used = "the midpoint is used" if all(map(math.isfinite, both)) else "the finite one is used"
            spans = f"{for_people(both[0])} from below, {for_people(both[1])} from above"
            yield f"{label}/d{name}: {spans}; {used}" + f" ({swept})" * bool(swept)


def kink_note(node: Node, text: str) -> str:
    """A sentence for a node that sits on a kink or a jump, which it calls `text`; "" for any other."""
    if node.kink is None:
        return ""
    text = " ".join(text.split())
    text = text if len(text) <= _EXPRESSION else text[: _EXPRESSION - 1] + "…"
    if node.kink.kind == "jump":
        return f"{text} sits on a jump: its value changes abruptly here, which the derivative leaves out"
    spans = [f"[{for_people(span[0])}, {for_people(span[1])}]" for span in node.kink.intervals if span]
    sides = ", ".join(dict.fromkeys(spans))
    return f"{text} sits on its kink: one-sided derivatives {sides}; the midpoint is used"


def shown(result: Values, options: Options) -> range:
    """The nodes that a table lists."""
    graph = result.graph
    return range(len(graph) if options.all_nodes or len(graph) <= MANY else 0)


def node_count(result: Values) -> str:
    """What to say instead of a table of very many nodes."""
    graph = result.graph
    counts = [
        count(len(graph.inputs), "input"), count(len(graph.constants), "constant"),
        count(len(graph.codes), "operation"),
    ]  # fmt: skip
    return f"{count(len(graph), 'node')}: {', '.join(counts)}"


def count(number: int, noun: str) -> str:
    """`1 pass`, `2 passes`."""
    plural = "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{plural * (number != 1)}"


def signed_sum(terms: Sequence[str]) -> str:
    """Terms with the signs between them: `3 - 2`."""
    text = ""
    for term in terms:
        minus = bool(text) and term.startswith("-")
        text += (" - " if minus else " + ") * bool(text) + term[minus:]
    return text


def partials_texts(node: Node, names: list[str], digits: int | None) -> list[str]:
    """`d/dx = 2` and `d/dy = 3`: the local derivatives that were needed."""
    if any(node.pullbacks):
        # An operation on whole arrays: what it hands on, as a formula of its own gradient g.
        formulas = zip(node.args, node.pullbacks, strict=True)
        return [f"to {names[arg]}: {formula}" for arg, formula in formulas if formula is not None]
    pairs = zip(node.args, node.partials, strict=False)
    return [f"d/d{names[arg]} = {for_people(partial, digits)}" for arg, partial in pairs if partial is not None]
