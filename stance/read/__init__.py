"""A saved page or an export in, a `Page` of `Comment`s and an `Article` out."""

from stance.read.jsonl import read_jsonl
from stance.read.page import FORMATS, read_page
from stance.read.saved_page import read_saved_page

__all__ = ["FORMATS", "read_jsonl", "read_page", "read_saved_page"]
