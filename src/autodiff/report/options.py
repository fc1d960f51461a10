"""What every format is told about how to show a result."""

from typing import NamedTuple

#: A graph with more nodes than this is shown as its inputs and a count, unless all of it is asked for.
MANY = 60


class Options(NamedTuple):
    """`digits` is None for the default of the format; `color` is None for "where a terminal shows it"."""

    digits: int | None = None
    all_nodes: bool = False
    color: bool | None = None
    width: int | None = None
