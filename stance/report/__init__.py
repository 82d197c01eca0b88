"""An analysis or scores of a corpus in, a report that a person reads out: one page, its pictures and its tables."""

from stance.report.corpus_page import make_corpus_report
from stance.report.limits import Limits, Measured, read_limits
from stance.report.page import Report, make_report
from stance.report.picture import IMAGE_FORMS, Picture, Table, render_picture
from stance.report.writing import check_places, write_report

__all__ = [
    "IMAGE_FORMS",
    "Limits",
    "Measured",
    "Picture",
    "Report",
    "Table",
    "check_places",
    "make_corpus_report",
    "make_report",
    "read_limits",
    "render_picture",
    "write_report",
]
