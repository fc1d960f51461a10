"""What people write elsewhere, as tokens of the language: `|x|`, `sin x`, `30°`, `np.sin(x)`, `x.sum()`, `lambda x: x`.

One pass over the tokens, without recursion; each token keeps the place in the text that it stands for, so that errors
underline what was typed. What can be read in two ways is an error that shows both.
"""

import re
from collections.abc import Mapping

from autodiff.errors import FormulaError, Way
from autodiff.notation import INFIX, MARKED
from autodiff.syntax.elsewhere import JOINS, OTHER_IN_TORCH, Elsewhere
from autodiff.syntax.latex_source import read_latex
from autodiff.syntax.piece import KEYWORDS, Piece, ends_operand, operand_start
from autodiff.syntax.tokens import IDENTITIES, NUMBER_START, SUPERSCRIPT_DIGITS, SUPERSCRIPTS, is_name, offsets, scan

#: What other languages write before a function, as in np.sin(x).
_MODULES = frozenset(
    ["np", "numpy", "jnp", "math", "Math", "cmath", "scipy", "special", "sp", "sympy", "torch", "tf", "F", "nn", "jax"]
)
#: What some of them call it.
_FUNCTIONS = {
    "absolute": "abs", "mm": "matmul", "mv": "matmul", "reduce_sum": "sum",
    "reduce_mean": "mean", "reduce_max": "max", "reduce_min": "min", "PI": "pi", "E": "e", "ln": "log",
}  # fmt: skip
#: What means something else there than here, and how it is written here.
_OTHERWISE = {"sinc": "sinc(pi*x)"}
_OPTIONS = {"dim": "axis", "dims": "axis", "keepdim": "keepdims"}
_POWERS = frozenset({"^", "**"})
#: A spreadsheet's functions that mean something else than ours of the same name.
_SPREADSHEET = {
    "LOG": "LOG10(x) or LN(x)",
    "ATAN2": "atan2(y, x) without the '='; a spreadsheet has x first",
    "MOD": "x % y",
    "VAR": "VAR.S as var(x, ddof=1), and VAR.P as var(x), without the '='",
}


def respell(text: str, calls: Mapping[str, str]) -> tuple[list[str], tuple[list[int], list[int]]]:
    """The tokens of a text, with an empty one at the end, and where each starts and ends.

    `calls` are the functions that may stand before an argument without parentheses, each with its inverse.

    Raises:
        FormulaError: something can be read in two ways, or means nothing here.
    """
    code = re.sub(r"#[^\n]*", "", text)
    latex = "\\" in code
    pieces = read_latex(text, calls, printed=latex) if latex or "{" in code or "}" in code else _plain(text)
    pieces = _Respeller(text, pieces, calls, latex=latex).run()
    pieces.append(Piece("", len(text), len(text)))
    return [piece.text for piece in pieces], ([piece.start for piece in pieces], [piece.end for piece in pieces])


def _plain(text: str) -> list[Piece]:
    starts, ends = offsets(text)
    pieces = list(map(Piece, scan(text), starts, ends))
    pieces.pop()
    return pieces


class _Respeller(Elsewhere):
    """The pass: what is read, what is written, and the parentheses that are still to be closed."""

    def __init__(self, text: str, pieces: list[Piece], calls: Mapping[str, str], *, latex: bool) -> None:
        super().__init__(text, pieces, calls)
        self.latex = latex
        #: After which piece a parenthesis that is only meant closes.
        self.closing: list[int] = []
        self.bars: list[tuple[int, str]] = []
        #: Where the argument of the last function without parentheses begins and ends.
        self.argument = (-1, -1)
        self.own = {text for text, after in zip(self.texts, self.texts[1:], strict=False) if after == "="}
        self.sheet = False

    def run(self) -> list[Piece]:
        i = self._begin()
        while i < len(self.pieces):
            after = self._read(i)
            if not after:
                self.write(i)
                after = i + 1
            i = after
            while self.closing and self.closing[-1] <= i:
                self.closing.pop()
                self.insert(")", i - 1)
        if self.bars:
            place = self.bars[-1][0]
            raise self.error(
                "unbalanced", "this '|' is never closed", place, place, "for an absolute value write |x| or abs(x)"
            )
        return self.out

    def _begin(self) -> int:
        """The first piece that counts: a spreadsheet's formula begins with '='."""
        first = next((k for k, text in enumerate(self.texts) if text != "\n"), 0)
        self._derivative(first)
        if self.texts[first] != "=" or self.texts[first + 1] == "=":
            return 0
        self.sheet = True
        return first + 1

    def _derivative(self, i: int) -> None:
        """Raise for `d/dx (...)`, which is a request and no formula."""
        texts = self.texts
        if texts[i] == "d" and texts[i + 1] == "/" and len(texts[i + 2]) > 1 and texts[i + 2][0] == "d":
            name, rest = texts[i + 2][1:], i + 3
            if rest < len(self.pieces) and is_name(name) and texts[rest] not in INFIX and "d" not in self.own:
                formula = " ".join(self.text[self.pieces[rest].start :].split())
                raise self.error(
                    "request", "this asks for a derivative, and a formula is what is differentiated", i, i + 2,
                    Way("differentiate", {"formula": formula, "name": name}),
                )  # fmt: skip

    def _read(self, i: int) -> int:
        """Respell what begins at piece `i`; the piece after it, or 0 for what is spelled as it should be."""
        text = self.texts[i]
        if i in self.unwritten:
            return i + 1
        if text in KEYWORDS or not text:
            return 0
        operand = bool(self.out) and ends_operand(self.out)
        if text in ("|", "‖"):
            return self._bar(i, text, operand=operand)
        if self.sheet and operand and text in _POWERS:
            before = operand_start(self.out) - 1
            if before >= 0 and self.out[before].text in _POWERS:
                hint = "write (a^b)^c, as a spreadsheet reads it, or a^(b^c)"
                raise self.error("two-readings", "a spreadsheet takes the first of two powers first", i, i, hint)
        if text == "°" and operand:
            self.wrap(MARKED["°"], operand_start(self.out))
            self.write(i, ")")
            return i + 1
        if text == "ᵀ" and operand:
            return self._transposed(i, i + 1)
        if text in _POWERS and operand and self.texts[i + 1] == "ᵀ":
            return self._transposed(i, i + 2)
        if text == "." and operand and is_name(self.texts[i + 1]) and self.texts[i + 2] == "(":
            return self._method(i)
        if text == ":" and self.texts[i + 1] == "=" and operand and not self._index_is_open():
            self.write(i + 1)
            return i + 2
        if text in ("⌊", "⌈"):
            self.write(i, MARKED[text])
            self.insert("(", i)
            return i + 1
        if text in ("⌋", "⌉"):
            self.write(i, ")")
            return i + 1
        if operand or text == "∛":
            return self._beside(i, text) if operand else self._root(i)
        if self.sheet and text == "-" and self._power_after(i + 1):
            whole = self.source(i, self.atom_end(i + 1) - 1)
            raise self.error(
                "two-readings", "a spreadsheet reads this sign before the power, and mathematics after it", i,
                self.atom_end(i + 1) - 1, f"write ({whole})^... or -({whole[1:].strip()}^...)",
            )  # fmt: skip
        return self._name(i, text) if is_name(text) or text == "∑" else 0

    def _beside(self, i: int, text: str) -> int:
        """What stands beside a value: `2 sin x`, `x cos y`, `2∛x`; the parser multiplies by what follows a number."""
        last = self.out[-1].text
        if text in _MODULES and self.texts[i + 1] == "." and (last[0] in NUMBER_START or last == ")"):
            return self._name(i, text)
        if text != "∛" and (text not in self.calls or text in self.own or text == last):
            return 0
        if (
            is_name(last)
            and last not in self.calls
            and (self.juxtaposed(i + 1) or self.texts[i + 1] in ("(", "|", "^"))
        ):
            before = operand_start(self.out) - 1
            if before >= 0 and self.out[before].text in ("/", "%", *_POWERS):
                end = self.atom_end(i)
                left, right = self.source(i - 1, i - 1), self.source(i, end - 1)
                sign, whole = self.out[before].text, f"{left} {right}"
                raise self.error(
                    "ambiguous-product", f"'{sign}{whole}' can be read in two ways", i - 1, end - 1,
                    f"write ...{sign}({left}*{right}) or (...{sign}{left})*{right}",
                )  # fmt: skip
            self.insert("*", i - 1)
        elif last[0] not in NUMBER_START and last != ")":
            return 0
        return self._root(i) if text == "∛" else self._call(i, text)

    def _index_is_open(self) -> bool:
        depth = 0
        for piece in self.out:
            depth += (piece.text == "[") - (piece.text == "]")
        return depth > 0

    def _bar(self, i: int, mark: str, *, operand: bool) -> int:
        """A bar opens where a value is expected, and closes where one is complete."""
        if not operand or (not self.bars and self._multiplies()):
            self.bars.append((i, mark))
            self.write(i, MARKED[mark])
            self.insert("(", i)
        elif self.bars and self.bars[-1][1] == mark:
            self.bars.pop()
            self.write(i, ")")
        else:
            return 0
        return i + 1

    def _multiplies(self) -> bool:
        """Whether what follows a number or a closing parenthesis multiplies; the product sign is written."""
        last = self.out[-1].text
        if last[0] not in NUMBER_START and last != ")":
            return False
        before = operand_start(self.out) - 1
        if before >= 0 and self.out[before].text in ("/", "%", *_POWERS):
            return False
        self.out.append(Piece("*", self.out[-1].end, self.out[-1].end))
        return True

    def _method(self, i: int) -> int:
        """`x.sum(axis=0)` is `sum(x, axis=0)`, and `x.t()` is `x.T`."""
        name, empty = self.texts[i + 1], self.texts[i + 3] == ")"
        if empty and name in ("t", "transpose"):
            return self._transposed(i, i + 4)
        if empty and name in ("item", "detach", "clone"):
            return i + 4
        self.wrap(_FUNCTIONS.get(name, name), operand_start(self.out))
        if empty:
            self.write(i + 3)
            return i + 4
        self.write(i + 2, ",")
        return i + 3

    def _root(self, i: int) -> int:
        end = self.atom_end(i + 1)
        if end < len(self.pieces) and (self.texts[end][0] in SUPERSCRIPTS or self.juxtaposed(end)):
            rest = self.source(end, max(end, self.atom_end(end) - 1))
            inner, sign = self.source(i + 1, end - 1), "" if self.texts[end][0] in SUPERSCRIPTS else "*"
            if self.texts[i + 1] != "(" or not sign:
                raise self.error(
                    "ambiguous-product", "this root can be read in two ways", i, end,
                    f"write ∛({inner}{sign}{rest}) or (∛{inner}){sign}{rest}",
                )  # fmt: skip
        if end == i + 1:
            raise self.error("incomplete", "something is missing after '∛'", i, i, "write ∛x")
        self.write(i, MARKED["∛"])
        self.insert("(", i)
        self.closing.append(end)
        return i + 1

    def _name(self, i: int, name: str) -> int:
        """A name where a value is expected: a prefix, a function without parentheses, a spelling of elsewhere."""
        texts = self.texts
        if name in _MODULES and texts[i + 1] == "." and is_name(texts[i + 2]) and texts[i + 2] != "T":
            last = i + 2
            while texts[last + 1] == "." and is_name(texts[last + 2]) and texts[last + 3] in ("(", "."):
                last += 2
            otherwise = OTHER_IN_TORCH if name == "torch" and texts[last] in OTHER_IN_TORCH else _OTHERWISE
            if texts[last] in otherwise and name not in ("math", "Math", "cmath", "sympy"):
                hint = f"write {otherwise[texts[last]]}"
                message = f"{name}.{texts[last]} is another function than {texts[last]}"
                raise self.error("two-readings", message, i, last, hint)
            meant = _FUNCTIONS.get(texts[last], texts[last])
            self.pieces[last] = Piece(meant, self.pieces[last].start, self.pieces[last].end)
            texts[last] = meant
            after = self._name(last, meant)
            if not after:
                self.write(last)
            return after or last + 1
        if name == "lambda" and is_name(texts[i + 1]) and texts[i + 1] not in KEYWORDS:
            return self._lambda(i)
        if name in JOINS and texts[i + 1] == "(" and texts[i + 2] in ("(", "["):
            return self._joined(i)
        if name in IDENTITIES and texts[i + 1] == "(" and texts[i + 2].isdecimal() and texts[i + 3] == ")":
            return self._identity(i)
        if texts[i + 1] == "(" and texts[i + 2] == ")" and name.lower() == "pi":
            self.write(i, "pi")
            return i + 3
        if texts[i + 1] == "(" and name in ("Σ", "∑"):
            self.write(i, MARKED["∑"])
            return i + 1
        if name in _OPTIONS and texts[i + 1] == "=" and self.out and self.out[-1].text == ",":
            self.write(i, _OPTIONS[name])
            self.write(i + 1)
            return self._truth(i + 2)
        if name == "keepdims" and texts[i + 1] == "=" and texts[i + 2] in ("True", "False"):
            self.write(i)
            self.write(i + 1)
            return self._truth(i + 2)
        if self.sheet and texts[i + 1] == "(" and name.isupper():
            if name in _SPREADSHEET:
                raise self.error(
                    "two-readings", f"{name} means something else in a spreadsheet", i, i, f"write {_SPREADSHEET[name]}"
                )
            self.write(i, {"IF": "where", "POWER": "pow"}.get(name, name.lower()))
            return i + 1
        if name in self.calls and name not in self.own:
            return self._call(i, name)
        return 0

    def _call(self, i: int, name: str) -> int:
        """A function without parentheses: `sin x`, and in LaTeX `sin^2 x`; other powers of it are errors."""
        texts, exponent = self.texts, i + 1
        if texts[exponent] in _POWERS or texts[exponent][:1] in (*SUPERSCRIPTS,):
            after = self.exponent_end(exponent)
            if exponent + 1 >= after and texts[exponent] in _POWERS:
                return 0
            if after >= len(self.pieces) or not (texts[after] == "(" or self.juxtaposed(after)):
                return 0
            end = self.atom_end(after)
            power = self.source(exponent, after - 1).lstrip("^*").strip("(){} ")
            power = power.translate(SUPERSCRIPT_DIGITS).removeprefix("+").replace("−", "-")
            argument = self.source(after, end - 1)
            argument = argument if argument[0] == "(" else f"({argument})"
            if power == "-1" or not self.latex:
                raise self._power_of_function(i, end, name, power, argument)
            self._argument_ends(i, after, end)
            # The argument first, then its power.
            self.write(i)
            moved = self.pieces[exponent:after]
            grouped = texts[after] == "("
            opened = [] if grouped else [Piece("(", self.pieces[after].start, self.pieces[after].start)]
            closed = [] if grouped else [Piece(")", self.pieces[end - 1].end, self.pieces[end - 1].end)]
            place = self.pieces[end - 1].end
            moved = [Piece(piece.text, place, place) for piece in moved]
            found = [*opened, *self.pieces[after:end], *closed, *moved]
            self.closing = [place + (place >= end) * (len(found) - end + exponent) for place in self.closing]
            self.pieces[exponent:end] = found
            self.texts[exponent:end] = [piece.text for piece in found]
            return exponent
        bars = texts[exponent] in ("|", "‖") and texts[exponent] in texts[exponent + 1 :]
        if not bars and not self.juxtaposed(exponent):
            return 0
        # In sin cos x both have the same argument to their right.
        end = self.argument[1] if self.argument[0] == i else self.atom_end(exponent)
        if self.argument[0] != i:
            self._argument_ends(i, exponent, end)
        self.argument = (exponent, end)
        self.write(i)
        self.insert("(", i)
        self.closing.append(end)
        return exponent

    def _power_of_function(self, i: int, end: int, name: str, power: str, argument: str) -> FormulaError:
        whole, inverse = self.source(i, end - 1), self.calls[name]
        shown = f"({power})" if power[0] == "-" else power
        hint = f"to call a function write {name}{argument}^{shown}"
        if power == "-1" and inverse:
            hint = (
                f"for the inverse function write {inverse}{argument}, and for 1/{name}{argument} {name}{argument}^(-1)"
            )
        return self.error("ambiguous-power", f"{whole!r} can be read in two ways", i, end - 1, hint)

    def _argument_ends(self, call: int, first: int, end: int) -> None:
        """Raise where what follows the argument of `sin x` may belong to it."""
        if end >= len(self.pieces) or self.texts[first] == "(":
            return
        after = self.texts[end]
        signed = after in (*_POWERS, "*", "/", "%", "@")
        if not signed and after[0] not in SUPERSCRIPTS and not self.juxtaposed(end):
            return
        following = self.texts[end + signed]
        if following in self.calls and after not in _POWERS:
            return
        last = self.exponent_end(end) if after in _POWERS or after[0] in SUPERSCRIPTS else self.atom_end(end + signed)
        meant = signed and self.pieces[end].start == self.pieces[end].end
        rest = self.source(end + meant, last - 1)
        name, inner = self.source(call, call), self.source(first, end - 1)
        sign = "" if (signed and not meant) or after[0] in SUPERSCRIPTS else "*"
        sign = " " if self.latex and sign else sign
        raise self.error(
            "ambiguous-call", f"{self.source(call, last - 1)!r} can be read in two ways", call, last - 1,
            f"write {name}({inner}){sign}{rest} or {name}({inner}{sign}{rest})",
        )  # fmt: skip

    def _power_after(self, i: int) -> bool:
        end = self.atom_end(i)
        return end > i and self.texts[end] in _POWERS
