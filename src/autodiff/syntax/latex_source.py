r"""LaTeX as it stands in papers, as tokens: `\frac{a}{b}`, `\sqrt[3]{x}`, `\mathbf{w}^\top \mathbf{x}`, `x_{1}`.

One pass without recursion: what follows a closing brace waits on a stack. Factors beside each other multiply, as they
do in print; where both are bold, or the left one is transposed, they are arrays, and the product is `@`.
"""

import re
from collections.abc import Mapping, Sequence

from autodiff.errors import FormulaError, Way
from autodiff.notation import MARKED
from autodiff.syntax.latex_commands import (
    ACCENTS,
    ADVICE,
    BOLD,
    COMMANDS,
    FENCES,
    FUNCTIONS,
    LAYOUTS,
    LETTERS,
    LOOKS,
    MATRICES,
    TRANSPOSES,
    UPRIGHT,
)
from autodiff.syntax.latex_writer import LatexWriter
from autodiff.syntax.piece import Piece, ends_operand, subscripted
from autodiff.syntax.tokens import CANONICAL, NUMBER, canonical_name, is_name, stray

_TOKEN = re.compile(
    rf"\\[A-Za-z]+\*?|\\.|[^\W\d_]\w*|_[^\W_]*|{NUMBER}|\*\*|<=|>=|==|!=|:=|\#[^\n]*|\n|[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+|\S", re.S
)


def read_latex(text: str, calls: Mapping[str, str], *, printed: bool) -> list[Piece]:
    """The tokens of a formula in LaTeX, or of one with braces; in a `printed` one, factors beside each other multiply.

    Raises:
        FormulaError: a command means nothing here; the error underlines it.
    """
    return _Reader(text, calls, printed=printed).run()


class _Reader(LatexWriter):
    """The pass. An *end* is what is written when an argument closes: tokens, and a list for one more argument."""

    def __init__(self, text: str, calls: Mapping[str, str], *, printed: bool) -> None:
        found = [match for match in _TOKEN.finditer(text) if match.group()[0] != "#"]
        super().__init__(text, [Piece(match.group(), *match.span()) for match in found], calls, printed=printed)
        #: For each brace that is open: where it opened, and its end.
        self.braces: list[tuple[int, Sequence[object]]] = []
        #: For an argument without braces: the piece after it, how many braces were open, and its end.
        self.single: list[tuple[int, int, Sequence[object]]] = []
        self.matrices: list[str] = []
        #: The names with subscripts in braces: what each was written as.
        self.written: dict[str, str] = {}

    def run(self) -> list[Piece]:
        i = 0
        while i < len(self.source):
            i = self._read(i)
            while self.single and self.single[-1][0] <= i and self.single[-1][1] == len(self.braces):
                i = self._end(self.single.pop()[2], i)
        if self.braces:
            raise self.error("unbalanced", "this '{' is never closed", self.braces[-1][0], "add a '}'")
        return self.out

    def _end(self, end: Sequence[object], i: int) -> int:
        """Write the end of an argument before piece `i`; return the piece to go on with."""
        for item in end:
            if isinstance(item, str):
                brace = self.source[i - 1]
                self.out.append(Piece(item, brace.start if brace.text == "}" else brace.end, brace.end))
            elif isinstance(item, list):
                return self._argument(i, item)
        return i

    def _argument(self, i: int, end: Sequence[object]) -> int:
        """Begin an argument at piece `i`: a group in braces, or what stands alone."""
        while self.at(i) == "\n":
            i += 1
        text = self.at(i)
        if text == "{":
            self.braces.append((i, end))
            return i + 1
        if not text or text in ("}", "&", "\\\\"):
            raise self.error("incomplete", "an argument is missing here", i - 1, "write it in braces: {x}")
        if text.isdigit() and len(text) > 1:
            # \frac12 has two arguments.
            at = self.source[i].start
            self.source[i : i + 1] = [Piece(text[0], at, at + 1), Piece(text[1:], at + 1, at + len(text))]
        self.single.append((self._single_end(i), len(self.braces), end))
        return i

    def _single_end(self, i: int) -> int:
        """The piece after a lone argument: a command has its own arguments in braces."""
        i += 1
        while self.at(i) == "{" and self.source[i - 1].text.startswith("\\"):
            i = self.close(i) + 1
        return i

    def _read(self, i: int) -> int:
        text = self.source[i].text
        if text.startswith("\\"):
            return self._command(i, text[1:])
        if text == "{":
            self.write("(", i, group=True)
            self.braces.append((i, [")"]))
            return i + 1
        if text == "}":
            if not self.braces:
                raise self.error("unbalanced", "this '}' closes nothing", i, "remove it, or open a '{' before it")
            return self._end(self.braces.pop()[1], i + 1)
        if text in ("^", "**") and self.out and ends_operand(self.out):
            return self._power(i)
        if text == "&":
            if self.matrices and self.matrices[-1] == "rows":
                self.out.append(Piece(",", self.source[i].start, self.source[i].end))
            return self._condition(i) if self.matrices and self.matrices[-1] == "cases" else i + 1
        if text in ("$", "~") and self.printed:
            return i + 1
        if text[0] == "_" and self.out and is_name(self.out[-1].text):
            return self._subscript(i)
        if is_name(text):
            return self._named(canonical_name(text), i, i)
        if text[0] == "_" or (text[0].isalpha() and not is_name(text)):
            raise stray(self.text, self.source[i].start)
        self.write(CANONICAL.get(text, text), i)
        return i + 1

    def _named(self, name: str, i: int, last: int, *, bold: bool = False) -> int:
        """Write a name, with the subscript that follows it."""
        if name.endswith("_") and self.at(last + 1) == "{":
            self.write(name, i, last, bold=bold)
            return self._subscript(last)
        self.write(name, i, last, bold=bold)
        if self.written.get(name, name) != name:
            raise self._collision(name, i)
        return last + 1

    def _subscript(self, i: int) -> int:
        """Join a subscript at piece `i`, `_1` or `_{...}`, to the name that is written last."""
        last = self.out.pop()
        below, end = self.source[i].text.rpartition("_")[2], i
        if self.at(i + 1) == "{" and not below:
            below, end = self.inside(i + 1), self.close(i + 1)
            below = re.sub(r"\\(?:text|mathrm|mathit|operatorname)\{(\w*)\}", r"\1", below)
            below = re.sub(r"\\([A-Za-z]+)", lambda found: LETTERS.get(found[1], found[1]), below)
        name = subscripted(last.text, below)
        if not any(map(str.isalnum, below)):
            raise self.error("stray-character", "this subscript is no part of a name", i, "write x_1 or x_{1}", end)
        plain = f"{last.text.rstrip('_')}_{below}"
        if self.written.setdefault(name, plain) != plain:
            raise self._collision(name, i, end)
        place = Piece(name, last.start, self.source[end].end, last.bold)
        if len(self.out) in self.functions and name in ("log_2", "log_10"):
            place = place._replace(text=name.replace("_", ""))
        self.out.append(place)
        return end + 1

    def _collision(self, name: str, i: int, last: int = -1) -> FormulaError:
        other = self.written[name]
        return self.error(
            "look-alike", f"{name!r} is also what {other!r} is called here", i, "give one of the two another name", last
        )

    def _power(self, i: int) -> int:
        """`^` with its exponent, which may say that the base is transposed, inverted, or in degrees."""
        after = i + 1
        braced = self.at(after) == "{"
        exponent = self.inside(after) if braced else self.at(after)
        end = self.close(after) + 1 if braced else after + 1
        if not braced and self.at(after).startswith("\\") and self.at(end) == "{":
            exponent += "{" + self.inside(end) + "}"
            end = self.close(end) + 1
        plain = exponent.removeprefix("\\")
        base = self.out[-1]
        if (plain in TRANSPOSES and exponent.startswith("\\")) or (plain == "T" and base.bold) or plain == "ᵀ":
            self.out += [Piece(".", self.source[i].start, self.source[i].end)]
            self.out += [Piece("T", self.source[after].start, self.source[end - 1].end)]
            return end
        if plain == "circ":
            self.out.append(Piece("°", self.source[i].start, self.source[end - 1].end))
            return end
        if exponent in ("-1", "−1") and base.bold:
            self.out.insert(len(self.out) - 1, Piece(MARKED["inverse"], base.start, base.start))
            self.out.insert(len(self.out) - 1, Piece("(", base.start, base.start))
            self.out.append(Piece(")", self.source[end - 1].end, self.source[end - 1].end, bold=True))
            return end
        self.out.append(Piece("^", self.source[i].start, self.source[i].end))
        if not braced:
            return i + 1
        self.out.append(Piece("(", self.source[after].start, self.source[after].end))
        self.braces.append((after, [")"]))
        return after + 1

    def _command(self, i: int, name: str) -> int:
        if name in LOOKS or name.isspace():
            return i + 1
        if name in ("left", "right"):
            return self._fence(i + 1, opens=name == "left")
        if name in COMMANDS:
            return self._operator(i, COMMANDS[name])
        if name in FENCES:
            return self._marked(i, FENCES[name])
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            return self._fraction(i)
        if name == "sqrt":
            return self._root(i)
        if name in BOLD | UPRIGHT | ACCENTS:
            return self._styled(i, name)
        if name in ("begin", "end"):
            return self._environment(i, begins=name == "begin")
        if name in ("\\", "cr", "newline"):
            return self._row(i)
        if name == "|":
            self.write("‖", i)
            return i + 1
        if name in LETTERS:
            return self._named(LETTERS[name], i, i)
        if name in FUNCTIONS or name in self.calls:
            self.write(name, i)
            self.functions.add(len(self.out) - 1)
            return i + 1
        if name == "circ":
            raise self.error("stray-character", "a circle means degrees only as ^\\circ", i, "write 30^\\circ")
        hint = ADVICE.get(name, f"write \\operatorname{{{name}}}(x) for a function, and \\mathrm{{{name}}} for a name")
        raise self.error("latex", f"the LaTeX command \\{name} means nothing here", i, hint)

    def _operator(self, i: int, sign: str) -> int:
        following = self.at(i + 1)
        bold = following[1:] in BOLD or following == "\\left"
        if self.source[i].text == "\\cdot" and bold and self.out and self.out[-1].bold and following != "\\left":
            # The product of two vectors.
            sign = "@"
        self.out.append(Piece(sign, self.source[i].start, self.source[i].end))
        return i + 1

    def _marked(self, i: int, fence: str) -> int:
        """Write a fence: a bracket, or a mark that opens a call of what it stands for."""
        if fence in ("|)", "‖)", ")"):
            self.out.append(Piece(")", self.source[i].start, self.source[i].end))
            return i + 1
        if len(fence) == 2:
            self.write(MARKED[fence[0]], i)
            self.out.append(Piece("(", self.source[i].end, self.source[i].end))
        else:
            self.write(fence, i)
        return i + 1

    def _fence(self, i: int, *, opens: bool) -> int:
        r"""What follows \left or \right."""
        text = self.at(i)
        if text in ("|", "\\|", "\\vert", "\\Vert", "‖"):
            mark = "‖" if text in ("\\|", "\\Vert", "‖") else "|"
            return self._marked(i, f"{mark}(" if opens else ")")
        if text == ".":
            raise self.error("latex", "half a pair of brackets means nothing here", i, "write both, or none")
        if text in ("(", "[", "\\{", "\\lbrace", "\\lbrack"):
            return self._marked(i, "(")
        if text in (")", "]", "\\}", "\\rbrace", "\\rbrack"):
            return self._marked(i, ")")
        if text.removeprefix("\\") in FENCES:
            return self._marked(i, FENCES[text.removeprefix("\\")])
        raise self.error("latex", "a bracket is missing here", i, "write \\left( ... \\right)")

    def _fraction(self, i: int) -> int:
        if self.at(i + 1) == "{" and self.inside(i + 1) in ("d", "\\partial", "\\mathrm{d}"):
            after = self.close(i + 1) + 1
            below = re.sub(r"\\mathrm\{d\}|\\partial", "d", self.inside(after)) if self.at(after) == "{" else ""
            if below[:1] == "d" and below[1:]:
                end = self.close(after)
                formula = " ".join(self.text[self.source[end].end :].split())
                raise self.error(
                    "request", "this asks for a derivative, and a formula is what is differentiated", i,
                    Way("differentiate", {"formula": formula or "...", "name": below[1:]}), end,
                )  # fmt: skip
        self.write("(", i, group=True)
        self.out.append(Piece("(", self.source[i].end, self.source[i].end))
        return self._argument(i + 1, [")", "/", "(", [")", ")"]])

    def _root(self, i: int) -> int:
        after, degree = i + 1, ""
        if self.at(after) == "[":
            close = next((k for k in range(after, len(self.source)) if self.at(k) == "]"), 0)
            if not close:
                raise self.error("unbalanced", "this '[' is never closed", after, "add a ']'")
            degree, inner, after = "".join(self.at(k) for k in range(after + 1, close)), after + 1, close + 1
            if degree not in ("2", "3"):
                pieces = [self.source[k] for k in range(inner, close)]
                if not all(is_name(piece.text) or piece.text.isdigit() for piece in pieces) or len(pieces) != 1:
                    raise self.error("latex", "the degree of a root is a number or a name", inner, "write x^{1/n}")
                self.write("(", i, group=True)
                self.out.append(Piece("(", self.source[i].end, self.source[i].end))
                return self._argument(after, [")", "^", "(", "1", "/", pieces[0].text, ")", ")"])
        if degree == "3":
            self.write(MARKED["∛"], i)
            self.out.append(Piece("(", self.source[i].end, self.source[i].end))
            return self._argument(after, [")"])
        self.write("(", i, group=True)
        end = self.source[i].end
        self.out += [Piece("√", self.source[i].start, end), Piece("(", end, end)]
        return self._argument(after, [")", ")"])

    def _styled(self, i: int, name: str) -> int:
        r"""`\mathbf{w}`, `\operatorname{relu}`, `\hat{y}`: a name."""
        last = i + 1
        if self.at(last) == "{":
            inner, last = self.inside(last), self.close(last)
        else:
            inner = self.at(last)
        bold = name in BOLD
        nested = re.fullmatch(r"\\(\w+)\{(.*)\}", inner)
        if nested and nested[1] in BOLD | UPRIGHT:
            bold, inner = bold or nested[1] in BOLD, nested[2]
        inner = LETTERS.get(inner.removeprefix("\\"), inner) if inner.startswith("\\") else inner
        inner = re.sub(r"_\{(\w+)\}", r"_\1", inner).replace("\\", "")
        if not is_name(inner):
            raise self.error("latex", f"\\{name} holds no name", i, f"write a name in it, as in \\{name}{{x}}", last)
        if name in ACCENTS:
            inner = subscripted(inner, {"widehat": "hat", "overline": "bar", "widetilde": "tilde"}.get(name, name))
        if name.startswith("operatorname") or (name in UPRIGHT and inner.lower() in self.calls):
            known = inner if inner in self.calls or inner.lower() not in self.calls else inner.lower()
            self.write(known, i, last)
            if self.at(last + 1) not in ("", "^") and known in self.calls:
                self.functions.add(len(self.out) - 1)
            return last + 1
        return self._named(canonical_name(inner), i, last, bold=bold)

    def _environment(self, i: int, *, begins: bool) -> int:
        if self.at(i + 1) != "{":
            raise self.error("latex", "the name of an environment is missing", i, "write \\begin{pmatrix}")
        name, last = self.inside(i + 1), self.close(i + 1)
        if name in LAYOUTS:
            return last + 1
        if name == "cases":
            return self._choice(i, last, begins=begins)
        if name not in MATRICES:
            raise self.error("latex", f"the environment {name} means nothing here", i, "write \\begin{pmatrix}", last)
        if not begins:
            if not self.matrices or self.matrices[-1] in ("cases", "otherwise"):
                raise self.error("unbalanced", "this \\end ends nothing", i, "remove it", last)
            if self.out[-1].text == "," or [piece.text for piece in self.out[-3:]] == ["]", ",", "["]:
                # A row that is only announced.
                del self.out[-1 if self.out[-1].text == "," else -3 :]
                self.out += [Piece("]", *self.source[i][1:3])] * (self.matrices[-1] == "rows")
            closing = "]]" if self.matrices.pop() == "rows" and self.out[-1].text != "]" else "]"
            self.out += [Piece(char, self.source[i].start, self.source[last].end, bold=True) for char in closing]
            return last + 1
        if name == "array" and self.at(last + 1) == "{":
            last = self.close(last + 1)
        end = next((k for k in range(last, len(self.source)) if self.at(k) == "\\end"), len(self.source))
        kind = "rows" if any(self.at(k) == "&" for k in range(last, end)) else "column"
        self.matrices.append(kind)
        at = self.source[i].start
        if self.out and ends_operand(self.out):
            self.out.append(Piece("@" if self.out[-1].bold or self.out[-1].text in ("]", "T") else "*", at, at))
        self.out += [Piece("[", at, self.source[last].end)] * (2 if kind == "rows" else 1)
        return last + 1

    def _choice(self, i: int, last: int, *, begins: bool) -> int:
        """The begin or the end of cases, which are a conditional in parentheses."""
        if begins:
            self.matrices.append("cases")
            self.write("(", i, last, group=True)
            return last + 1
        if not self.matrices or self.matrices.pop() != "otherwise":
            hint = "end with a line such as: 0 & \\text{otherwise}"
            raise self.error("latex", "these cases do not say what holds otherwise", i, hint, last)
        self.out.append(Piece(")", self.source[i].start, self.source[last].end))
        return last + 1

    def _condition(self, i: int) -> int:
        """What follows the & of a case: a condition, or that there is none."""
        if self.out[-1].text == ",":
            self.out.pop()
        said, after = "if", i + 1
        if self.at(after)[1:] in UPRIGHT and self.at(after + 1) == "{":
            said, after = self.inside(after + 1), self.close(after + 1) + 1
        if said in ("otherwise", "else"):
            self.matrices[-1] = "otherwise"
        elif said in ("if", "for", "when"):
            self.out.append(Piece("if", self.source[i].start, self.source[after - 1].end))
        else:
            hint = "write \\text{if} before a condition, and \\text{otherwise} for the rest"
            raise self.error("latex", f"{said!r} is no condition", i + 1, hint, after - 1)
        return after

    def _row(self, i: int) -> int:
        start, end = self.source[i].start, self.source[i].end
        if not self.matrices:
            self.out.append(Piece("\n", start, end))
        elif self.matrices[-1] == "rows":
            self.out += [Piece(char, start, end) for char in "],["]
        elif self.matrices[-1] in ("cases", "otherwise"):
            if self.at(i + 1) != "\\end":
                self.out.append(Piece("else", start, end))
        else:
            self.out.append(Piece(",", start, end))
        return i + 1
