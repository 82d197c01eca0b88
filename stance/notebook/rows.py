"""An analysis as the dataset that `stance score` would write of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.batch import to_rows, to_table
from stance.records import Analysis

if TYPE_CHECKING:
    from datasets import Dataset


def to_dataset(analysis: Analysis, *, long: bool = False) -> Dataset:
    """Return a `datasets.Dataset` with a row a comment, in the columns of `stance score`.

    Args:
        analysis: Of one thread; its id stands as `source`, too.
        long: A number a row, and not a comment a row.
    """
    from datasets import Dataset

    return Dataset(to_table(list(to_rows(analysis, source=analysis.thread.id, long=long)), long=long))
