"""The symbolic oracle as a process of its own, which its parent can stop: a request on standard input, answers out.

The request is one line of JSON; each answer is a line, written as soon as it is known, so that an answer that came in
time is not lost when the process is stopped. Standard input stays open for as long as the parent lives: a process that
nobody waits for ends itself.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autodiff.verify.oracles.limits import end_with_parent, limit_cpu, limit_memory

if TYPE_CHECKING:
    from autodiff.graph.graph import Graph

Line = tuple[int, str | None, str]

#: How much memory SymPy may take beyond what it starts with, in bytes: some formulas would take any.
_MOST_MEMORY = 2 << 30
#: And how many seconds it computes at most, whoever waits for it.
_LONGEST = 600.0


def main() -> None:
    """Answer one request."""
    end_with_parent()
    limit_memory(_MOST_MEMORY)
    request = json.loads(sys.stdin.readline())
    limit_cpu(_LONGEST)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for number, part in enumerate(request.get("many", [])):
        for node, value, reason in derivatives(part):
            print(json.dumps([[number, node], value, reason]), flush=True)
        print(f"end {number}", flush=True)
    for line in next((answer for key, answer in _ANSWERS.items() if key in request), _nothing)(request):
        print(json.dumps(line), flush=True)
    print("done", flush=True)
    os._exit(0)  # the other thread still reads


def _end_with_parent() -> None:
    # Not through sys.stdin, whose lock the end of the process would wait for.
    while os.read(0, 1):
        pass
    os._exit(1)


def _graph(request: dict[str, Any], text: str, bound: Sequence[str]) -> "Graph":
    """The graph of a text of the request, which may call the operations that the request holds."""
    from autodiff.graph.build import build
    from autodiff.graph.read_definitions import read_all

    if "operations" not in request:
        request["operations"] = read_all(request["ops"])
    return build(text, bound, ops=request["operations"])


def derivatives(request: dict[str, Any]) -> Iterator[Line]:
    """The derivative by each wanted node: its number, the derivative as digits or None, and why there is none."""
    import mpmath

    from autodiff.verify.oracles import sympy_derivatives as symbolic

    graph = _graph(request, request["text"], request["bound"])
    inputs = [float.fromhex(text) for text in request["inputs"]]
    if request["nodes"]:
        answers = dict(enumerate(symbolic.by_chain(graph, inputs, request["wanted"])))
    else:
        answers = symbolic.derivatives(graph, inputs, request["wanted"])
    for node, answer in answers.items():
        value = None if answer.value is None else mpmath.nstr(answer.value, symbolic.DIGITS, strip_zeros=True)
        yield node, value, answer.reason


def second_derivatives(request: dict[str, Any]) -> Iterator[Line]:
    """For each pair of inputs its number, the second derivative as digits or None, and why there is none."""
    import mpmath

    from autodiff.verify.oracles import sympy_derivatives as symbolic
    from autodiff.verify.oracles.sympy_translation import Untranslatable

    graph = _graph(request, request["text"], request["bound"])
    inputs = [float.fromhex(text) for text in request["inputs"]]
    pairs = [(first, second) for first, second in request["pairs"]]
    if symbolic.tree_size(graph) > symbolic.LARGEST_EXPRESSION:
        return
    zero = [k for k, pair in enumerate(pairs) if min(pair) < 0]
    for number in zero:
        yield number, "0", ""
    rest = [k for k in range(len(pairs)) if min(pairs[k]) >= 0]
    try:
        answers = symbolic.second_by_expression(graph, inputs, [pairs[k] for k in rest])
    except Untranslatable as error:
        for number in rest:
            yield number, None, str(error)
        return
    for number, answer in zip(rest, answers, strict=True):
        value = None if answer.value is None else mpmath.nstr(answer.value, symbolic.DIGITS, strip_zeros=True)
        yield number, value, answer.reason


def proofs(request: dict[str, Any]) -> Iterator[Line]:
    """For each claim its number, and "yes", "no" or None, and why nothing is known."""
    from autodiff.verify.oracles import sympy_proof as proof

    graph = _graph(request, request["text"], request["bound"])
    claims = ((name, _graph(request, text, bound)) for name, text, bound in request["claims"])
    for number, (found, reason) in enumerate(proof.are_derivatives(graph, claims, request["at_zero"])):
        yield number, None if found is None else "yes" if found else "no", reason


def simplifications(request: dict[str, Any]) -> Iterator[Line]:
    """For each formula its number and what it is simplified to, or None and why there is nothing."""
    from autodiff.verify.oracles.sympy_simplify import answers

    return answers(request)


def _nothing(request: dict[str, Any]) -> Iterator[Line]:
    return iter(())


#: What a request must hold -> who answers it.
_ANSWERS = {"claims": proofs, "simplify": simplifications, "wanted": derivatives, "pairs": second_derivatives}


if __name__ == "__main__":
    main()
