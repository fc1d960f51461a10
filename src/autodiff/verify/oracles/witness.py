"""What a witness is: somebody who derives the same function in another way, and says whether our rules are right.

A question is asked of all witnesses first, then they are heard one after the other: who computes in a process of its
own works meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import mpmath

from autodiff.evaluate.extended import Number
from autodiff.graph.graph import Graph
from autodiff.verify.oracles.differences import Slope

#: Digits in which what was said is compared.
DIGITS = 65
#: Two numbers with fifty digits agree if they do to so many.
_AGREEMENT = 20
#: What is smaller is zero for all doubles, and for what doubles are made from.
ZERO = mpmath.mpf(10) ** -400


class Question(NamedTuple):
    """The derivatives of the output of `graph` by the `wanted` nodes at a point; or by every node."""

    graph: Graph
    inputs: Sequence[float]
    wanted: Sequence[int]
    every_node: bool = False


class Ours(NamedTuple):
    """What our rules say, for every node: the derivative in extended precision, and the sum of the sizes of its parts.

    `kinked` flags the nodes whose derivative comes through a kink.
    """

    adjoints: Sequence[Number]
    sizes: Sequence[float]
    kinked: Sequence[int]


class Statement(NamedTuple):
    """What one witness says of one derivative.

    `agrees` is None where it cannot tell, and `reason` may say why. `text` is the derivative as it was said, `slope`
    what the function does on both sides, and `remark` what else is to be told.
    """

    derivative: Number | None = None
    agrees: bool | None = None
    reason: str = ""
    text: str | None = None
    slope: Slope | None = None
    remark: str = ""


class Hearing(Protocol):
    """A question that was asked of a witness."""

    def answer(self, ours: Ours, seconds: float) -> Mapping[int, Statement]:
        """What it says of each wanted node, and of others it knows, within the seconds that the check may take."""

    def stop(self) -> None:
        """Nobody waits any more."""


class Witness(Protocol):
    """An entry of the list of witnesses: its name in verdicts, and what it is doing while one waits for it."""

    @property
    def name(self) -> str: ...
    @property
    def doing(self) -> str: ...
    def ask(self, questions: Sequence[Question]) -> Sequence[Hearing]:
        """Begin with some questions, each with a hearing of its own."""


def agree(a: Number, b: Number, size: float) -> bool:
    """Whether two derivatives with fifty digits are the same; `size` is the sum of the sizes of their parts."""
    ten = mpmath.mpf(10)
    largest = max(abs(a), abs(b))
    allowed = largest * ten**-_AGREEMENT
    if mpmath.isfinite(size):
        allowed += mpmath.mpf(size) * ten ** -(2 * _AGREEMENT)
    return bool(abs(a - b) <= allowed or largest < ZERO)
