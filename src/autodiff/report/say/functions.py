"""What the table of operations says: a list of all, or the rules of one."""

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.notation import INDEX, LIST, TRANSPOSED
from autodiff.ops.row import Kinked, Ranked, Row
from autodiff.report.sheet import FORMULA, NOTE, Line, Options, Section, Sheet

#: What stands in the place of a formula.
EVERYWHERE, ALL_ARRAYS = "all reals", "all arrays that fit"
MIDPOINT, NOTHING, THROUGH = "the midpoint of the two", "nothing: only its shape is used", "through its value"


def signature(row: Row) -> str:
    """How a call of `row` is written."""
    return f"{row.name}(x, y, ...)" if row.variadic else f"{row.name}({', '.join(row.params)})"


def spelling(row: Row) -> str:
    """How a formula writes `row` where it is an operator; empty where it is only a function."""
    if row.selects:
        return "a if c else b"
    if row.is_array and row.infix:
        return {LIST: "[x, y, ...]", INDEX: "A[0, 1:]", TRANSPOSED: "A.T"}.get(row.infix, f"A {row.infix} B")
    if row.infix:
        return f"{row.params[0]} {row.infix} {row.params[1]}"
    return f"{row.prefix} x" if row.prefix.isalpha() and row.prefix.isascii() else row.prefix and f"{row.prefix}x"


def rules(row: Row) -> list[tuple[str, str]]:
    """The derivative rules of `row`: what is derived, and the formula. A kink has a rule for each side."""
    if row.is_array:
        return list(_pullbacks(row))
    if row.unfolds:
        return [("d/d" + name, THROUGH) for name in row.params]
    found = []
    for name, partial in zip(["x"] if row.variadic else row.params, row.partials, strict=True):
        if isinstance(partial, Kinked):
            found.append((f"d/d{name} from below", partial.left))
            found.append((f"d/d{name} from above", partial.right))
            found.append((f"d/d{name}", partial.rule or MIDPOINT))
        else:
            found.append((f"d/d{name}", partial))
    return found


def _pullbacks(row: Row) -> Iterator[tuple[str, str]]:
    """The pullbacks of an operation on whole arrays, for each case of ranks that has one of its own."""
    for name, pullback in zip(_handed_to(row), row.pullbacks, strict=True):
        if isinstance(pullback, Ranked):
            for ranks, text in pullback.cases:
                yield f"to {name}, ranks {ranks}", text
        else:
            yield f"to {name}", pullback or NOTHING


def _handed_to(row: Row) -> Sequence[str]:
    """What its pullbacks hand something to."""
    if not row.variadic:
        return row.params
    return ["argument K"] if len(row.pullbacks) == 1 else ["x1", "the others"]


def facts(row: Row) -> list[tuple[str, str]]:
    """Everything that a reader may want to know about `row`, as label and text."""
    # An operation of a user that says nothing about itself is its value.
    found = [("", row.doc)] if row.doc != row.value else []
    if spelling(row):
        found.append(("operator", spelling(row)))
    if row.aliases:
        found.append(("also", ", ".join(row.aliases)))
    if row.value:
        found.append(("value", row.value))
    found += rules(row)
    if row.takes:
        found.append(("options", ", ".join(f"{option}=..." for option in row.takes)))
    if not row.unfolds:
        found.append(("domain", row.domain or (ALL_ARRAYS if row.is_array else EVERYWHERE)))
    if row.jump:
        found.append(("jumps where", row.jump))
    if not (row.is_array or row.unfolds or row.library):
        units = f"within {row.ulps:g} unit{'s' * (row.ulps != 1)} in the last place"
        found.append(("accuracy", units + f"; {row.loses}" * bool(row.loses)))
    kinks = [name for name, partial in zip(row.params, row.partials, strict=False) if isinstance(partial, Kinked)]
    if kinks or row.kink:
        found.append(("kink", "where the derivative from below differs from that from above; their midpoint is used"))
    if row.is_array:
        found.append(
            ("note", "g is the gradient by the result; OPTIONS stands for the options of the call, AXIS for its axis")
        )
    elif row.variadic:
        found.append(("note", "xs stands for all arguments, x for the one that is differentiated"))
    return found


class FunctionsSheet(Sheet):
    """Rows: a list of them, or with `detail` the rules of each; `examples` holds a line for each row, or ""."""

    def __init__(self, rows: Sequence[Row], examples: Sequence[str], options: Options, *, detail: bool) -> None:
        super().__init__(options)
        self.rows, self.examples, self.detail = rows, examples, detail

    def text(self) -> Iterator[str]:
        return self._detail() if self.detail else self._listing()

    def _listing(self) -> Iterator[str]:
        """A line for every row: its signature, its operator if it has one, and what it is."""
        width = max(len(signature(row)) for row in self.rows)
        for row in self.rows:
            yield f"{signature(row):<{width}}  {': '.join(dict.fromkeys(filter(None, [spelling(row), row.doc])))}"

    def _detail(self) -> Iterator[str]:
        for k, (title, labelled) in enumerate(self._labelled()):
            if k:
                yield ""
            yield title
            width = max(len(label) for label, _ in labelled)
            for label, text in labelled:
                yield f"  {label:<{width}}  {text}" if label else f"  {text}"

    def _labelled(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        for row, example in zip(self.rows, self.examples, strict=True):
            yield signature(row), [*facts(row), *([("example", example)] if example else [])]

    def sections(self) -> Iterator[Section]:
        """A section for each row, for the documentation."""
        for title, labelled in self._labelled():
            introduction = " ".join(text for label, text in labelled if not label)
            lines = [
                Line(0, ((f"{label}: ", NOTE), (text, NOTE if label in _PROSE or text in _PROSE else FORMULA)))
                for label, text in labelled
                if label
            ]
            yield Section(title, tuple(lines), introduction, is_formula=True)

    def records(self) -> tuple[str, Iterator[dict[str, Any]]]:
        return "", map(_record, self.rows)


#: What is no formula: some labels, and some texts.
_PROSE = frozenset({"note", "kink", "accuracy", EVERYWHERE, ALL_ARRAYS, MIDPOINT, NOTHING, THROUGH})


def _record(row: Row) -> dict[str, Any]:
    return {
        "name": row.name, "parameters": list(row.params), "variadic": row.variadic, "aliases": list(row.aliases),
        "operator": spelling(row) or None, "doc": row.doc, "value": row.value or None,
        "derivatives": [{"of": label, "rule": rule} for label, rule in rules(row) if rule != THROUGH],
        "domain": row.domain or None, "jump": row.jump or None, "ulps": None if row.is_array else row.ulps,
        "loses": row.loses or None, "example": row.example or None,
    }  # fmt: skip
