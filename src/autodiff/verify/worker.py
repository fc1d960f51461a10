"""The symbolic oracle as a process of its own, which its parent can stop: a request on standard input, answers out.

The request is one JSON object; each answer is a line, written as soon as it is known, so that an answer that came in
time is not lost when the process is stopped.
"""

import json
import sys
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    import mpmath

    from autodiff.graph.build import build
    from autodiff.verify import symbolic

    graph = build(request["text"], request["bound"])
    inputs = [float.fromhex(text) for text in request["inputs"]]
    wanted: list[int] = request["wanted"]

    def tell(node: int, answer: symbolic.Answer) -> None:
        value = None if answer.value is None else mpmath.nstr(answer.value, 50, strip_zeros=True)
        print(json.dumps([node, value, answer.reason]), flush=True)

    answer_all(graph, inputs, wanted, bool(request["nodes"]), tell)
    print("done", flush=True)


def answer_all(
    graph: Any, inputs: list[float], wanted: list[int], every_node: bool, tell: Callable[[int, Any], None]
) -> None:
    """Tell the derivative by each wanted input and, if asked for, by every node."""
    from autodiff.verify import symbolic

    if every_node:
        for node, answer in enumerate(symbolic.by_chain(graph, inputs, wanted)):
            tell(node, answer)
        return
    for node, answer in symbolic.derivatives(graph, inputs, wanted).items():
        tell(node, answer)


if __name__ == "__main__":
    main()
