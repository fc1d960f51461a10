"""What a command writes to a file is whole, or the old file is; and a result that nobody can read is no success."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support import autodiff

from autodiff.cli.output_files import write_file
from autodiff.errors import SourceError

ENDINGS = ("svg", "html", "dot", "mmd")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_disk_leaves_the_old_file_whole_and_nothing_beside(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"x.{ending}"
    path.write_text("the old one")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    done = autodiff("graph", "x*y", "-o", str(path))
    assert done.code == 2
    assert f"{str(path)!r} cannot be written: no space left on device" in done.stderr and "hint: " in done.stderr
    assert path.read_text() == "the old one"
    assert os.listdir(tmp_path) == [path.name]


def test_an_interrupt_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.svg"
    path.write_text("the old one")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(str(path), b"new")
    assert path.read_text() == "the old one"
    assert os.listdir(tmp_path) == ["x.svg"]


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_a_file_keeps_its_permissions_and_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "file.svg", tmp_path / "link.svg"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    write_file(str(link), b"new")
    assert link.is_symlink() and file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    umask = os.umask(0o022)
    try:
        write_file(str(tmp_path / "new.svg"), b"new")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new.svg").stat().st_mode) == 0o644
    (tmp_path / "dangling.svg").symlink_to(tmp_path / "later.svg")
    write_file(str(tmp_path / "dangling.svg"), b"new")
    assert (tmp_path / "later.svg").read_bytes() == b"new"


def test_a_name_as_long_as_a_name_can_be_and_one_of_another_run(tmp_path: Path) -> None:
    (tmp_path / f".autodiff-{os.getpid()}-0").write_text("of another run")
    path = tmp_path / f"{'x' * 251}.svg"
    write_file(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert (tmp_path / f".autodiff-{os.getpid()}-0").read_text() == "of another run"


@pytest.mark.parametrize("path", ["missing/x.svg", "folder.svg", "a\0b.svg"])
def test_what_cannot_be_written_says_so(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(SourceError) as caught:
        write_file(str(tmp_path / path), b"new")
    assert caught.value.hint
    assert os.listdir(tmp_path) == ["folder.svg"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    before = os.stat("/dev/full")
    with pytest.raises(SourceError, match="cannot be written"):
        write_file("/dev/full", b"new")
    assert os.stat("/dev/full").st_ino == before.st_ino


SHELL = 'exec "$0" -c "from autodiff.cli import main; main()" "$@"'


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
@pytest.mark.parametrize(
    ("args", "streams", "code", "says"),
    [
        (["eval", "1"], ">&-", 2, "error: the output could not be written"),
        (["grad", "x", "--x", "1", "--format", "json"], ">&-", 2, "error: the output could not be written"),
        (["--help"], ">&-", 2, "error: the output could not be written"),
        (["eval", "1"], ">&- <&-", 2, "error: the output could not be written"),
        (["eval", "1"], ">&- 2>&-", 2, ""),
        (["eval", "1"], "2>&-", 0, ""),
        (["eval", "qq("], "2>&-", 2, ""),
        (["eval", "-"], "<&-", 2, "error: the formula is empty"),
    ],
)
def test_a_closed_stream_is_an_error_where_a_result_is_lost(
    args: list[str], streams: str, code: int, says: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{SHELL} {streams}", sys.executable, *args], capture_output=True, encoding="utf-8", timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert says in done.stderr and "Traceback" not in done.stderr
    assert bool(says) == ("hint: " in done.stderr)


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
def test_a_picture_needs_no_standard_output(tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    done = subprocess.run(
        ["sh", "-c", f"{SHELL} >&-", sys.executable, "graph", "x", "-o", str(path)], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert path.read_bytes().startswith(b"<")
