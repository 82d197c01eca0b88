"""Threads as a ConvoKit corpus: what `stance.read.convokit` reads and ConvoKit's own loader accepts.

ConvoKit wants of a conversation one utterance that answers nothing, all others below it without a ring, and times that
can be compared. So the article is the first utterance, comments of unstated or missing parents answer it, rings are cut
where their oldest comment states a parent, and ids are unique in the whole corpus. What that changes is kept in the
metadata `stance_kept`, from which the reader gives it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

from stance.read.convokit import KEPT, UNKNOWN_SPEAKER, is_binary, plain_text, read_timestamp, speaker_name
from stance.read.shelf import Shelf
from stance.read.whole_folder import whole_folder
from stance.records import ARTICLE, Article, Comment, Page

_Fields = dict[str, object]
_MARKS: Final = ("utterances.jsonl", "corpus.json", "index.json")
_OWN_MEANING: Final = frozenset({KEPT, "ai_meta"})
"""Metadata that ConvoKit or the reader takes for something of its own."""
_UNNAMED: Final = "thread"


def write(pages: Iterable[Page], out: Path) -> int:
    """Write a corpus folder; return the number of comments. Nothing is held but the thread that is being written.

    Raises:
        CannotWrite: The folder cannot be made, or a folder of something else is there.
        NoRoom: There is no room for the temporary database of ids.
    """
    with whole_folder(out, marks=_MARKS) as folder, _Corpus(folder) as corpus:
        return sum(corpus.add(page) for page in pages)


class _Corpus:
    """The files of a corpus while it is written; a context manager, whose end completes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._index: dict[str, list[str]] = {}
        self._conversation_index: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        self._ids = self._open.enter_context(Shelf("the corpus"))
        self._speakers = self._open.enter_context(Shelf("the corpus"))
        self._conversation_file = self._open.enter_context(_Object(self._folder / "conversations.json"))
        self._speaker_file = self._open.enter_context(_Object(self._folder / "speakers.json"))
        utterances = (self._folder / "utterances.jsonl").open("w", encoding="ascii", newline="\n")
        self._utterances = self._open.enter_context(utterances)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)
        index = {
            "utterances-index": self._index,
            "speakers-index": {},
            "conversations-index": self._conversation_index,
            "overall-index": {},
            "version": 1,
            "vectors": [],
        }
        for name, values in (("corpus.json", {}), ("index.json", index)):
            (self._folder / name).write_text(json.dumps(values, allow_nan=False), encoding="ascii")

    def add(self, page: Page) -> int:
        """Write one thread; return the number of its comments."""
        conversation = self._ids.free(page.thread_id or _UNNAMED)
        ids = [self._ids.free(comment.id) for comment in page.comments]
        stamps = _timestamps([comment.posted_at for comment in page.comments])
        self._add_conversation(conversation, page)
        self._add_article(conversation, page.article, timestamp=min(stamps, default=0))
        parents = _mended_parents(page.comments)
        own_ids = {comment.id: own_id for comment, own_id in reversed(list(zip(page.comments, ids, strict=True)))}
        for comment, own_id, parent, stamp in zip(page.comments, ids, parents, stamps, strict=True):
            kept = _kept(comment, own_id=own_id, parent=parent, timestamp=stamp)
            meta = {key: value for key, value in comment.extra.items() if not _is_taken(key, value)}
            self._write(
                {
                    "id": own_id,
                    "conversation_id": conversation,
                    "text": comment.text,
                    "speaker": comment.author or UNKNOWN_SPEAKER,
                    "meta": meta | ({KEPT: kept} if kept else {}),
                    # Documented as `reply_to`; ConvoKit itself writes this, and reads both.
                    "reply-to": conversation if parent == ARTICLE else own_ids[parent],
                    "timestamp": stamp,
                    "vectors": [],
                }
            )
        return len(page.comments)

    def _add_conversation(self, conversation: str, page: Page) -> None:
        kept: _Fields = {} if conversation == page.thread_id else {"thread_id": page.thread_id}
        if page.notes:
            kept["notes"] = list(page.notes)
        meta: _Fields = {"title": page.article.title}
        if page.article.url is not None:
            meta["url"] = page.article.url
        if page.stated_total is not None:
            meta["num_comments"] = page.stated_total
        if kept:
            meta[KEPT] = kept
        _list_kinds(meta, self._conversation_index)
        self._conversation_file.put(conversation, {"meta": meta, "vectors": []})

    def _add_article(self, conversation: str, article: Article, *, timestamp: float) -> None:
        root = Comment(id=conversation, text=article.text, number=1, author=article.author, parent_id=ARTICLE)
        kept = _kept(root, own_id=conversation, parent=ARTICLE, timestamp=timestamp)
        self._write(
            {
                "id": conversation,
                "conversation_id": conversation,
                "text": article.text,
                "speaker": article.author or UNKNOWN_SPEAKER,
                "meta": {KEPT: kept} if kept else {},
                "reply-to": None,
                "timestamp": timestamp,
                "vectors": [],
            }
        )

    def _write(self, utterance: Mapping[str, object]) -> None:
        meta, speaker = utterance["meta"], str(utterance["speaker"])
        if isinstance(meta, dict):
            _list_kinds(meta, self._index)
        if self._speakers.put(speaker, None):
            self._speaker_file.put(speaker, {"meta": {}, "vectors": []})
        self._utterances.write(json.dumps(utterance, allow_nan=False) + "\n")


class _Object:
    """A JSON object of any size, written key by key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = "{"

    def __enter__(self) -> Self:
        self._stream: TextIO = self._path.open("w", encoding="ascii", newline="\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.write("{}" if self._before == "{" else "}")
        self._stream.close()

    def put(self, key: str, value: object) -> None:
        """Write a key, which must be a new one, and its value."""
        self._stream.write(f"{self._before}{json.dumps(key)}: {json.dumps(value, allow_nan=False)}")
        self._before = ",\n"


def _kept(comment: Comment, *, own_id: str, parent: str, timestamp: float) -> _Fields:
    """Return what reading the utterance would otherwise not give back."""
    kept: _Fields = {}
    if own_id != comment.id:
        kept["id"] = comment.id
    if parent != comment.parent_id:
        kept["parent_id"] = comment.parent_id
    if comment.author is None or speaker_name(comment.author) != comment.author:
        kept["author"] = comment.author
    if read_timestamp(timestamp) != comment.posted_at or comment.posted_at is None:
        kept["posted_at"] = comment.posted_at.isoformat() if comment.posted_at else None
    if plain_text(comment.text, comment.extra) != comment.text:
        kept["text"] = comment.text
    if taken := {key: value for key, value in comment.extra.items() if _is_taken(key, value)}:
        kept["extra"] = taken
    return kept


def _is_taken(key: str, value: object) -> bool:
    return key in _OWN_MEANING or is_binary(value)


def _timestamps(times: Sequence[datetime | None]) -> list[float]:
    """Return seconds since 1970; a comment of unknown time has that of the one before it on the page.

    ConvoKit sorts by them and cannot compare a missing one. Where all are unknown they count the comments.
    """
    last = next((moment for moment in times if moment is not None), None)
    if last is None:
        return list(range(1, len(times) + 1))
    stamps: list[float] = []
    for moment in times:
        last = moment or last
        seconds = last.timestamp()
        stamps.append(int(seconds) if seconds.is_integer() else seconds)
    return stamps


def _mended_parents(comments: Sequence[Comment]) -> list[str]:
    """Return for each comment the id of one on the page that leads up to the article, or the article's."""
    place: dict[str, int] = {}
    for at, comment in enumerate(comments):
        place.setdefault(comment.id, at)
    place.pop(ARTICLE, None)
    parents = [
        comment.parent_id if comment.parent_id in place and comment.parent_id is not None else ARTICLE
        for comment in comments
    ]
    for at in _ring_ends(comments, [place.get(parent) for parent in parents]):
        parents[at] = ARTICLE
    return parents


def _ring_ends(comments: Sequence[Comment], parents: Sequence[int | None]) -> Iterator[int]:
    """Yield the oldest comment of each ring, walking up from each comment once."""
    settled: set[int] = set()
    for start in range(len(comments)):
        path: dict[int, None] = {}
        at: int | None = start
        while at is not None and at not in settled and at not in path:
            path[at] = None
            at = parents[at]
        if at is not None and at in path:
            ids = list(path)
            yield min(ids[ids.index(at) :], key=lambda one: (_seconds(comments[one]), one))
        settled.update(path)


def _seconds(comment: Comment) -> float:
    return comment.posted_at.timestamp() if comment.posted_at else float("inf")


def _list_kinds(meta: Mapping[str, object], index: dict[str, list[str]]) -> None:
    """List each key's types as ConvoKit's index does: what is not in it, ConvoKit loads but does not dump again."""
    for key, value in meta.items():
        kinds = index.setdefault(key, [])
        if value is not None and str(type(value)) not in kinds:
            kinds.append(str(type(value)))
