"""Real formulas and points from public corpora, with value and gradient to 25 digits: what comes out must agree.

`tests/data/SOURCES.md` says where the cases come from and what their fields mean.
"""

import json
import math
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support import DATA

import autodiff

FILES = {"data": DATA / "gradients.jsonl"}
#: A file with more cases of the same form, such as the whole collection. Only who names it gets it: what a test shows
#: is no matter of what lies beside a clone.
if "AUTODIFF_CASES" in os.environ:
    FILES["all"] = Path(os.environ["AUTODIFF_CASES"])

Case = dict[str, Any]


def read(path: Path) -> list[Case]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def cases_by_set() -> list[Any]:
    """One parameter for each set of each file that is there: a test per case would spend its time in pytest."""
    sets: dict[str, list[Case]] = {}
    for label, path in FILES.items():
        for case in read(path) if path.exists() else []:
            sets.setdefault(f"{label}-{case['set']}", []).append(case)
    return [pytest.param(cases, id=name) for name, cases in sets.items()]


BY_SET = cases_by_set()
#: Those that come with the source, for tests that take longer.
COPIED = [cases for cases in BY_SET if cases.id.startswith("data")]


def program(case: Case) -> str:
    return "; ".join([*(f"{name} = {text}" for name, text in case["lets"]), case["formula"]])


def point(case: Case) -> dict[str, float]:
    """The bindings of the names that the program mentions; a few corpora declare arguments that they never use."""
    mentioned = set(re.findall(r"[^\W\d]\w*", program(case)))
    return {name: float(x) for name, x in case["point"].items() if name in mentioned}


def tolerance(case: Case) -> float:
    """Room for a different order of roundings: what plain double precision loses on this case, sixteen times."""
    return max(1e-12, 16 * case["ad_float_relerr"])


def value_error(case: Case, value: float) -> float:
    """The error relative to the value and to what moving each input by its own size would do to it.

    Where terms cancel, no order of roundings keeps the digits of the value itself: `9x^4 - y^4 + 2y^2` at
    (10864, 18817) is 1, and 2 in double precision.
    """
    reference = float(case["ref_value"])
    moves = (abs(x * float(case["ref_grad"][name])) for name, x in case["point"].items())
    constants = 1.0 if not case["point"] else 0.0  # without inputs it is the constants that are rounded
    return abs(value - reference) / max(abs(reference) + sum(moves) + constants, sys.float_info.min)


def gradient_error(case: Case, partials: Mapping[str, float]) -> float:
    """The largest error of a partial, relative to the largest partial; `ad_float_relerr` is measured so.

    An antiderivative's partial with respect to its variable is its integrand: there that one partial counts by itself
    too, and `ad_float_relerr` is its own relative error.
    """
    reference = {name: float(text) for name, text in case["ref_grad"].items() if name in partials}
    errors = {name: abs(partials[name] - reference[name]) for name in reference}
    if any(map(math.isnan, errors.values())):  # max() would overlook it
        return math.inf
    largest = max((abs(partial) for partial in reference.values()), default=0.0)
    error = max(errors.values(), default=0.0) / max(largest, sys.float_info.min)
    if "known" in case:
        variable = case["known"]["var"]
        error = max(error, errors[variable] / max(abs(reference[variable]), sys.float_info.min))
    return error


def complaints(case: Case, value: float, partials: Mapping[str, float]) -> Iterator[str]:
    """What is wrong with this value and these partials; an error that is NaN is one."""
    for label, error in (("value", value_error(case, value)), ("gradient", gradient_error(case, partials))):
        if not error <= tolerance(case):
            where = f"{case['set']}/{case['name']} at {case['point']}: {program(case)[:200]}"
            yield f"{label} off by {error:.2g}, allowed {tolerance(case):.2g}: {where}"


def report(failures: list[str], total: int) -> str:
    return "\n".join([f"{len(failures)} failures in {total} cases", *failures[:10]])


@pytest.mark.parametrize("cases", BY_SET)
def test_value_and_gradient_agree_with_the_25_digit_reference(cases: list[Case]) -> None:
    failures: list[str] = []
    for case in cases:
        bindings = point(case)
        formula = autodiff.Formula(program(case))
        gradient = formula.gradient(bindings)
        if set(gradient.partials) != set(bindings):
            failures.append(f"partials for {set(gradient.partials)}, not {set(bindings)}: {program(case)[:200]}")
            continue
        if formula.value(bindings) != gradient.value:
            failures.append(f"value() is not gradient().value: {program(case)[:200]}")
        failures += complaints(case, gradient.value, gradient.partials)
    assert not failures, report(failures, len(cases))


@pytest.mark.parametrize("cases", BY_SET)
def test_an_argument_that_is_never_mentioned_has_no_gradient_in_the_reference(cases: list[Case]) -> None:
    for case in cases:
        unused = case["point"].keys() - point(case).keys()
        assert all(float(case["ref_grad"][name]) == 0 for name in unused), case["name"]


def test_the_copied_cases_are_some_of_all_cases() -> None:
    if "all" not in FILES:
        pytest.skip("the whole collection is not at hand")
    every = {json.dumps(case) for case in read(FILES["all"])}
    assert {json.dumps(case) for case in read(FILES["data"])} <= every


# The checks above are only worth something if they catch an error: plant some.


def reference(case: Case) -> tuple[float, dict[str, float]]:
    return float(case["ref_value"]), {name: float(case["ref_grad"][name]) for name in point(case)}


@pytest.mark.parametrize("cases", BY_SET)
def test_the_reference_itself_is_accepted(cases: list[Case]) -> None:
    assert [line for case in cases for line in complaints(case, *reference(case))] == []


@pytest.mark.parametrize("wrong", [lambda x: x * (1 + 1e-9), lambda x: -x, lambda x: 2 * x, lambda x: math.nan])
def test_a_wrong_partial_is_caught(wrong: Any) -> None:
    caught = total = 0
    for case in read(FILES["data"]):
        value, partials = reference(case)
        if not any(partials.values()) or tolerance(case) > 1e-10:
            continue
        largest = max(partials, key=lambda name: abs(partials[name]))
        total += 1
        caught += bool(list(complaints(case, value, {**partials, largest: wrong(partials[largest])})))
    assert caught == total > 400


@pytest.mark.parametrize("wrong", [lambda x: -x, lambda x: 2 * x, lambda x: math.nan])
def test_a_wrong_value_is_caught(wrong: Any) -> None:
    for case in read(FILES["data"]):
        value, partials = reference(case)
        if value and value_error(case, 2 * value) > tolerance(case):  # else the value is lost in its inputs' roundings
            assert list(complaints(case, wrong(value), partials)), program(case)
