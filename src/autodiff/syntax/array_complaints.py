"""The errors of arrays, indices and options: what went wrong, where, and what to type instead."""

from autodiff.errors import FormulaError
from autodiff.syntax.complaints import complaint, source_of
from autodiff.syntax.program import Program
from autodiff.syntax.tokens import NUMBER_START, is_name


def empty_array(program: Program, i: int) -> FormulaError:
    return complaint(program, "empty-array", "an array needs an element", (i, i + 1), hint="write [1, 2, 3]")


def index_of_number(program: Program, i: int) -> FormulaError:
    """A number is followed by a bracket or by `.T`."""
    if program.text[program.span(i, i)[0]] == ".":
        return complaint(program, "bad-index", "a number has no transpose", (i - 1, i + 1), hint="remove the .T")
    hint = "to multiply write a * before the '['; to write an array separate its elements by commas"
    return complaint(program, "bad-index", "a number has no elements", (i - 1, i), hint=hint)


def bad_index(program: Program, tokens: list[str], opened: int, i: int) -> FormulaError:
    """The index that opens at token `opened` goes wrong at token `i`."""
    if tokens[i] in {"", ";"}:
        return complaint(program, "unbalanced", "this '[' is never closed", opened, hint="add a ']'")
    if tokens[i] == "]" and i == opened + 1:
        return complaint(
            program, "bad-index", "the index is empty", (opened, i), hint="write x[0]; places count from 0"
        )
    if tokens[i] in {",", "]"}:
        message = "a place is missing here"
        return complaint(program, "bad-index", message, i, hint="write x[0, 1], x[1:3], x[:, 0] or x[..., 0]")
    if is_name(tokens[i]):
        message = "an index is a number that the text shows, and no variable"
    elif tokens[i][0] in NUMBER_START:
        message = "this index is too large" if tokens[i].isdecimal() else "an index is a whole number"
    else:
        message = "an index is made of whole numbers and slices"
    return complaint(program, "bad-index", message, i, hint="write x[0], x[-1], x[0, 1], x[1:3] or x[:, 0]")


def second_ellipsis(program: Program, i: int) -> FormulaError:
    return complaint(program, "bad-index", "an index has '...' once", (i, i + 2), hint="write : for one whole axis")


def _call_of(program: Program, i: int) -> str:
    """The option that is read at token `i`, as the text writes its name."""
    return source_of(program, i, i)


def bad_option(program: Program, i: int) -> FormulaError:
    name = _call_of(program, i)
    hint = {"at": "write at=[0]", "axis": "write axis=0 or axis=-1"}.get(name, f"write {name}=1")
    return complaint(program, "bad-option", f"{name!r} takes a whole number", (i, i + 1), hint=hint)


def option_first(program: Program, i: int) -> FormulaError:
    name = _call_of(program, i)
    hint = f"write the array first: sum(x, {name}=0)"
    return complaint(program, "bad-option", f"{name!r} stands before the first argument", (i, i + 1), hint=hint)


def option_again(program: Program, i: int) -> FormulaError:
    return complaint(program, "bad-option", f"{_call_of(program, i)!r} is given twice", i, hint="remove one of the two")


def after_option(program: Program, i: int, after: int) -> FormulaError:
    name = _call_of(program, i)
    return complaint(
        program, "bad-option", f"{name!r} takes a whole number, and options come last", (i, after),
        hint=f"write {name}=0 before the ')'",
    )  # fmt: skip
