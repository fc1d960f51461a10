"""What went wrong: a kind, a message, a place in the text and a hint. Nothing here renders or prints."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from autodiff.printable import printable

Span = tuple[int, int]


#: What to type in Python, by the name of the way out. `autodiff.cli.hints` says the same for the command line.
IN_PYTHON: Mapping[str, str] = {
    "differentiate": "write autodiff.Formula({formula!r}).diff({name!r})",
    "constant-column": "for the column write wrt=[..., {name!r}], for the constant {name}={name!r}",
    "choose-column": "rename a column, or give {name}=1 for all rows",
    "input-format": "the formats are CSV, TSV, JSON lines, Parquet and Arrow",
    "equation": "'==' compares; for the derivatives that an equation determines: "
    "autodiff.api.differentiate_implicitly({formula!r}, {name!r})",
    "list-functions": "dir(autodiff) lists what there is",
    "assigned": "the formula itself assigns {name!r}; remove the assignment or the value",
    "list-numbers": "its numbers are in .nodes",
    "weigh-outputs": "weigh them with seed=[{weights}], write their sum, or use formula.jacobian(...)",
    "weigh-elements": "sum it with sum(...), weigh its elements with seed=[...], or use formula.jacobian(...)",
    "rows-of-outputs": "ask for a row of each with jacobian=True, or write their sum",
    "part-of-hessian": "choose some with wrt=[...], or ask for a product: formula.hessian_vector(direction=...)",
    "part-of-jacobian": "multiply with it instead: formula.gradient(seed=...) or formula.directional(direction=...)",
    "fewer-passes": "use formula.directional(direction=...) for one pass, wrt=[...] for some variables, or "
    "formula.gradient(...)",
    "second-order": "for second derivatives of formulas with arrays: formula.hessian(...)",
    "name-variables": "write wrt={x!r} for d2f/d{x}2, or wrt=[{x!r}, {y!r}] for d2f/d{x}d{y}; for all of them: "
    "formula.hessian(...)",
    "name-as-many": "name as many as the order says, as in wrt={names!r}",
    "give-shape": "give it a value of that shape, as in {name}=[1, 2] or {name}=1",
    "long-derivative": "a lower order, such as {lower}, is a formula; at a point any order is a number: "
    "formula.derivative(..., order={order})",
    "order-of-arrays": "leave out the order, or name numbers with wrt=[...]; the numbers are what formula.hessian(...) "
    "gives",
}


class Way:
    """A way out that Python and the command line type in different words."""

    __slots__ = ("details", "name")

    def __init__(self, name: str, details: Mapping[str, object] = MappingProxyType({})) -> None:
        # A plain mapping can be pickled.
        self.name, self.details = name, dict(details)

    def __reduce__(self) -> tuple[type["Way"], tuple[str, dict[str, object]]]:
        # A mapping proxy cannot be pickled.
        return Way, (self.name, dict(self.details))


def _blank(kind: type["AutodiffError"], arguments: tuple[object, ...]) -> "AutodiffError":
    return kind.__new__(kind, *arguments)


class AutodiffError(Exception):
    """The base of every error that autodiff raises on purpose.

    `kind` is a short stable slug, `text` the source that `spans` (half-open offsets) point into, and `hint` says what
    to type instead: a text, or a way out that is worded where it is read. `text` is empty where there is no source to
    show.
    """

    def __init__(
        self, kind: str, message: str, *, text: str = "", spans: Sequence[Span] = (), hint: str | Way = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.text = text
        self.spans = tuple(spans)
        self.way = hint if isinstance(hint, Way) else None
        self._hint = "" if isinstance(hint, Way) else hint

    @property
    def hint(self) -> str:
        """What to type instead, in Python where that differs from the command line."""
        return self._hint if self.way is None else IN_PYTHON[self.way.name].format(**self.way.details)

    @hint.setter
    def hint(self, text: str) -> None:
        self.way, self._hint = None, text

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross from one process to another, as those of a pool do, and can be copied."""
        return _again, (type(self), self.kind, self.message), self.__dict__.copy()

    def __str__(self) -> str:
        return printable(f"{self.message} ({self.hint})" if self.hint else self.message)


def _again(kind_of_error: type[AutodiffError], kind: str, message: str) -> AutodiffError:
    return kind_of_error(kind, message)

    def __reduce__(self) -> tuple[object, ...]:
        # Made again without its `__init__`, whose arguments are not those of an exception: it crosses processes.
        return _blank, (type(self), self.args), self.__dict__


class FormulaError(AutodiffError):
    """The text is no formula: its spelling, its names or its calls are wrong."""


class BindingError(AutodiffError):
    """The values do not fit the formula: one is missing, unknown, or no number."""


class SourceError(AutodiffError):
    """A file or a stream could not be read or written."""


class LimitError(AutodiffError):
    """The request would need more memory or time than autodiff is willing to take."""


def nearest(name: str, candidates: Sequence[str]) -> str | None:
    """The candidate that `name` is most likely a misspelling of, or None."""
    from difflib import SequenceMatcher, get_close_matches

    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    folded = name.casefold()
    for found in get_close_matches(folded, list(by_folded), n=3, cutoff=0.6):
        # Below two thirds only swapped letters count: 'tetha' means 'theta', and 'blarg' does not mean 'arctg'.
        if SequenceMatcher(None, found, folded).ratio() > 0.65 or sorted(found) == sorted(folded):
            return by_folded[found]
    return None
