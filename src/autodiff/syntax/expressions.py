"""Expressions, by operator precedence with explicit stacks. The grammar is at the top of `autodiff.syntax.parser`."""

from typing import TYPE_CHECKING

from autodiff.notation import CHAIN, CHOICE, CHOOSES, COMPARISON, INDEX, INFIX, LIST, OR, PREFIX, PRODUCT, TRANSPOSED
from autodiff.syntax.lazy_module import LazyModule
from autodiff.syntax.program import Body, Program
from autodiff.syntax.tokens import NUMBER_START, SUPERSCRIPT_DIGITS, SUPERSCRIPTS, is_name

if TYPE_CHECKING:
    from autodiff.syntax import array_complaints, complaints
    from autodiff.syntax import keyword_arguments as options
else:
    array_complaints = LazyModule("array_complaints")
    complaints = LazyModule("complaints")
    options = LazyModule("keyword_arguments")


class _Operator:
    """`power` says how strongly it binds; operators before it of at least power `floor` are complete when it comes."""

    __slots__ = ("floor", "head", "power", "prefix")

    def __init__(self, power: int, head: str, floor: int = 0, *, prefix: bool = False) -> None:
        self.power, self.head, self.floor, self.prefix = power, head, floor or power, prefix


_BINARY = {symbol: _Operator(found.power, f"{symbol}/2", found.left) for symbol, found in INFIX.items()}
_BINARY["**"] = _BINARY["^"]
_IMPLICIT = _Operator(PRODUCT, "*/2")
_PREFIX = {symbol: _Operator(power, f"{symbol}/1", prefix=True) for symbol, power in PREFIX.items()}
_TWO_READINGS = frozenset((_BINARY["/"], _BINARY["%"], _BINARY["^"]))
#: Barriers: what lies above one on the stack never reaches below it.
_BOTTOM, _OPEN, _IF = _Operator(0, ""), _Operator(0, "("), _Operator(0, "if")
_CHOICE = _Operator(CHOICE, f"{CHOOSES}/3")
_CHAINED = _Operator(CHAIN, "and/2")

WORDS = frozenset({"if", "else", "and", "or", "not"})
ENDS = frozenset({"", ";", "\n"})
#: What a line begins with that continues the one before; the first of these can begin a statement too.
_SIGNS = frozenset({"+", "-"})
_CONTINUES = frozenset({*_BINARY, "if", "else", ",", ")", "]"})
_SUPERSCRIPTS = frozenset(SUPERSCRIPTS)


class Expressions:
    """The reader of the expressions of one body; its stacks are empty between two expressions."""

    def __init__(self, tokens: list[str], program: Program, body: Body) -> None:
        self.tokens, self.program, self.body = tokens, program, body
        self.operands: list[int] = []
        self.starts: list[int] = []  # the first token of each operand
        self.pending: list[_Operator] = [_BOTTOM]
        self.prefixes: list[int] = []  # the token of each pending prefix operator
        self.groups: list[tuple[int, str, int]] = []  # each open parenthesis or bracket: its token,
        # the function or "[", operands below
        self.places: list[tuple[int, int]] = []  # the first and last token of each expression that is complete
        self.options: dict[int, dict[str, str]] = {}  # the options of open calls, by the token of the call
        self.target = ""  # what the statement assigns or defines

    def read(self, i: int, *, single: bool) -> tuple[list[int], int]:
        """Read from token `i` to the end of the statement: the references, and the token of that end."""
        tokens, names, complete = self.tokens, self.body.names, self._complete
        operands, starts, pending = self.operands, self.starts, self.pending
        binary = _BINARY
        self.places = []
        while True:
            # An operand is expected.
            token = tokens[i]
            ref = names.get(token)
            if ref is None or tokens[i + 1] == "(":
                i, complete_operand = self._begin(token, i)
                if not complete_operand:
                    continue
            else:
                operands.append(ref)
                starts.append(i)
                i += 1
            # An operator is expected; a closing parenthesis or a superscript leaves us here.
            while True:
                token = tokens[i]
                operator = binary.get(token)
                if operator is None:
                    i, operator = self._after_operand(token, i)
                    if operator is None:
                        continue
                    if operator is _BOTTOM:
                        self.places.append((starts[-1], i - 1))
                        if tokens[i] == "," and not single:
                            i += 1
                            break
                        return self._finish(i)
                    if operator is _OPEN:
                        break
                if pending[-1].power >= operator.floor:
                    complete(operator.floor, i)
                if pending[-1].power == operator.power == COMPARISON:
                    self._chain(i)
                pending.append(operator)
                i += operator is not _IMPLICIT
                break

    def _complete(self, floor: int, i: int) -> None:
        """Emit every pending operator that binds at least as strongly as `floor`; the operands end before `i`."""
        body, operands, starts, pending = self.body, self.operands, self.starts, self.pending
        last = i - 1
        while self.tokens[last] == "\n":
            last -= 1
        while pending[-1].power >= floor:
            operator = pending.pop()
            right = operands.pop()
            if operator.prefix:
                starts[-1] = self.prefixes.pop()
                args: tuple[int, ...] = (right,)
            elif operator is _CHOICE:
                condition, chosen = operands.pop(), operands.pop()
                del starts[-2:]
                args = (condition, chosen, right)
            else:
                starts.pop()
                args = (operands.pop(), right)
            operands.append(len(body.heads))
            body.heads.append(operator.head)
            body.args.append(args)
            body.first.append(starts[-1])
            body.last.append(last)

    def _chain(self, i: int) -> None:
        """Turn `a < b` before another comparison into `a < b and b ...`."""
        middle, start = self.operands[-1], self.starts[-1]
        self._complete(CHAIN, i)
        self.pending.append(_CHAINED)
        self.operands.append(middle)
        self.starts.append(start)

    def _begin(self, token: str, i: int) -> tuple[int, bool]:
        """Read what stands where an operand is expected: the next token, and whether the operand is complete."""
        tokens, program = self.tokens, self.program
        following = tokens[i + 1] if token else ""
        if token in ("(", "["):
            if token == "[" and following == "]":
                raise array_complaints.empty_array(program, i)
            self.groups.append((i, "" if token == "(" else "[", len(self.operands)))
            self.pending.append(_OPEN)
            return i + 1, False
        prefix = _PREFIX.get(token)
        if prefix is not None:
            if token == "-" and following[:1] in NUMBER_START and following != ".":
                after = tokens[i + 2]
                if after not in ("^", "**") and after[:1] not in _SUPERSCRIPTS:
                    # A minus before a number makes a negative number.
                    return self._operand(token + following, i, i + 2)
            if token == "not" and self.pending[-1].power > prefix.power:
                raise complaints.bare_not(program, i)
            self.pending.append(prefix)
            self.prefixes.append(i)
            return i + 1, False
        if token == "+" or (token == "\n" and (self.pending[-1] is not _BOTTOM or self._goes_on(i))):
            return i + 1, False
        if token[:1] in NUMBER_START and token != ".":
            return self._operand(token, i, i + 1)
        if not is_name(token) or token in WORDS:
            raise complaints.operand_expected(program, tokens, i, self.groups)
        if following == "=" and self.groups and self.groups[-1][1] not in ("", "["):
            if self.pending[-1] is not _OPEN:
                raise complaints.operator_expected(program, tokens, i, i + 1)
            return self._option(i), True
        if following == "(":
            if tokens[i + 2] == ")":
                raise complaints.no_arguments(program, token, i)
            self.groups.append((i, token, len(self.operands)))
            self.pending.append(_OPEN)
            return i + 2, False
        return self._operand(token, i, i + 1)

    def _operand(self, text: str, start: int, after: int) -> tuple[int, bool]:
        """Push the leaf that is written as `text`."""
        names = self.body.names
        if text not in names:
            names[text] = self.body.leaf(text, start, after - 1)
        self.operands.append(names[text])
        self.starts.append(start)
        return after, True

    def _after_operand(self, token: str, i: int) -> tuple[int, _Operator | None]:
        """What a `token` that is no binary operator means after an operand.

        Returns the next token to read and: an operator to push; None to expect an operator again; `_OPEN` to expect
        an operand; `_BOTTOM` at the end of the expression.
        """
        tokens, program, pending = self.tokens, self.program, self.pending
        if token == "\n":
            if self.groups:
                return i + 1, None
            after = self._continuation(i)
            if after:
                return after, None
        if token in (")", ",", "]") or token in ENDS:
            return self._end_of_operand(token, i)
        if token == "if":
            self._complete(OR, i)
            pending.append(_IF)
            return i + 1, _OPEN
        if token == "else":
            self._complete(CHOICE, i)
            if pending[-1] is not _IF:
                raise complaints.lonely_else(program, i)
            pending[-1] = _CHOICE
            return i + 1, _OPEN
        if token == "[" or (token == "." and tokens[i + 1] == "T"):
            return self._part(token, i), None
        if token == "=" and self._names_option(i - 1):
            self.operands.pop()
            self.starts.pop()
            return self._option(i - 1), None
        if token[0] in "_xXbBoO" and self._multiplies(i):
            wrong = complaints.foreign_number(program, tokens, i)
            if wrong is not None:
                raise wrong
        if pending[-1] is _PREFIX["√"] and (token[0] in _SUPERSCRIPTS or self._multiplies(i)):
            raise complaints.root_of_power(program, tokens, self.prefixes[-1], i)
        if token[0] in _SUPERSCRIPTS:
            self._superscript(token, i)
            return i + 1, None
        if self._multiplies(i):
            operator = pending[-2] if pending[-1] is _PREFIX["-"] else pending[-1]
            if operator in _TWO_READINGS:
                raise complaints.two_readings(program, tokens, self.starts[-2], i)
            return i, _IMPLICIT
        line_ended = "\n" in (tokens[i - 1], tokens[i - 2] if token == "=" else "")
        if line_ended and self.groups and complaints.never_closed(tokens, self.groups[-1][0]):
            raise complaints.unclosed(program, self.groups[-1])
        raise complaints.operator_expected(program, tokens, self.starts[-1], i)

    def _continuation(self, i: int) -> int:
        """The token that continues the line which ends at token `i`; 0 where a statement ends there."""
        tokens, after = self.tokens, i + 1
        while tokens[after] == "\n":
            after += 1
        if tokens[after] not in _CONTINUES:
            return 0
        if self.target and tokens[after] in _SIGNS:
            end = after
            while tokens[end] not in ENDS:
                if tokens[end] == self.target:
                    # It cannot be a part of its own value, and whether a new statement is meant is not clear.
                    raise complaints.doubtful_line(self.program, tokens, self.target, after)
                end += 1
        return after

    def _goes_on(self, i: int) -> bool:
        """Whether the line that ends at token `i`, where a value is expected, goes on in the next one."""
        tokens, before, after = self.tokens, i - 1, i + 1
        while tokens[before] == "\n":
            before -= 1
        while tokens[after] == "\n":
            after += 1
        return tokens[before] in (",", "=") and tokens[after] not in ENDS and tokens[after + 1] != "="

    def _end_of_operand(self, token: str, i: int) -> tuple[int, _Operator | None]:
        """What comes after `token`, which ends an operand for good; returns as `_after_operand`."""
        tokens, program, pending = self.tokens, self.program, self.pending
        self._complete(CHOICE, i)
        if pending[-1] is _IF:
            raise complaints.lonely_if(program, tokens, i)
        if not self.groups:
            if token in (")", "]"):
                raise complaints.unopened(program, token, i)
            return i, _BOTTOM
        group = self.groups[-1]
        if token in (")", "]"):
            if (token == "]") != (group[1] == "["):
                raise complaints.crossed(program, group, token, i)
            self._close(i)
            return i + 1, None
        if token == ",":
            if not group[1]:
                raise complaints.comma_in_parentheses(program, group[0], i)
            return i + 1, _OPEN
        if token == ";" and group[1] == "[":
            raise complaints.matlab_rows(program, i)
        raise complaints.unclosed(program, group)

    def _names_option(self, i: int) -> bool:
        """Whether token `i`, which has been read as a variable, can be the name of an option of a call."""
        in_call = bool(self.groups) and self.groups[-1][1] not in ("", "[") and self.pending[-1] is _OPEN
        return in_call and is_name(self.tokens[i]) and self.starts[-1] == i

    def _option(self, i: int) -> int:
        """Read the option NAME=VALUE of a call at token `i`; return the token after it."""
        group = self.groups[-1]
        if len(self.operands) == group[2]:
            raise array_complaints.option_first(self.program, i)
        text, after = options.read_option(self.tokens, self.program, i)
        read = self.options.setdefault(group[0], {})
        if self.tokens[i] in read:
            raise array_complaints.option_again(self.program, i)
        read[self.tokens[i]] = text
        if self.tokens[after] not in (",", ")"):
            raise array_complaints.after_option(self.program, i, after)
        return after

    def _part(self, token: str, i: int) -> int:
        """Read an index, or the transposition `.T`, of the last operand at token `i`; return the token after it."""
        # A sign or a root before the operand takes the part, as it takes a power: -x[0] is -(x[0]).
        if self.tokens[i - 1][0] in NUMBER_START and self.starts[-1] == i - 1:
            raise array_complaints.index_of_number(self.program, i)
        if token == ".":
            head, after = f"{TRANSPOSED}/1", i + 2
        else:
            text, after = options.read_index(self.tokens, self.program, i)
            head = f"{INDEX}{{at={text}}}/1"
        body = self.body
        body.heads.append(head)
        body.args.append((self.operands[-1],))
        body.first.append(self.starts[-1])
        body.last.append(after - 1)
        self.operands[-1] = len(body.heads) - 1
        return after

    def _multiplies(self, i: int) -> bool:
        """Whether token `i` follows a number, a parenthesis or a power so directly that the two multiply."""
        token, before = self.tokens[i], self.tokens[i - 1]
        follows = token in {"(", "√"} or (is_name(token) and token not in WORDS)
        if not follows:
            return False
        if before[0] in _SUPERSCRIPTS:
            # In f²(x) a function may be meant.
            return token != "(" or self.tokens[i - 2] == ")"
        return before[0] in NUMBER_START or before == ")" or (token == "√" and is_name(before))

    def _close(self, i: int) -> None:
        """Close the innermost parenthesis or bracket at token `i`."""
        body = self.body
        self.pending.pop()
        opened, function, below = self.groups.pop()
        self.starts[below:] = [opened]
        if function:
            args = tuple(self.operands[below:])
            self.operands[below:] = [len(body.heads)]
            name = LIST if function == "[" else function
            if opened in self.options:
                name += options.spell(self.options.pop(opened))
            body.heads.append(f"{name}/{len(args)}")
            body.args.append(args)
            body.first.append(opened)
            body.last.append(i)

    def _superscript(self, token: str, i: int) -> None:
        """Raise the last operand to the power that `token` writes in superscripts."""
        body, text = self.body, token.translate(SUPERSCRIPT_DIGITS)
        digits = text[1:] if text[0] in "+-" else text
        if not digits.isdecimal():
            raise complaints.bad_superscript(self.program, i)
        text = text.removeprefix("+")
        if text not in body.names:
            body.names[text] = body.leaf(text, i, i)
        body.heads.append(_BINARY["^"].head)
        body.args.append((self.operands[-1], body.names[text]))
        body.first.append(self.starts[-1])
        body.last.append(i)
        self.operands[-1] = len(body.heads) - 1

    def _finish(self, i: int) -> tuple[list[int], int]:
        """Hand out the finished expressions, which end before token `i`."""
        if self.tokens[i] == ",":
            raise complaints.comma_in_statement(self.program, i)
        refs = self.operands[:]
        self.operands.clear()
        self.starts.clear()
        return refs, i
