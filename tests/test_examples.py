"""Every script of `examples/` runs and finds its own result right, and the list of examples names it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import ROOT

EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.sh"))
TRAINING = sorted(EXAMPLES.glob("train_*.py"))

on_posix = pytest.mark.skipif(os.name != "posix", reason="these examples are shell scripts")


@on_posix
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_an_example_finds_its_own_result_right(script: Path) -> None:
    bin_first = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        [script], env={**os.environ, "PATH": bin_first}, capture_output=True, encoding="utf-8", timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_an_example_says_what_it_shows(script: Path) -> None:
    interpreter, comment = script.read_text(encoding="utf-8").splitlines()[:2]
    assert interpreter == "#!/bin/sh"
    assert comment.startswith("# ") and comment.endswith(".")


@pytest.mark.parametrize("program", TRAINING, ids=lambda program: program.stem)
def test_a_network_learns_as_well_as_its_header_says(program: Path) -> None:
    done = subprocess.run(
        [sys.executable, program], capture_output=True, encoding="utf-8", timeout=600, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    *curve, last = done.stdout.splitlines()
    found = re.fullmatch(r"accuracy: ([01]\.\d+) \(stated: ([01]\.\d+)\)", last)
    assert found is not None, last
    assert float(found[1]) >= float(found[2])
    source = program.read_text(encoding="utf-8")
    header = re.search(r"at least (\d+) %", source.split('"""')[1])
    assert header is not None and float(header[1]) == 100 * float(found[2])
    losses = [float(number) for number in re.findall(r"loss ([0-9.]+)", "\n".join(curve))]
    assert len(losses) >= 10
    assert losses[-1] < losses[0] / 5
    assert len(source.splitlines()) < 60


def test_a_training_program_that_learns_nothing_fails(tmp_path: Path) -> None:
    source = (EXAMPLES / "train_formula.py").read_text(encoding="utf-8")
    assert "-= 0.1 * partial" in source
    still = tmp_path / "still.py"
    still.write_text(source.replace("-= 0.1 * partial", "-= 0.0 * partial"), encoding="utf-8")
    done = subprocess.run([sys.executable, still], capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert done.returncode == 1, done.stdout


def test_the_list_of_examples_is_complete() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for file in EXAMPLES.iterdir():
        if file.name != "README.md":
            assert f"[{file.name}]({file.name})" in listed
