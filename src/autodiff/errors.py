"""What went wrong: a kind, a message, a place in the text and a hint. Nothing here renders or prints."""

from collections.abc import Sequence

Span = tuple[int, int]


class AutodiffError(Exception):
    """The base of every error that autodiff raises on purpose.

    `kind` is a short stable slug, `text` the source that `spans` (half-open offsets) point into, and `hint` says what
    to type instead. `text` is empty where there is no source to show.
    """

    def __init__(self, kind: str, message: str, *, text: str = "", spans: Sequence[Span] = (), hint: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.text = text
        self.spans = tuple(spans)
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


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
