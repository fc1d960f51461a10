"""Heads to rows: what an operator symbol or a called name means, and the errors when it means nothing."""

from collections.abc import Mapping, Sequence
from functools import cache

from autodiff.errors import FormulaError, Way, nearest
from autodiff.notation import LIST
from autodiff.ops.added import NO_OPERATIONS, Operations
from autodiff.ops.row import Row, read_options, with_options
from autodiff.ops.table import BY_NAME, CONSTANTS, INFIX, PREFIX
from autodiff.syntax.letters import GREEK
from autodiff.syntax.program import Body, Program
from autodiff.syntax.tokens import SUBSCRIPTS

#: A call of a variadic operation with more arguments than this would cost their square.
MOST_ARGUMENTS = 1000


def resolve_head(
    head: str, program: Program, body: Body, most: int = MOST_ARGUMENTS, ops: Operations = NO_OPERATIONS
) -> Row:
    """The row that `head` calls, in the table or in `ops`, for the first operation of `body` that has it.

    A variadic row takes `most` arguments at most.

    Raises:
        FormulaError: there is no such operation, or not with so many arguments.
    """
    symbol, options, arity = split_head(head)
    rows = ops.called(symbol) or BY_NAME.get(symbol)
    if not rows and not symbol.isascii():
        # log₂ is log2.
        rows = BY_NAME.get(symbol.translate(SUBSCRIPTS))
    row = find_row(symbol, arity, most, rows)
    if row is not None:
        if not options:
            return row
        for option in read_options(options):
            if option not in row.takes:
                raise _wrong_option(row, option, program, body, head)
        return with_options(row, options)
    if not rows:
        raise _unknown(symbol, program, body, head, ops)
    counts = " or ".join(map(str, sorted({len(row.params) for row in rows})))
    wanted = f"at most {MOST_ARGUMENTS}" if any(row.variadic for row in rows) else counts
    raise wrong_arity(symbol, wanted, arity, list(map(signature, rows)), program, *_call(program, body, head))


@cache
def prefix_calls() -> Mapping[str, str]:
    """The functions of one number, which people write before their argument as in `sin x`, each with its inverse.

    A name that is rather a variable is none: a Greek letter, or two letters that are no logarithm.
    """
    found = {}
    for name, rows in BY_NAME.items():
        one = any(len(row.params) == 1 and not row.variadic and not row.is_array for row in rows)
        if one and name not in GREEK and (len(name) > 2 or name in ("ln", "lg")):
            found[name] = next((inverse for inverse in (f"a{name}", f"arc{name}") if inverse in BY_NAME), "")
    return found


def split_head(head: str) -> tuple[str, str, int]:
    """The parts of a head: the name or symbol, the options (`axis=0;keepdims=1`), and the number of arguments."""
    symbol, _, digits = head.rpartition("/")
    name, brace, options = symbol.partition("{")
    return name, options[:-1] if brace else "", int(digits)


def find_row(symbol: str, arity: int, most: int = MOST_ARGUMENTS, rows: Sequence[Row] | None = None) -> Row | None:
    """The row for a symbol, or for a name that the `rows` have (those of the table), and so many arguments, or None."""
    rows = BY_NAME.get(symbol) if rows is None else rows
    if rows:
        fixed = next((row for row in rows if not row.variadic and arity == len(row.params)), None)
        # One argument alone is an array for an operation that also takes several.
        return fixed or next((row for row in rows if row.variadic and arity <= most), None)
    if symbol == LIST:
        return INFIX[symbol]
    return (PREFIX.get(symbol) or INFIX.get(symbol)) if arity == 1 else INFIX.get(symbol)


def _call(program: Program, body: Body, head: str) -> tuple[int, int]:
    """The tokens of the first call that has `head`: its first and last."""
    k = body.heads.index(head)
    return body.first[k], body.last[k]


def _wrong_option(row: Row, option: str, program: Program, body: Body, head: str) -> FormulaError:
    known = " and ".join(row.takes)
    return FormulaError(
        "bad-option", f"{row.name} takes no option {option!r}", text=program.text,
        spans=[program.span(*_call(program, body, head))],
        hint=f"it takes {known}" if known else "remove it: '==' compares",
    )  # fmt: skip


def signature(row: Row) -> str:
    """How a call is written: `max(x, y, ...)`."""
    return f"{row.name}(x, y, ...)" if row.variadic else f"{row.name}({', '.join(row.params)})"


def wrong_arity(
    name: str, wanted: str, given: int, writings: Sequence[str], program: Program, first: int, last: int
) -> FormulaError:
    """The error for a call, from token `first` to token `last`, with the wrong number of arguments."""
    return FormulaError(
        "wrong-arity",
        f"{name} takes {wanted} argument{'s' * (wanted != '1')}, and {given} {'is' if given == 1 else 'are'} given",
        text=program.text, spans=[program.span(first, last)], hint="write " + " or ".join(writings),
    )  # fmt: skip


def _unknown(name: str, program: Program, body: Body, head: str, ops: Operations) -> FormulaError:
    first, last = _call(program, body, head)
    if name in program.functions:
        return FormulaError(
            "bad-option", f"{name} takes no options", text=program.text, spans=[program.span(first, last)],
            hint="remove it: '==' compares",
        )  # fmt: skip
    if not name.isidentifier() and name.isascii():
        return FormulaError(
            "unknown-operator", f"there is no operator {name!r} for these operands", text=program.text,
            spans=[program.span(first, last)], hint="write a function, or an operator between two operands",
        )  # fmt: skip
    start, end = program.span(first, last)
    opening = program.text.find("(", start, end)
    opening = end if opening < 0 else opening
    if name in program.body.names or name in CONSTANTS:
        hint: str | Way = (
            f"to multiply write {name}*{program.text[opening:end]}"
            if end - opening < 40
            else f"to multiply write {name}*(...)"
        )
    else:
        close = nearest(name, [*BY_NAME, *ops.names, *program.functions])
        hint = f"did you mean {close!r}?" if close else Way("list-functions")
    return FormulaError(
        "unknown-function", f"there is no function {name!r}", text=program.text, spans=[(start, opening)], hint=hint
    )
