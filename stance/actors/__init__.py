"""A thread with its replies in, its actors and their mentions out.

Names come from country data and a short list of ours, titles, the token tagger's spans, and who speaks to whom; a
`Cast` is the same as a file that a person can edit.
"""

from stance.actors.address import ADDRESSED
from stance.actors.cast import Cast, parse_cast, read_cast, write_cast
from stance.actors.find import Roster, find_actors

__all__ = ["ADDRESSED", "Cast", "Roster", "find_actors", "parse_cast", "read_cast", "write_cast"]
