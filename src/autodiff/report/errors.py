"""An error as text: the message, its place underlined, and the hint."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from autodiff.errors import AutodiffError, Span
from autodiff.printable import one_line, printable

#: How much of a long line is shown around the place.
_WIDTH = 76
#: How many lines of the source are shown at most.
_LINES = 4
#: A message or a hint with more characters is cut, and so many are kept of its end.
_MESSAGE, _END = 1000, 200
#: A name that is longer than this is cut in a hint.
_NAME = 40
_RED, _BLUE, _BOLD, _RESET = "\x1b[1;31m", "\x1b[34m", "\x1b[1m", "\x1b[0m"


def render(error: AutodiffError, *, color: bool = False, file: str = "") -> str:
    """The whole text of an error, as it goes to standard error; `file` is where its text comes from."""
    return describe("error", error.message, error.text, error.spans, error.hint, color=color, file=file)


def describe(
    label: str, message: str, text: str = "", spans: Sequence[Span] = (), hint: str = "", *, color: bool = False,
    file: str = "",
) -> str:  # fmt: skip
    """`label: message`, the lines of `text` that hold `spans` with carets below, and the hint.

    Lines are numbered where there are several; `file`, where the text was read from, gets a line of its own.
    """
    message, file = short(one_line(message)), one_line(file)
    parts = [f"{_RED}{label}:{_RESET} {_BOLD}{message}{_RESET}" if color else f"{label}: {message}"]
    quoted = list(excerpt(text, spans))
    if file:
        # Without a place there is no line to name either.
        line = f", line {quoted[0][0]}" if quoted else ""
        parts.append(f"{_BLUE}  -->{_RESET} {file}{line}" if color else f"  --> {file}{line}")
    numbered = "\n" in text.rstrip()
    width = max((len(str(number)) for number, _ in quoted), default=0) if numbered else 0
    shown = 0
    for number, line in quoted:
        mark = str(number) if numbered and number != shown else ""
        gutter = f"  {mark:>{width}}{' ' * numbered}|"
        parts.append(f"{_BLUE}{gutter}{_RESET}  {line}" if color else f"{gutter}  {line}")
        shown = number
    if hint:
        # Only a name is cut, so that what is to be typed stays whole.
        hint = re.sub(rf"\w{{{_NAME + 1},}}", lambda found: found[0][: _NAME - 1] + "…", " ".join(hint.split("\n")))
        hint = short(printable(hint))
        parts.append(f"{_BLUE}hint:{_RESET} {hint}" if color else f"hint: {hint}")
    return "\n".join(parts)


def short(text: str) -> str:
    """A message with its middle left out, if what it quotes is long: both ends say more than either."""
    return text if len(text) <= _MESSAGE else f"{text[: _MESSAGE - _END]} ... {text[-_END:]}"


def excerpt(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, str]]:
    """The lines that hold a span, each followed by a line of carets, with the number of the line."""
    by_line: dict[int, list[Span]] = {}
    for start, end in sorted(spans):
        begin = text.rfind("\n", 0, start) + 1
        by_line.setdefault(begin, []).append((start, end))
    number = 0
    for count, (begin, marked) in enumerate(by_line.items()):
        if count == _LINES:
            yield number, "..."
            return
        number = text.count("\n", 0, begin) + 1
        stop = text.find("\n", begin)
        stop = len(text) if stop < 0 else stop
        for line in _underlined(text[begin:stop], [(start - begin, end - begin) for start, end in marked]):
            yield number, line


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
