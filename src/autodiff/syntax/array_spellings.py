"""How other languages write arrays that are made on the spot: `eye(3)`, and the list in `np.concatenate([h, x])`."""

from collections.abc import Sequence

#: What joins arrays, and takes them as a list elsewhere.
JOINS = frozenset({"concat", "concatenate", "cat"})
#: What makes an identity matrix of a size.
IDENTITIES = frozenset({"eye", "identity"})
#: An identity matrix of more rows is too large to be written out.
MOST_ROWS = 32
_OPTIONS = frozenset({"axis", "dim"})


def identity(rows: int) -> list[str]:
    """The tokens of an identity matrix, in parentheses: a number before it multiplies."""
    tokens = ["(", "["]
    for i in range(rows):
        tokens += [",", "["] if i else ["["]
        for j in range(rows):
            tokens += [",", "1" if i == j else "0"] if j else ["1" if i == j else "0"]
        tokens.append("]")
    return [*tokens, "]", ")"]


def list_in_call(texts: Sequence[str], i: int, end: int) -> bool:
    """Whether the bracket at token `i`, just inside a call, and up to `end` is a list of all that is joined."""
    if texts[end] != ")" and not (texts[end] == "," and texts[end + 1] in _OPTIONS and texts[end + 2] == "="):
        return False
    depth = 0
    for text in texts[i:end]:
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if text == "," and depth == 1:
            return True
    return texts[i] == "["
