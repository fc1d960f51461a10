"""What the parser makes of a text: a flat, graph-shaped record of it. Names of operations are still only text."""

from array import array

from autodiff.errors import Span
from autodiff.syntax.tokens import offsets


class Body:
    """Operations in the order in which they are computed.

    A *reference* is an int: `k >= 0` is operation `k`, and a negative one is leaf `~k`. A *head* is `name/arity` for a
    call and `symbol/arity` for an operator: `"max/3"`, `"+/2"`, `"-/1"`, `"if else/3"`. Places are token numbers.
    """

    __slots__ = ("args", "first", "heads", "last", "leaf_first", "leaf_last", "leaves", "names")

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.args: list[tuple[int, ...]] = []
        self.first = array("l")
        self.last = array("l")
        #: The text of each leaf, a name or a number, and the first and last token of where it first stands.
        self.leaves: list[str] = []
        self.leaf_first = array("l")
        self.leaf_last = array("l")
        #: What a text that stands for a value refers to: assigned names, parameters, and leaves by their text.
        self.names: dict[str, int] = {}

    def leaf(self, text: str, first: int, last: int) -> int:
        """The reference of a new leaf, written from token `first` to token `last`."""
        self.leaves.append(text)
        self.leaf_first.append(first)
        self.leaf_last.append(last)
        return ~(len(self.leaves) - 1)


class Function:
    """A function that the text defines: `params` are the first leaves of its body, `result` is a reference into it."""

    __slots__ = ("body", "name", "params", "result", "token")

    def __init__(self, name: str, token: int) -> None:
        self.name = name
        self.token = token
        self.params: list[str] = []
        self.body = Body()
        self.result = 0


class Program:
    """A parsed text."""

    __slots__ = (
        "_places", "assigned", "assigned_at", "body", "functions", "idle", "output_name", "output_places", "outputs",
        "parameters", "text",
    )  # fmt: skip

    def __init__(self, text: str, places: tuple[list[int], list[int]] | None = None) -> None:
        self.text = text
        self.body = Body()
        #: Assigned names and what they refer to, in order.
        self.assigned: dict[str, int] = {}
        #: The token of each assigned name.
        self.assigned_at: dict[str, int] = {}
        self.functions: dict[str, Function] = {}
        #: The functions that nothing calls.
        self.idle: tuple[str, ...] = ()
        #: The parameters of the function that is the output: variables, even where the language has such a constant.
        self.parameters: frozenset[str] = frozenset()
        self.outputs: list[int] = []
        #: The first and last token of each output.
        self.output_places: list[tuple[int, int]] = []
        #: The name of the output, where the last statement assigns it.
        self.output_name = ""
        #: Where each token stands, unless it is where `offsets` finds it.
        self._places = places

    def span(self, first: int, last: int) -> Span:
        """The half-open range of the text from token `first` to token `last`."""
        if self._places is None:
            self._places = offsets(self.text)
        starts, ends = self._places
        return starts[first], ends[last]
