"""A saved page, an export or a stream in, a `Page` of `Comment`s and an `Article` a thread out."""

from stance.read.formats import FORMATS
from stance.read.page import read_page, read_threads
from stance.read.pseudonyms import Pseudonyms
from stance.read.row import OnReject, refuse

__all__ = ["FORMATS", "OnReject", "Pseudonyms", "read_page", "read_threads", "refuse"]
