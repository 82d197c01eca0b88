"""Services that keep a page's comments for it and show them by a script: what is saved then holds none."""

from __future__ import annotations

import re
from typing import Final

from stance.errors import CommentsElsewhere, NoComments, ReadError

_PASTE: Final = "Copy the page's text from the browser into a file, which --from page reads"
_OWNER: Final = f"{_PASTE}, or ask the site's owner for an export."
_API: Final = "Ask the site itself: SITE/wp-json/wp/v2/comments?post=NUMBER gives them (see docs/formats.md)."
_DISQUS: Final = "The site's owner can export them at disqus.com as XML, which is read with --from disqus."
_CORAL: Final = "Ask Coral's own interface, as docs/formats.md says; its answer is read with --from coral."
_DISCOURSE: Final = "Add .json to the address of the topic that the page leads to; it is read with --from discourse."
_GITHUB: Final = f"They are a discussion or an issue of a repository on GitHub. {_PASTE}, or write them as JSON Lines."
_SERVICES: Final = (
    ("Disqus", r"disqus_thread|disqus\.com/embed\.js|disqus_shortname", _DISQUS),
    ("Jetpack", r"jetpack_remote_comment|jetpack-comment|verbum-comments", _API),
    ("wpDiscuz", r"id=[\"']?wpdcom|wpdiscuz", _API),
    ("Facebook", r"class=[\"']?fb-comments|<fb:comments", _OWNER),
    ("Coral", r"coral_thread|coral_talk_stream|coral-embed-stream|Coral\.createStreamEmbed", _CORAL),
    ("Discourse", r"id=[\"']?discourse-comments|DiscourseEmbed\b", _DISCOURSE),
    ("OpenWeb", r"spot\.im/|data-spotim-module", _OWNER),
    ("Viafoura", r"cdn\.viafoura\.|<vf-(?:comments|conversations)\b|class=[\"']?viafoura\b", _OWNER),
    ("IntenseDebate", r"intensedebate\.com|idc-container", _OWNER),
    ("Hyvor Talk", r"hyvor-talk|talk\.hyvor\.com", _OWNER),
    ("Isso", r"id=[\"']?isso-thread", _OWNER),
    ("Commento", r"id=[\"']?commento[\"'\s>]|/js/commento\.js", _OWNER),
    ("Remark42", r"id=[\"']?remark42", _OWNER),
    ("Cusdis", r"id=[\"']?cusdis_thread", _OWNER),
    ("Waline", r"id=[\"']?waline[\"'\s>]", _OWNER),
    ("Vuukle", r"id=[\"']?vuukle-comments", _OWNER),
    ("GraphComment", r"id=[\"']?graphcomment[\"'\s>]", _OWNER),
    ("Talkyard", r"class=[\"']?talkyard-comments", _OWNER),
    ("giscus or utterances", r"giscus\.app|utteranc\.es", _GITHUB),
)


def why_none(markup: str, *, source: str, wanted: str) -> ReadError:
    """Return the error for a page in which no comment was found: it names the service that has them, if one does."""
    for where, placeholder, mend in _SERVICES:
        if re.search(placeholder, markup, re.IGNORECASE):
            return CommentsElsewhere(source, where=where, mend=mend)
    return NoComments(source, wanted=wanted, mend=f"The page holds no list of comments known here. {_PASTE}.")
