"""What the benchmarks share: measurements taken in turns, medians of their ratios, and one plain table."""

import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

#: What a cell shows where there is nothing to compare with.
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Measurements of two things, taken side by side: the k-th of each belong together."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the pairwise ratios, which a slow spell of the machine moves less than a ratio of medians."""
        return median(self.ratios)

    @property
    def spread(self) -> str:
        """The quartiles of the ratios."""
        if len(self.ratios) < 2:
            return NOTHING
        low, _, high = quantiles(self.ratios, n=4, method="inclusive")
        return f"{low:.3f}..{high:.3f}"


def take_turns(ours: Callable[[], float], theirs: Callable[[], float], pairs: int) -> Comparison:
    """Measure both `pairs` times, in turns; which of them comes first alternates too."""
    found: tuple[list[float], list[float]] = ([], [])
    for k in range(pairs):
        for which in (0, 1) if k % 2 == 0 else (1, 0):
            found[which].append((ours, theirs)[which]())
    return Comparison(tuple(found[0]), tuple(found[1]))


def peak_memory() -> int:
    """The most memory, in bytes, that this process has held; 0 on a system that does not say.

    A new process on Linux starts from the peak of the one that launched it, so launch from a small one.
    """
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def megabytes(value: float) -> str:
    return f"{value / 1e6:,.1f} MB"


def verdict(ratio: float, target: float) -> str:
    return "yes" if ratio <= target else "NO"


def print_machine() -> None:
    """Say where the numbers come from; they mean little elsewhere."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"
    print(f"{platform.python_implementation()} {platform.python_version()}, {system}")


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    print(f"\n{title}\n")
    for row in (header, ["-" * width for width in widths], *rows):
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip())
    sys.stdout.flush()
