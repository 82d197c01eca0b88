"""ConvoKit corpora: a folder with utterances, speakers and conversations; a conversation is a thread.

https://convokit.cornell.edu/documentation/data_format.html. What its files hold as pickles is never loaded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from html import unescape
from pathlib import Path
from typing import Final

from stance.errors import BadRow, NoCorpus, ReadError
from stance.read.dates import read_iso, read_unix
from stance.read.decode import cleaning_notes
from stance.read.documents import as_mapping, find_values
from stance.read.gather import Gatherer
from stance.read.row import OnReject, Row, take
from stance.read.shelf import Shelf
from stance.read.source import Source, open_source
from stance.records import ARTICLE, Article, Comment, Page

WANTED: Final = "utterances with `id`, `conversation_id`, `speaker` and `text`"
UTTERANCES: Final = ("utterances.jsonl", "utterances.json")
KEPT: Final = "stance_kept"
"""The metadata under which the writer keeps what ConvoKit's own fields cannot hold."""
UNKNOWN_SPEAKER: Final = "[unknown]"
_NOBODY: Final = frozenset({UNKNOWN_SPEAKER, "[deleted]", "[removed]"})
_DELETED: Final = frozenset({"[deleted]", "[removed]"})
_FIELDS: Final = frozenset("id conversation_id root text speaker user meta reply-to reply_to timestamp vectors".split())
_BINARY: Final = re.compile(r"<##bin\{\d+\}&&@\*\*>")
_SIGNS: Final = tuple(
    re.compile(rf'(?<!\\)"(?:{names})"\s*:') for names in ("conversation_id|root", "speaker|user", "reply[-_]to")
)
_TITLES: Final = ("title", "op-title")
_NAMES: Final = ("name", "character_name", "username", "display_name")
_FIRST_YEAR_SECONDS: Final = 365 * 86_400
_LATEST_SECONDS: Final = 1e11
_SHOWN_FIELDS: Final = 8


@dataclass(frozen=True, slots=True)
class _Utterance:
    """A comment before its parent is known; `id` is ConvoKit's, the comment's own may be kept beside it."""

    id: str
    comment: Comment
    reply_to: str | None
    parent_kept: bool


def recognise(source: Source) -> bool:
    """Whether a source is a folder with utterances, or a file of them."""
    if source.path is not None and not source.head:
        return _utterances_of(source.path) is not None
    start = source.beginning
    first = start.split("\n", 1)[0] if start.startswith("{") else start if start.startswith("[") else ""
    return all(sign.search(first) for sign in _SIGNS)


def read(source: Source, on_reject: OnReject) -> Iterator[Page]:
    """Read a corpus, conversation by conversation; a file of utterances alone is read without its article titles.

    The first utterance is the article where the conversation has a title. Metadata is kept in `extra`.

    Raises:
        NoCorpus: The folder holds no utterances.
        BadRow: An utterance or a side file cannot be used, and `on_reject` raises.
        NoComments: There is no utterance.
    """
    folder = source.path if source.path is not None and not source.head else None
    utterances = source if folder is None else _open_utterances(folder)
    with Gatherer(utterances.name) as gatherer, Shelf(source.name) as conversations, Shelf(source.name) as names:
        if folder is not None:
            _note_binary(folder, source, on_reject)
            _shelve(folder / "conversations.json", conversations, _about, on_reject)
            speakers = folder / "speakers.json"
            _shelve(speakers if speakers.exists() else folder / "users.json", names, _name, on_reject)
        _gather(utterances, gatherer, on_reject)
        if utterances is not source:
            source.notes += utterances.notes
        make = partial(_read_conversation, source=source, conversations=conversations, names=names, on_reject=on_reject)
        yield from gatherer.pages(make, wanted=WANTED)


def plain_text(text: str, meta: Mapping[str, object]) -> str:
    """Return an utterance's text without the escapes that Reddit's corpora have; empty where it says it was deleted."""
    if text.strip() in _DELETED:
        return ""
    return unescape(text) if "subreddit" in meta and "&" in text else text


def read_timestamp(value: object) -> datetime | None:
    """Read ConvoKit's timestamp; None for anything that is no time, as a mere order of utterances is not."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return read_iso(str(value))
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= _FIRST_YEAR_SECONDS:
        return None
    return read_unix(value / 1000 if value > _LATEST_SECONDS else value)


def is_binary(value: object) -> bool:
    """Whether metadata only tells where in a pickle it lies."""
    return isinstance(value, str) and bool(_BINARY.fullmatch(value))


def speaker_name(speaker: str | None) -> str | None:
    """Return whom a speaker's id names; None where it stands for nobody."""
    return None if speaker in _NOBODY else speaker


def _utterances_of(folder: Path) -> Path | None:
    try:
        return next((file for name in UTTERANCES if (file := folder / name).is_file()), None)
    except (OSError, ValueError):
        return None


def _open_utterances(folder: Path) -> Source:
    file = _utterances_of(folder)
    if file is None:
        raise NoCorpus(str(folder))
    return open_source(file)


def _gather(source: Source, gatherer: Gatherer, on_reject: OnReject) -> None:
    for found in find_values(source, on_reject, apart=""):
        take(partial(_keep, gatherer), Row(source.name, found.place, {"utterance": found.value}), on_reject)


def _keep(gatherer: Gatherer, found: Row) -> None:
    row = found.row("utterance")
    key = "conversation_id" if "conversation_id" in row.values else "root"
    gatherer.add(row.needed_id(key), row.values, place=row.place)


def _shelve(file: Path, shelf: Shelf, pick: Callable[[Mapping[str, object]], object], on_reject: OnReject) -> None:
    """Keep of a file's objects what is needed; older corpora have the metadata where newer ones have it in `meta`."""
    import ijson

    if not file.exists():
        return
    try:
        with open_source(file).open() as stream:
            for key, value in ijson.kvitems(stream, "", use_float=True):
                meta = as_mapping(value)
                if (picked := pick(as_mapping(meta["meta"]) if "meta" in meta else meta)) is not None:
                    shelf.put(key, picked)
    except (ijson.JSONError, ValueError, RecursionError, ReadError):
        _tell_damage(file, on_reject)


def _tell_damage(file: Path, on_reject: OnReject) -> None:
    on_reject(BadRow(str(file), place="the document", what="not JSON as ConvoKit writes it", mend="Dump it again."))


def _about(meta: Mapping[str, object]) -> dict[str, object] | None:
    picked = {key: meta[key] for key in (*_TITLES, "url", "num_comments", KEPT) if key in meta}
    return picked or None


def _name(meta: Mapping[str, object]) -> str | None:
    return next((name for key in _NAMES if isinstance(name := meta.get(key), str) and name.strip()), None)


def _note_binary(folder: Path, source: Source, on_reject: OnReject) -> None:
    """Tell which metadata lies in pickles, by the index."""
    file = folder / "index.json"
    if not file.exists():
        return
    found = None
    try:
        found = next(find_values(open_source(file), on_reject), None)
    except BadRow:
        raise
    except ReadError:
        _tell_damage(file, on_reject)
    fields = [
        str(field)
        for key, index in as_mapping(found.value if found else None).items()
        if key.endswith("-index")
        for field, kinds in as_mapping(index).items()
        if kinds in ("bin", ["bin"])
    ]
    if fields:
        more = " ..." if len(fields) > _SHOWN_FIELDS else ""
        shown = ", ".join(ascii(field[:40]) for field in fields[:_SHOWN_FIELDS])
        source.notes.append(f"binary metadata is not loaded, it could run programs: {shown}{more}")


def _read_conversation(
    conversation: str,
    rows: Iterable[Row],
    counts: Counter[str],
    *,
    source: Source,
    conversations: Shelf,
    names: Shelf,
    on_reject: OnReject,
) -> Page:
    metadata = as_mapping(conversations.get(conversation))
    about = Row(source.name, f"conversation {conversation[:40]!a}", metadata, counts)
    titled = any(isinstance(about.values.get(key), str) for key in _TITLES)
    article: _Utterance | None = None
    utterances: list[_Utterance] = []
    for row in rows:
        utterance = take(partial(_read_utterance, names=names, number=len(utterances) + 1), row, on_reject)
        if utterance is None:
            continue
        if titled and article is None and utterance.id == conversation and utterance.reply_to is None:
            article = utterance
        else:
            utterances.append(utterance)
    page = Page(
        source=source.name,
        article=take(partial(_read_article, root=article), about, on_reject) or Article(),
        comments=tuple(_place(utterances, article)),
        stated_total=_count(about.values.get("num_comments")),
        thread_id=conversation,
    )
    page = take(partial(_restore, page=page), about, on_reject) or page
    return replace(page, notes=(*source.notes, *page.notes, *cleaning_notes(counts)))


def _read_utterance(row: Row, *, names: Shelf, number: int) -> _Utterance:
    utterance_id = row.needed_id("id")
    meta, kept = row.row("meta"), row.row("meta").row(KEPT)
    text = row.text("text") or ""
    speaker = row.id("speaker" if "speaker" in row.values else "user")
    stamp = row.values.get("timestamp")
    posted_at = kept.time("posted_at") if "posted_at" in kept.values else read_timestamp(stamp)
    extra = {key: value for key, value in row.values.items() if key not in _FIELDS}
    extra |= {key: value for key, value in meta.values.items() if key != KEPT and not is_binary(value)}
    extra |= kept.row("extra").values
    if text.strip() in _DELETED and "text" not in kept.values:
        extra["deleted"] = True
    if posted_at is None and stamp is not None and "posted_at" not in kept.values:
        extra.setdefault("timestamp", stamp)
    comment_id = kept.id("id") or utterance_id
    if comment_id == ARTICLE and kept.id("id") is None and row.id("conversation_id") != ARTICLE:
        row.refuse(f"the id {ARTICLE!r} stands for the article", "Give the utterance another id.")
    author = speaker_name(speaker)
    comment = Comment(
        id=comment_id,
        text=kept.text("text") or "" if "text" in kept.values else plain_text(text, meta.values),
        number=number,
        author=kept.words("author") if "author" in kept.values else _called(author, names),
        posted_at=posted_at,
        parent_id=kept.id("parent_id"),
        extra=extra,
    )
    reply_to = row.id("reply_to" if "reply_to" in row.values else "reply-to")
    return _Utterance(utterance_id, comment, reply_to, "parent_id" in kept.values)


def _called(speaker: str | None, names: Shelf) -> str | None:
    """Return the name of a speaker, whose id may be a mere number where their metadata tells it."""
    name = names.get(speaker) if speaker is not None else None
    return name.strip() if isinstance(name, str) else speaker


def _place(utterances: Iterable[_Utterance], article: _Utterance | None) -> Iterator[Comment]:
    """Give each comment its parent. Where no utterance answers another, the corpus says nothing of replies."""
    utterances = list(utterances)
    own_ids: dict[str, str] = {}
    for utterance in utterances:
        own_ids.setdefault(utterance.id, utterance.comment.id)
    flat = len(utterances) > 1 and article is None and all(one.reply_to is None for one in utterances)
    for number, utterance in enumerate(utterances, start=1):
        parent = utterance.reply_to
        if utterance.parent_kept:
            parent = utterance.comment.parent_id
        elif parent is None:
            parent = None if flat else ARTICLE
        elif article is not None and parent == article.id:
            parent = ARTICLE
        else:
            parent = own_ids.get(parent, parent)
        yield replace(utterance.comment, parent_id=parent, number=number)


def _read_article(about: Row, *, root: _Utterance | None) -> Article:
    title = next((key for key in _TITLES if about.values.get(key) is not None), _TITLES[0])
    return Article(
        title=about.words(title) or "",
        text=root.comment.text if root else "",
        author=root.comment.author if root else None,
        url=about.words("url"),
    )


def _restore(about: Row, *, page: Page) -> Page:
    """Give back what the writer kept of a page."""
    kept = about.row(KEPT)
    thread_id = kept.id("thread_id") if "thread_id" in kept.values else page.thread_id
    notes = kept.values.get("notes")
    told = tuple(note for note in notes if isinstance(note, str)) if isinstance(notes, list) else ()
    return replace(page, thread_id=thread_id, notes=told)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
