"""The symbolic oracle as a process of its own, which its parent can stop: a request on standard input, answers out.

The request is one JSON object; each answer is a line, written as soon as it is known, so that an answer that came in
time is not lost when the process is stopped.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

Line = tuple[int, str | None, str]


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    for line in next(answer for key, answer in _ANSWERS.items() if key in request)(request):
        print(json.dumps(line), flush=True)
    print("done", flush=True)


def derivatives(request: dict[str, Any]) -> Iterator[Line]:
    """The derivative by each wanted node: its number, the derivative as digits or None, and why there is none."""
    import mpmath

    from autodiff.graph.build import build
    from autodiff.verify import symbolic

    graph = build(request["text"], request["bound"])
    inputs = [float.fromhex(text) for text in request["inputs"]]
    if request["nodes"]:
        answers = dict(enumerate(symbolic.by_chain(graph, inputs, request["wanted"])))
    else:
        answers = symbolic.derivatives(graph, inputs, request["wanted"])
    for node, answer in answers.items():
        value = None if answer.value is None else mpmath.nstr(answer.value, symbolic.DIGITS, strip_zeros=True)
        yield node, value, answer.reason


def proofs(request: dict[str, Any]) -> Iterator[Line]:
    """For each claim its number, and "yes", "no" or None, and why nothing is known."""
    from autodiff.graph.build import build
    from autodiff.verify import proof

    graph = build(request["text"], request["bound"])
    for number, (name, text, bound) in enumerate(request["claims"]):
        found, reason = proof.is_derivative(graph, name, build(text, bound))
        yield number, None if found is None else "yes" if found else "no", reason


def simplifications(request: dict[str, Any]) -> Iterator[Line]:
    """For each formula its number and what it is simplified to, or None and why there is nothing."""
    from autodiff.verify.simplify import answers

    return answers(request)


#: What a request must hold -> who answers it.
_ANSWERS = {"claims": proofs, "simplify": simplifications, "wanted": derivatives}


if __name__ == "__main__":
    main()
