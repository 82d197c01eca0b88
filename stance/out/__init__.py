"""An analysis in; rows for machines, a page of text or a picture for a person, and files out."""

from stance.out.dot import to_dot
from stance.out.files import FORMATS, write, write_atomically
from stance.out.graph import LOOKS, Look, Step, walk
from stance.out.plain import safe, snip
from stance.out.rows import to_comment_rows, to_row
from stance.out.svg import to_svg
from stance.out.terminal import render
from stance.out.tree import render_tree

__all__ = [
    "FORMATS",
    "LOOKS",
    "Look",
    "Step",
    "render",
    "render_tree",
    "safe",
    "snip",
    "to_comment_rows",
    "to_dot",
    "to_row",
    "to_svg",
    "walk",
    "write",
    "write_atomically",
]
