"""Text to `Program`, by operator precedence with explicit stacks: one pass, no recursion.

    program    := statement { (";" | newline) statement }       the last statement is the output
    statement  := NAME "=" expr | NAME "(" NAME { "," NAME } ")" "=" expr | expr { "," expr }
    expr       := or_expr [ "if" expr "else" expr ]                                    power 1, groups to the right
    or_expr    := and_expr { "or" and_expr }                                                 2
    and_expr   := not_expr { "and" not_expr }                                                3
    not_expr   := "not" not_expr | comparison                                                4
    comparison := sum { ("<" | "<=" | ">" | ">=" | "==" | "!=") sum }                        6   a < b < c: both hold
    sum        := product { ("+" | "-") product }                                            7
    product    := signed { ("*" | "/" | "%" | "@") signed }                                  8
    signed     := ("-" | "+") signed | power                                                 9
    power      := root [ ("^" | "**") signed | SUPERSCRIPT ]                                10   groups to the right
    root       := "√" root | atom                                                           11
    atom       := NUMBER [ NAME | NAME "(" ... | "(" expr ")" ] | NAME | NAME "(" expr { "," expr } ")" | "(" expr ")"

A number directly before a name or `(` multiplies with the power of `*`, unless it stands to the right of `/`, `%` or
`^`, where people read it in two ways. The parser knows operators by their symbol, and functions not at all.
"""

from autodiff.syntax import complaints
from autodiff.syntax.program import Body, Function, Program
from autodiff.syntax.tokens import NUMBER_START, SUPERSCRIPT_DIGITS, SUPERSCRIPTS, is_name, scan


class _Operator:
    """`power` says how strongly it binds; operators before it of at least power `floor` are complete when it comes."""

    __slots__ = ("floor", "head", "power", "prefix")

    def __init__(self, power: int, head: str, floor: int = 0, *, prefix: bool = False) -> None:
        self.power, self.head, self.floor, self.prefix = power, head, floor or power, prefix


_COMPARE, _CHAIN = 6, 5
_TIMES, _IMPLICIT = _Operator(8, "*/2"), _Operator(8, "*/2")
_AND = _Operator(3, "and/2")
_POWER = _Operator(10, "^/2", 11)
_BINARY = {
    "or": _Operator(2, "or/2"),
    "and": _AND,
    **{symbol: _Operator(_COMPARE, symbol + "/2", 7) for symbol in ("<", "<=", ">", ">=", "==", "!=")},
    "+": _Operator(7, "+/2"),
    "-": _Operator(7, "-/2"),
    "*": _TIMES,
    "/": _Operator(8, "//2"),
    "%": _Operator(8, "%/2"),
    "@": _Operator(8, "@/2"),
    "^": _POWER,
    "**": _POWER,
}
_PREFIX = {
    "-": _Operator(9, "-/1", prefix=True),
    "not": _Operator(4, "not/1", prefix=True),
    "√": _Operator(11, "√/1", prefix=True),
}
_TWO_READINGS = frozenset((_BINARY["/"], _BINARY["%"], _POWER))
#: Barriers: what lies above one on the stack never reaches below it.
_BOTTOM, _OPEN, _IF = _Operator(0, ""), _Operator(0, "("), _Operator(0, "if")
_CHOICE = _Operator(1, "if else/3")
_CHAINED = _Operator(_CHAIN, "and/2")

_WORDS = frozenset({"if", "else", "and", "or", "not"})
_ENDS = frozenset({"", ";", "\n"})
_SUPERSCRIPTS = frozenset(SUPERSCRIPTS)


def parse(text: str) -> Program:
    """Parse a whole text.

    Raises:
        FormulaError: the text is no program; the error carries the place and a hint.
    """
    tokens, program = scan(text), Program(text)
    reader = _Expressions(tokens, program, program.body)
    body, names, assigned = program.body, program.body.names, program.assigned
    i, end, expression_at = 0, len(tokens) - 1, -1
    while True:
        while tokens[i] in _ENDS and i < end:
            i += 1
        if i == end:
            break
        if expression_at >= 0:
            raise complaints.without_effect(program, expression_at, i)
        name = tokens[i]
        if tokens[i + 1] == "=":
            _check_target(program, name, i)
            (ref,), after = reader.read(i + 2, single=True)
            if name in names:
                raise complaints.assigned_again(program, name, i)
            if ref < 0 and body.leaves[~ref].lstrip("-")[0] in NUMBER_START:
                ref = _own_number(body, ref, i + 2, after - 1)
            names[name] = assigned[name] = ref
            program.assigned_at[name] = i
            program.outputs, program.output_name = [ref], name
            program.output_places = [(i + 2, after - 1)]
            i = after
        elif tokens[i + 1] == "(" and _defines(tokens, i):
            i = _define(tokens, program, i)
            program.outputs = []
        else:
            expression_at = i
            program.outputs, i = reader.read(i, single=False)
            program.output_places, program.output_name = reader.places, ""
    if not program.outputs:
        raise complaints.no_output(program)
    return program


def _own_number(body: Body, ref: int, first: int, last: int) -> int:
    """A leaf for a number that gets a name: a node of its own, apart from the same number elsewhere."""
    text = body.leaves[~ref]
    if body.leaf_first[~ref] < first:
        return body.leaf(text, first, last)
    # It is new; the same number elsewhere shall be another leaf.
    del body.names[text]
    return ref


def _check_target(program: Program, name: str, i: int) -> None:
    if not is_name(name) or name in _WORDS:
        raise complaints.bad_target(program, i)


def _defines(tokens: list[str], i: int) -> bool:
    """Whether the statement at token `i` is `NAME(...) = ...`."""
    depth = 0
    for j in range(i + 1, len(tokens)):
        if tokens[j] == "(":
            depth += 1
        elif tokens[j] == ")":
            depth -= 1
            if depth == 0:
                return tokens[j + 1] == "="
        elif tokens[j] in _ENDS:
            break
    return False


def _define(tokens: list[str], program: Program, i: int) -> int:
    """Read the definition of a function at token `i`; return the token after it."""
    name = tokens[i]
    _check_target(program, name, i)
    if name in program.functions:
        raise complaints.defined_again(program, name, i)
    function = Function(name, i)
    i += 2
    while True:
        param = tokens[i]
        if not is_name(param) or param in _WORDS or tokens[i + 1] not in (",", ")"):
            raise complaints.bad_parameter(program, i)
        if param in function.body.names:
            raise complaints.repeated_parameter(program, param, i)
        function.params.append(param)
        function.body.names[param] = function.body.leaf(param, i, i)
        i += 2
        if tokens[i - 1] == ")":
            break
    (function.result,), after = _Expressions(tokens, program, function.body).read(i + 1, single=True)
    program.functions[name] = function
    return after


class _Expressions:
    """The reader of the expressions of one body; its stacks are empty between two expressions."""

    def __init__(self, tokens: list[str], program: Program, body: Body) -> None:
        self.tokens, self.program, self.body = tokens, program, body
        self.operands: list[int] = []
        self.starts: list[int] = []  # the first token of each operand
        self.pending: list[_Operator] = [_BOTTOM]
        self.prefixes: list[int] = []  # the token of each pending prefix operator
        self.groups: list[tuple[int, str, int]] = []  # each open parenthesis: its token, the function, operands below
        self.places: list[tuple[int, int]] = []  # the first and last token of each expression that is complete

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
                if pending[-1].power == operator.power == _COMPARE:
                    self._chain(i)
                pending.append(operator)
                i += operator is not _IMPLICIT
                break

    def _complete(self, floor: int, i: int) -> None:
        """Emit every pending operator that binds at least as strongly as `floor`; the operands end before `i`."""
        body, operands, starts, pending = self.body, self.operands, self.starts, self.pending
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
            body.last.append(i - 1)

    def _chain(self, i: int) -> None:
        """Turn `a < b` before another comparison into `a < b and b ...`."""
        middle, start = self.operands[-1], self.starts[-1]
        self._complete(_CHAIN, i)
        self.pending.append(_CHAINED)
        self.operands.append(middle)
        self.starts.append(start)

    def _begin(self, token: str, i: int) -> tuple[int, bool]:
        """Read what stands where an operand is expected: the next token, and whether the operand is complete."""
        tokens, program = self.tokens, self.program
        following = tokens[i + 1] if token else ""
        if token == "(":
            self.groups.append((i, "", len(self.operands)))
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
        if token == "+" or (token == "\n" and self.pending[-1] is not _BOTTOM):
            return i + 1, False
        if token[:1] in NUMBER_START and token != ".":
            return self._operand(token, i, i + 1)
        if not is_name(token) or token in _WORDS:
            raise complaints.operand_expected(program, tokens, i, self.groups)
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
        if token == "\n" and self.groups:
            return i + 1, None
        if token in (")", ",") or token in _ENDS:
            self._complete(1, i)
            if pending[-1] is _IF:
                raise complaints.lonely_if(program, tokens, i)
            if not self.groups:
                if token == ")":
                    raise complaints.unopened(program, i)
                return i, _BOTTOM
            if token == ")":
                self._close(i)
                return i + 1, None
            if token == ",":
                if not self.groups[-1][1]:
                    raise complaints.comma_in_parentheses(program, self.groups[-1][0], i)
                return i + 1, _OPEN
            raise complaints.unclosed(program, self.groups[-1])
        if token == "if":
            self._complete(2, i)
            pending.append(_IF)
            return i + 1, _OPEN
        if token == "else":
            self._complete(1, i)
            if pending[-1] is not _IF:
                raise complaints.lonely_else(program, i)
            pending[-1] = _CHOICE
            return i + 1, _OPEN
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

    def _multiplies(self, i: int) -> bool:
        """Whether token `i` follows a number so directly that the two multiply."""
        token = self.tokens[i]
        follows = token in {"(", "√"} or (is_name(token) and token not in _WORDS)
        return follows and self.tokens[i - 1][0] in NUMBER_START

    def _close(self, i: int) -> None:
        """Close the innermost parenthesis at token `i`."""
        body = self.body
        self.pending.pop()
        opened, function, below = self.groups.pop()
        self.starts[below:] = [opened]
        if function:
            args = tuple(self.operands[below:])
            self.operands[below:] = [len(body.heads)]
            body.heads.append(f"{function}/{len(args)}")
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
        body.heads.append(_POWER.head)
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
