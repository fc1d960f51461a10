"""The errors of the parser, one function each: what was wrong, where, and what to type instead."""

from autodiff.errors import FormulaError
from autodiff.syntax.program import Program
from autodiff.syntax.tokens import NUMBER_START, SUPERSCRIPTS, is_name, stray


def _error(program: Program, kind: str, message: str, *places: int | tuple[int, int], hint: str = "") -> FormulaError:
    spans = [program.span(*(place if isinstance(place, tuple) else (place, place))) for place in places]
    return FormulaError(kind, message, text=program.text, spans=spans, hint=hint)


def _source(program: Program, first: int, last: int) -> str:
    start, end = program.span(first, last)
    return program.text[start:end]


def no_output(program: Program) -> FormulaError:
    if program.functions:
        return FormulaError(
            "no-output", "the formula defines functions but computes nothing", text=program.text,
            hint="end with an expression, for example f(x)",
        )  # fmt: skip
    return FormulaError("empty-formula", "the formula is empty", hint="write an expression, for example 'x*y + 1'")


def without_effect(program: Program, first: int, after: int) -> FormulaError:
    last = after - 1
    while (
        program.span(last, last)[0] > program.span(first, first)[0]
        and program.text[program.span(last, last)[0]] in ";\n"
    ):
        last -= 1
    return _error(
        program, "no-effect", "this value is computed and then dropped", (first, last),
        hint="name it (a = ...), or separate several outputs by commas",
    )  # fmt: skip


def bad_target(program: Program, i: int) -> FormulaError:
    return _error(
        program, "bad-target", "only a name can be assigned", i,
        hint="write name = expression; '==' compares",
    )  # fmt: skip


def assigned_again(program: Program, name: str, i: int) -> FormulaError:
    if name in program.assigned:
        return _error(
            program, "assigned-twice", f"{name!r} is assigned twice", program.assigned_at[name], i,
            hint="give the second value another name",
        )  # fmt: skip
    used = program.body.leaf_first[~program.body.names[name]]
    return _error(
        program, "used-before-assigned", f"{name!r} is used before it is assigned", used, i,
        hint="put the assignment first, or use another name",
    )  # fmt: skip


def defined_again(program: Program, name: str, i: int) -> FormulaError:
    first = program.functions[name].token
    return _error(
        program, "assigned-twice", f"the function {name!r} is defined twice", first, i, hint="rename one of the two"
    )


def bad_parameter(program: Program, i: int) -> FormulaError:
    return _error(program, "bad-parameter", "a parameter must be a name", i, hint="write f(x, y) = ...")


def repeated_parameter(program: Program, name: str, i: int) -> FormulaError:
    return _error(program, "bad-parameter", f"the parameter {name!r} stands twice", i, hint="rename one of the two")


def no_arguments(program: Program, name: str, i: int) -> FormulaError:
    return _error(program, "wrong-arity", f"{name}() has no argument", (i, i + 2), hint=f"write {name}(x)")


def bare_not(program: Program, i: int) -> FormulaError:
    return _error(
        program, "misplaced-not", "'not' binds more weakly than the operator before it", i, hint="write (not x)"
    )


#: What may follow a value, and so shows that one is missing before it.
_FOLLOW = frozenset(
    ["*", "/", "^", "**", "%", "@", "//", ",", "<", ">", "<=", ">=", "==", "!=", ")", "if", "else", "and", "or"]
)


def operand_expected(program: Program, tokens: list[str], i: int, groups: list[tuple[int, str, int]]) -> FormulaError:
    """Something that begins no value stands where one is expected."""
    token = tokens[i]
    before = tokens[i - 1] if i else ""
    if token == "[":
        return _error(program, "unsupported", "arrays are not supported yet", i)
    if token in {"", ";", "\n"}:
        if groups and before in {"(", ","}:
            return unclosed(program, groups[-1])
        if before == "=":
            return _error(program, "incomplete", "nothing is assigned", i - 1, hint="write name = expression")
        if not before:
            return no_output(program)
        return _error(program, "incomplete", f"something is missing after {before!r}", i - 1)
    if token == ")" and not groups:
        return unopened(program, i)
    if token == ")" and before == "(":
        hint = "put an expression between them"
        return _error(program, "incomplete", "the parentheses are empty", (i - 1, i), hint=hint)
    if token == "=":
        hint = "'==' compares" if before == "=" else "write name = expression; '==' compares"
        return _error(program, "stray-character", "'=' cannot stand here", i, hint=hint)
    if token in _FOLLOW:
        where = f"after {before!r}" if before.strip() else "at the start"
        return _error(program, "incomplete", f"a value is missing {where}, before {token!r}", i)
    return _stray(program, i)


def _stray(program: Program, i: int) -> FormulaError:
    return stray(program.text, program.span(i, i)[0])


def operator_expected(program: Program, tokens: list[str], start: int, i: int) -> FormulaError:
    """A value, which begins at token `start`, is followed by something that continues no expression."""
    token, before = tokens[i], tokens[i - 1]
    if token == "=":
        hint = "write >=" if tokens[i + 1] == ">" else "'==' compares; an assignment is name = expression"
        return _error(program, "stray-character", "'=' cannot stand here", i, hint=hint)
    if token == "//":
        return _error(program, "stray-character", "there is no operator '//'", i, hint="write floor(x/y)")
    if token in {"[", "]", "."}:
        return _error(program, "unsupported", "arrays are not supported yet", i)
    if token == "not":
        return _error(program, "stray-character", "'not' cannot follow a value", i, hint="write x and not y, or x != y")
    if token[0] in NUMBER_START and before[0] in NUMBER_START:
        hint = "write a number with one point and no blanks"
        return _error(program, "missing-operator", f"an operator is missing before {token!r}", (i - 1, i), hint=hint)
    if {token, before} & {"True", "False"}:
        hint = "a condition is 1 or 0"
        return _error(program, "missing-operator", f"an operator is missing before {token!r}", (i - 1, i), hint=hint)
    if token in {"(", "√"} or is_name(token) or token[0] in NUMBER_START:
        left, right = _source(program, start, i - 1), _source(program, i, _group_end(tokens, i))
        left = left if len(left) <= _SHORT else before
        right = right if len(right) <= _SHORT else token + "..."
        hint = f"to multiply write {left}*{right}"
        if is_name(before) and start == i - 1:
            argument = right if right.startswith("(") else f"({right})"
            hint += f", and to call a function {before}{argument}"
        return _error(program, "missing-operator", f"an operator is missing before {token!r}", (i - 1, i), hint=hint)
    return _stray(program, i)


#: Source that is longer than this is not repeated in a hint.
_SHORT = 24


def _group_end(tokens: list[str], i: int) -> int:
    """The last token of the value that begins at token `i`: a name, a number, a call or a group."""
    depth = 0
    for j in range(i, len(tokens) - 1):
        depth += (tokens[j] == "(") - (tokens[j] == ")")
        if depth <= 0 and (tokens[j] == ")" or tokens[j + 1] != "("):
            return j
    return i


def two_readings(program: Program, tokens: list[str], start: int, i: int) -> FormulaError:
    """A product without a sign stands to the right of `/`, `%` or `^`; token `i` is what follows the number."""
    last = _group_end(tokens, i)
    number = i - 1
    while tokens[number - 1] == "-" and tokens[number - 2] in ("/", "%", "^", "**", "-"):
        number -= 1
    left = _source(program, start, number - 2)
    sign, factor, right = tokens[number - 1], _source(program, number, i - 1), _source(program, i, last)
    whole = _source(program, start, last)
    if is_name(left) and sign in {"^", "**"} and right.startswith("("):
        hint = f"to call a function write {left}{right}{sign}{factor}, and to multiply ({left}{sign}{factor})*{right}"
    else:
        hint = f"write {left}{sign}({factor}*{right}) or ({left}{sign}{factor})*{right}"
    message = f"{whole!r} can be read in two ways"
    return _error(program, "ambiguous-product", message, (start, last), hint=hint)


def root_of_power(program: Program, tokens: list[str], root: int, i: int) -> FormulaError:
    """A root is followed by a power or a product without a sign; token `i` is what comes after the number or name."""
    inner, rest = _source(program, root + 1, i - 1), _source(program, i, _group_end(tokens, i))
    sign = "" if tokens[i][0] in SUPERSCRIPTS else "*"
    return _error(
        program, "ambiguous-product", "this root can be read in two ways", (root, i),
        hint=f"write √({inner}{sign}{rest}) or (√{inner}){sign}{rest}",
    )  # fmt: skip


def bad_superscript(program: Program, i: int) -> FormulaError:
    return _error(program, "stray-character", "this superscript is no number", i, hint="write ^(...)")


def lonely_if(program: Program, tokens: list[str], i: int) -> FormulaError:
    j = i - 1
    while j > 0 and tokens[j] != "if":
        j -= 1
    return _error(program, "incomplete", "this 'if' has no 'else'", j, hint="write a if condition else b")


def lonely_else(program: Program, i: int) -> FormulaError:
    return _error(program, "incomplete", "this 'else' has no 'if'", i, hint="write a if condition else b")


def unopened(program: Program, i: int) -> FormulaError:
    return _error(program, "unbalanced", "this ')' closes nothing", i, hint="remove it, or open a '(' before it")


def unclosed(program: Program, group: tuple[int, str, int]) -> FormulaError:
    opened = group[0] + bool(group[1])
    return _error(program, "unbalanced", "this '(' is never closed", opened, hint="add a ')'")


def comma_in_parentheses(program: Program, opened: int, i: int) -> FormulaError:
    return _error(
        program, "stray-character", "a comma separates arguments or outputs, and stands in plain parentheses here", i,
        hint="name a function before the '(', or remove the parentheses",
    )  # fmt: skip


def comma_in_statement(program: Program, i: int) -> FormulaError:
    return _error(
        program, "stray-character", "a statement that assigns has one value", i,
        hint="separate statements by ';', and list several outputs in the last one: a, b",
    )  # fmt: skip
