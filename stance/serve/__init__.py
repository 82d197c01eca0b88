"""A queue in, pages for moderators out: served to one person by a link, or to several by name and password."""

from stance.serve.app import create_app
from stance.serve.doors import Door, LinkDoor, PasswordDoor, Visitor
from stance.serve.passwords import hash_password
from stance.serve.running import Serving, serve
from stance.serve.site import Site, local_site, public_site

__all__ = [
    "Door",
    "LinkDoor",
    "PasswordDoor",
    "Serving",
    "Site",
    "Visitor",
    "create_app",
    "hash_password",
    "local_site",
    "public_site",
    "serve",
]
