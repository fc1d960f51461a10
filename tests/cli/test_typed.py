"""What people typed gives the number that they meant, or a hint that says how to write it."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from tests.support import DATA, autodiff

CASES = json.loads((DATA / "typed.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(case["args"][:2]))
def test_what_people_type_is_understood(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in case.get("files", {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = autodiff(*case["args"])
    assert done.code == case["rc"], done.stderr
    assert case.get("says", "") in done.stderr
    if "numbers" in case:
        found = [float(line) for line in done.stdout.split()]
        assert len(found) == len(case["numbers"])
        assert all(map(lambda a, b: math.isclose(a, b, rel_tol=1e-14), found, case["numbers"]))
    elif case["rc"] != 0:
        assert not done.stdout
