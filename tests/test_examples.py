"""Every script of `examples/` runs and finds its own result right, and the list of examples names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.sh"))

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the examples are shell scripts")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_an_example_finds_its_own_result_right(script: Path) -> None:
    bin_first = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        [script], env={**os.environ, "PATH": bin_first}, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_an_example_says_what_it_shows(script: Path) -> None:
    interpreter, comment = script.read_text(encoding="utf-8").splitlines()[:2]
    assert interpreter == "#!/bin/sh"
    assert comment.startswith("# ") and comment.endswith(".")


def test_the_list_of_examples_is_complete() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for file in EXAMPLES.iterdir():
        if file.name != "README.md":
            assert f"[{file.name}]({file.name})" in listed
