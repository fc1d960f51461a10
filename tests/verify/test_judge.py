"""The verdict weighs whoever spoke, however many witnesses there are."""

import pytest

from autodiff.verify.judge import weigh
from autodiff.verify.results import Verdict


@pytest.mark.parametrize(
    ("said", "verdict", "dissent"),
    [
        ({}, Verdict.INCONCLUSIVE, None),
        ({"symbolic": None, "numeric": None}, Verdict.INCONCLUSIVE, None),
        ({"symbolic": True, "numeric": None}, Verdict.PASS, None),
        ({"symbolic": True, "numeric": True, "third": True}, Verdict.PASS, None),
        ({"symbolic": False, "numeric": None}, Verdict.FAIL, "reverse"),
        ({"symbolic": False, "numeric": False}, Verdict.FAIL, "reverse"),
        ({"symbolic": False, "numeric": False, "third": False}, Verdict.FAIL, "reverse"),
        ({"symbolic": False, "numeric": True}, Verdict.INCONCLUSIVE, "symbolic"),
        ({"symbolic": True, "numeric": False}, Verdict.INCONCLUSIVE, "numeric"),
        ({"symbolic": True, "numeric": True, "third": False}, Verdict.INCONCLUSIVE, "third"),
        ({"symbolic": None, "numeric": True, "third": False}, Verdict.INCONCLUSIVE, "third"),
    ],
)
def test_who_speaks_is_weighed(said: dict[str, bool | None], verdict: Verdict, dissent: str | None) -> None:
    assert weigh(said) == (verdict, dissent)
