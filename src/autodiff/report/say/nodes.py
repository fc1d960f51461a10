"""What every result says that has nodes: their table, a record of each, and cells for each element."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autodiff.differentiate.results.gradient import Node, Values
from autodiff.differentiate.sweep.kinks import Kink
from autodiff.numerals import elements, flat, for_json, for_machines, for_people, is_array
from autodiff.report.node_texts import kink_notes, kink_text, node_count, partials_texts, shown
from autodiff.report.sheet import Cell, Nodes, Options, Sheet

if TYPE_CHECKING:
    from autodiff.verify.results import Check


class Column:
    """A derivative of every node: its heading for people and for programs, and its number, None where there is none.

    People do not see it where nothing that `moves` is behind a node, nor where the column is not `shown` at all.
    """

    def __init__(
        self, heading: str, key: str, of: Callable[[Node], Any], moves: Sequence[int] | None = None, *,
        shown: bool = True,
    ) -> None:  # fmt: skip
        self.heading, self.key, self.of, self.moves, self.shown = heading, key, of, moves, shown


class NodesSheet(Sheet):
    """A result at a point, with all its nodes. `columns` is None where nothing is differentiated."""

    carries_verdicts = carries_kinks = True
    columns: Sequence[Column] | None = None

    def __init__(self, result: Values, options: Options, check: "Check | None" = None) -> None:
        super().__init__(options)
        self.result, self.check = result, check

    def nodes(self) -> Nodes:
        nodes = shown(self.result, self.options)
        columns = ["#", "name", "operation", "value"]
        headings = [column.heading for column in self.columns or () if column.shown]
        if self.columns is not None:
            columns += ["local partials", *headings, "kink"]
        tangents = [heading for heading in headings if heading not in ("gradient", "adjoint")]
        return Nodes(
            columns, lambda between: self._rows(nodes, between), tangents, node_count(self.result), hidden=not nodes
        )

    def _rows(self, nodes: Sequence[int], between: str) -> list[list[str]]:
        """The cells of each node; `between` separates the partials.

        An operation of a branch that was not chosen has only its text: its numbers mean nothing, and are often NaN.
        """
        result, digits = self.result, self.options.digits
        columns = None if self.columns is None else [column for column in self.columns if column.shown]
        used = result.used
        rows = []
        for node in result.iterate(nodes):
            cells = [str(node.id), node.name, node.operation if node.args else node.op]
            numbers = [for_people(node.value, digits)]
            if columns is not None:
                numbers.append(between.join(partials_texts(node, result.names, digits)))
                for column in columns:
                    moves = column.moves is None or column.moves[node.id]
                    numbers.append(for_people(column.of(node), digits) if moves else "")
                numbers.append(kink_text(node.kink))
            rows.append(cells + (numbers if used[node.id] else [""] * len(numbers)))
        return rows

    def notes(self) -> Iterator[str]:
        return kink_notes(self.result)

    @property
    def undefined(self) -> str:
        return undefined(self.result)

    def records(self) -> tuple[str, Iterator[dict[str, Any]]]:
        """All nodes, and all digits."""
        return "nodes", map(self.record, self.result.iterate(range(len(self.result.graph))))

    def record(self, node: Node) -> dict[str, Any]:
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

    def cells(self) -> Iterator[Sequence[Cell]]:
        """A row for every node, or for every element of one that is an array.

        Several things in one field are separated by spaces. `output` holds the names of the outputs that the node is,
        and is empty for every other node. A partial is `null`, and a gradient empty, where no variable of interest is
        behind it. A check adds the verdict and the correct digits of each input.
        """
        result, check, digits = self.result, self.check, self.options.digits
        header = ["id", "name", "op", "args", "expression", "value", "output"]
        if self.columns is not None:
            header += ["partials", *[column.key for column in self.columns], "kink"]
        yield header + ["verdict", "digits"] * (check is not None)
        outputs: dict[int, list[str]] = {}
        for k, (name, _) in zip(result.graph.outputs, result.outputs, strict=True):
            outputs.setdefault(k, []).append(name)
        for whole in result.iterate(range(len(result.graph))):
            found_by = [column.of(whole) for column in self.columns or ()]
            derived = [None if one is None else flat(one) for one in found_by]
            for k, node in enumerate(_elements(whole)):
                args = " ".join(map(str, node.args))
                source = " ".join(node.expression.split())
                cells = [str(node.id), node.name, node.op, args, source, node.value]
                cells.append(" ".join(outputs.get(node.id, [])))
                if self.columns is not None:
                    parts = ["null" if part is None else for_machines(part, digits) for part in node.partials]
                    numbers = [None if numbers is None else numbers[k] for numbers in derived]
                    cells += [" ".join(parts), *numbers, kink_text(node.kink)]
                if check is not None:
                    found = check.inputs.get(node.name) if node.op == "input" else None
                    cells += [found.verdict.value, found.digits] if found else ["", ""]
                yield cells


def _elements(node: Node) -> Iterator[Node]:
    """The elements of a node that is an array, each as a node; a partial of another shape is left out."""
    if not is_array(node.value):
        yield node
        return
    shape = node.value.shape
    parts = [flat(part) if getattr(part, "shape", ()) == shape else part for part in node.partials]
    for k, (name, value) in enumerate(elements(node.name, node.value)):
        partials = tuple(part[k] if isinstance(part, list) else None if is_array(part) else part for part in parts)
        yield node._replace(name=name, value=value, partials=partials)


def output_keys(result: Values) -> dict[str, Any]:
    """How the head of a result at a point begins: the formula and its outputs."""
    outputs = [{"name": name, "value": for_json(value)} for name, value in result.outputs]
    head: dict[str, Any] = {"formula": result.formula, "output": outputs[0]}
    if len(outputs) > 1:
        head["outputs"] = outputs
    return head


def closing_keys(result: Values, check: "Check | None") -> dict[str, Any]:
    """How it ends: where the result stopped being finite, and the check."""
    head: dict[str, Any] = {"undefined": undefined_json(result)}
    if check is not None:
        from autodiff.report.say.check import as_json

        head["check"] = as_json(check)
    return head


def undefined(result: Values) -> str:
    return "" if result.diagnosis is None else result.diagnosis.message


def undefined_json(result: Values) -> dict[str, Any] | None:
    return result.diagnosis and result.diagnosis._asdict()


def kinks_json(result: Values) -> list[dict[str, Any]]:
    """The nodes that sit on a kink or a jump, for results that list no nodes."""
    return [
        {"node": node.id, "expression": node.expression, "span": list(node.span), **(kink_json(node.kink) or {})}
        for node in result.iterate(sorted(result.kinks))
    ]


def kink_json(kink: Kink | None) -> dict[str, Any] | None:
    return kink and {
        "kind": kink.kind,
        "intervals": [interval and [for_json(bound) for bound in interval] for interval in kink.intervals],
    }


def verdict_of(check: "Check", name: str) -> Sequence[Cell]:
    """The verdict on a derivative and, where that is known, how many of its digits are right."""
    found = check.inputs[name]
    return [found.verdict.value] if found.digits is None else [found.verdict.value, f"{found.digits:.0f}"]
