"""Formulas as LaTeX: the same parts and names as in the text, in the spelling of the rows and of mathematics."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from autodiff.codegen.latex_names import GREEK, name
from autodiff.differentiate.derive.derivatives import Derivative
from autodiff.graph.expression import plan, reads_better_exchanged
from autodiff.graph.graph import Graph
from autodiff.graph.text import output_names, written_index, written_options
from autodiff.notation import ATOM, COMPARISON, INFIX, LIST, NOT, POWER, PRODUCT, SUM, TRANSPOSED
from autodiff.ops.row import Row

_CONSTANTS = {"pi": r"\pi", "tau": r"\tau", "inf": r"\infty", "nan": r"\mathrm{NaN}"}
#: A spelling that ends in its superscript, beside which no other may stand.
_SUPERSCRIPT = re.compile(r"[^{}()]*\^\{.*\}")
_NUMBER = re.compile(r"(-?[0-9.]+)[eE]([+-]?[0-9]+)")

#: Typeset, a minus stands before a whole product, and binds less than one.
_SIGNED = SUM + 0.5
#: Operator -> its sign.
_SIGNS = {
    "or": r"\lor", "and": r"\land", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne",
    "+": "+", "-": "-", "%": r"\bmod",
}  # fmt: skip
_Text = tuple[str, float]


#: Nobody reads a longer formula, and typesetting it would take a browser long.
_MOST_OPERATIONS = 200


def notebook(graph: Graph) -> str | None:
    """A formula as a notebook shows it: an equation for each output; None for a very long one."""
    if len(graph.codes) > _MOST_OPERATIONS:
        return None
    names = output_names(graph)
    texts = [formula(graph, node, name(left)) for node, left in zip(graph.outputs, names, strict=True)]
    if len(texts) == 1:
        return f"$\\displaystyle {texts[0]}$"
    body = r" \\ ".join(f"& {text}" for text in texts)
    return rf"$\displaystyle \begin{{aligned}} {body} \end{{aligned}}$"


def lines(found: Sequence[Derivative]) -> Iterator[str]:
    """One derivative is a formula; several are an equation each."""
    for derivative in found:
        yield formula(derivative.graph, derivative.node, _quotient(derivative), bare=len(found) == 1)


def equation(derivative: Derivative) -> str:
    """A derivative with its name before it."""
    return formula(derivative.graph, derivative.node, _quotient(derivative))


def _quotient(derivative: Derivative) -> str:
    """The derivative as a fraction of differentials."""
    times = f"^{{{derivative.order}}}" if derivative.order > 1 else ""
    counts = {variable: derivative.variables.count(variable) for variable in derivative.variables}
    below = " ".join(
        rf"\partial {name(variable)}" + (f"^{{{count}}}" if count > 1 else "") for variable, count in counts.items()
    )
    return rf"\frac{{\partial{times} {name(derivative.output)}}}{{{below}}}"


def formula(
    graph: Graph, output: int, left: str, *, bare: bool = False, spellings: Mapping[str, str] | None = None,
    avoid: Collection[str] = (),
) -> str:  # fmt: skip
    """One output as an equation, or if `bare` its right side; with parts that have names it is an `aligned` block.

    `spellings` are those of inputs that are not spelled as their names are, and `avoid` names that no part gets.
    """
    chosen = plan(graph, output, avoid=avoid)
    given = spellings or {}
    texts: dict[int, _Text] = {
        node: (given.get(variable) or name(variable), ATOM) for node, variable in enumerate(graph.inputs)
    }
    texts.update((node, _number(text)) for node, text in enumerate(graph.spellings, len(graph.inputs)))
    equations = []
    for node in chosen.nodes:
        row, args = graph.row(node), graph.args[node - graph.base]
        text = _operation(graph, row, args, texts)
        if node in chosen.names:
            equations.append((name(chosen.names[node]), text[0]))
            text = (name(chosen.names[node]), ATOM)
        texts[node] = text
    last = texts[output][0]
    if not equations:
        return last if bare else f"{left} = {last}"
    body = r" \\ ".join(f"{one} &= {other}" for one, other in [*equations, (left, last)])
    return rf"\begin{{aligned}} {body} \end{{aligned}}"


def number(text: str) -> str:
    """A number, or the name of a constant, as the language or a table spells it."""
    return {"NaN": r"\mathrm{NaN}", "Infinity": r"\infty", "-Infinity": r"-\infty"}.get(text) or _number(text)[0]


def _number(text: str) -> _Text:
    if text in _CONSTANTS or not text.lstrip("-")[:1].isdigit():
        return _CONSTANTS.get(text) or (GREEK.get(text, text)), ATOM
    power = _SIGNED if text.startswith("-") else ATOM
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text, power
    return rf"{found.group(1)} \cdot 10^{{{int(found.group(2))}}}", min(power, PRODUCT)


def _within(text: _Text, power: float, *, second: bool = False) -> str:
    """An operand, in parentheses where it binds less than `power`; one that stands second has no minus before it."""
    if text[1] >= power and not (second and text[0].startswith("-")):
        return text[0]
    # A condition in the place of a number: Iverson's bracket.
    left, right = "[]" if text[1] <= COMPARISON < power else "()"
    return rf"\left{left}{text[0]}\right{right}"


def _operation(graph: Graph, row: Row, args: Sequence[int], texts: Mapping[int, _Text]) -> _Text:
    given = [texts[arg] for arg in args]
    if row.selects:
        condition, chosen, otherwise = (text for text, _ in given)
        cases = rf"{chosen} & \text{{if }} {condition} \\ {otherwise} & \text{{otherwise}}"
        return rf"\begin{{cases}} {cases} \end{{cases}}", ATOM
    whole = PRODUCT if row.infix == "*" else SUM
    if len(given) == 2 and reads_better_exchanged(graph, row, args, given[0][1], given[1][1], whole):
        given.reverse()
    if row.infix == "@":
        return _product((_within(given[0], PRODUCT), PRODUCT), given[1])
    if row.infix == "*":
        numbers = any([len(graph.inputs) <= arg < graph.base for arg in args])
        if not numbers and any([call.row.infix == "@" for call in graph.calls]):
            # Element by element, where side by side would read as a product of matrices.
            return rf"{_within(given[0], POWER)} \odot {_within(given[1], POWER, second=True)}", _SIGNED
        return _product(*given)
    if row.infix == "/":
        top, power = _within(given[0], SUM), given[0][1]
        bottom = _within(given[1], SUM)
        # A minus stands before the fraction.
        minus = power == _SIGNED and top.startswith("-")
        return rf"{'-' * minus}\frac{{{top[minus:]}}}{{{bottom}}}", _SIGNED if minus else PRODUCT
    if row.infix == "^":
        return _power(graph, args, given)
    if row.infix in _SIGNS:
        power, left, right = INFIX[row.infix]
        if power == PRODUCT:
            # Factors stand side by side, so that beside a word each is a power at least.
            left = right = POWER
            # Beside another factor nobody could tell what the word divides.
            power = SUM
        return f"{_within(given[0], left)} {_SIGNS[row.infix]} {_within(given[1], right, second=True)}", power
    if row.prefix == "-":
        return f"-{_within(given[0], PRODUCT)}", _SIGNED
    if row.prefix == "not":
        return rf"\lnot \left({given[0][0]}\right)", NOT
    if row.is_array and row.infix:
        return _array(row, given)
    return _call(row, [text for text, _ in given])


def _array(row: Row, given: Sequence[_Text]) -> _Text:
    """A transpose, an array, or one of its parts."""
    if row.infix == TRANSPOSED:
        return rf"{_within(given[0], ATOM)}^{{\top}}", POWER
    if row.infix == LIST:
        return rf"\left[{', '.join(text for text, _ in given)}\right]", ATOM
    whole = _within(given[0], ATOM)
    # Braces, as a second subscript needs them.
    whole = f"{{{whole}}}" if "_" in whole else whole
    return rf"{whole}_{{\left{written_index(row)[:-1]}\right]}}", ATOM


def _product(left: _Text, right: _Text) -> _Text:
    first, second = _within(left, _SIGNED), _within(right, PRODUCT, second=True)
    # Side by side unless that reads as one number, as a mixed fraction, or as the call of a variable.
    clash = second[0].isdigit() or (first[-1].isdigit() and second.startswith(r"\frac"))
    call = second.startswith(r"\left") and (first[-1].isalpha() or first[-1] == "}")
    return rf"{first} \cdot {second}" if clash or call else f"{first} {second}", PRODUCT


def _power(graph: Graph, args: Sequence[int], given: Sequence[_Text]) -> _Text:
    (base, _), (exponent, _) = given
    row = graph.row(args[0]) if args[0] >= graph.base else None
    target = row.targets.get("latex", "") if row is not None else ""
    if target and "#" not in target and base.startswith(target + r"\left(") and exponent.isdigit():
        # \sin^2(x): that of a named function goes to its name.
        return f"{target}^{{{exponent}}}{base[len(target) :]}", POWER
    called = given[0][1] == ATOM and base.startswith(r"\operatorname")
    return f"{base if called else _within(given[0], ATOM)}^{{{exponent}}}", POWER


def _call(row: Row, args: Sequence[str]) -> _Text:
    # A word stands upright as it is; Greek letters and other signs, which a user may choose, have commands.
    escaped = row.name.replace("_", r"\_") if row.name.isascii() else name(row.name)
    target = row.targets.get("latex", rf"\operatorname{{{escaped}}}")
    if "#" in target:
        text = re.sub(r"#(\d)", lambda found: args[int(found.group(1)) - 1], target)
        return text, POWER if _SUPERSCRIPT.fullmatch(target) else ATOM
    options = [rf"\mathrm{{{option}}}".replace("_", r"\_") for option in written_options(row)]
    return rf"{target}\left({', '.join([*args, *options])}\right)", ATOM
