"""What an enclosure says: the ends of the value and the partials, rounded outwards, and the digits that are proved."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autodiff.numerals import for_json, for_people
from autodiff.report.sheet import Cell, Options, Sheet, Table

if TYPE_CHECKING:
    from autodiff.differentiate.results.enclosure import Enclosure
    from autodiff.evaluate.balls import Interval

#: Digits of an end: enough to read a double back, and what people read of a range.
_ALL, _SOME = 17, 6
#: An exact number has as many digits as one likes; tables say so in a word.
_EXACT = "exact"


class EnclosureSheet(Sheet):
    def __init__(self, result: "Enclosure", options: Options) -> None:
        super().__init__(options)
        self.result = result

    def _named(self) -> "Iterator[tuple[str, Interval]]":
        name = self.result.name
        yield name, self.result.value
        for variable, found in self.result.partials.items():
            yield f"d{name}/d{variable}", found

    def facts(self) -> Iterator[str]:
        digits = self.options.digits
        for name, (low, high) in self.result.box.items():
            ends = for_people(low, digits), for_people(high, digits)
            yield f"{name} = {ends[0]}" if low == high else f"{name} from {ends[0]} to {ends[1]}"

    def table(self) -> Table:
        """At a point with the digits that are proved, which a range has none of."""
        at_point = self.result.is_point
        digits = self.options.digits or (_ALL if at_point else _SOME)
        rows = []
        for name, found in self._named():
            proved = _EXACT if found.is_exact else str(found.digits)
            rows.append([name, *found.ends(digits), *[proved] * at_point])
        return Table(["enclosed", "at least", "at most", *["certified digits"] * at_point], rows)

    def remarks(self) -> Iterator[str]:
        yield from self.result.remarks

    def notes(self) -> Iterator[str]:
        yield from self.result.remarks

    def head(self) -> dict[str, Any]:
        result = self.result
        return {
            "formula": result.formula,
            "name": result.name,
            "box": {name: list(ends) for name, ends in result.box.items()},
            "value": self._json(result.value),
            "gradient": {name: self._json(found) for name, found in result.partials.items()},
            "certified": result.is_certified,
            "bits": result.bits,
            "pieces": result.pieces,
            "remarks": list(result.remarks),
        }

    def _json(self, found: "Interval") -> dict[str, Any]:
        """Ends as doubles, and with all digits that are proved as texts."""
        low, high = found.ends(min(found.digits, 1000) + 2 if self.result.is_point else _ALL)
        ends = {"lower": for_json(found.lower), "upper": for_json(found.upper), "decimals": [low, high]}
        return ends | ({"digits": None if found.is_exact else found.digits} if self.result.is_point else {})

    def cells(self) -> Iterator[Sequence[Cell]]:
        yield ("name", "lower", "upper")
        for name, found in self._named():
            yield (name, *found.ends(self.options.digits or _ALL))

    def entries(self) -> Iterator[Sequence[Cell]]:
        for name, found in self._named():
            yield (name, *found.ends(self.options.digits or _ALL))

    def numbers(self) -> Iterator[Sequence[Cell]]:
        for _, found in self._named():
            yield found.ends(self.options.digits or _ALL)
