"""The cells of any sheet as comma-separated values."""

import csv
import io
from collections.abc import Iterator

from autodiff.numerals import for_machines
from autodiff.report.sheet import Sheet


def lines(sheet: Sheet) -> Iterator[str]:
    """Each row as a line; numbers read back as the same doubles, unless digits were asked for."""
    digits = sheet.options.digits
    text = _harmless if sheet.options.safe_csv else str
    buffer = io.StringIO()
    write = csv.writer(buffer, lineterminator="").writerow
    for row in sheet.cells():
        write(["" if x is None else text(x) if isinstance(x, str) else for_machines(x, digits) for x in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _harmless(text: str) -> str:
    """A cell that no spreadsheet runs: see https://owasp.org/www-community/attacks/CSV_Injection.

    Numbers, several of them with blanks between included, stay what they are.
    """
    if not text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return text
    try:
        for word in text.split():
            float(word)
    except ValueError:
        return f"'{text}"
    return text
