"""The tokens of a text in one hand and those that are written in the other: what every respelling needs."""

from collections.abc import Mapping

from autodiff.errors import FormulaError, Way
from autodiff.syntax.piece import KEYWORDS, Piece
from autodiff.syntax.tokens import NUMBER_START, SUPERSCRIPTS, is_name


class Rewriter:
    """What is read, what is written, and where the values end that are ahead."""

    def __init__(self, text: str, pieces: list[Piece], calls: Mapping[str, str]) -> None:
        self.text, self.calls = text, calls
        self.pieces = pieces
        #: Their texts, and enough empty ones to look ahead.
        self.texts = [*(piece.text for piece in pieces), "", "", ""]
        self.out: list[Piece] = []

    def error(self, kind: str, message: str, first: int, last: int, hint: str | Way) -> FormulaError:
        span = (self.pieces[first].start, self.pieces[last].end)
        return FormulaError(kind, message, text=self.text, spans=[span], hint=hint)

    def source(self, first: int, last: int) -> str:
        """What the text writes from one piece to another."""
        return " ".join(self.text[self.pieces[first].start : self.pieces[last].end].split())

    def write(self, i: int, text: str | None = None) -> None:
        piece = self.pieces[i]
        self.out.append(piece if text is None else Piece(text, piece.start, piece.end))

    def insert(self, text: str, i: int) -> None:
        """Write what the text only means, behind piece `i`."""
        self.out.append(Piece(text, self.pieces[i].end, self.pieces[i].end))

    def wrap(self, name: str, start: int) -> None:
        """Make a call of the operand that begins at `start` of what is written; it stays open."""
        at = self.out[start].start
        self.out[start:start] = [Piece(name, at, at), Piece("(", at, at)]

    def juxtaposed(self, i: int) -> bool:
        """Whether piece `i` begins a value, which no operator separates from what is before it."""
        text = self.texts[i]
        if not text or text in KEYWORDS:
            return False
        return text in ("√", "∛") or (text[0] in NUMBER_START and text != ".") or is_name(text)

    def exponent_end(self, i: int) -> int:
        """The piece after the exponent whose operator, or superscript, is piece `i`."""
        if self.texts[i][0] in SUPERSCRIPTS:
            return i + 1
        i += 1
        while self.texts[i] in ("-", "+"):
            i += 1
        if self.texts[i] == "(":
            return self.group_end(i)
        text = self.texts[i]
        return i + 1 if (text[:1] in NUMBER_START and text not in ("", ".")) or is_name(text) else i

    def atom_end(self, i: int) -> int:
        """The piece after the value that begins at piece `i`: a number with its factor, a name, a call, a group."""
        texts = self.texts
        while texts[i] in ("√", "∛") or (texts[i] in self.calls and texts[i + 1] != "(" and self.juxtaposed(i + 1)):
            i += 1
        if texts[i] in ("|", "‖") and texts[i] in texts[i + 1 :]:
            return texts.index(texts[i], i + 1) + 1
        if texts[i] in ("(", "["):
            return self.group_end(i)
        if texts[i][:1] in NUMBER_START and texts[i]:
            return (
                i + 1 + bool(is_name(texts[i + 1]) and texts[i + 1] not in KEYWORDS and texts[i + 1] not in self.calls)
            )
        if not texts[i] or not is_name(texts[i]):
            return i
        return self.group_end(i + 1) if texts[i + 1] in ("(", "[") else i + 1

    def group_end(self, i: int) -> int:
        depth = 0
        for k in range(i, len(self.pieces)):
            depth += (self.texts[k] in ("(", "[")) - (self.texts[k] in (")", "]"))
            if depth == 0:
                return k + 1
        return len(self.pieces)
