"""Names of a formula as names of a language: nothing reserved, nothing that its library has, nothing twice."""

import re
from collections.abc import Collection, Iterable
from unicodedata import normalize

from autodiff.codegen.language import Language
from autodiff.errors import AutodiffError
from autodiff.syntax.letters import GREEK

_LETTERS = {letter: name for name, letter in GREEK.items()}
_LETTERS |= {letter.upper(): name.capitalize() for letter, name in _LETTERS.items()}
#: The longest name that is kept; C promises to tell names apart by 63 characters.
_LONGEST = 48


def identifiers(names: Iterable[str], language: Language, taken: Collection[str] = ()) -> list[str]:
    """A name of the language for each name of a formula, in their order."""
    folded = str.casefold if language.folds_case else str
    used = {folded(name) for name in (*language.reserved, *language.helpers, *taken)}
    found = []
    for name in names:
        base = _spelled(name, language)
        free, count = base, 1
        while folded(free) in used:
            count += 1
            free = f"{base}_{count}"
        used.add(folded(free))
        found.append(free)
    return found


def _spelled(name: str, language: Language) -> str:
    if name.isascii():
        text = name
    elif language.unicode and name.isidentifier():
        # Python and JavaScript read names in one of Unicode's forms each; NFKC is both.
        text = normalize("NFKC", name)
    else:
        text = "".join(_LETTERS.get(char, char) for char in normalize("NFKC", name))
        text = re.sub(r"[^A-Za-z0-9_]", lambda found: f"u{ord(found.group()):x}", text)
    text = text[:_LONGEST]
    # What begins or ends with an underscore belongs to somebody in several languages.
    stem = text.strip("_") or "v"
    return f"v{stem}" if stem[0].isdigit() else stem


def prefix_of_temporaries(names: Collection[str], language: Language) -> str:
    """Letters that with a number behind them are no name in use."""
    for prefix in ("t", "w", "q", "tmp", "part", "node"):
        if not any(re.fullmatch(rf"{prefix}_?\d*", name, re.I) for name in (*names, *language.reserved)):
            return prefix
    longest = max(map(len, names), default=0)
    return "t" * (longest + 1)


def checked_name(name: str, language: Language) -> str:
    """The name that somebody chose for the routine.

    Raises:
        AutodiffError: it is no name in the language.
    """
    folded = str.casefold if language.folds_case else str
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or len(name) > _LONGEST:
        raise AutodiffError(
            "bad-name", f"{_shown(name)} is no name for a routine in {language.title}",
            hint=f"letters of ASCII, digits and underscores, at most {_LONGEST} of them, a letter first",
        )  # fmt: skip
    if folded(name) in {folded(word) for word in (*language.reserved, *language.helpers)}:
        raise AutodiffError(
            "bad-name",
            f"{name!r} is a word or a function of {language.title}",
            hint=f"write, for example: --name my_{name}",
        )
    return name


def _shown(name: str) -> str:
    text = repr(name)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
