"""What a notebook shows of a formula, a result or a graph. Rooms above write it: they are named here, and imported only
when a notebook asks, so that nothing below them depends on them.
"""

from importlib import import_module
from typing import Any

#: The form that IPython asks for, and the module and the function that write it; None for what is better not shown.
_WRITERS = {
    "html": ("autodiff.report.notebook", "html"),
    "svg": ("autodiff.report.pictures.svg", "notebook"),
    "latex": ("autodiff.codegen.latex", "notebook"),
}


def view(form: str, shown: Any) -> str | None:
    """An object of ours in one of the forms."""
    module, function = _WRITERS[form]
    found: str | None = getattr(import_module(module), function)(shown)
    return found
