"""What an analysis turns itself into for work at a prompt; the room `notebook` does it, imported when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from datasets import Dataset
    from networkx import DiGraph
    from pandas import DataFrame

    from stance.notebook import Table
    from stance.records import Analysis

__all__ = ["Conversions"]


class Conversions:
    """The methods by which an `Analysis` becomes a frame, a graph, a dataset, and a picture in a notebook."""

    __slots__ = ()

    def to_pandas(self, table: Table = "comments") -> DataFrame:
        """Return one table as a pandas data frame; `stance.notebook.to_frame` tells its columns.

        Args:
            table: `comments` (a row each), `stances`, `sentences`, `mentions` or `reasons`.

        Raises:
            ValueError: There is no such table.
        """
        from stance.notebook import to_frame

        return to_frame(cast("Analysis", self), table)

    def to_networkx(self, *, actors: bool = False) -> DiGraph:
        """Return the replies as a `networkx.DiGraph`; `stance.notebook.to_graph` tells its attributes.

        Args:
            actors: Have actors as nodes too, and stances as edges.
        """
        from stance.notebook import to_graph

        return to_graph(cast("Analysis", self), actors=actors)

    def to_datasets(self, *, long: bool = False) -> Dataset:
        """Return a `datasets.Dataset` in the columns of `stance score`.

        Args:
            long: A number a row, and not a comment a row.
        """
        from stance.notebook import to_dataset

        return to_dataset(cast("Analysis", self), long=long)

    def _repr_html_(self) -> str:
        from stance.notebook import to_html

        return to_html(cast("Analysis", self))
