"""What the documents show is what comes out: every console block and every Python block is run."""

import contextlib
import doctest
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from autodiff.cli.root import COMMANDS, run
from autodiff.ops.table import ROWS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def console_examples() -> list[Any]:
    found: list[Any] = []
    for page in PAGES:
        for block in re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for example in re.split(r"^(?=\$ )", block, flags=re.M)[1:]:
                command, _, expected = example.partition("\n")
                found.append(pytest.param(command[2:], expected, id=f"{page.name}: {command[2:60]}"))
    return found


def execute(command: str) -> str:
    """What a person sees: standard output, then standard error."""
    program, *args = shlex.split(command)
    assert program == "autodiff"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        run(args)
    return out.getvalue() + err.getvalue()


@pytest.mark.parametrize(("command", "expected"), console_examples())
def test_a_documented_command_prints_what_the_page_shows(command: str, expected: str) -> None:
    assert execute(command) == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documented_python_gives_what_the_page_shows(page: Path) -> None:
    failures, _ = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert failures == 0


def test_every_row_is_documented() -> None:
    lacking = [row.name for row in ROWS if not row.doc or not row.example]
    assert lacking == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help_text(name: str) -> None:
    text = execute(f"autodiff {name} --help")
    options = re.findall(r"^  (--[\w-]+)(.*)$", text, re.M)
    assert options
    assert text.count("\n  autodiff ") >= 1, "no example"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"autodiff {name}" in readme, f"README.md does not mention {name}"


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
