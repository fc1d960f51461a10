"""Text to tokens. A token is its own text; where it stood is found again only when somebody asks.

Scanning keeps no positions, which makes it several times faster; `offsets` repeats the scan with positions for an
error message or a report.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from autodiff.errors import FormulaError
from autodiff.notation import INFIX

NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
#: Operators of several marks, those of other languages that hints know among them.
_LONG = sorted({"**", "//", *(symbol for symbol in INFIX if len(symbol) > 1 and not symbol.isalpha())}, key=len)[::-1]
_MARKS = rf"{'|'.join(map(re.escape, _LONG))}|\#[^\n]*|\n|\S"
NUMBER_START = frozenset("0123456789.")
#: What makes an identity matrix of a size, in a call of one whole number.
IDENTITIES = ("eye", "identity")
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
SUPERSCRIPT_DIGITS = str.maketrans(SUPERSCRIPTS, "0123456789+-")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

#: Typed or pasted mathematics, and the token that it stands for.
CANONICAL = {
    "·": "*", "⋅": "*", "×": "*", "∗": "*", "∙": "*", "•": "*", "⊙": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-",
    "–": "-", "—": "-", "≤": "<=", "≥": ">=", "≠": "!=", "**": "^", "∞": "inf",
}  # fmt: skip

#: Characters beyond ASCII that end a name.
_SYMBOLS = "·⋅×∗∙•⊙÷∕⁄−–—≤≥≠∞√∛∑‖°ᵀ⌊⌋⌈⌉½¼¾⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"


@lru_cache(maxsize=2)
def _pattern(ascii_only: bool) -> re.Pattern[str]:
    if ascii_only:
        return re.compile(rf"[A-Za-z_][A-Za-z_0-9]*|{NUMBER}|{_MARKS}")
    # Beyond ASCII a name takes any character that is no symbol of ours; `_validated` then says whether it may.
    name = rf"[^\W\d{_SYMBOLS}₀-₉](?:[A-Za-z_0-9]|[^\x00-\x7f\s{_SYMBOLS}])*"
    return re.compile(rf"{name}|{NUMBER}|[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+|{_MARKS}")


def is_name(text: str) -> bool:
    """Whether `text` is an identifier of the language: Unicode's, and digits may be subscripts."""
    return text.isidentifier() or (not text.isascii() and text.translate(SUBSCRIPTS).isidentifier())


def _validated(text: str, token: str, start: int) -> str:
    if token.isascii() or not (token[0].isalpha() or token[0] == "_"):
        return CANONICAL.get(token, token)
    if not is_name(token):
        for length in range(1, len(token) + 1):
            if not is_name(token[:length]):
                raise stray(text, start + length - 1)
    return canonical_name(token)


def canonical_name(name: str) -> str:
    """One spelling for names that look the same: Unicode's composed form, in which `µ` (micro) is `μ` (mu).

    What stands below or above the line stays there: `x₁` is not `x1`.
    """
    if name.isascii():
        return name
    from unicodedata import decomposition, normalize

    def folded(char: str) -> str:
        # A variant of pi is no pi, which would be a constant.
        stays = char == "ϖ" or decomposition(char).startswith(("<sub>", "<super>"))
        return char if stays else normalize("NFKC", char)

    return normalize("NFC", "".join(map(folded, normalize("NFC", name))))


def look_alike(name: str, names: Iterable[str]) -> str:
    """The one of `names` that is `name` on another keyboard, `x₁` for `x1` and `α` for `alpha`; empty for none."""
    from unicodedata import normalize

    from autodiff.syntax.letters import GREEK

    def plain(text: str) -> str:
        stem, low, rest = normalize("NFKC", text).partition("_")
        return GREEK.get(stem, stem) + low + rest

    found = [other for other in names if not (name.isascii() and other.isascii()) and plain(other) == plain(name)]
    return found[0] if len(found) == 1 else ""


def stray(text: str, at: int) -> FormulaError:
    """The error for a character that has no meaning in a formula."""
    return FormulaError(
        "stray-character",
        f"{text[at]!r} means nothing here",
        text=text,
        spans=[(at, at + 1)],
        hint=_STRAY.get(text[at], "remove it" if text[at].isprintable() else "remove it: it does not show"),
    )


_STRAY = {
    "!": "for a factorial write factorial(n); for 'is not equal' write !=",
    "&": "write 'and'",
    "|": "for an absolute value write abs(x); for a choice write 'or'",
    "~": "write 'not'",
    "½": "write (1/2)",
    "¼": "write (1/4)",
    "¾": "write (3/4)",
    "'": "write a formula without quotation marks or primes",
    '"': "write a formula without quotation marks",
    "$": "write the name without a $, and the formula in single quotes",
    "`": "put the formula in single quotes",
    ":": "for a choice write 'a if condition else b'",
    "?": "for a choice write 'a if condition else b'",
}


def scan(text: str) -> list[str]:
    """The tokens of `text`, in order, with an empty one at the end.

    Raises:
        FormulaError: a name holds a character that no name may hold.
    """
    if text.isascii():
        tokens = _pattern(True).findall(text)
        if "#" in text:
            tokens = [token for token in tokens if token[0] != "#"]
    else:
        tokens = [
            _validated(text, found.group(), found.start())
            for found in _pattern(False).finditer(text)
            if found.group()[0] != "#"
        ]
    tokens.append("")
    return tokens


@lru_cache(maxsize=2)
def _foreign(ascii_only: bool) -> re.Pattern[str]:
    """What the language writes in another way, or only people do: then the tokens are spelled anew.

    Sets of characters beyond ASCII take long to compile, and few formulas need them.
    """
    marks, root, raised = ("", "", "") if ascii_only else ("°∛ᵀ∑Σ‖⌊⌈", "√", "|[⁻²³]")
    return re.compile(
        rf"[\\|{{}}{marks}]|:=|^\s*=|\(\s*\)|(?<![0-9])\.[^\W\d]|[)\]]\s*\.|\blambda\b|\b(?:dim|keepdims?)\s*="
        rf"|\bd\s*/\s*d|(?<=\w)[ \t]+(?=[\w{root}])(?!(?:if|else|and|or|not)\b)(?<!\bif[ \t])(?<!\bor[ \t])"
        rf"(?<!\belse[ \t])(?<!\band[ \t])(?<!\bnot[ \t])|(?<=[^\W\d_][^\W\d_])(?:\^|\*\*{raised})"
        r"|\b(?:concat|concatenate|cat)\s*\(\s*[\[(]|"
        rf"\b(?:{'|'.join(IDENTITIES)})\s*\(\s*[0-9]"
    )


def read_tokens(
    text: str, calls: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[str], tuple[list[int], list[int]] | None]:
    """The tokens of a text, whatever language they are spelled in, and where they stand; None for where `offsets` says.

    `calls` are the functions that may stand before an argument without parentheses, each with its inverse.
    """
    if _foreign(text.isascii()).search(text):
        from autodiff.syntax.respell import respell

        return respell(text, calls)
    return scan(text), None


def offsets(text: str) -> tuple[list[int], list[int]]:
    """Where each token of `scan(text)` starts and ends."""
    found = [match.span() for match in _pattern(text.isascii()).finditer(text) if match.group()[0] != "#"]
    found.append((len(text), len(text)))
    return [start for start, _ in found], [end for _, end in found]
