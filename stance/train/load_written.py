"""Threads written for this project, labelled after docs/labels.md: what no public source has, a comment in its thread.

The texts are inventions of ours, drafted with a language model; nobody wrote them in earnest, and no annotators agreed
on them. Files named `held_back*` and a tenth of the other threads train nothing: they measure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final

from stance.records import Attribute, Device, Relation, Stance
from stance.train.errors import SourceUnreadable
from stance.train.examples import Example, SentenceLabel, Split, TargetLabel
from stance.train.load_threads import ForumPost, ForumThread
from stance.train.origins import find_mentions, split_of

WRITTEN: Final = "written"
_ARTICLE: Final = "A"
_HEAD: Final = re.compile(r"#(?P<number>\d+) > (?P<parent>A|\d+) (?P<relation>rebut|support|query|comment)")
_SENTENCE: Final = re.compile(r"(?P<code>\.|[cwsqnlefr]+|\") (?P<text>\S.*)")
_STANCES: Final = {"FAV": Stance.FAVOR, "AGA": Stance.AGAINST, "NEU": Stance.NEUTRAL}
_DEVICES: Final = {
    "s": Device.SARCASM,
    "q": Device.RHETORICAL_QUESTION,
    "n": Device.NAME_CALLING,
    "l": Device.LOADED_LANGUAGE,
    "e": Device.EXAGGERATION,
    "f": Device.APPEAL_TO_FEAR,
}
_ATTRIBUTES: Final = {
    "toxicity": Attribute.TOXICITY,
    "severe": Attribute.SEVERE_TOXICITY,
    "insult": Attribute.INSULT,
    "identity": Attribute.IDENTITY_ATTACK,
    "threat": Attribute.THREAT,
    "profanity": Attribute.PROFANITY,
    "attack": Attribute.ATTACK_ON_COMMENTER,
}
_PARENT_CHARACTERS: Final = 1000
_EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Comment:
    """A comment while its lines come in."""

    parent: str
    relation: Relation
    text: str = ""
    gap: str = ""
    quotes: list[tuple[int, int]] = field(default_factory=list)
    sentences: list[SentenceLabel] = field(default_factory=list)
    stances: dict[str, tuple[Stance, tuple[str, ...]]] = field(default_factory=dict)
    attributes: set[Attribute] = field(default_factory=set)


@dataclass(slots=True)
class _Thread:
    """A thread while its lines come in."""

    title: str
    article: str = ""
    comments: dict[str, _Comment] = field(default_factory=dict)


def load_written(_: Path) -> Iterator[Example]:
    """Read the threads that ship with this package; the data folder has no part in it."""
    for path in _files():
        yield from read_written(path)


def written_threads() -> Iterator[ForumThread]:
    """Give the threads that train as a forum's, the article as opening post, so that a reply scorer can be taught.

    Their parents are ours, so every comment counts as one that shows whom it answers.
    """
    for path in _files():
        for thread in _read(path, _numbered(path), source=WRITTEN):
            if thread.comments and _side(path, thread.title) == "train":
                yield _forum(thread)


def read_written(path: Path) -> Iterator[Example]:
    """Read one file of written threads.

    Raises:
        SourceUnreadable: A line is not in the format; it is told with its number.
    """
    return read_threads(path, _numbered(path), source=WRITTEN, split=partial(_side, path))


def _files() -> list[Path]:
    folder = Path(str(resources.files("stance.train") / WRITTEN))
    return sorted(folder.glob("*.txt"))


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    return enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)


def _side(path: Path, title: str) -> Split:
    return "dev" if path.name.startswith("held_back") else split_of(f"written {title}")


def read_threads(
    path: Path, lines: Iterable[tuple[int, str]], *, source: str, split: Callable[[str], Split]
) -> Iterator[Example]:
    """Read threads from lines of the format.

    Args:
        path: Named in errors.
        lines: With the number that an error tells.
        source: The registry's name.
        split: Gives a thread's side by its title.

    Raises:
        SourceUnreadable: A line is not in the format; it is told with its number.
    """
    for thread in _read(path, lines, source=source):
        yield from _examples(thread, source=source, split=split(thread.title))


def _read(path: Path, lines: Iterable[tuple[int, str]], *, source: str) -> Iterator[_Thread]:
    thread = _Thread("")
    for number, line in lines:
        try:
            if line.startswith("## "):
                yield thread
                thread = _Thread(line[3:].strip())
            elif line.strip():
                _read_line(thread, line.strip())
        except (ValueError, IndexError) as error:
            raise SourceUnreadable(path, source=source, what=f"line {number}: {error}") from error
    yield thread


def _forum(thread: _Thread) -> ForumThread:
    posted = [_EPOCH + timedelta(minutes=7 * number) for number in range(len(thread.comments) + 1)]
    opening = ForumPost(
        id=_ARTICLE,
        author="a1",
        text_without_quotes=thread.article,
        text_with_quotes=thread.article,
        posted_at=posted[0],
        parent_id=None,
        quoting=False,
    )
    posts = [
        ForumPost(
            id=number,
            author=f"a{place + 1}",
            text_without_quotes=_own_words(comment),
            text_with_quotes=comment.text,
            posted_at=posted[place],
            parent_id=comment.parent,
            quoting=True,
        )
        for place, (number, comment) in enumerate(thread.comments.items(), start=1)
    ]
    return ForumThread(id=thread.title, topic="", title=thread.title, split="train", posts=(opening, *posts))


def _own_words(comment: _Comment) -> str:
    text, at = "", 0
    for start, end in comment.quotes:
        text, at = text + comment.text[at:start], end
    return (text + comment.text[at:]).strip()


def _read_line(thread: _Thread, line: str) -> None:
    if line.startswith("A "):
        thread.article = f"{thread.title}\n{line[2:].strip()}"
    elif found := _HEAD.fullmatch(line):
        parent = found["parent"]
        if parent != _ARTICLE and parent not in thread.comments:
            raise ValueError(f"answers {parent}, which is not above it")
        if found["number"] in thread.comments:
            raise ValueError("its number stands twice")
        thread.comments[found["number"]] = _Comment(parent=parent, relation=Relation(found["relation"]))
    else:
        _add(list(thread.comments.values())[-1], line)


def _add(comment: _Comment, line: str) -> None:
    if line == "/":
        comment.gap = "\n\n"
    elif line[:4] == "ATT:":
        comment.attributes |= {_ATTRIBUTES[word] for word in _known(line[4:].split(), _ATTRIBUTES)}
    elif line[:3] in _STANCES and line[3:4] == ":":
        for entry in filter(None, map(str.strip, line[4:].split(";"))):
            name, *aliases = (part.strip() for part in entry.split("|"))
            if name in comment.stances:
                raise ValueError(f"{name!r} has two stances")
            comment.stances[name] = (_STANCES[line[:3]], tuple(filter(None, aliases)))
    elif found := _SENTENCE.fullmatch(line):
        _add_sentence(comment, found["code"], found["text"])
    else:
        raise ValueError("is no line of this format")


def _known(words: Sequence[str], table: Mapping[str, object]) -> Sequence[str]:
    for word in words:
        if word not in table:
            raise ValueError(f"{word!r} is none of {', '.join(table)}")
    return words


def _add_sentence(comment: _Comment, code: str, text: str) -> None:
    start = len(comment.text) + len(comment.gap)
    comment.text += comment.gap + text
    comment.gap = " "
    if code == '"':
        comment.quotes.append((start, len(comment.text)))
        return
    devices = {device: float(letter in code) for letter, device in _DEVICES.items()}
    comment.sentences.append(
        SentenceLabel(
            start=start,
            end=len(comment.text),
            claim=float("c" in code or "w" in code),
            check_worthy=float("w" in code),
            rhetoric=float("r" in code or any(devices.values())),
            devices=devices,
        )
    )


def _examples(thread: _Thread, *, source: str, split: Split) -> Iterator[Example]:
    for comment in thread.comments.values():
        answered = thread.article if comment.parent == _ARTICLE else thread.comments[comment.parent].text
        yield Example(
            source=source,
            split=split,
            group=thread.title,
            text=comment.text,
            parent=answered[:_PARENT_CHARACTERS],
            quotes=tuple(comment.quotes),
            targets=tuple(_target(comment, name) for name in comment.stances),
            sentences=tuple(comment.sentences),
            relation={comment.relation: 1.0} if answered else None,
            attributes={attribute: float(attribute in comment.attributes) for attribute in _ATTRIBUTES.values()},
        )


def _target(comment: _Comment, name: str) -> TargetLabel:
    stance, aliases = comment.stances[name]
    return TargetLabel(
        name=name,
        probabilities=dict.fromkeys(Stance, 0.0) | {stance: 1.0},
        spans=tuple(
            (start, end)
            for start, end in find_mentions(comment.text, (name, *aliases))
            if not any(begin <= start < stop for begin, stop in comment.quotes)
        ),
    )
