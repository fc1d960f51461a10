"""A text of definitions of operations to its parts, each with its place. What the formulas in it say is not read here.

    # activation functions
    swish2(x) = x*sigmoid(x)
    d/dx = sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))

    soft(x, k) = where(x < k, 0, x - k)
    doc: x - k where that is positive, else 0
    d/dx from below = x > k
    d/dx from above = x >= k
    d/dk = -(x > k)
    domain: k >= 0
    alias: softer, softest
    example: soft(3, 1)

A definition ends where the next one begins. A line goes on where a parenthesis is open, a `;` ends it before what says
something about the operation (`f(x) = x^2; d/dx = 2*x`), and `#` starts a comment.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from autodiff.errors import AutodiffError, FormulaError, LimitError, Span, nearest
from autodiff.syntax.expressions import WORDS
from autodiff.syntax.tokens import canonical_name, is_name, offsets, scan

#: A text that is longer than this, in characters, is the wrong file.
MOST_CHARACTERS = 1 << 22
#: How errors show what a definition looks like.
EXAMPLE = "f(x) = x^2, and below it d/dx = 2*x"


class Part(NamedTuple):
    """A piece of the text, and where it stands."""

    text: str
    start: int

    @property
    def span(self) -> Span:
        return self.start, self.start + len(self.text)


class Definition:
    """What a text says about one operation."""

    __slots__ = ("facts", "name", "params", "partials", "text", "value")

    def __init__(self, text: str, name: Part, params: list[Part], value: Part) -> None:
        self.text, self.name, self.params, self.value = text, name, params, value
        #: The partials by parameter and side, which is "", "below" or "above": the formula, and the whole line.
        self.partials: dict[tuple[str, str], tuple[Part, Part]] = {}
        #: The other lines, by the first of the spellings of what they say.
        self.facts: dict[str, Part] = {}


#: What a line may say beside derivatives, and other ways to say so.
FACTS = {
    "doc": ("doc", "description"),
    "domain": ("domain",),
    "alias": ("alias", "aliases", "also"),
    "jump": ("jump", "jumps", "jumps where"),
    "example": ("example",),
}
_KEYS = {spelling: key for key, spellings in FACTS.items() for spelling in spellings}

_HEADER = re.compile(r"\s*[^\W\d]\w*\s*\([^()=]*\)\s*=(?!=)")
_FACT = re.compile(r"\s*([A-Za-z][A-Za-z ]*?)\s*(?::|=(?!=))")
_PARTIAL = re.compile(
    r"\s*[d∂]\s*(\w*)\s*/\s*[d∂]\s*([^\W\d]\w*)\s*(?:from\s+(below|above)\s*)?(?::|=(?!=))"
)  # fmt: skip


def definitions(text: str) -> list[Definition]:
    """The definitions of a text, in their order.

    Raises:
        FormulaError: a line is neither a definition nor says something about one.
        LimitError: the text is too long.
    """
    if len(text) > MOST_CHARACTERS:
        raise LimitError(
            "too-large", f"the definitions are longer than {MOST_CHARACTERS >> 20} million characters",
            hint="is this the right file?",
        )  # fmt: skip
    found: list[Definition] = []
    for line in _lines(text):
        partial, fact = _PARTIAL.match(line.text), _FACT.match(line.text)
        if partial:
            _add_partial(text, found, line, partial)
        elif fact:
            _add_fact(text, found, line, fact)
        else:
            found.append(_definition(text, line))
    return found


def _lines(text: str) -> Iterator[Part]:
    """The lines that say something, each with those that an open parenthesis continues it to."""
    held: Part | None = None
    depth = 0
    for start, end in _breaks(text):
        line = text[start:end]
        begins = _HEADER.match(line) or _PARTIAL.match(line) or _fact_key(line)
        if held is not None and (depth <= 0 or begins):
            yield held
            held, depth = None, 0
        code = "" if line.lstrip().startswith("#") else line.partition("#")[0]
        if held is not None:
            held = Part(text[held.start : end], held.start)
        elif code.strip():
            held = Part(line, start)
        if held is not None and _fact_key(held.text) not in ("doc", "alias"):
            depth += sum(code.count(mark) for mark in "([") - sum(code.count(mark) for mark in ")]")
    if held is not None:
        yield held


def _breaks(text: str) -> Iterator[Span]:
    """Where the lines start and end; a ';' before a derivative, or before a word with a ':', ends one too."""
    start = 0
    for line in text.split("\n"):
        code, begin = line.partition("#")[0], 0
        for mark in re.finditer(";", code):
            rest = code[mark.end() :]
            if _PARTIAL.match(rest) or (_fact_key(rest) and re.match(r"[A-Za-z ]*:", rest)):
                yield start + begin, start + mark.start()
                begin = mark.end()
        yield start + begin, start + len(line)
        start += len(line) + 1


def _fact_key(line: str) -> str:
    found = _FACT.match(line)
    return _KEYS.get(found[1], "") if found else ""


def _part(line: Part, start: int) -> Part:
    """What stands in a line from `start` on, without blanks and without a comment at its end."""
    text = line.text[start:]
    last = text.rpartition("\n")[2]
    text = text[: len(text) - len(last)] + last.partition("#")[0]
    stripped = text.strip()
    return Part(stripped, line.start + start + text.find(stripped) if stripped else line.start + start)


def _definition(text: str, line: Part) -> Definition:
    found = _HEADER.match(line.text)
    if not found:
        shown = _part(line, 0)
        hint = f"write, for example: {EXAMPLE}"
        if re.match(r"\w+\s*=(?!=)", shown.text):
            hint = f"an operation has parameters, as in {shown.text.partition('=')[0].strip()}(x) = ..."
        raise FormulaError("bad-definition", "this defines no operation", text=text, spans=[shown.span], hint=hint)
    head = found[0][:-1]
    try:
        tokens = scan(head)
    except FormulaError as error:
        raise placed(error, text, line.start) from None
    starts, ends = offsets(head)
    parts = [Part(token, line.start + starts[k]) for k, token in enumerate(tokens[:-1])]
    name, params, close = parts[0], parts[2:-1:2], line.start + ends[len(parts) - 1]
    for part in (name, *params):
        if not is_name(part.text) or part.text in WORDS:
            raise FormulaError(
                "bad-definition", f"{part.text!r} cannot be a name here", text=text, spans=[part.span],
                hint=f"write, for example: {EXAMPLE}",
            )  # fmt: skip
    names = [part.text for part in params]
    bad = next((part for part in parts[3:-1:2] if part.text != ","), None)
    if not names or bad or len(parts) != 2 * len(names) + 2:
        raise FormulaError(
            "bad-definition", "the parameters are names with a comma between two", text=text,
            spans=[(name.start, close)], hint=f"write {name.text}({', '.join(names) or 'x'}) = ...",
        )  # fmt: skip
    for k, part in enumerate(params):
        if part.text in names[:k]:
            raise FormulaError(
                "bad-definition", f"two parameters are called {part.text!r}", text=text, spans=[part.span],
                hint="give each a name of its own",
            )  # fmt: skip
    value = _part(line, found.end())
    if not value.text:
        raise FormulaError(
            "bad-definition", f"{name.text} has no value", text=text, spans=[(name.start, line.start + found.end())],
            hint="write a formula after the '='",
        )  # fmt: skip
    return Definition(text, name, params, value)


def _owner(text: str, found: list[Definition], line: Part) -> Definition:
    if not found:
        raise FormulaError(
            "bad-definition", "this line belongs to no operation", text=text, spans=[_part(line, 0).span],
            hint=f"it stands below a definition: {EXAMPLE}",
        )  # fmt: skip
    return found[-1]


def _add_partial(text: str, found: list[Definition], line: Part, match: re.Match[str]) -> None:
    owner, whole, formula = _owner(text, found, line), _part(line, 0), _part(line, match.end())
    of, by, side = match[1], canonical_name(match[2]), match[3] or ""
    names = [param.text for param in owner.params]
    if of not in ("", "f") and canonical_name(of) != owner.name.text:
        raise FormulaError(
            "bad-definition", f"this is a derivative of {of}, and stands below {owner.name.text}", text=text,
            spans=[whole.span], hint=f"write d/d{by} below the definition of {of}",
        )  # fmt: skip
    if by not in names:
        close = nearest(by, names)
        hint = f"did you mean d/d{close}?" if close else f"its parameters are {', '.join(names)}"
        raise FormulaError(
            "bad-definition", f"{owner.name.text} has no parameter {by!r}", text=text,
            spans=[(line.start + match.start(2), line.start + match.end(2))], hint=hint,
        )  # fmt: skip
    if not formula.text:
        raise FormulaError(
            "bad-definition", f"d/d{by} has no formula", text=text, spans=[whole.span], hint="write one after the '='"
        )
    if (by, side) in owner.partials:
        raise FormulaError(
            "bad-definition", f"{owner.name.text} has d/d{by}{' from ' * bool(side)}{side} twice", text=text,
            spans=[whole.span], hint="remove one of the two",
        )  # fmt: skip
    owner.partials[by, side] = formula, whole


def _add_fact(text: str, found: list[Definition], line: Part, match: re.Match[str]) -> None:
    key = _KEYS.get(match[1], "")
    if not key:
        close = nearest(match[1], list(_KEYS))
        hint = f"a line says {', '.join(FACTS)} or d/dx; or it defines an operation, as in f(x) = x^2"
        if close:
            hint = f"did you mean {close!r}?"
        elif line.text[match.end() - 1] == "=" and is_name(match[1]):
            hint = f"an operation has parameters, as in {match[1]}(x) = ..."
        raise FormulaError(
            "bad-definition", f"{match[1]!r} says nothing about an operation", text=text,
            spans=[(line.start + match.start(1), line.start + match.end(1))], hint=hint,
        )  # fmt: skip
    owner = _owner(text, found, line)
    if key in owner.facts:
        raise FormulaError(
            "bad-definition", f"{owner.name.text} has two lines for {match[1]!r}", text=text,
            spans=[_part(line, 0).span], hint="write one line",
        )  # fmt: skip
    part = _part(line, match.end())
    if not part.text:
        raise FormulaError(
            "bad-definition", f"{match[1]!r} says nothing", text=text, spans=[_part(line, 0).span],
            hint="write it after the ':', or remove the line",
        )  # fmt: skip
    owner.facts[key] = part


Error = TypeVar("Error", bound=AutodiffError)


def placed(error: Error, text: str, start: int) -> Error:
    """An error about a piece of the text, which begins at `start`, as one about the text."""
    error.text, error.spans = text, tuple((start + left, start + right) for left, right in error.spans)
    return error
