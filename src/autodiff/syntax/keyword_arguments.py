"""What an operation is told beside its arguments: `axis=0` in a call, and the places in an index. They are literal.

As text, options are `{axis=0;keepdims=1}` and an index is `{at=[0,1:,...]}`: a part of the head of an operation, since
`sum` along axis 0 and along axis 1 are two operations.
"""

from collections.abc import Mapping

from autodiff.syntax import array_complaints
from autodiff.syntax.program import Program

#: More digits than this no index needs.
_DIGITS = 12


def spell(options: Mapping[str, str]) -> str:
    """Options as a part of a head."""
    return "{" + ";".join(f"{name}={text}" for name, text in sorted(options.items())) + "}"


def read_option(tokens: list[str], program: Program, i: int) -> tuple[str, int]:
    """The value of the option NAME=VALUE at token `i`, and the token after it.

    A value is an integer, several in parentheses, or an index in brackets.

    Raises:
        FormulaError: it is something else.
    """
    start = i + 2
    if tokens[start] == "[":
        return read_index(tokens, program, start)
    if tokens[start] != "(":
        text, after = _integer(tokens, start)
        if not text:
            raise array_complaints.bad_option(program, i)
        return text, after
    found: list[str] = []
    after = start
    while tokens[after] != ")" or not found:
        text, after = _integer(tokens, after + 1)
        if not text or tokens[after] not in (",", ")"):
            raise array_complaints.bad_option(program, i)
        found.append(text)
        if tokens[after] == "," and tokens[after + 1] == ")":
            after += 1
    return f"({','.join(found)})", after + 1


def read_index(tokens: list[str], program: Program, i: int) -> tuple[str, int]:
    """The index that opens at token `i`, in brackets and without blanks, and the token after it.

    Raises:
        FormulaError: it is no index.
    """
    items: list[str] = []
    after = i
    while True:
        item, after = _item(tokens, after + 1)
        if tokens[after] not in (",", "]") or not item:
            raise array_complaints.bad_index(program, tokens, i, after)
        if item == "..." and item in items:
            raise array_complaints.second_ellipsis(program, after - 3)
        items.append(item)
        if tokens[after] == "]":
            return f"[{','.join(items)}]", after + 1


def _item(tokens: list[str], i: int) -> tuple[str, int]:
    """One place of an index at token `i`, "" for none, and the token after it."""
    if tokens[i : i + 3] == [".", ".", "."]:
        return "...", i + 3
    text, i = _integer(tokens, i)
    if tokens[i] != ":":
        return text, i
    for _ in range(2):
        if tokens[i] == ":":
            part, i = _integer(tokens, i + 1)
            text += ":" + part
    return text, i


def _integer(tokens: list[str], i: int) -> tuple[str, int]:
    """The integer at token `i`, "" for none, and the token after it."""
    sign = ""
    start = i
    if tokens[i] in ("-", "+"):
        sign = tokens[i].replace("+", "")
        i += 1
    if tokens[i].isdecimal() and tokens[i].isascii() and len(tokens[i]) <= _DIGITS:
        return sign + str(int(tokens[i])), i + 1
    return "", start
