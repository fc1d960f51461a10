"""Exit codes by name."""

from enum import IntEnum


class Exit(IntEnum):
    """What the process tells the shell."""

    DONE = 0
    DISAGREES = 1
    WRONG_REQUEST = 2
    UNDEFINED = 3
    UNDECIDED = 4
    #: A fault of our own: never a verdict.
    CRASH = 70
