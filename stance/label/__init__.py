"""What is to be labelled in; a page to label it on, the file of labels, and tasks for other tools, out.

The page is blind: neither a model's answer nor anybody else's is on it.
"""

from stance.label.app import create_label_app
from stance.label.book import Book, is_skipped, open_book
from stance.label.errors import LabelsAreSample, LabelsInUse, NothingToLabel
from stance.label.exchange import Imported, Tool, export_units, import_labels
from stance.label.questions import make_question
from stance.label.running import Labelling, serve_labelling
from stance.label.sitting import Answer, Progress, Sitting
from stance.label.units import holds_units, read_units

__all__ = [
    "Answer",
    "Book",
    "Imported",
    "Labelling",
    "LabelsAreSample",
    "LabelsInUse",
    "NothingToLabel",
    "Progress",
    "Sitting",
    "Tool",
    "create_label_app",
    "export_units",
    "holds_units",
    "import_labels",
    "is_skipped",
    "make_question",
    "open_book",
    "read_units",
    "serve_labelling",
]
