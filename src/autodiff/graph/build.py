"""`Program` to `Graph`: names become inputs or constants, heads become rows, calls of the text's functions unfold."""

from array import array
from collections.abc import Collection, Iterator

from autodiff.graph.builder import without_collector
from autodiff.graph.graph import Call, Graph, checked
from autodiff.graph.names import MOST_ARGUMENTS, prefix_calls, resolve_head
from autodiff.ops.added import NO_OPERATIONS, Operations
from autodiff.ops.table import CONSTANTS
from autodiff.syntax.parser import parse
from autodiff.syntax.program import Body, Program
from autodiff.syntax.tokens import NUMBER_START


def build(
    text: str, bound: Collection[str] = (), *, most: int = MOST_ARGUMENTS, ops: Operations = NO_OPERATIONS,
    unfold: bool = True,
) -> Graph:  # fmt: skip
    """The graph of a text.

    A name that is in `bound`, or that is no constant of the language, is an input. A variadic call has at most `most`
    arguments. The text may call what is in `ops` as it calls what is in the table; what has no rule there unfolds
    to its value, unless `unfold` is false.

    Raises:
        FormulaError: the text is no formula, or calls what does not exist.
        LimitError: the functions of the text unfold to too many operations.
    """
    with without_collector():
        return _build(text, frozenset(bound), most, ops, unfold=unfold)


def _build(text: str, bound: frozenset[str], most: int, ops: Operations, *, unfold: bool) -> Graph:
    program = parse(text, prefix_calls())
    body, outputs, assigned = program.body, program.outputs, program.assigned
    if program.functions:
        from autodiff.graph.unfold import unfold as unfold_functions

        called = {head.rpartition("/")[0] for made in _bodies(program) for head in made.heads}
        program.idle = tuple(name for name in program.functions if name not in called)
        body, outputs, assigned = unfold_functions(program)
        for function in program.functions.values():
            # What no call unfolds must still be right.
            for head in dict.fromkeys(function.body.heads):
                if head.rpartition("/")[0] not in program.functions:
                    resolve_head(head, program, function.body, most, ops)
    graph = _assemble(program, body, outputs, assigned, bound | program.parameters, most, ops)
    # The graph has taken what it needs.
    program.body = Body()
    if unfold and ops.rows:
        from autodiff.graph.replace import with_rules

        return with_rules(graph)
    return graph


def _bodies(program: Program) -> Iterator[Body]:
    yield program.body
    for function in program.functions.values():
        yield function.body


def _assemble(
    program: Program, body: Body, outputs: list[int], assigned: dict[str, int], bound: frozenset[str], most: int,
    ops: Operations,
) -> Graph:  # fmt: skip
    inputs: list[int] = []
    constants: list[int] = []
    values: list[float] = []
    for k, text in enumerate(body.leaves):
        if text.lstrip("-")[0] in NUMBER_START:
            values.append(float(text))
            constants.append(k)
        elif text in CONSTANTS and text not in bound:
            values.append(CONSTANTS[text])
            constants.append(k)
        else:
            inputs.append(k)
    base = len(body.leaves)
    # A leaf's reference is negative, so its place is found by indexing from the end.
    node_of = [0] * base
    for place, k in enumerate(inputs + constants):
        node_of[~k] = place

    code_of = {head: code for code, head in enumerate(dict.fromkeys(body.heads))}
    calls = [Call(resolve_head(head, program, body, most, ops), int(head.rpartition("/")[2])) for head in code_of]
    # In place, so that a long program is never in memory twice: its body ends here.
    args = body.args
    for k, refs in enumerate(args):
        if len(refs) == 2:
            a, b = refs
            args[k] = (a + base if a >= 0 else node_of[a], b + base if b >= 0 else node_of[b])
        else:
            args[k] = tuple([ref + base if ref >= 0 else node_of[ref] for ref in refs])

    def node(ref: int) -> int:
        return ref + base if ref >= 0 else node_of[ref]

    labels: dict[int, str] = {}
    for name, ref in assigned.items():
        if node(ref) >= len(inputs):
            labels.setdefault(node(ref), name)
    leaf_first = array("l", [body.leaf_first[k] for k in inputs + constants])
    leaf_last = array("l", [body.leaf_last[k] for k in inputs + constants])
    return checked(
        Graph(
            inputs=[body.leaves[k] for k in inputs],
            constants=values,
            spellings=[body.leaves[k] for k in constants],
            calls=calls,
            codes=[code_of[head] for head in body.heads],
            args=args,
            outputs=[node(ref) for ref in outputs],
            output_names=[program.output_name] if len(outputs) == 1 else [""] * len(outputs),
            labels=labels,
            program=program,
            ops=ops,
            places=(leaf_first + body.first, leaf_last + body.last),
        )
    )
