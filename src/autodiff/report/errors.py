"""An error as text: the message, its place underlined, and the hint."""

import unicodedata
from collections.abc import Iterator, Sequence

from autodiff.errors import AutodiffError, Span

#: How much of a long line is shown around the place.
_WIDTH = 76
#: How many lines of the source are shown at most.
_LINES = 4
_RED, _BLUE, _BOLD, _RESET = "\x1b[1;31m", "\x1b[34m", "\x1b[1m", "\x1b[0m"


def render(error: AutodiffError, *, color: bool = False) -> str:
    """The whole text of an error, as it goes to standard error."""
    return describe("error", error.message, error.text, error.spans, error.hint, color=color)


def describe(
    label: str, message: str, text: str = "", spans: Sequence[Span] = (), hint: str = "", *, color: bool = False
) -> str:
    """`label: message`, the lines of `text` that hold `spans` with carets below, and the hint."""
    parts = [f"{_RED}{label}:{_RESET} {_BOLD}{message}{_RESET}" if color else f"{label}: {message}"]
    for line in _excerpt(text, spans):
        parts.append(f"{_BLUE}  |{_RESET}  {line}" if color else f"  |  {line}")
    if hint:
        parts.append(f"{_BLUE}hint:{_RESET} {hint}" if color else f"hint: {hint}")
    return "\n".join(parts)


def _excerpt(text: str, spans: Sequence[Span]) -> Iterator[str]:
    """The lines that hold a span, each followed by a line of carets."""
    by_line: dict[int, list[Span]] = {}
    for start, end in sorted(spans):
        begin = text.rfind("\n", 0, start) + 1
        by_line.setdefault(begin, []).append((start, end))
    for count, (begin, marked) in enumerate(by_line.items()):
        if count == _LINES:
            yield "..."
            return
        stop = text.find("\n", begin)
        stop = len(text) if stop < 0 else stop
        yield from _underlined(text[begin:stop], [(start - begin, end - begin) for start, end in marked])


def _underlined(line: str, spans: Sequence[Span]) -> Iterator[str]:
    start, cut = 0, len(line)
    before = after = ""
    if cut > _WIDTH:
        start = max(0, min(spans[0][0] - _WIDTH // 3, cut - _WIDTH))
        before, after = "... " * (start > 0), " ..." * (start + _WIDTH < cut)
        cut = min(cut, start + _WIDTH)
    marks = [" "] * (cut - start + 1)
    for left, right in spans:
        # An empty span, at the end of the text, still gets a caret.
        for k in range(max(left, start), max(left + 1, min(right, cut))):
            if start <= k <= cut:
                marks[k - start] = "^"
    shown = "".join(char if char.isprintable() else " " for char in line[start:cut])
    carets = "".join(mark * _columns(char) for mark, char in zip(marks, shown + " ", strict=True))
    yield f"{before}{shown}{after}".rstrip()
    yield " " * len(before) + carets.rstrip()


def _columns(char: str) -> int:
    """How many columns a terminal gives to `char`."""
    if char.isascii():
        return 1
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
