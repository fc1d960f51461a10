"""Which function writes which result in which format: the one list of formats, each imported when it is asked for.

A new format of a result is its line here and the function that it names, which yields lines of text.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

#: The formats of every result that has numbers.
FORMATS = ("table", "json", "csv", "markdown", "plain", "value")

_MATRIX = {"table": "report.matrix_table:lines", **{form: f"report.matrix:{form}_lines" for form in FORMATS[1:]}}
#: What is written -> format -> the function.
WRITERS: Mapping[str, Mapping[str, str]] = {
    "values": {**{form: f"report.{form}:lines" for form in FORMATS[:-1]}, "value": "report.plain:value_lines"},
    "sweep": {
        "table": "report.sweeps_table:lines",
        **{form: f"report.sweeps_text:{form}_lines" for form in FORMATS[1:]},
    },
    "matrix": _MATRIX,
    "product": {**_MATRIX, **{form: f"report.hessian:product_{form}" for form in ("json", "csv", "plain")}},
    "higher": {form: f"report.higher:{form}_lines" for form in FORMATS},
    "explanation": {form: f"report.explain_{form}:lines" for form in ("text", "markdown", "latex")},
    "fragment": {"latex": "report.explain_latex:fragment_lines"},
    "claims": {"text": "report.claims:lines", "json": "report.claims:json_lines", "plain": "report.claims:plain_lines"},
    "derivatives": {
        "text": "report.derivatives:lines", **{form: f"report.derivatives:{form}_lines" for form in ("latex", "json")},
    },
}  # fmt: skip
#: Formats that have no place for a remark, and those that have none for the verdict of a check.
WITHOUT_REMARKS = {
    "values": ("plain", "value"), "sweep": ("plain", "value"),
    **dict.fromkeys(("matrix", "product", "higher"), ("csv", "plain", "value")),
}  # fmt: skip
WITHOUT_VERDICT = ("csv", "plain", "value")


def writer(what: str, form: str) -> Callable[..., Iterator[str]]:
    """The function that writes `what` in a format, line by line."""
    module, _, function = WRITERS[what][form].partition(":")
    found: Callable[..., Iterator[str]] = getattr(import_module(f"autodiff.{module}"), function)
    return found
