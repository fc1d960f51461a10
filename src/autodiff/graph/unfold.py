"""Calls of functions that the text defines, replaced by their bodies. An explicit stack, and a bound on the size."""

from autodiff.errors import FormulaError, LimitError
from autodiff.graph.names import wrong_arity
from autodiff.syntax.program import Body, Function, Program
from autodiff.syntax.tokens import NUMBER_START

#: More operations and calls than this are refused: a few doubling functions would never come to an end.
MOST_OPERATIONS = 5_000_000


class _Frame:
    """A body being copied: how far it is, and what its operations and leaves became."""

    __slots__ = ("body", "function", "leaves", "position", "results")

    def __init__(self, body: Body, leaves: list[int | None], function: Function | None) -> None:
        self.body, self.leaves, self.function = body, leaves, function
        self.position = 0
        self.results: list[int] = []

    def place(self, ref: int) -> int | None:
        return self.results[ref] if ref >= 0 else self.leaves[~ref]


def unfold(program: Program) -> tuple[Body, list[int], dict[str, int]]:
    """The body of `program` without calls of its own functions, its outputs, and its assigned names.

    Raises:
        FormulaError: functions call each other in a cycle, or one is called with the wrong number of arguments.
        LimitError: the result would be too large.
    """
    _refuse_cycles(program)
    out = Body()
    main = _Frame(program.body, [None] * len(program.body.leaves), None)
    for name, ref in program.assigned.items():
        if ref < 0 and program.body.leaves[~ref].lstrip("-")[0] in NUMBER_START:
            # A named number keeps a node of its own, apart from the same number elsewhere.
            _leaf(out, main, ~ref, f"{name} =")
    stack, calls = [main], 0
    while True:
        frame = stack[-1]
        body = frame.body
        if frame.position == len(body.heads):
            if frame is main:
                break
            stack.pop()
            function = frame.function
            assert function is not None
            stack[-1].results.append(_resolve(program, out, main, frame, function.result))
            continue
        k = frame.position
        frame.position += 1
        args = [_resolve(program, out, main, frame, ref) for ref in body.args[k]]
        head = body.heads[k]
        called = program.functions.get(head.rpartition("/")[0])
        if called is None:
            frame.results.append(len(out.heads))
            out.heads.append(head)
            out.args.append(tuple(args))
            out.first.append(body.first[k])
            out.last.append(body.last[k])
        else:
            _check_arity(program, called, body, k)
            calls += 1
            if len(out.heads) + calls > MOST_OPERATIONS:
                raise LimitError(
                    "too-large", f"the functions unfold to more than {MOST_OPERATIONS:,} operations",
                    text=program.text, spans=[program.span(body.first[k], body.last[k])],
                    hint="compute repeated parts once, and name them",
                )  # fmt: skip
            leaves: list[int | None] = [*args, *([None] * (len(called.body.leaves) - len(args)))]
            stack.append(_Frame(called.body, leaves, called))
    outputs = [_resolve(program, out, main, main, ref) for ref in program.outputs]
    assigned = {name: _resolve(program, out, main, main, ref) for name, ref in program.assigned.items()}
    return out, outputs, assigned


def _leaf(out: Body, frame: _Frame, k: int, key: str) -> int:
    """The leaf of `out` that leaf `k` of the body of `frame` becomes; leaves with the same key are one."""
    if key not in out.names:
        body = frame.body
        out.names[key] = out.leaf(body.leaves[k], body.leaf_first[k], body.leaf_last[k])
    frame.leaves[k] = out.names[key]
    return out.names[key]


def _resolve(program: Program, out: Body, main: _Frame, frame: _Frame, ref: int) -> int:
    """What `ref`, in the body of `frame`, became in `out`."""
    placed = frame.place(ref)
    if placed is not None:
        return placed
    text = frame.body.leaves[~ref]
    if frame is main or text not in program.assigned:
        return _leaf(out, frame, ~ref, text)
    # A name that the function does not bind is the one that the text has assigned before the call.
    outer = program.assigned[text]
    if outer >= len(main.results):
        raise FormulaError(
            "used-before-assigned", f"{text!r} is used by a call before it is assigned", text=program.text,
            spans=[program.span(frame.body.leaf_first[~ref], frame.body.leaf_first[~ref])],
            hint=f"assign {text!r} before the call",
        )  # fmt: skip
    placed = frame.leaves[~ref] = _resolve(program, out, main, main, outer)
    return placed


def _check_arity(program: Program, called: Function, body: Body, k: int) -> None:
    """Raise if call `k` of `body` does not fit the function."""
    given = len(body.args[k])
    if given != len(called.params):
        wanted, writing = str(len(called.params)), f"{called.name}({', '.join(called.params)})"
        raise wrong_arity(called.name, wanted, given, [writing], program, body.first[k], body.last[k])


def _refuse_cycles(program: Program) -> None:
    """Raise if a function calls itself, directly or through others, or calls another with the wrong arguments."""
    calls: dict[str, list[tuple[str, int]]] = {}
    for name, function in program.functions.items():
        heads = {head: k for k, head in reversed(list(enumerate(function.body.heads)))}
        called = ((head.rpartition("/")[0], k) for head, k in heads.items())
        calls[name] = [(callee, k) for callee, k in called if callee in program.functions]
        for callee, k in calls[name]:
            _check_arity(program, program.functions[callee], function.body, k)
    finished: set[str] = set()
    for start, first_calls in calls.items():
        path, active, pending = [start], {start}, [iter(first_calls)]
        while path and start not in finished:
            step = next(pending[-1], None)
            if step is None:
                pending.pop()
                active.discard(path[-1])
                finished.add(path.pop())
            elif step[0] in active:
                body, k = program.functions[path[-1]].body, step[1]
                cycle = " -> ".join([*path[path.index(step[0]) :], step[0]])
                raise FormulaError(
                    "cycle", f"functions call each other in a cycle: {cycle}", text=program.text,
                    spans=[program.span(body.first[k], body.last[k])],
                    hint="autodiff unfolds every call, so recursion would never end",
                )  # fmt: skip
            elif step[0] not in finished:
                path.append(step[0])
                active.add(step[0])
                pending.append(iter(calls[step[0]]))
