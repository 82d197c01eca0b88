"""Which column of a table holds what: as a person names them, or by names that tables commonly give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stance.errors import BadColumns

OWN: Final = tuple(
    """id text author posted_at parent_id thread_id article_title article_text article_author article_url stated_total
    notes extra""".split()
)
"""The columns that the writers write, which are also the fields that a column can hold."""
NO_COLUMN: Final = "-"
LARGEST_CELL: Final = 1 << 24
"""Characters of CSV. Where a quotation mark is never closed, no more than this is taken for the cell."""
ARTICLE_COLUMNS: Final = ("article_title", "article_text", "article_author", "article_url")
DELETED_FLAGS: Final = frozenset({"deleted", "isdeleted", "removed", "isremoved"})
_COMMON: Final[Mapping[str, tuple[str, ...]]] = {
    # Squeezed to letters and digits; the first that a table has is taken.
    field: tuple(names.split())
    for field, names in {
        "id": "id commentid cid messageid msgid utteranceid replyid tweetid",
        "text": """text body commenttext commentbody commentcontent comment content message posttext rawtext
            textoriginal textdisplay utterance tweet""",
        "author": """author authorname username user screenname userdisplayname displayname commentauthor commenter
            authordisplayname speaker poster nickname name""",
        "posted_at": """postedat createdat createdutc created publishedat timestamp datetime commentdategmt commentdate
            createdate postdate posttime date time""",
        "parent_id": """parentid parent parentcommentid replyto replytoid inreplyto inreplytoid inreplytostatusid
            commentparent""",
        "thread_id": """threadid thread storyid story articleid linkid conversationid discussionid topicid submissionid
            commentpostid postid videoid root""",
        "article_title": "articletitle headline storytitle threadtitle submissiontitle posttitle",
        "article_text": "articletext articlebody",
        "article_author": "articleauthor",
        "article_url": "articleurl storyurl threadurl",
        "stated_total": "statedtotal",
        "notes": "",
        "extra": "extra",
    }.items()
}
_IGNORED: Final = re.compile(r"__index_level_\d+__")
"""What pandas adds to a Parquet file."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns by place. `own` is True for a table that this project wrote: there an empty parent is an unstated one."""

    names: tuple[str, ...]
    place: Mapping[str, int]
    rest: tuple[int, ...]
    own: bool


def find_columns(header: Sequence[str], *, asked: Mapping[str, str], source: str) -> Columns:
    """Find where a table holds what.

    Args:
        header: The names of its columns.
        asked: A field to the name of its column; to `-` for a field that no column holds.
        source: For messages.

    Raises:
        BadColumns: A column that was asked for is missing, none holds the text, or none the ids that parents need.
    """
    if tuple(header) == OWN and not asked:
        return Columns(OWN, {field: at for at, field in enumerate(OWN)}, (), own=True)
    names = _named_apart(header)
    place = _asked_places(names, asked, source)
    taken = set(place.values())
    for field, at in guess_columns(names).items():
        if field not in asked and at not in taken:
            place[field] = at
            taken.add(at)
    if "text" not in place:
        raise BadColumns(source, what="no column of comment texts is known by its name", found=names)
    if "id" not in place and "parent_id" in place:
        raise BadColumns(source, what="no column of ids is known by its name, and parents need them", found=names)
    rest = tuple(at for at, name in enumerate(names) if at not in taken and not _IGNORED.fullmatch(name))
    return Columns(names, place, rest, own=False)


def guess_columns(header: Sequence[str]) -> dict[str, int]:
    """Return the fields whose columns go by a common name, and where these stand."""
    squeezed: dict[str, int] = {}
    for at, name in enumerate(header):
        squeezed.setdefault(squeeze(name), at)
    found: dict[str, int] = {}
    for field, common in _COMMON.items():
        known = next((name for name in common if name in squeezed), None)
        if known is not None:
            found[field] = squeezed[known]
    return found


def squeeze(name: str) -> str:
    """Return a column's name in small letters and digits only."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _named_apart(header: Sequence[str]) -> tuple[str, ...]:
    """Name columns without a name by their place, and the second of a name by its place as well."""
    names: dict[str, None] = {}
    for at, name in enumerate(header, start=1):
        name = name.strip() or f"column {at}"
        names[name if name not in names else f"{name} (column {at})"] = None
    return tuple(names)


def _asked_places(names: Sequence[str], asked: Mapping[str, str], source: str) -> dict[str, int]:
    place: dict[str, int] = {}
    for field, wanted in asked.items():
        if field not in OWN:
            fields = ", ".join(OWN)
            raise BadColumns(source, what=f"{field[:40]!r} is no field; fields are {fields}", found=names)
        if wanted == NO_COLUMN:
            continue
        at = next((at for at, name in enumerate(names) if name == wanted.strip()), None)
        if at is None:
            at = next((at for at, name in enumerate(names) if name.casefold() == wanted.strip().casefold()), None)
        if at is None:
            raise BadColumns(source, what=f"there is no column {wanted[:40]!r}", found=names)
        place[field] = at
    return place
