"""Tokens with their places, for those who spell them anew; and where an operand among them begins."""

from collections.abc import Sequence
from typing import NamedTuple

from autodiff.notation import INFIX
from autodiff.syntax.tokens import NUMBER_START, SUPERSCRIPTS, is_name

#: The words of the language, which are no names.
KEYWORDS = frozenset({"if", "else", "and", "or", "not"})


class Piece(NamedTuple):
    """A token, the half-open range of the text that it stands for, and whether it is written bold, as arrays are."""

    text: str
    start: int
    end: int
    bold: bool = False


def ends_operand(pieces: Sequence[Piece]) -> bool:
    """Whether a value is complete behind these tokens."""
    last = pieces[-1].text
    if last in (")", "]") or last[0] in SUPERSCRIPTS or (last[0] in NUMBER_START and last != "."):
        return True
    return is_name(last) and last not in KEYWORDS and last not in INFIX


def operand_start(pieces: Sequence[Piece]) -> int:
    """Where the operand begins that ends with the last of these tokens: a name, a call, a group, an index, a `.T`."""
    k = len(pieces) - 1
    while True:
        if pieces[k].text in (")", "]"):
            depth = 0
            while k >= 0:
                depth += (pieces[k].text in (")", "]")) - (pieces[k].text in ("(", "["))
                if depth == 0:
                    break
                k -= 1
            named = k > 0 and is_name(pieces[k - 1].text) and pieces[k - 1].text not in KEYWORDS
            if k > 0 and (named or (pieces[k].text == "[" and pieces[k - 1].text in (")", "]"))):
                k -= 1
                continue
        elif pieces[k].text == "T" and k > 1 and pieces[k - 1].text == ".":
            k -= 2
            continue
        return max(k, 0)


def subscripted(name: str, below: str) -> str:
    """A name with a subscript that is written in braces: `h_{t-1}` is h_t1, and `x_{1}` is x_1."""
    return f"{name.rstrip('_')}_{''.join(char for char in below if char.isalnum() or char == '_')}"
