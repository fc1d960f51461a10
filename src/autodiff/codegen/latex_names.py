"""Names and sentences as LaTeX: any letter that a user may choose, any character that LaTeX reads as its own."""

import re
from collections.abc import Iterable
from unicodedata import normalize

_LETTERS = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
)  # fmt: skip
GREEK = dict(
    zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", (f"\\{name}" for name in _LETTERS), strict=True),
    **{"ς": r"\varsigma", "∞": r"\infty", "ϑ": r"\vartheta", "ϕ": r"\phi", "ϵ": r"\epsilon", "ϱ": r"\varrho"},
    **{"µ": r"\mu", "ο": "o", "∂": r"\partial", "ℓ": r"\ell", "ℏ": r"\hbar"},
    # Capitals that look like Latin ones have no command.
    **{letter: rf"\mathrm{{{latin}}}" for letter, latin in zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧ", "ABEZHIKMNOPTX", strict=True)},
)
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
#: Letters that stand below the line.
_LOW_LETTERS = dict(zip("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "aehijklmnoprstuvx", strict=True))
_LOW = re.compile(rf"[{''.join(_LOW_LETTERS)}]+$")
#: Marks above a letter.
_ACCENTS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar",
    "\u0306": "breve", "\u0307": "dot", "\u0308": "ddot", "\u030a": "mathring", "\u030c": "check", "\u20d7": "vec",
}  # fmt: skip
#: A letter with a mark, a word up to such a letter or to its end, or one character.
_PIECE = re.compile(
    rf"([a-zA-Zα-ωΑ-Ω])([{''.join(_ACCENTS)}])|[a-zA-Z0-9_]+?(?=[a-zA-Z][{''.join(_ACCENTS)}])|[a-zA-Z0-9_]+|.", re.S
)
_ESCAPES = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$",
    "|": "$|$", "×": r"$\times$", "·": r"$\cdot$", "−": "$-$", "√": r"$\surd$", "≤": r"$\le$", "≥": r"$\ge$",
    "≠": r"$\ne$", "…": r"\ldots{}", "²": r"$^2$", "³": r"$^3$",
    **{mark: f"\\{mark}" for mark in "{}$&#%_"},
}  # fmt: skip


#: What between À and ž pdfLaTeX's own fonts lack, by trial.
_LACKING = frozenset("ÐÞðþĐđŊŋĄąĘęĮįŲųĦħĸĿŀŉŦŧ×÷")


def name(text: str) -> str:
    """A variable: Greek letters by their names, digits as subscripts, words upright."""
    low = _LOW.search(text)
    if low is not None and low.start():
        return f"{_grouped(name(text[: low.start()]))}_{{{''.join(_LOW_LETTERS[char] for char in low.group())}}}"
    found = re.fullmatch(r"(.*?)_?([0-9]*)", text.translate(_SUBSCRIPTS), re.S)
    assert found is not None
    stem, digits = found.group(1) or text, found.group(2)
    if not digits:
        stem = text
    head, _, rest = stem.partition("_")
    if head and rest:
        return f"{_grouped(name(head))}_{{{', '.join(filter(None, [_letter(rest), digits]))}}}"
    return f"{_letter(stem)}_{{{digits}}}" if digits else _letter(stem)


def _grouped(text: str) -> str:
    # TeX takes the braces off a letter with an accent that stands alone in them: an empty group keeps them on.
    return f"{{{'{}' * text.startswith(chr(92))}{text}}}" if "_" in text else text


def _letter(stem: str) -> str:
    """A letter or a word, in math mode."""
    if stem in _LETTERS:
        return f"\\{stem}"
    if stem in GREEK:
        return GREEK[stem]
    if stem.isascii():
        return stem if len(stem) == 1 and stem != "_" else rf"\mathrm{{{stem.replace('_', chr(92) + '_')}}}"
    # Character by character: letters with marks, Greek ones, words, and what only a text font may have.
    marked = normalize("NFD", stem)
    pieces = []
    for found in _PIECE.finditer(marked):
        whole = found.group()
        if found.group(1):
            pieces.append(rf"\{_ACCENTS[found.group(2)]}{{{GREEK.get(found.group(1), found.group(1))}}}")
        elif whole in GREEK:
            pieces.append(f"{GREEK[whole]} ")
        elif whole.isascii():
            pieces.append(_letter(whole) if len(whole) > 1 else rf"\mathrm{{{whole.replace('_', chr(92) + '_')}}}")
        else:
            pieces.append(rf"\text{{{normalize('NFC', whole)}}}")
    text = "".join(pieces).strip()
    return text if len(pieces) == 1 else f"{{{text}}}"


def sentence(text: str) -> str:
    """Text outside of formulas, with what LaTeX would read as its own escaped."""
    escaped = (_ESCAPES.get(char) or (f"${GREEK[char]}$" if char in GREEK else char) for char in " ".join(text.split()))
    return "".join(escaped)


def declarations(lines: Iterable[str]) -> list[str]:
    """Preamble lines for characters that the fonts of pdfLaTeX lack: each then shows its code point.

    XeLaTeX and LuaLaTeX know no such declarations; there it is for the fonts to have the character.
    """
    chars = sorted({char for line in lines for char in line if not char.isascii() and not _in_fonts(char)})
    body = [rf"  \DeclareUnicodeCharacter{{{ord(char):04X}}}{{\texttt{{U+{ord(char):04X}}}}}" for char in chars]
    return [r"\ifdefined\DeclareUnicodeCharacter", *body, r"\fi"] if body else []


def _in_fonts(char: str) -> bool:
    """Whether pdfLaTeX's own fonts have a character, or it is made of a letter and an accent."""
    return "\u00c0" <= char <= "\u017e" and char not in _LACKING
