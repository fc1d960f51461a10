"""Constructions of other languages: `eye(3)`, the list in `np.concatenate([h, x])`, `lambda x: x`, `uᵀ`."""

from collections.abc import Mapping, Sequence

from autodiff.syntax.piece import Piece
from autodiff.syntax.rewriter import Rewriter
from autodiff.syntax.tokens import is_name

#: What joins arrays, and takes them as a list elsewhere.
JOINS = frozenset({"concat", "concatenate", "cat"})
#: An identity matrix of more rows is too large to be written out.
MOST_ROWS = 32
#: What PyTorch calls so is another function, and how it is written here.
OTHER_IN_TORCH = {name: f"{name}(x, ddof=1), as torch.{name} does, or {name}(x)" for name in ("var", "std")}
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


class Elsewhere(Rewriter):
    """The part of the respelling that writes such constructions anew."""

    def __init__(self, text: str, pieces: list[Piece], calls: Mapping[str, str]) -> None:
        super().__init__(text, pieces, calls)
        #: The brackets of lists that are arguments here.
        self.unwritten: set[int] = set()

    def _joined(self, i: int) -> int:
        """`concat([h, x], axis=1)` is `concat(h, x, axis=1)`."""
        end = self.group_end(i + 2)
        if not list_in_call(self.texts, i + 2, end):
            return 0
        self.unwritten.update((i + 2, end - 1))
        self.write(i)
        self.write(i + 1)
        return i + 2

    def _identity(self, i: int) -> int:
        rows = self.texts[i + 2]
        if len(rows) > 2 or not 0 < int(rows) <= MOST_ROWS:
            hint = f"up to eye({MOST_ROWS}) it is written out; bind a larger one to a variable"
            raise self.error("too-large", f"an identity matrix of {rows} rows is not written out", i, i + 3, hint)
        for text in identity(int(rows)):
            self.write(i + 2, text)
        return i + 4

    def _truth(self, i: int) -> int:
        if self.texts[i] not in ("True", "False"):
            return i
        self.write(i, "1" if self.texts[i] == "True" else "0")
        return i + 1

    def _transposed(self, i: int, after: int) -> int:
        self.write(i, ".")
        self.insert("T", i)
        return after

    def _lambda(self, i: int) -> int:
        """`lambda x, y: x*y` is `f(x, y) = x*y`, and `g = lambda x: x^2` is `g(x) = x^2`."""
        end = i + 1
        while is_name(self.texts[end]) and self.texts[end + 1] == ",":
            end += 2
        assigned = len(self.out) >= 2 and self.out[-1].text == "=" and is_name(self.out[-2].text)
        alone = not self.out or self.out[-1].text in ("\n", ";")
        if self.texts[end + 1] != ":" or not (assigned or alone):
            return 0
        if assigned:
            self.out.pop()
        else:
            taken, name = set(self.texts), "f"
            while name in taken:
                name += "_"
            self.write(i, name)
        self.insert("(", i)
        for k in range(i + 1, end + 1):
            self.write(k)
        self.write(end + 1, ")")
        self.insert("=", end + 1)
        return end + 2
