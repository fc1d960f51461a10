"""The equation that a text ends with, `x^2 + y^2 = 25`, as the formula that is 0 where it holds."""

from autodiff.errors import FormulaError

_OPEN, _CLOSE = "([{", ")]}"


def as_zero(text: str) -> str:
    """The text whose last statement is left side minus right side, where that is an equation; else the text itself.

    Raises:
        FormulaError: the last statement has several equals signs.
    """
    depth = start = k = 0
    signs: list[tuple[int, int]] = []
    while k < len(text):
        char = text[k]
        if char == "#":
            k = text.find("\n", k) % (len(text) + 1)
            continue
        depth += (char in _OPEN) - (char in _CLOSE)
        if depth == 0 and char in ";\n" and text[k + 1 :].strip(" \t\n;"):
            start, signs = k + 1, []
        if depth == 0 and char == "=":
            length = 2 if text[k : k + 2] == "==" else 1
            if text[k - 1 : k] not in ("<", ">", "!", ":"):
                signs.append((k, k + length))
            k += length
            continue
        k += 1
    if not signs:
        return text
    if len(signs) > 1:
        raise FormulaError(
            "several-equations", "an equation has one equals sign", text=text, spans=signs[:8],
            hint="write left = right, and what it uses in statements before it: r = x^2 + y^2; r = 25",
        )  # fmt: skip
    (first, last), end = signs[0], len(text.rstrip(" \t\n;"))
    left, right = text[start:first].strip(), text[last:end].strip()
    if not left or not right:
        raise FormulaError(
            "half-equation", "an equation has two sides", text=text, spans=[(first, last)], hint="write left = right"
        )
    zero = f"({left})" if right == "0" else f"({left}) - ({right})"
    return f"{text[:start]}{' ' * bool(start)}{zero}"
