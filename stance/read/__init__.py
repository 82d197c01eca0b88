"""A saved page, an export or a stream in, a `Page` of `Comment`s and an `Article` a thread out; and files of them."""

from stance.read.formats import FORMATS
from stance.read.json_text import load_json
from stance.read.page import read_page, read_text, read_threads
from stance.read.pseudonyms import Pseudonyms
from stance.read.row import OnReject, refuse
from stance.read.whole_files import PART, replacing, told_of_writing, whole_file
from stance.read.writers import WRITTEN_FORMATS, write_threads

__all__ = [
    "FORMATS",
    "PART",
    "WRITTEN_FORMATS",
    "OnReject",
    "Pseudonyms",
    "load_json",
    "read_page",
    "read_text",
    "read_threads",
    "refuse",
    "replacing",
    "told_of_writing",
    "whole_file",
    "write_threads",
]
