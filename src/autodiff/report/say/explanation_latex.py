"""What an explanation says as a LaTeX document: partial derivatives for what is local, and total ones for gradients.

The document needs amsmath and geometry alone, so that every installation compiles it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from autodiff.codegen import latex
from autodiff.codegen.latex_names import declarations, name, sentence
from autodiff.differentiate.derive.written_rules import written_operation, written_pullback
from autodiff.differentiate.results.explanation import Edge, Explanation, Part, Step
from autodiff.differentiate.results.paths import Route, Routes
from autodiff.numerals import MOST_SHOWN, is_array
from autodiff.report.node_texts import signed_sum
from autodiff.report.say.explanation import (
    MOST_PARTS,
    NO_VARIABLE,
    Explained,
    Notation,
    how_many,
    is_condition,
    is_summed,
    left_out,
    no_value,
    notation,
    notes,
    with_numbers,
)
from autodiff.report.sheet import Options

#: No name of the language: it stands for the upstream gradient in the pullback of an operation on whole arrays.
_UPSTREAM = "@"
#: A name in a weighted sum, and not the exponent of a number.
_NAME = re.compile(r"(?<!\w)[^\W\d]\w*")
#: A sum of more terms than this has a line for each.
_MOST_BESIDE = 2
#: The product of a path of more nodes than this has a line of its own.
_LONG_PATH = 7


def document(explained: Explained, options: Options) -> Iterator[str]:
    """A document that compiles."""
    body = list(fragment(explained, options))
    yield r"\documentclass{article}"
    yield r"\usepackage{amsmath}"
    yield r"\usepackage[margin=2.5cm]{geometry}"
    yield r"\allowdisplaybreaks"
    yield r"\setlength{\parindent}{0pt}"
    yield rf"\setcounter{{MaxMatrixCols}}{{{MOST_SHOWN}}}"
    yield from declarations(body)
    yield r"\begin{document}"
    yield from body
    yield r"\end{document}"


def fragment(explained: Explained, options: Options) -> Iterator[str]:
    """What stands in the document."""
    explanation = explained.explanation
    write = notation(explanation, options)
    if explained.node is not None:
        yield from _section(rf"The node ${name(explained.node.node.name)}$", _one(explained.node, explanation, write))
    elif explained.hidden and not options.all_nodes:
        yield sentence(left_out(explanation))
        yield from _section("Result", _result(explanation, write))
    else:
        yield from _section("Forward pass", _forward(explanation, write))
        yield from _section("Backward pass", _backward(explanation, write))
        yield from _section("Result", _result(explanation, write))
    if explained.routes:
        yield from _section("Paths", _paths(explained.routes, explanation, write))


class _Words(str):
    """A row that is a sentence rather than a formula."""


def _section(title: str, rows: Iterable[str]) -> Iterator[str]:
    """Rows of one alignment after the other; a sentence stands between two."""
    yield rf"\section*{{{title}}}"
    open_rows: list[str] = []
    for row in [*rows, _Words()]:
        if not isinstance(row, _Words):
            open_rows.append(row)
            continue
        if open_rows:
            yield r"\begin{align*}"
            yield from (f"{text} \\\\" for text in open_rows[:-1])
            yield open_rows[-1]
            yield r"\end{align*}"
            open_rows = []
        if row:
            yield str(row)


def _forward(explanation: Explanation, write: Notation) -> Iterator[str]:
    for step in explanation.forward:
        yield from _forward_rows(step, explanation, write)


def _forward_rows(step: Step, explanation: Explanation, write: Notation) -> Iterator[str]:
    node, graph = step.node, explanation.graph
    if not node.args:
        spelled = node.id >= len(graph.inputs) and graph.spellings[node.id - len(graph.inputs)]
        value = _number(node.value, write)
        between = f"{latex.number(spelled)} = " if spelled and latex.number(spelled) != value else ""
        yield f"{name(node.name)} &= {between}{value}"
        return
    operation = written_operation(graph, explanation.gradient.names, node.id)
    text = latex.formula(operation, operation.outputs[0], "", bare=True)
    row = graph.row(node.id)
    if row.share:
        text = rf"\left[{text}\right]"
    if not step.used:
        yield rf"{name(node.name)} &= {text} \quad\text{{(its branch is not chosen)}}"
        return
    middle = _middle(step, explanation, write)
    yield f"{name(node.name)} &= {text} = {middle}{_number(node.value, write)}"
    said = list(notes(step, explanation))
    if not explanation.undefined or is_array(node.value) or node.value == node.value:
        for edge in step.edges:
            if edge.local is not None:
                yield _local(step, edge, explanation, write)
    for note in said:
        yield _Words(f"Here {sentence(note)}.")


def _middle(step: Step, explanation: Explanation, write: Notation) -> str:
    """The operation on numbers, and an equals sign; "" where it says nothing."""
    if not with_numbers(step.node, explanation, write):
        return ""
    result = explanation.gradient
    operation = written_operation(explanation.graph, result.names, step.node.id)
    spellings = {result.names[arg]: _wrapped(_number(result.values[arg], write)) for arg in step.node.args}
    return f"{latex.formula(operation, operation.outputs[0], '', bare=True, spellings=spellings)} = "


def _number(value: object, write: Notation) -> str:
    """A number, or an array: a small one in brackets, of a large one what people read."""
    if not is_array(value):
        return latex.number(write.number(value))
    text = write.number(value)
    array = value.tolist()  # type: ignore[attr-defined]
    if value.size > MOST_SHOWN or value.ndim > 2:  # type: ignore[attr-defined]
        return rf"\text{{{sentence(text)}}}"
    rows = array if value.ndim == 2 else [array]  # type: ignore[attr-defined]
    body = r" \\ ".join(" & ".join(latex.number(write.number(item)) for item in row) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def _partial(of: str, by: str, step_args: Sequence[int] = (), argument: int = 0) -> str:
    """A local derivative; where two arguments are the same node, its number says which is meant."""
    text = rf"\frac{{\partial {name(of)}}}{{\partial {name(by)}}}"
    if step_args and step_args.count(step_args[argument]) > 1:
        return rf"{text}\Big|_{{{argument + 1}}}"
    return text


def _gradient(write: Notation, by: str) -> str:
    return rf"\frac{{d{name(write.of)}}}{{d{name(by)}}}"


def _local(step: Step, edge: Edge, explanation: Explanation, write: Notation) -> str:
    left = _partial(step.node.name, edge.name, step.node.args, edge.argument)
    number = _number(edge.local, write)
    rule = ""
    if edge.rule is not None:
        rule = latex.formula(edge.rule, edge.rule.outputs[0], "", bare=True, avoid=explanation.gradient.names)
        rule = rf"\left[{rule}\right]" if is_condition(edge) else rule
        rule = "" if rule == number else f"{rule} = "
    return rf"&\quad {left} = {rule}{number}"


def _backward(explanation: Explanation, write: Notation) -> Iterator[str]:
    if explanation.undefined:
        yield _Words(f"{sentence(no_value(write))}.")
        return
    if not explanation.gradient.wanted:
        yield _Words(f"{sentence(NO_VARIABLE)}.")
    if write.meaning:
        yield _Words(f"${name(write.of)}$ is {_meaning(write)}.")
    for step in explanation.backward:
        yield from _gradient_rows(step, explanation, write)


def _meaning(write: Notation) -> str:
    if write.meaning == "the weighted sum":
        return "the weighted sum of all elements of the outputs"
    spelled = _NAME.sub(lambda found: name(found.group()), write.meaning).replace("*", r" \, ")
    return f"${spelled}$, the weighted sum of the outputs"


def _gradient_rows(step: Step, explanation: Explanation, write: Notation) -> Iterator[str]:
    """The gradient of a node: in symbols, upstream times local for each node that uses it, then in numbers."""
    node = step.node
    left, total = _gradient(write, node.name), _number(node.gradient, write)
    parts = [part for part in step.parts[:MOST_PARTS] if part.source is not None]
    seeds = [part for part in step.parts[:MOST_PARTS] if part.source is None]
    more = len(step.parts) - MOST_PARTS
    if not step.parts:
        yield rf"{left} &= {total} \quad\text{{(it has no part in }}{name(write.of)}\text{{)}}"
    elif not parts:
        yield f"{left} &= {total}"
    else:
        symbols = [_number(part.amount, write) for part in seeds]
        symbols += [_symbols(part, node.id, explanation, write) for part in parts]
        numbers = [_number(part.amount, write) for part in seeds] + [_numbers(part, write) for part in parts]
        symbols += [rf"\text{{{more:,} more parts}}"] * (more > 0)
        numbers += [r"\cdots"] * (more > 0)
        told = " + ".join(numbers)
        # The parts by themselves, where they are products of numbers.
        amounts = signed_sum([_number(part.amount, write) for part in (*seeds, *parts)])
        chain = [told] if told not in (total, "") else []
        chain += [amounts] if len(numbers) > 1 and not more > 0 and amounts != told else []
        result = f"= {' = '.join([*chain, total])}"
        if len(symbols) == 1:
            yield f"{left} &= {symbols[0]} {result}"
        else:
            beside = len(symbols) <= _MOST_BESIDE
            yield f"{left} &= {' + '.join(symbols) if beside else symbols[0]}"
            yield from (rf"&\quad {{}} + {text}" for text in symbols[1:] if not beside)
            yield f"&{result}"
    for note in notes(step, explanation, "gradient"):
        yield _Words(f"Here {sentence(note)}.")


def _symbols(part: Part, to: int, explanation: Explanation, write: Notation) -> str:
    """What a node hands on, in symbols; of an operation on whole arrays its pullback."""
    assert part.source is not None
    graph, names = explanation.graph, explanation.gradient.names
    upstream = _gradient(write, part.name)
    args = graph.args[part.source - graph.base]
    if part.local is None:
        pullback = written_pullback(graph, names, explanation.gradient.values, part.source, part.argument, _UPSTREAM)
        if pullback is None:
            return "0"
        return latex.formula(pullback, pullback.outputs[0], "", bare=True, spellings={_UPSTREAM: upstream})
    local = _partial(part.name, names[to], args, part.argument)
    if not is_array(part.upstream):
        return rf"{upstream} \, {local}"
    summed = getattr(part.amount, "shape", ()) != part.upstream.shape
    return (r"\sum " if summed else "") + rf"{upstream} \odot {local}"


def _numbers(part: Part, write: Notation) -> str:
    factors = [part.upstream, part.local]
    if part.local is None or any(map(is_array, factors)):
        return _number(part.amount, write)
    first, second = (_number(factor, write) for factor in factors)
    return rf"{_wrapped(first)} \cdot {_wrapped(second)}"


def _wrapped(text: str) -> str:
    return rf"\left({text}\right)" if text.startswith("-") or r"\cdot" in text else text


def _result(explanation: Explanation, write: Notation) -> Iterator[str]:
    result = explanation.gradient
    for output, value in result.outputs:
        yield f"{name(output)} &= {_number(value, write)}"
    if write.meaning:
        yield f"{name(write.of)} &= {_number(result.value, write)}"
    for variable, partial in result.partials.items():
        yield f"{_gradient(write, variable)} &= {_number(partial, write)}"


def _one(step: Step, explanation: Explanation, write: Notation) -> Iterator[str]:
    graph = explanation.graph
    yield _Words(rf"It stands for {sentence(step.node.expression)} in {sentence(_short(graph.text))}.")
    yield from _forward_rows(step, explanation, write)
    if explanation.undefined:
        yield _Words(f"{sentence(no_value(write))}.")
    elif step.used and step.node.gradient is None:
        yield _Words("No variable that is asked for is behind it, so it has no gradient.")
    elif step.used:
        yield from _gradient_rows(step, explanation, write)
        for edge in step.edges:
            part = Part(step.node.id, step.node.name, edge.downstream, edge.argument, step.node.gradient, edge.local)
            told = _numbers(part, write)
            total = _number(edge.downstream, write)
            told = "" if told == total else f"{told} = "
            summed = r" \quad\text{(summed over the elements that share it)}" if is_summed(step, edge) else ""
            yield (
                rf"&\text{{to }} {name(edge.name)}\colon\quad "
                rf"{_symbols(part, edge.to, explanation, write)} = {told}{total}{summed}"
            )


def _short(text: str, most: int = 400) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _paths(found: Sequence[Routes], explanation: Explanation, write: Notation) -> Iterator[str]:
    names, adjoints = explanation.gradient.names, explanation.gradient.adjoints
    if explanation.undefined:
        yield _Words(f"{sentence(no_value(write))}.")
    for routes in [] if explanation.undefined else found:
        left, total = _gradient(write, names[routes.node]), _number(adjoints[routes.node], write)
        along = re.sub(r"10\^([\d,]+)", r"$10^{\1}$", how_many(routes.total))
        along = f"{along} path{'s' * (routes.total != 1)}"
        if not routes.total:
            along = "no path"
        elif routes.total > len(routes.shown):
            along += f", of which {'the largest' if routes.exact else 'some'} {len(routes.shown)} are"
        yield rf"{left} &= {total} \quad\text{{along {along}}}"
        for route in routes.shown:
            yield _route(route, explanation, write)
        if routes.total > len(routes.shown):
            yield rf"&\quad \text{{the others together:}} \quad {_number(routes.rest, write)}"


def _route(route: Route, explanation: Explanation, write: Notation) -> str:
    """The path, and the product of its local gradients."""
    names = [name(explanation.gradient.names[node]) for node in route.nodes]
    if len(names) > MOST_PARTS:
        half = MOST_PARTS // 2
        names = [*names[:half], r"\cdots", *names[-half:]]
    factors = [*route.locals, *([] if type(route.weight) is float and route.weight == 1.0 else [route.weight])]
    brief = 1 < len(factors) <= MOST_PARTS and not any(factor is None or is_array(factor) for factor in factors)
    told = r" \cdot ".join(_wrapped(_number(factor, write)) for factor in factors) + " = " if brief else ""
    path = r" \to ".join(names)
    between = "\\\\\n&\\qquad " if len(names) > _LONG_PATH else r"\quad "
    return rf"&\quad {path}\colon {between}{told}{_number(route.contribution, write)}"
