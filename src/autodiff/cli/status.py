"""Exit codes by name."""

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autodiff.verify.results import Verdict


class Exit(IntEnum):
    """What the process tells the shell."""

    DONE = 0
    DISAGREES = 1
    WRONG_REQUEST = 2
    UNDEFINED = 3
    UNDECIDED = 4
    #: A fault of our own: never a verdict.
    CRASH = 70

    @classmethod
    def of(cls, verdict: "Verdict") -> "Exit":
        """What a verdict tells the shell."""
        return {
            "PASS": cls.DONE, "FAIL": cls.DISAGREES, "UNDEFINED": cls.UNDEFINED, "KINK": cls.UNDECIDED,
            "INCONCLUSIVE": cls.UNDECIDED,
        }[verdict.value]  # fmt: skip
