"""The option `--ops`: files with operations of the user, for every command that takes a formula."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from autodiff.cli.sources import read_file

if TYPE_CHECKING:
    from autodiff.ops.added import Operations

#: The commands take the files from the command line themselves, as a formula needs them before the options are read.
OPS = click.Option(
    ["--ops"], multiple=True, metavar="FILE", expose_value=False,
    help="Load operations of your own from a file. May be given several times.",
)  # fmt: skip


def read_ops(paths: Sequence[str]) -> "Operations | None":
    """The operations of the files, each of which may call those of the files before it; None for no file.

    Raises:
        AutodiffError: a file cannot be read, or defines no operations.
    """
    if not paths:
        return None
    from autodiff.graph.definitions import MOST_CHARACTERS
    from autodiff.graph.read_definitions import read_operations

    found = None
    for path in paths:
        text = read_file(path, "after --ops comes the path of a file with operations", 4 * MOST_CHARACTERS)
        found = read_operations(text, found)
    return found
