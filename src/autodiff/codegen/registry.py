"""The one list of targets, and how a routine is written in one of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autodiff.errors import AutodiffError

if TYPE_CHECKING:
    from autodiff.codegen.plan import Example
    from autodiff.differentiate.derive.routine import Routine

#: Target -> the module of `autodiff.codegen.targets` that writes it, and whether it can test itself.
TARGETS = {
    "c": ("c", True), "python": ("python", True), "numpy": ("numpy", True), "javascript": ("javascript", True),
    "sql": ("sql", True), "rust": ("rust", True), "fortran": ("fortran", True),
    "latex": ("latex", False), "matlab": ("matlab", True),
}  # fmt: skip


def write(
    routine: "Routine", target: str, *, name: str, matrix: bool, version: str, examples: "Sequence[Example]" = (),
    **options: Any,
) -> str:  # fmt: skip
    """The routine as a program of a target; `options` are those of the target.

    Raises:
        AutodiffError: the target cannot spell it, the name is none there, or it cannot test itself.
    """
    from importlib import import_module

    from autodiff.codegen.plan import plan_of

    module, tests = TARGETS[target]
    if examples and not tests:
        able = ", ".join(other for other, (_, can) in TARGETS.items() if can)
        raise AutodiffError("no-test", f"{target} cannot test itself", hint=f"these can: {able}")
    writer = import_module(f"autodiff.codegen.targets.{module}")
    if hasattr(writer, "document"):
        document: str = writer.document(routine, name=name, matrix=matrix, version=version)
        return document
    language = writer.language(**options) if hasattr(writer, "language") else writer.LANGUAGE
    plan = plan_of(routine, language, name=name, matrix=matrix, version=version, examples=examples)
    text: str = writer.program(plan, **options)
    return text
