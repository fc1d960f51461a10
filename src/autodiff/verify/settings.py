"""How a check is done."""

from typing import NamedTuple


class Settings(NamedTuple):
    """In how many seconds, whether to compare every node, and the step of a classic difference, if any."""

    timeout: float = 10.0
    every_node: bool = False
    step: float | None = None
