"""Services that keep a page's comments for it and show them by a script: what is saved then holds none."""

from __future__ import annotations

import re
from typing import Final

from stance.errors import CommentsElsewhere, NoComments, ReadError

_API: Final = "Ask the site itself: SITE/wp-json/wp/v2/comments?post=NUMBER gives them (see docs/formats.md)."
_OWNER: Final = "Save the page again after they have appeared, or ask the site's owner for an export."
_DISQUS: Final = "The site's owner can export them at disqus.com as XML, which is read with --from disqus."
_SERVICES: Final = (
    ("Disqus", re.compile(r"disqus_thread|disqus\.com/embed\.js|disqus_shortname", re.IGNORECASE), _DISQUS),
    ("Jetpack", re.compile(r"jetpack_remote_comment|jetpack-comment|verbum-comments", re.IGNORECASE), _API),
    ("wpDiscuz", re.compile(r"id=[\"']?wpdcom|wpdiscuz", re.IGNORECASE), _API),
    ("Facebook", re.compile(r"class=[\"']?fb-comments", re.IGNORECASE), _OWNER),
    ("Coral", re.compile(r"coral_thread|coral_talk_stream|coral-embed-stream", re.IGNORECASE), _OWNER),
    ("Discourse", re.compile(r"id=[\"']?discourse-comments", re.IGNORECASE), _OWNER),
    ("OpenWeb", re.compile(r"spot\.im/|data-spotim-module", re.IGNORECASE), _OWNER),
    ("IntenseDebate", re.compile(r"intensedebate\.com|idc-container", re.IGNORECASE), _OWNER),
    ("Hyvor Talk", re.compile(r"hyvor-talk", re.IGNORECASE), _OWNER),
    ("Isso", re.compile(r"id=[\"']?isso-thread", re.IGNORECASE), _OWNER),
    ("Commento", re.compile(r"id=[\"']?commento[\"'\s>]", re.IGNORECASE), _OWNER),
    ("Remark42", re.compile(r"id=[\"']?remark42", re.IGNORECASE), _OWNER),
    ("giscus or utterances", re.compile(r"giscus\.app|utteranc\.es", re.IGNORECASE), _OWNER),
)


def why_none(markup: str, *, source: str, wanted: str) -> ReadError:
    """Return the error for a page in which no comment was found: it names the service that has them, if one does."""
    for where, placeholder, mend in _SERVICES:
        if placeholder.search(markup):
            return CommentsElsewhere(source, where=where, mend=mend)
    return NoComments(source, wanted=wanted)
