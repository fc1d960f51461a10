"""What is asked of this room: each kind of check, in a process that is stopped when its time is up."""

from collections.abc import Callable, Mapping, Sequence

from autodiff.differentiate.results.gradient import Gradient, Value
from autodiff.differentiate.results.hessian import Hessian
from autodiff.differentiate.results.jacobian import Jacobian
from autodiff.differentiate.results.tangents import Directional
from autodiff.graph.graph import Graph
from autodiff.verify.claims import ClaimCheck, Sampling
from autodiff.verify.guard import Late, Say, guarded
from autodiff.verify.results import Check, InputCheck, Verdict
from autodiff.verify.settings import Settings


def check_gradient(gradient: Gradient, settings: Settings, say: Say) -> Check:
    def compute(say: Say) -> Check:
        if gradient.has_arrays or gradient.seeds is not None:
            from autodiff.verify.programs import check_gradient as check
        else:
            from autodiff.verify.verdict import check
        return check(gradient, settings, say)

    return _checked(compute, lambda: gradient.element_partials, settings, say)


def check_directional(sweep: Directional, settings: Settings, say: Say) -> Check:
    from autodiff.verify.programs import along
    from autodiff.verify.programs import check_directional as check

    return _checked(lambda say: check(sweep, settings, say), lambda: along(sweep), settings, say)


def check_jacobian(jacobian: Jacobian, settings: Settings, say: Say) -> Check:
    from autodiff.verify.programs import check_jacobian as check
    from autodiff.verify.programs import entries_of

    return _checked(lambda say: check(jacobian, settings, say), lambda: entries_of(jacobian), settings, say)


def check_hessian(hessian: Hessian, settings: Settings, say: Say) -> Check:
    from autodiff.verify.hessians import check_hessian as check
    from autodiff.verify.hessians import entries_of

    return _checked(lambda say: check(hessian, settings, say), lambda: entries_of(hessian), settings, say)


def judge_claims(
    graph: Graph, claimed: Sequence[tuple[str, Graph]], values: Mapping[str, Value], sampling: Sampling, timeout: float
) -> list[ClaimCheck]:
    """Judge claimed derivatives; see `claim_checks.judged`."""
    from autodiff.verify.claim_checks import judged

    try:
        return guarded(lambda say: judged(graph, claimed, values, sampling, timeout), timeout, _nothing)
    except Late as late:
        return [
            ClaimCheck(name, claim.text, Verdict.INCONCLUSIVE, 0, False, None, "", (str(late),))
            for name, claim in claimed
        ]


def _nothing(stage: str) -> None:
    """A judgement of claims says nothing on its way."""


def _checked(
    compute: Callable[[Say], Check], derivatives: Callable[[], Mapping[str, float]], settings: Settings, say: Say
) -> Check:
    """What a check finds; where it is stopped, that `derivatives` are not decided."""
    try:
        return guarded(compute, settings.timeout, say)
    except Late as late:
        inputs = {name: InputCheck(name, Verdict.INCONCLUSIVE, value) for name, value in derivatives().items()}
        return Check(Verdict.INCONCLUSIVE, inputs, remarks=(str(late),))
