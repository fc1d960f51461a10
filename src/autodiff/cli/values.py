"""The values on the command line: the number that `--x VALUE` gives, and what was meant where it gives none."""

import re
from typing import Any

from autodiff import api
from autodiff.cli.sources import read_source
from autodiff.errors import AutodiffError, BindingError
from autodiff.ops.table import CONSTANTS

#: What autodiff itself prints where a number is not finite.
_PRINTED = frozenset({"Infinity", "-Infinity", "NaN"})
#: Patterns of numbers that are none of ours, compiled only where one is met.
_SIGN = "([-+\N{MINUS SIGN}]?)"
#: A power of ten that lost its exponent; the language would read 1e as 1 times e.
_UNFINISHED = rf"{_SIGN}([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+\N{{MINUS SIGN}}]?"
_COMMA = rf"{_SIGN}([0-9]+),([0-9]+)((?:[eE][-+]?[0-9]+)?)"
_GROUPED = rf"{_SIGN}[0-9]+(?:_[0-9]+)+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"
_BASED = rf"{_SIGN}(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)"


def read_value(name: str, text: str, option: str) -> Any:
    """The number or the array that a binding gives: a constant expression, or `@FILE` with one; `@-` is standard input.

    A file that ends in .csv, .tsv, .json or .npy holds numbers, and any other an expression or numbers.

    Raises:
        BindingError: it is no number.
        SourceError: the file cannot be read.
    """
    file = text[1:] if text.startswith("@") else ""
    hint = f"after an '@' comes a file that holds a number or an array, as in {option} @value.csv"
    if file:
        from autodiff.data.array_files import reader_of

        reader = reader_of(file)
        if reader is not None:
            return reader(file, hint)
    source = read_source(text, hint) if file else text
    if file:
        from autodiff.data.array_files import numbers_in

        found = numbers_in("standard input" if file == "-" else file, source)
        if found is not None:
            return found
    if source.strip() in _PRINTED:
        return float(source)
    label = f"the value of {name!r} is no number"
    try:
        if source.rstrip()[-1:] in ("e", "E") and _meant(source.strip()):
            raise BindingError("no-number", label, hint=_meant(source.strip()))
        return api.evaluate_constant(source)
    except AutodiffError as error:
        if error.kind == "empty-formula":
            place = (
                "standard input is empty"
                if file == "-"
                else f"the file {file!r} is empty"
                if file
                else f"the value of {name!r} is empty"
            )
            raise BindingError("no-number", place, hint=f"write {option} 1") from error
        if hint := _meant(source.strip()):
            raise BindingError("no-number", label, text=source, spans=[(0, len(source))], hint=hint) from error
        raise BindingError(
            "no-number", label if error.kind == "no-number" else f"{label}: {error.message}", text=source,
            spans=error.spans,
            hint=_constant_hint(error) or error.hint or "write a number or an expression such as pi/4",
        ) from error  # fmt: skip


def file_value(name: str, value: Any, path: str) -> Any:
    """What a file gives a variable: a number, an array, or an expression such as pi/4. Raises BindingError."""
    if isinstance(value, str):
        if value.startswith("@"):
            message = f"{path!r} gives {name!r} another file"
            raise BindingError("no-number", message, hint=f"write its numbers there, or give --{name} {value}")
        return read_value(name, value, f"--{name}")
    from autodiff.evaluate.inputs import to_value

    return to_value(f"the value of {name!r} in {path!r}", value)


def constant_meant(name: str) -> str:
    """The constant of the language that `name` is in capitals, as Pi is; empty for none."""
    folded = name.casefold()
    folded = "inf" if folded == "infinity" else folded
    return folded if folded in CONSTANTS and folded != name and len(name) > 1 else ""


def _constant_hint(error: AutodiffError) -> str:
    names = [error.text[start:end] for start, end in error.spans]
    meant = [constant for constant in map(constant_meant, names) if constant]
    return f"did you mean {meant[0]!r}?" if meant and error.kind == "no-number" else ""


def _meant(text: str) -> str:
    """What to write instead of a number that another language would read, or that is not finished; else empty."""
    if found := re.fullmatch(_UNFINISHED, text):
        number = found[1] + found[2]
        return f"write {text}5 for a power of ten" + f", or {number}*e for the constant e" * text.endswith("e")
    if found := re.fullmatch(_COMMA, text):
        whole = f", or {found[1]}{found[2]}{found[3]}{found[4]}" * (len(found[3]) % 3 == 0)
        return f"write {found[1]}{found[2]}.{found[3]}{found[4]}{whole}"
    if re.fullmatch(_GROUPED, text):
        return f"write {text.replace('_', '')}"
    if found := re.fullmatch(_BASED, text):
        return f"write {found[1]}{int(found[2], 0)}"
    return ""
