"""A queue in, pages for moderators out: served to one person by a link, or to several by name and password.

The door, the guard, the looks and the ways to show a stranger's text are for other pages too.
"""

from stance.serve.app import create_app
from stance.serve.doors import Door, LinkDoor, PasswordDoor, Visitor
from stance.serve.front import Front, Reader, Sincere, load_pages, tell
from stance.serve.inert import SHOWN_CHARACTERS, Piece, excerpt, one_line, pieces
from stance.serve.listening import serve_locally
from stance.serve.opening import open_front
from stance.serve.passwords import hash_password
from stance.serve.running import Serving, serve
from stance.serve.site import Site, local_site, public_site

__all__ = [
    "SHOWN_CHARACTERS",
    "Door",
    "Front",
    "LinkDoor",
    "PasswordDoor",
    "Piece",
    "Reader",
    "Serving",
    "Sincere",
    "Site",
    "Visitor",
    "create_app",
    "excerpt",
    "hash_password",
    "load_pages",
    "local_site",
    "one_line",
    "open_front",
    "pieces",
    "public_site",
    "serve",
    "serve_locally",
    "tell",
]
