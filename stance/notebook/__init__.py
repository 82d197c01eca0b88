"""An analysis in; what people work with at a prompt out: data frames, a graph, a dataset, a picture in HTML.

`Analysis` itself has these as methods (`to_pandas`, `to_networkx`, `to_datasets`).
"""

from stance.notebook.frames import TABLES, Table, to_frame
from stance.notebook.network import to_graph
from stance.notebook.picture import to_html
from stance.notebook.rows import to_dataset

__all__ = ["TABLES", "Table", "to_dataset", "to_frame", "to_graph", "to_html"]
