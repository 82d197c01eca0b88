"""An analysis in; rows for machines, a page of text for a person, and files out."""

from stance.out.files import FORMATS, write, write_atomically
from stance.out.rows import to_comment_rows, to_row
from stance.out.terminal import render

__all__ = ["FORMATS", "render", "to_comment_rows", "to_row", "write", "write_atomically"]
