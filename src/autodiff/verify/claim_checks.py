"""Claims judged at points and proved by SymPy, about numbers and, element by element, about arrays."""

import time
from collections.abc import Mapping, Sequence

from autodiff.differentiate.results.gradient import Value
from autodiff.graph.graph import Graph
from autodiff.graph.shapes import holds_arrays
from autodiff.numerals import is_array
from autodiff.verify.claims import ClaimCheck, Sampling, check_claim
from autodiff.verify.oracles.limits import patience
from autodiff.verify.oracles.sympy_process import ask_proofs

#: The share of the time in which claims are compared at points.
_SHARE = 0.6


def judged(
    graph: Graph, claimed: Sequence[tuple[str, Graph]], values: Mapping[str, Value], sampling: Sampling, timeout: float
) -> list[ClaimCheck]:
    """Judge claimed derivatives of the output of `graph`, each the graph of a formula, by the name of the variable.

    `values` holds those of some inputs; the others are drawn. SymPy gets `timeout` seconds to prove the claims.

    Raises:
        FormulaError: a claim does not fit its variable.
    """
    if any(map(is_array, values.values())) or any(map(holds_arrays, [graph, *(claim for _, claim in claimed)])):
        from autodiff.verify.array_claims import element_claims

        parts = [
            (part, claim.text)
            for name, claim in claimed
            for part in element_claims(graph, name, claim, values, sampling)
        ]
        if not parts:
            return []
        fixed = [key for key, label in parts[0][0].names.items() if label.partition("[")[0] in sampling.fixed]
        oracle = ask_proofs(parts[0][0].graph, [(part.name, part.claim) for part, _ in parts], fixed)
    else:
        parts, oracle = [], ask_proofs(graph, claimed, sampling.fixed)
    started, count = time.monotonic(), len(parts) or len(claimed)
    # Each claim gets its share of the time, and SymPy the rest.
    turns = [
        sampling._replace(until=started + patience(timeout) * _SHARE * (number + 1) / count) for number in range(count)
    ]
    try:
        checks = [
            part.finished(
                check_claim(
                    part.graph, part.name, part.claim, part.given, turn._replace(ranges=part.ranges), part.first
                ),
                text,
            )
            for turn, (part, text) in zip(turns, parts, strict=bool(parts))
        ] or [check_claim(graph, name, claim, values, turn) for turn, (name, claim) in zip(turns, claimed, strict=True)]
        # What is wrong at a point needs no proof.
        hopeful = any([found.verdict.value == "PASS" for found in checks])
        proofs, _ = oracle.answers(timeout, since_start=True) if hopeful else ({}, "")
    finally:
        oracle.stop()
    return [check.proved_by(proofs.get(number, (None, ""))[0]) for number, check in enumerate(checks)]
