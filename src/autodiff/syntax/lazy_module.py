"""Modules that are imported when something in them is first asked for: most formulas are right, and need no errors."""

from importlib import import_module
from typing import Any


class LazyModule:
    """A module of this room, before it is imported."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(f"autodiff.syntax.{self._name}"), name)
