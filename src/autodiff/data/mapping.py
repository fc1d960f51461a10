"""The values and the partials of a formula for all rows of some files, in constant memory."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autodiff.data.columns import arrow
from autodiff.data.row_readers import Batch, Wanted, batches
from autodiff.data.row_sources import Source
from autodiff.data.row_writers import Writer
from autodiff.differentiate.results.mapped import refuse_constant
from autodiff.differentiate.results.rows import Found, Wish, engine_for
from autodiff.errors import BindingError, SourceError, Way
from autodiff.graph.graph import Graph
from autodiff.graph.unbound import known_as
from autodiff.syntax.tokens import canonical_name

#: The names that an error lists.
_MOST_NAMES = 8


class Job(NamedTuple):
    """What is computed of each row, and what becomes of it.

    `renamed` gives variables the names of their columns, `kept` are columns that come along ("*" for all), and
    `undefined` is "keep", "drop" or "fail": what becomes of rows without a finite result.
    """

    graph: Graph
    wish: Wish
    fixed: Mapping[str, Any]
    renamed: Mapping[str, str] = {}
    kept: Sequence[str] = ()
    undefined: str = "keep"
    threads: int = 1
    sampled: int = 0

    @property
    def free(self) -> list[str]:
        """The variables that have a column."""
        return [name for name in self.graph.inputs if name not in self.fixed]


class Row(NamedTuple):
    """One row: where it stands (from 1 on, below the header), its point, and the numbers of its result."""

    place: str
    point: list[Any]
    numbers: list[float]


class UndefinedRow(Exception):
    """A row without a finite result, where none may be."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


class Report:
    """What was met: how many rows there are, which are undefined or on a kink, and some rows chosen at random."""

    def __init__(self) -> None:
        self.rows = self.undefined = self.kinks = 0
        self.first_undefined = self.reason = self.first_kink = ""
        self.sample: list[Row] = []


def run(job: Job, sources: Sequence[Source], writer: Writer, told: Callable[[int], None], *, as_text: bool) -> Report:
    """Compute all rows and write them; `told` hears how many are done.

    Raises:
        BindingError: a variable has no column, or a column holds no numbers.
        SourceError: a file cannot be read, or a row is malformed.
        UndefinedRow: a row has no finite result, and `job` lets none pass.
    """
    report, chance = Report(), random.Random(0)
    engine: Any = None
    names: list[str] = []
    for source in sources:
        before = 0
        for batch in _batches(job, source, as_text=as_text):
            if engine is None:
                engine = engine_for(job.graph, job.wish, batch.columns, job.fixed)
            columns = [np.ascontiguousarray(batch.columns[name]) for name in engine.inputs]
            found = engine.compute(columns, job.threads)
            if not engine.inputs:
                found = _repeated(found, batch.size)
            _count(report, source, before, found, job)
            _sample(report, chance, job, engine, columns, found, source, before)
            names = names or _names(job, batch, engine.names)
            writer.write(names, _written(job, batch, found))
            before += batch.size
            report.rows += batch.size
            told(report.rows)
    return report


def _repeated(found: Found, size: int) -> Found:
    """The one row of a formula without variables, for as many rows as there are."""
    rows = np.zeros(size, dtype=np.intp)
    trouble = found.trouble if size else None
    return Found([column[rows] for column in found.columns], found.undefined[rows], found.kinks[rows], trouble)


def row_at(job: Job, sources: Sequence[Source], number: int) -> tuple[str, list[Any]]:
    """The place and the point of the row with a number, counted from 1 on over all files. Raises BindingError."""
    seen = 0
    for source in sources:
        before = 0
        for batch in _batches(job, source, as_text=True):
            if number <= seen + batch.size:
                k = number - seen - 1
                given = {name: column[k] for name, column in batch.columns.items()}
                point = [given[name] if name in given else job.fixed[name] for name in job.graph.inputs]
                return _place(source, before + k), [np.array(x) if np.ndim(x) else float(x) for x in point]
            seen += batch.size
            before += batch.size
    raise BindingError("no-row", f"there is no row {number:,}: there are {seen:,}", hint="rows are counted from 1 on")


def _batches(job: Job, source: Source, *, as_text: bool) -> Iterator[Batch]:
    return batches(source, lambda names: _choose(job, source, names), as_text=as_text)


def _choose(job: Job, source: Source, names: Sequence[str]) -> Wanted:
    """Which columns of a file are wanted."""
    by_name: dict[str, str] = {}
    for name in names:
        by_name.setdefault(known_as(canonical_name(name), job.graph), name)
    refuse_constant(job.graph, [name for name in by_name if name not in job.graph.input_numbers])
    variables, missing = {}, []
    for variable in job.free:
        column = job.renamed.get(variable, by_name.get(variable))
        if column is None or column not in names:
            missing.append(column or variable)
        else:
            variables[variable] = column
    kept = list(names) if "*" in job.kept else list(job.kept)
    for name in [*missing, *(name for name in kept if name not in names)]:
        listed = ", ".join(names[:_MOST_NAMES]) + ", ..." * (len(names) > _MOST_NAMES)
        is_variable = name in job.free and name not in job.renamed
        hint = Way("choose-column", {"name": name}) if is_variable else "choose one of these columns"
        raise BindingError("missing-column", f"{source.name} has no column {name!r}: it has {listed}", hint=hint)
    return Wanted(variables, kept)


def _names(job: Job, batch: Batch, computed: Sequence[str]) -> list[str]:
    names = [*batch.kept, *computed]
    for name in computed:
        if name in batch.kept:
            raise BindingError(
                "column-twice", f"the result has a column {name!r}, and so has what is kept",
                hint=f"name the output in the formula: y = ... instead of {name}",
            )  # fmt: skip
    return names


def _count(report: Report, source: Source, before: int, found: Found, job: Job) -> None:
    undefined, kinks = int(np.count_nonzero(found.undefined)), int(np.count_nonzero(found.kinks))
    if found.trouble is not None and not report.undefined:
        report.first_undefined, report.reason = _place(source, before + found.trouble.row), found.trouble.reason
        if job.undefined == "fail":
            raise UndefinedRow(report.first_undefined, report.reason)
    if kinks and not report.kinks:
        report.first_kink = _place(source, before + int(np.argmax(found.kinks)))
    report.undefined += undefined
    report.kinks += kinks


def _sample(
    report: Report, chance: random.Random, job: Job, engine: Any, columns: Sequence[Any], found: Found, source: Source,
    before: int,
) -> None:  # fmt: skip
    """Keep some rows, each of all with the same chance. Source: Vitter, "Random sampling with a reservoir", 1985."""
    if not job.sampled:
        return
    for k in range(len(found.columns[0])):
        number = report.rows + k
        at = number if number < job.sampled else chance.randrange(number + 1)
        if at < job.sampled:
            row = Row(_place(source, before + k), engine.point(columns, k), [float(c[k]) for c in found.columns])
            if number < job.sampled:
                report.sample.append(row)
            else:
                report.sample[at] = row


def _written(job: Job, batch: Batch, found: Found) -> list[Any]:
    columns = [*batch.kept.values(), *found.columns]
    if job.undefined != "drop" or not found.undefined.any():
        return columns
    mask = ~found.undefined
    return [
        column[mask] if isinstance(column, np.ndarray) else column.filter(arrow().array(mask)) for column in columns
    ]


def _place(source: Source, row: int) -> str:
    return f"{source.name}, row {row + 1:,}"


def no_files() -> SourceError:
    """The error where no rows are given."""
    return SourceError("file", "no rows are given", hint="name files after the formula, or - for standard input")
