"""The sheet: what a result has to say, once, so that any format can write it.

`say/` turns a result into a sheet, and `write/` turns any sheet into text. A sheet has two faces. People get blocks:
the nodes, facts, a table or a matrix, remarks, the check; or sections of lines. Programs get a head of keys and a
stream of records, cells, entries by name, and bare numbers. All of it is made when it is asked for, and what may be
long is a stream.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autodiff.numerals import for_people

#: Kinds of pieces: a formula, a number of the forward pass, one of the backward pass, a sentence, a place in the text.
FORMULA, VALUE, GRADIENT, NOTE, SOURCE = "formula", "value", "gradient", "note", "source"
#: How many rows or columns an abbreviated matrix keeps at either end.
_ENDS = 5

#: A graph with more nodes than this is shown as its inputs and a count, unless all of it is asked for.
MANY = 60
#: A cell for programs: a text, a number or an array at full precision, or None for a blank.
Cell = Any


class Options(NamedTuple):
    """`digits` is None for the default of the format; `color` is None for "where a terminal shows it".

    `encoding` is that of the stream, None where it can show every character. With `safe_csv` no cell of CSV is one that
    a spreadsheet runs.
    """

    digits: int | None = None
    all_nodes: bool = False
    color: bool | None = None
    width: int | None = None
    encoding: str | None = None
    safe_csv: bool = False

    @property
    def ascii_only(self) -> bool:
        """Whether the stream may carry no letter but those of ASCII."""
        return self.encoding is not None


def wants_color(choice: bool | None, terminal: bool) -> bool:
    """Whether to colour what goes to a stream. See https://no-color.org."""
    if choice is not None:
        return choice
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def narrow_encoding(encoding: str | None) -> str | None:
    """The encoding of a stream, if it cannot show every character."""
    return None if encoding is None or encoding.lower().startswith("utf") else encoding


# Plain classes, which a start makes in no time.


class Line:
    """A line in pieces, each a text and its kind; a line of a deeper `level` belongs to the one above it."""

    def __init__(self, level: int, pieces: tuple[tuple[str, str], ...]) -> None:
        self.level, self.pieces = level, pieces

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)


class Section:
    """Lines under a title, which may be empty, or a formula, and after an introduction if there is one."""

    def __init__(
        self, title: str, lines: Sequence[Line], introduction: str = "", *, is_formula: bool = False
    ) -> None:  # fmt: skip
        self.title, self.lines, self.introduction, self.is_formula = title, lines, introduction, is_formula


class Table:
    """Cells for people. Without the room for a table, `sign` stands between the first two cells of each row.

    `brief` is the same table in fewer words, for the formats that say the rest elsewhere.
    """

    def __init__(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], sign: str = " = ", brief: "Table | None" = None
    ) -> None:
        self.columns, self.rows, self.sign, self.brief = columns, rows, sign, brief


class Nodes:
    """The table of nodes. `rows` are made for what separates the partials in a cell; `movable` columns may stand in a
    table of their own. `total` says how many nodes there are, which is all that is said where they are `hidden`."""

    def __init__(
        self, columns: Sequence[str], rows: Callable[[str], list[list[str]]], movable: Sequence[str], total: str, *,
        hidden: bool,
    ) -> None:  # fmt: skip
        self.columns, self.rows, self.movable, self.total, self.hidden = columns, rows, movable, total, hidden


class Matrix:
    """A labelled matrix of derivatives.

    `rows` and `columns` are names, and `entries` has a list for each row. `values` may hold a number for each row, and
    `value_label` says what it is: the value of an output, or the gradient. `row_label` and `column_label` make headings
    of the names, and `corner` is the heading of the rows.
    """

    def __init__(
        self, rows: Sequence[str], columns: Sequence[str], entries: Sequence[Sequence[float]],
        values: Sequence[float] | None = None, *, row_label: str = "{}", column_label: str = "d/d{}",
        corner: str = "output", value_label: str = "value",
    ) -> None:  # fmt: skip
        self.rows, self.columns, self.entries, self.values = rows, columns, entries, values
        self.row_label, self.column_label, self.corner, self.value_label = row_label, column_label, corner, value_label

    def table(self, options: Options) -> tuple[Table, str]:
        """The cells for people, a large matrix by its ends; and what was left out of them, "" if nothing was."""
        down, across = (_kept(len(names), options) for names in (self.rows, self.columns))
        values = [self.value_label] * (self.values is not None)
        headings = [self.column_label.format(self.columns[k]) if k is not None else "…" for k in across]
        rows = []
        for i in down:
            if i is None:
                rows.append(["…"] * (1 + len(values) + len(across)))
                continue
            cells = [self.row_label.format(self.rows[i])]
            if self.values is not None:
                cells.append(for_people(self.values[i], options.digits))
            entries = self.entries[i]
            rows.append(cells + ["…" if k is None else for_people(entries[k], options.digits) for k in across])
        cut = None in down or None in across
        left_out = f"{len(self.rows):,} x {len(self.columns):,} entries, only the outer ones shown" if cut else ""
        return Table([self.corner, *values, *headings], rows), left_out


def _kept(size: int, options: Options) -> list[int | None]:
    """The positions that a table shows; None is a gap."""
    if options.all_nodes or size <= MANY:
        return list(range(size))
    return [*range(_ENDS), None, *range(size - _ENDS, size)]


class Checked:
    """A check: its evidence in tables, the verdict on the whole, and what else there is to say.

    The sentence on the `culprit`, the node whose rule is wrong, is by itself, as the command line underlines its place.
    """

    def __init__(
        self, tables: Sequence[Table], headline: str, sentences: Sequence[str], culprit: str, *, passed: bool
    ) -> None:
        self.tables, self.headline, self.sentences, self.culprit = tables, headline, sentences, culprit
        self.passed = passed

    @property
    def words(self) -> list[str]:
        """All that is said under the tables."""
        return [self.headline, *self.sentences, *filter(None, [self.culprit])]


class Sheet:
    """What a result says of itself. A kind of result overrides what it has; the rest is empty."""

    #: The verdicts of a check stand among the entries and cells, so that only what is wrong needs a word beside them.
    carries_verdicts = False
    #: The cells have a column for the kinks, so that no remark on them is missing.
    carries_kinks = False
    #: The head is all that there is, and nests.
    nests = False

    def __init__(self, options: Options) -> None:
        self.options = options

    # What people read, in this order.

    def nodes(self) -> Nodes | None:
        return None

    def facts(self) -> Iterable[str]:
        """Lines such as `f = 3`; an empty one separates."""
        return ()

    def table(self) -> Table | Matrix | None:
        return None

    def remarks(self) -> Iterable[str]:
        """Sentences under the numbers."""
        return ()

    def checked(self) -> Checked | None:
        return None

    @property
    def undefined(self) -> str:
        """Where the result stopped being finite; "" where it is finite."""
        return ""

    def text(self) -> Iterable[str]:
        """Lines as they stand, for what has no blocks."""
        return ()

    def sections(self) -> Iterable[Section]:
        """An explanation."""
        return ()

    def latex(self) -> Iterable[str]:
        """What LaTeX makes of the formulas."""
        return ()

    # What programs read.

    def notes(self) -> Iterable[str]:
        """The remarks that a program should see on standard error, where its format has no place for them."""
        return ()

    def head(self) -> Mapping[str, Any]:
        """Keys and values, as strict JSON carries them."""
        return {}

    def records(self) -> tuple[str, Iterable[Any]] | None:
        """What follows the head: a key, and a stream of values; without a key the stream is all that there is."""
        return None

    def cells(self) -> Iterator[Sequence[Cell]]:
        """Headings, then rows."""
        yield from ()

    def entries(self) -> Iterator[Sequence[Cell]]:
        """Names, a number or two, and a verdict where there is one."""
        yield from ()

    def numbers(self) -> Iterator[Sequence[Cell]]:
        """Nothing but the numbers that were asked for."""
        yield from ()
