"""How a check is done."""

from typing import NamedTuple

from autodiff.evaluate.asked import positive


class Settings(NamedTuple):
    """In how many seconds, whether to compare every node, and the step of a classic difference, if any."""

    timeout: float = 10.0
    every_node: bool = False
    step: float | None = None


def settings(timeout: object, *, every_node: object = False, step: object = None) -> Settings:
    """The settings that a caller asks for. Raises BindingError for a time or a step that is no positive number."""
    return Settings(
        positive("the time for a check", timeout, "timeout=10"), bool(every_node),
        None if step is None else positive("the step of a difference", step, "step=1e-6"),
    )  # fmt: skip
