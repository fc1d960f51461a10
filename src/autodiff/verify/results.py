"""What a check found, as plain data."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from autodiff.errors import Span

#: Of so many inputs a representation shows the first.
_SHOWN = 12


class Verdict(Enum):
    """The outcome of a check, worst first."""

    FAIL = "FAIL"
    UNDEFINED = "UNDEFINED"
    INCONCLUSIVE = "INCONCLUSIVE"
    KINK = "KINK"
    PASS = "PASS"


#: With fewer correct digits a number is of little use, unless somebody says otherwise.
MIN_DIGITS = 6.0


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict on the whole from those on its parts."""
    return next((verdict for verdict in Verdict if verdict in verdicts), Verdict.PASS)


class InputCheck(NamedTuple):
    """The evidence on the derivative by one input.

    `reverse` and `forward` are the two sweeps in doubles, `extended` the same rules with fifty digits. `symbolic` is
    SymPy's derivative and `numeric` that by differences, with `numeric_error`; None where there is none. `left` and
    `right` are the one-sided derivatives, where they differ. `digits` counts the correct digits of `reverse`. `dissent`
    names who disagrees, and `remarks` says the rest in sentences.
    """

    name: str
    verdict: Verdict
    reverse: float
    forward: float | None = None
    extended: str | None = None
    symbolic: str | None = None
    numeric: float | None = None
    numeric_error: float | None = None
    left: float | None = None
    right: float | None = None
    classic: float | None = None
    classic_error: float | None = None
    digits: float | None = None
    dissent: str | None = None
    remarks: tuple[str, ...] = ()
    #: Whether the digits, or a FAIL, are proved.
    certified: bool = False


class NodeCheck(NamedTuple):
    """The comparison of one node's adjoint: the sweep's, that by SymPy's derivatives, and what is wrong with it."""

    node: int
    name: str
    span: Span
    verdict: Verdict
    reverse: float
    symbolic: str | None
    message: str


class Check(NamedTuple):
    """A checked gradient: the verdict on the whole, on each input and, where asked for, on each node.

    `culprit` is the operation whose derivative is wrong, if one could be named, and `remarks` concern the whole.
    A number with fewer correct digits than `min_digits` is no plain PASS: the derivation is right, the number is not.
    """

    verdict: Verdict
    inputs: Mapping[str, InputCheck]
    nodes: tuple[NodeCheck, ...] = ()
    culprit: NodeCheck | None = None
    remarks: tuple[str, ...] = ()
    min_digits: float = MIN_DIGITS

    @property
    def digits(self) -> float | None:
        """How many digits are right of every derivative, as far as that is known."""
        return min((found.digits for found in self.inputs.values() if found.digits is not None), default=None)

    @property
    def certified(self) -> bool:
        """Whether what is said of every derivative is proved."""
        return bool(self.inputs) and all([found.certified for found in self.inputs.values()])

    @property
    def few(self) -> bool:
        """Whether the derivation is right, and a derivative has fewer correct digits than `min_digits`."""
        return self.verdict is Verdict.PASS and self.digits is not None and self.digits < self.min_digits

    def __repr__(self) -> str:
        each = "".join(f", {name}={check.verdict.value}" for name, check in list(self.inputs.items())[:_SHOWN])
        return f"Check({self.verdict.value}{each}{', ...' * (len(self.inputs) > _SHOWN)})"
