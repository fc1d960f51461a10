"""What every format is told about how to show a result."""

import os
from typing import NamedTuple

#: A graph with more nodes than this is shown as its inputs and a count, unless all of it is asked for.
MANY = 60


class Options(NamedTuple):
    """`digits` is None for the default of the format; `color` is None for "where a terminal shows it".

    `encoding` is that of the stream, None where it can show every character.
    """

    digits: int | None = None
    all_nodes: bool = False
    color: bool | None = None
    width: int | None = None
    encoding: str | None = None

    @property
    def ascii_only(self) -> bool:
        """Whether the stream may carry no letter but those of ASCII."""
        return self.encoding is not None


def wants_color(choice: bool | None, terminal: bool) -> bool:
    """Whether to colour what goes to a stream. See https://no-color.org."""
    if choice is not None:
        return choice
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def narrow_encoding(encoding: str | None) -> str | None:
    """The encoding of a stream, if it cannot show every character."""
    return None if encoding is None or encoding.lower().startswith("utf") else encoding
