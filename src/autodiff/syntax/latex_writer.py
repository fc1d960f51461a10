"""LaTeX that is being read: the pieces of the source, and what is written with the signs that print leaves out."""

from collections.abc import Mapping

from autodiff.errors import FormulaError, Way
from autodiff.syntax.piece import Piece, ends_operand, operand_start
from autodiff.syntax.tokens import NUMBER_START, is_name


class LatexWriter:
    """The source, and what has been written so far; in a text that is `printed`, factors beside each other multiply."""

    def __init__(self, text: str, source: list[Piece], calls: Mapping[str, str], *, printed: bool) -> None:
        self.text, self.source, self.calls, self.printed = text, source, calls, printed
        self.out: list[Piece] = []
        #: Where a function stands whose argument is still to come.
        self.functions: set[int] = set()

    def at(self, i: int) -> str:
        return self.source[i].text if i < len(self.source) else ""

    def error(self, kind: str, message: str, i: int, hint: str | Way, last: int = -1) -> FormulaError:
        most = len(self.source) - 1
        span = (self.source[min(i, most)].start, self.source[min(max(i, last), most)].end)
        return FormulaError(kind, message, text=self.text, spans=[span], hint=hint)

    def write(self, text: str, i: int, last: int = -1, *, bold: bool = False, group: bool = False) -> None:
        """Write a token that stands for the pieces from `i` to `last`, and the product sign that print leaves out."""
        i = min(i, len(self.source) - 1)
        piece = Piece(text, self.source[i].start, self.source[max(i, last)].end, bold)
        begins = text in ("(", "√", "∛") or (text[0] in NUMBER_START and text != ".") or is_name(text)
        if (
            begins
            and text not in ("and", "or", "not", "if", "else")
            and self.out
            and (self.printed or self.closes_brace())
            and ends_operand(self.out)
        ):
            self.multiply(piece, group=group)
        self.out.append(piece)

    def closes_brace(self) -> bool:
        """Whether what is written last closes a brace, as that of an exponent."""
        last = self.out[-1]
        return last.text == ")" and self.text[last.start : last.end] == "}"

    def multiply(self, right: Piece, *, group: bool) -> None:
        """Write the sign of the product of what is written last and `right`, a `group` where print has no "("."""
        left = self.out[-1]
        start = operand_start(self.out)
        before = self.out[start - 1].text if start else ""
        if len(self.out) - 1 in self.functions or (is_name(left.text) and left.text in self.calls):
            return
        if before == "^" and start - 2 in self.functions:
            # The argument of \sin^2.
            return
        if before == "^" and self.printed:
            # In print an exponent ends where it stops being small.
            self.out.append(Piece("*", left.end, left.end))
            return
        transposed = left.text == "T" and len(self.out) > 1 and self.out[-2].text == "."
        if right.text == "(" and not group and is_name(left.text) and not transposed:
            return
        if left.text[0] in NUMBER_START and (is_name(right.text) or right.text == "("):
            return
        if not transposed and left.text != ")" and right.text[0] in NUMBER_START:
            return
        if before in ("/", "%") and left.text != ")":
            inner = f"{self.text[left.start : left.end]} {self.text[right.start : right.end]}"
            raise FormulaError(
                "ambiguous-product", "this product can be read in two ways", text=self.text,
                spans=[(self.out[start - 1].start, right.end)],
                hint=f"write \\frac{{...}}{{{inner}}}, or put the quotient in parentheses",
            )  # fmt: skip
        inside = left.text == ")" and not left.bold and right.bold and any(piece.bold for piece in self.out[start:])
        if inside or (left.text == "]" and left.bold and not right.bold and is_name(right.text)):
            message = "this product can be one of matrices, or one of elements"
            raise FormulaError(
                "ambiguous-product", message, text=self.text, spans=[(self.out[start].start, right.end)],
                hint="write @ between the two for a product of matrices, and * for one of elements",
            )  # fmt: skip
        arrays = transposed or before == "@" or (left.bold and right.bold)
        self.out.append(Piece("@" if arrays else "*", left.end, left.end))

    def close(self, i: int) -> int:
        """The piece that closes the brace at piece `i`."""
        depth = 0
        for k in range(i, len(self.source)):
            depth += (self.source[k].text == "{") - (self.source[k].text == "}")
            if depth == 0:
                return k
        raise self.error("unbalanced", "this '{' is never closed", i, "add a '}'")

    def inside(self, i: int) -> str:
        """What the braces at piece `i` hold, without blanks."""
        close = self.close(i)
        return "".join(self.text[self.source[i].end : self.source[close].start].split())
