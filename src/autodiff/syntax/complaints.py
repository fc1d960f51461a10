"""The errors of the parser, one function each: what was wrong, where, and what to type instead."""

import re

from autodiff.errors import FormulaError, Way
from autodiff.syntax.program import Program
from autodiff.syntax.tokens import NUMBER_START, SUPERSCRIPT_DIGITS, SUPERSCRIPTS, is_name, stray


def complaint(
    program: Program, kind: str, message: str, *places: int | tuple[int, int], hint: str | Way = ""
) -> FormulaError:
    spans = [program.span(*(place if isinstance(place, tuple) else (place, place))) for place in places]
    return FormulaError(kind, message, text=program.text, spans=spans, hint=hint)


def source_of(program: Program, first: int, last: int) -> str:
    """What the text writes from one token to another, on one line and without comments."""
    start, end = program.span(first, last)
    lines = [line.partition("#")[0].strip() for line in program.text[start:end].split("\n")]
    return " ".join(filter(None, lines))


def _before(tokens: list[str], i: int) -> int:
    """The last token before token `i` that is no line break; -1 for none."""
    i -= 1
    while i >= 0 and tokens[i] == "\n":
        i -= 1
    return i


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
    return complaint(
        program, "no-effect", "this value is computed and then dropped", (first, last),
        hint="name it (a = ...), or separate several outputs by commas",
    )  # fmt: skip


def doubtful_line(program: Program, tokens: list[str], target: str, i: int) -> FormulaError:
    """A line begins with a sign at token `i`, and uses what the line before it assigns."""
    last = i
    while tokens[last + 1] not in {"", ";", "\n"}:
        last += 1
    line = source_of(program, i, last)
    alone = line[1:].strip() if tokens[i] == "+" else f"({line})"
    hint = f"to continue the line before, it cannot use {target!r}; for a statement of its own write {_cut(alone)}"
    message = f"this line can be read in two ways: it continues the line that assigns {target!r}, or begins a new one"
    return complaint(program, "doubtful-line", message, (i, last), hint=hint)


def _cut(text: str) -> str:
    return text if len(text) <= 2 * _SHORT else text[: 2 * _SHORT] + "..."


def bad_target(program: Program, i: int) -> FormulaError:
    return complaint(
        program, "bad-target", "only a name can be assigned", i,
        hint="write name = expression; '==' compares",
    )  # fmt: skip


def assigned_again(program: Program, name: str, i: int) -> FormulaError:
    if name in program.assigned:
        return complaint(
            program, "assigned-twice", f"{name!r} is assigned twice", program.assigned_at[name], i,
            hint="give the second value another name",
        )  # fmt: skip
    used = program.body.leaf_first[~program.body.names[name]]
    return complaint(
        program, "used-before-assigned", f"{name!r} is used before it is assigned", used, i,
        hint="put the assignment first, or use another name",
    )  # fmt: skip


def defined_again(program: Program, name: str, i: int) -> FormulaError:
    first = program.functions[name].token
    return complaint(
        program, "assigned-twice", f"the function {name!r} is defined twice", first, i, hint="rename one of the two"
    )


def bad_parameter(program: Program, i: int) -> FormulaError:
    return complaint(program, "bad-parameter", "a parameter must be a name", i, hint="write f(x, y) = ...")


def repeated_parameter(program: Program, name: str, i: int) -> FormulaError:
    return complaint(program, "bad-parameter", f"the parameter {name!r} stands twice", i, hint="rename one of the two")


def no_arguments(program: Program, name: str, i: int) -> FormulaError:
    return complaint(program, "wrong-arity", f"{name}() has no argument", (i, i + 2), hint=f"write {name}(x)")


def bare_not(program: Program, i: int) -> FormulaError:
    return complaint(
        program, "misplaced-not", "'not' binds more weakly than the operator before it", i, hint="write (not x)"
    )


#: What may follow a value, and so shows that one is missing before it.
_FOLLOW = frozenset(
    ["*", "/", "^", "**", "%", "@", "//", ",", "<", ">", "<=", ">=", "==", "!=", ")", "]", "if", "else", "and", "or"]
)


#: What to write where an operator lacks a value; every other stands between two.
_COMPLETE = {
    "if": "write a if condition else b", "else": "write a if condition else b", "not": "write not x",
    "√": "write √x",
}  # fmt: skip


def _nothing_after(program: Program, sign: str, i: int) -> FormulaError:
    if sign == ",":
        hint = "write another output after it, or remove it"
    else:
        hint = _COMPLETE.get(sign, f"write a value after it, as in a {sign} b")
    return complaint(program, "incomplete", f"something is missing after {sign!r}", i, hint=hint)


def _nothing_before(program: Program, before: str, token: str, i: int) -> FormulaError:
    if before + token in {"<>", "><"}:
        hint = "write a != b"
    elif token in {")", "]", ","}:
        hint = "write a value before it, or remove it" if token == "," else "write a value before it"
    else:
        hint = _COMPLETE.get(token, f"write a value before it, as in a {token} b")
    where = f"after {before!r}" if before not in {"", ";"} else "at the start"
    return complaint(program, "incomplete", f"a value is missing {where}, before {token!r}", i, hint=hint)


def operand_expected(program: Program, tokens: list[str], i: int, groups: list[tuple[int, str, int]]) -> FormulaError:
    """Something that begins no value stands where one is expected."""
    token, last = tokens[i], _before(tokens, i)
    before = tokens[last] if last >= 0 else ""
    if token == ";" and groups and groups[-1][1] == "[":
        return matlab_rows(program, i)
    if token in {"", ";", "\n"}:
        if groups and before in {"(", "[", ","}:
            return unclosed(program, groups[-1])
        if before == "=":
            return complaint(program, "incomplete", "nothing is assigned", last, hint="write name = expression")
        if not before:
            return no_output(program)
        return _nothing_after(program, before, last)
    if token in {")", "]"} and not groups:
        return unopened(program, token, i)
    if token == ")" and before == "(":
        hint = "put an expression between them"
        return complaint(program, "incomplete", "the parentheses are empty", (last, i), hint=hint)
    if token == "=":
        hint = "'==' compares" if before == "=" else "write name = expression; '==' compares"
        return complaint(program, "stray-character", "'=' cannot stand here", i, hint=hint)
    if token in _FOLLOW:
        return _nothing_before(program, before, token, i)
    return _stray(program, i)


def _stray(program: Program, i: int) -> FormulaError:
    error = stray(program.text, program.span(i, i)[0])
    error.hint = error.hint or "remove it; a name is made of letters, digits and _"
    return error


def operator_expected(program: Program, tokens: list[str], start: int, i: int) -> FormulaError:
    """A value, which begins at token `start`, is followed by something that continues no expression."""
    last = _before(tokens, i)
    token, before = tokens[i], tokens[last]
    if token == "=":
        hint: str | Way = "write >=" if tokens[i + 1] == ">" else "'==' compares; an assignment is name = expression"
        after = i + 1
        while tokens[after] not in {"", ";", "\n", "=", ")", "]", ","}:
            after += 1
        if tokens[after] in {"", ";", "\n"} and after > i + 1 and tokens[i + 1] != ">":
            right = source_of(program, i + 1, after - 1)
            first = i
            while first > 0 and tokens[first - 1] not in {";", "\n", "="}:
                first -= 1
            whole = source_of(program, first, last)
            if tokens[first - 1 : first] != ["="] and len(whole) + len(right) <= 3 * _SHORT:
                parts = zip(tokens[first:after], tokens[first + 1 :], strict=False)
                names = [word for word, behind in parts if is_name(word) and behind != "("]
                dependent = "y" if "y" in names or not names else names[-1]
                hint = Way("equation", {"formula": f"{whole} = {right}", "name": dependent})
        return complaint(program, "stray-character", "'=' cannot stand here", i, hint=hint)
    if token == "//":
        return complaint(program, "stray-character", "there is no operator '//'", i, hint="write floor(x/y)")
    if token == "." and before in _MODULES and is_name(tokens[i + 1]):
        name = i + 1
        while tokens[name + 1] == "." and is_name(tokens[name + 2]):
            name += 2
        meant = source_of(program, name, _group_end(tokens, name))
        hint = f"write {meant if len(meant) <= _SHORT else tokens[name] + '(...)'}"
        return complaint(program, "unsupported", "functions and constants have no prefix", (last, i), hint=hint)
    if token == "." and is_name(tokens[i + 1]):
        call = f"{tokens[i + 1]}({_short(program, start, last)})"
        hint = f"write {call}" if tokens[i + 1] != "t" else "to transpose write .T"
        return complaint(program, "stray-character", f"there is no '.{tokens[i + 1]}'", (i, i + 1), hint=hint)
    if token == ":" and "[" in tokens[:i]:
        return complaint(program, "bad-index", "a slice stands in an index", i, hint="write x[1:3]")
    if token == "not":
        return complaint(
            program, "stray-character", "'not' cannot follow a value", i, hint="write x and not y, or x != y"
        )
    if token[0] in NUMBER_START and before[0] in NUMBER_START:
        hint = "write a number with one point and no blanks"
        if "[" in tokens[:i]:
            hint += ", and commas between the elements of an array"
        return complaint(program, "missing-operator", f"an operator is missing before {token!r}", (last, i), hint=hint)
    if {token, before} & {"True", "False"}:
        hint = "a condition is 1 or 0"
        return complaint(program, "missing-operator", f"an operator is missing before {token!r}", (last, i), hint=hint)
    if token in {"(", "√"} or is_name(token) or token[0] in NUMBER_START:
        left, right = source_of(program, start, last), source_of(program, i, _group_end(tokens, i))
        left = left if len(left) <= _SHORT else before
        right = right if len(right) <= _SHORT else token + "..."
        hint = f"to multiply write {left}*{right}"
        argument = right if right.startswith("(") else f"({right})"
        if is_name(before) and start == last:
            hint += f", and to call a function {before}{argument}"
        elif before[0] in SUPERSCRIPTS and start == last - 1 and is_name(tokens[start]):
            power = before.translate(SUPERSCRIPT_DIGITS).removeprefix("+")
            power = f"({power})" if power.startswith("-") else power
            hint = f"to call a function write {tokens[start]}{argument}^{power}, and to multiply {left}*{right}"
        return complaint(program, "missing-operator", f"an operator is missing before {token!r}", (last, i), hint=hint)
    return _stray(program, i)


#: What other languages write before a function, as in np.sin(x).
_MODULES = frozenset(
    ["np", "numpy", "jnp", "math", "Math", "cmath", "scipy", "special", "sp", "sympy", "torch", "tf", "F", "nn"]
)
#: Source that is longer than this is not repeated in a hint.
_SHORT = 24


def _group_end(tokens: list[str], i: int) -> int:
    """The last token of the value that begins at token `i`: a name, a number, a call, a group or a root of these."""
    depth = 0
    while tokens[i] == "√" and tokens[i + 1] not in {"", ";", "\n"}:
        i += 1
    for j in range(i, len(tokens) - 1):
        depth += (tokens[j] in ("(", "[")) - (tokens[j] in (")", "]"))
        if depth <= 0 and (tokens[j] in (")", "]") or tokens[j + 1] not in ("(", "[")):
            return j
    return i


def _operand_start(tokens: list[str], i: int) -> int:
    """The first token of the value that ends at token `i`: a number, a name, a group or a call."""
    depth, k = 0, i
    while k > 0:
        depth += (tokens[k] in (")", "]")) - (tokens[k] in ("(", "["))
        if depth == 0:
            break
        k -= 1
    called = k < i and k > 0 and is_name(tokens[k - 1])
    return k - called


def two_readings(program: Program, tokens: list[str], start: int, i: int) -> FormulaError:
    """A product without a sign stands to the right of `/`, `%` or `^`; token `i` is what follows the number."""
    last = _group_end(tokens, i)
    number = _operand_start(tokens, i - 1)
    while tokens[number - 1] == "-" and tokens[number - 2] in ("/", "%", "^", "**", "-"):
        number -= 1
    left = source_of(program, start, number - 2)
    sign, factor, right = tokens[number - 1], source_of(program, number, i - 1), source_of(program, i, last)
    whole = source_of(program, start, last)
    if is_name(left) and sign in {"^", "**"} and right.startswith("("):
        hint = f"to call a function write {left}{right}{sign}{factor}, and to multiply ({left}{sign}{factor})*{right}"
    else:
        hint = f"write {left}{sign}({factor}*{right}) or ({left}{sign}{factor})*{right}"
    message = f"{whole!r} can be read in two ways"
    return complaint(program, "ambiguous-product", message, (start, last), hint=hint)


def root_of_power(program: Program, tokens: list[str], root: int, i: int) -> FormulaError:
    """A root is followed by a power or a product without a sign; token `i` is what comes after the number or name."""
    inner, rest = source_of(program, root + 1, i - 1), source_of(program, i, _group_end(tokens, i))
    sign = "" if tokens[i][0] in SUPERSCRIPTS else "*"
    return complaint(
        program, "ambiguous-product", "this root can be read in two ways", (root, i),
        hint=f"write √({inner}{sign}{rest}) or (√{inner}){sign}{rest}",
    )  # fmt: skip


def _short(program: Program, first: int, last: int) -> str:
    text = source_of(program, first, last)
    return text if len(text) <= _SHORT else "..."


def matlab_rows(program: Program, i: int) -> FormulaError:
    """A semicolon stands in an array."""
    hint = "write a list for each row: [[1, 2], [3, 4]]"
    return complaint(program, "unbalanced", "a ';' ends a statement, and this array is still open", i, hint=hint)


def bad_superscript(program: Program, i: int) -> FormulaError:
    return complaint(program, "stray-character", "this superscript is no number", i, hint="write ^(...)")


def lonely_if(program: Program, tokens: list[str], i: int) -> FormulaError:
    j = i - 1
    while j > 0 and tokens[j] != "if":
        j -= 1
    return complaint(program, "incomplete", "this 'if' has no 'else'", j, hint="write a if condition else b")


def lonely_else(program: Program, i: int) -> FormulaError:
    return complaint(program, "incomplete", "this 'else' has no 'if'", i, hint="write a if condition else b")


def unopened(program: Program, token: str, i: int) -> FormulaError:
    opening = "(" if token == ")" else "["
    hint = f"remove it, or open a '{opening}' before it"
    return complaint(program, "unbalanced", f"this '{token}' closes nothing", i, hint=hint)


def unclosed(program: Program, group: tuple[int, str, int]) -> FormulaError:
    if group[1] == "[":
        return complaint(program, "unbalanced", "this '[' is never closed", group[0], hint="add a ']'")
    opened = group[0] + bool(group[1])
    return complaint(program, "unbalanced", "this '(' is never closed", opened, hint="add a ')'")


def crossed(program: Program, group: tuple[int, str, int], token: str, i: int) -> FormulaError:
    """A bracket is closed by a parenthesis, or the other way round."""
    array = group[1] == "["
    opened = group[0] + bool(group[1] and not array)
    opening, closing = ("[", "]") if array else ("(", ")")
    message = f"this '{opening}' is closed by '{token}'"
    return complaint(program, "unbalanced", message, opened, i, hint=f"write '{closing}' there, or '{token}' later")


def never_closed(tokens: list[str], opened: int) -> bool:
    """Whether the parenthesis at token `opened` is still open where the text ends."""
    depth = 0
    for token in tokens[opened + (tokens[opened] not in ("(", "[")) :]:
        depth += (token in ("(", "[")) - (token in (")", "]"))
        if depth == 0:
            return False
    return True


_GROUPED = re.compile(r"[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]+)?")
_BASED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[bB][01]+|[oO][0-7]+)")


def foreign_number(program: Program, tokens: list[str], i: int) -> FormulaError | None:
    """The error where token `i` ends a number as other languages write it, 0x10 or 1_000; None where it does not."""
    if not (tokens[i][1:2].isdigit() if tokens[i][0] == "_" else _BASED.fullmatch(tokens[i - 1] + tokens[i])):
        return None
    start, end = program.span(i - 1, i)
    if program.span(i - 1, i - 1)[1] != program.span(i, i)[0]:
        return None
    if tokens[i][0] == "_":
        found = _GROUPED.match(program.text, start)
        end = found.end() if found else end
        meant = program.text[start:end].replace("_", "")
    else:
        meant = str(int(program.text[start:end], 0))
    text = program.text[start:end]
    return FormulaError(
        "stray-character", f"{text!r} is no number here", text=program.text, spans=[(start, end)], hint=f"write {meant}"
    )


def comma_in_parentheses(program: Program, opened: int, i: int) -> FormulaError:
    return complaint(
        program, "stray-character", "a comma separates arguments or outputs, and stands in plain parentheses here", i,
        hint="name a function before the '(', or remove the parentheses",
    )  # fmt: skip


def comma_in_statement(program: Program, i: int) -> FormulaError:
    return complaint(
        program, "stray-character", "a statement that assigns has one value", i,
        hint="separate statements by ';', and list several outputs in the last one: a, b",
    )  # fmt: skip
