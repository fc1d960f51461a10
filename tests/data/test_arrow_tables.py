"""Rows of tables of other libraries: a table of the same kind comes back, and what is no number is said."""

import datetime
import decimal
import math
import sys
from typing import Any

import pytest

from autodiff import AutodiffError, BindingError, Formula

pa: Any = pytest.importorskip("pyarrow")
FORMULA = Formula("x^2*y")


def test_a_table_of_arrow_comes_back_as_one_and_other_columns_may_be_anything() -> None:
    table = pa.table({"x": [1.0, 2.0], "y": [3, None], "label": ["a", "b"]})
    found = FORMULA.map(table)
    assert found.column_names == ["f", "df_dx", "df_dy"]
    assert found.column("df_dx").to_pylist()[0] == 6.0
    assert math.isnan(found.column("f").to_pylist()[1])
    assert isinstance(FORMULA.map(table.to_batches()[0]), pa.RecordBatch)


def test_tables_of_pandas_and_polars_come_back_as_theirs() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frame = FORMULA.map(pandas.DataFrame({"x": [1.0, 2.0], "y": [3, 4]}, index=[7, 9]))
    assert frame.index.tolist() == [7, 9] and frame["f"].tolist() == [3.0, 16.0]
    assert FORMULA.map(polars.DataFrame({"x": [1.0, 2.0], "y": [3, 4]}))["f"].to_list() == [3.0, 16.0]


@pytest.mark.parametrize(
    ("column", "number"),
    [
        (pa.array([decimal.Decimal("1.5")]), 1.5), (pa.array([2**53 + 1]), 2.0**53), (pa.array([True]), 1.0),
        (pa.array(["a"]).dictionary_encode(), None), (pa.array([2.5]).dictionary_encode(), 2.5),
        (pa.array([None]), math.nan), (pa.array([1.5], pa.float32()), 1.5), (pa.array(["1"]), None),
        (pa.array([datetime.datetime(2020, 1, 1)]), None), (pa.array([[1.0, 2.0], [3.0]])[:1], [1.0, 2.0]),
        (pa.array([[1.0], [1.0, 2.0]]), None), (pa.array([[1.0], None]), None),
    ],
)  # fmt: skip
def test_columns_are_numbers_or_the_error_says_what_they_are(column: Any, number: Any) -> None:
    formula = Formula("sum(x)") if isinstance(number, list) else Formula("1*x")
    if number is None:
        with pytest.raises(BindingError) as caught:
            formula.map(pa.table({"x": column}))
        assert "'x'" in str(caught.value)
        return
    found = formula.map(pa.table({"x": column})).column("f").to_pylist()[0]
    assert found == pytest.approx(sum(number) if isinstance(number, list) else number, nan_ok=True)


def test_without_pyarrow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"x": [1.0], "y": [1.0]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(AutodiffError) as caught:
        FORMULA.map(table)
    assert "pip install" in caught.value.hint
