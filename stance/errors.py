"""Every error a user can meet.

StanceError                      exit code 1
├── ReadError                    2   a file that cannot be read as comments
│   ├── Unreadable, EmptyInput, BinaryInput, ZipArchive, NoComments, UnknownFormat, BadRow, BadColumns, BadWebArchive
│   ├── SeveralThreads, NoSuchThread, CommentsElsewhere, DeclaredEntities, UnusedColumns, NoCorpus, NoRoom, BadKey
├── ThreadError                  3   comments that do not make a thread
│   ├── DuplicateId, ReplyCycle, MissingParent, FutureParent
├── JudgeError                   4   a model folder that cannot be used
│   ├── ModelMissing, ModelBroken, NoInt8
├── QueueError                   5   a policy or cast that cannot be used
│   ├── BadPolicy, BadCast
├── DataError                    6   a labelled file or source that cannot be used
│   ├── BadLabelRow; those of training in stance.train, of studies in stance.study
├── MissingExtra                 7   an optional package is not installed
├── CannotWrite                  8   a result that cannot be put where it was asked for
│   └── WouldOverwrite
├── StoreError                   9   a queue's database, or what was asked of it; leaves in stance.queue
└── CannotServe                 10   pages that cannot be served as asked; 11 is stance.batch's BatchError

Leaves take facts, keep them as attributes and build their own message: where, what, the mend. No comment text is in
any message.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

_SHOWN_IDS: Final = 8
_SHOWN_COLUMNS: Final = 40
_SHOWN_CHARACTERS: Final = 60
_WORD_CHARACTERS: Final = 40


class StanceError(Exception):
    """Base of all errors a user can meet; `exit_code` is the command line's."""

    exit_code = 1


class ReadError(StanceError):
    """A file that cannot be read as comments."""

    exit_code = 2


class Unreadable(ReadError):
    """The file cannot be opened."""

    def __init__(self, source: str, *, why: str, mend: str = "Check the path, or give - for standard input.") -> None:
        self.source, self.why = source, why
        super().__init__(f"{source}: cannot be read ({why}). {mend}")


class EmptyInput(ReadError):
    """The file holds nothing but white space."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(f"{source}: the file is empty. Give a saved page or JSON Lines with comments in it.")


class BinaryInput(ReadError):
    """The file is not text."""

    def __init__(self, source: str, *, found: str) -> None:
        self.source, self.found = source, found
        super().__init__(f"{source}: not text ({found}). Save the page as plain text (UTF-8) or export JSON Lines.")


class ZipArchive(ReadError):
    """The file is an archive of files."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(f"{source}: a zip archive. Unzip it, and give the file or (for ConvoKit) the folder in it.")


class BadWebArchive(ReadError):
    """A page saved as one file (MHTML) from which the page cannot be taken."""

    def __init__(self, source: str, *, what: str) -> None:
        self.source, self.what = source, what
        super().__init__(f"{source}: a web archive (MHTML) {what}. Save the page again, as HTML only.")


class NoComments(ReadError):
    """The file is text, but no comment was found in it."""

    def __init__(self, source: str, *, wanted: str, mend: str = "Check that the page was saved with them.") -> None:
        self.source, self.wanted, self.mend = source, wanted, mend
        super().__init__(f"{source}: no comments found; looked for {wanted}. {mend}")


class CommentsElsewhere(ReadError):
    """The page shows comments that another service keeps; they are not in it."""

    def __init__(self, source: str, *, where: str, mend: str) -> None:
        self.source, self.where, self.mend = source, where, mend
        super().__init__(f"{source}: the comments are not in the page; {where} loads them. {mend}")


class DeclaredEntities(ReadError):
    """An XML file defines entities, which exports never do and attacks on parsers do."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(f"{source}: declares XML entities, which are never expanded. Remove its DOCTYPE.")


class UnknownFormat(ReadError):
    """None of the known formats fits."""

    def __init__(self, source: str, *, tried: Iterable[str]) -> None:
        self.source, self.tried = source, tuple(tried)
        super().__init__(f"{source}: format not recognised; tried {', '.join(self.tried)}. Name it with --from.")


class BadRow(ReadError):
    """One record of a file cannot be used; `place` is its line, or words that find it ("post 4711")."""

    def __init__(self, source: str, *, place: int | str, what: str, mend: str) -> None:
        self.source, self.place, self.what, self.mend = source, place, what, mend
        where = f"{source}:{place}" if isinstance(place, int) else f"{source}, {place}"
        super().__init__(f"{where}: {what}. {mend}")

    def to_row(self) -> dict[str, object]:
        """Return its facts as a line of a file of rejects."""
        return {"source": self.source, "place": self.place, "what": self.what, "mend": self.mend}


class BadColumns(ReadError):
    """A table's columns do not say where its comments are; `found` are their names.

    They are shown only where all are single short words: the first line of a file that is no table is comment text.
    """

    def __init__(self, source: str, *, what: str, found: Iterable[str]) -> None:
        self.source, self.what, self.found = source, what, tuple(found)
        if all(map(_is_word, self.found)):
            more = " ..." if len(self.found) > _SHOWN_COLUMNS else ""
            shown = f": {', '.join(map(_short, self.found[:_SHOWN_COLUMNS]))}{more}"
        else:
            shown = f" {len(self.found)}, with names that are no single words and may be comments"
        super().__init__(f"{source}: {what}. Name them, as in --columns id=...,text=...; there are{shown}.")


class SeveralThreads(ReadError):
    """One thread was asked for, and the file holds more."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(f"{source}: holds several threads. Name one with --thread, or read them all.")


class NoSuchThread(ReadError):
    """The file holds no thread of the name asked for."""

    def __init__(self, source: str, *, thread_id: str) -> None:
        self.source, self.thread_id = source, thread_id
        super().__init__(f"{source}: holds no thread {thread_id!r}. `stance convert` lists them all.")


class UnusedColumns(ReadError):
    """Columns were named for a format that has none to choose."""

    def __init__(self, source: str, *, format: str) -> None:  # noqa: A002 - the word users say
        self.source, self.format = source, format
        super().__init__(
            f"{source}: read as {format}, whose fields have fixed names. Leave --columns out, or add --from csv."
        )


class NoCorpus(ReadError):
    """A folder that is no corpus and no export."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(
            f"{source}: a folder without utterances.jsonl (ConvoKit) or another export known here. Give one file of it."
        )


class NoRoom(ReadError):
    """What is read cannot be put into a temporary file."""

    def __init__(self, source: str, *, why: str) -> None:
        self.source, self.why = source, why
        super().__init__(f"{source}: no temporary file for it ({why}). Point TMPDIR to a folder with as much room.")


class BadKey(ReadError):
    """A key file for pseudonyms that would protect nobody."""

    def __init__(self, path: str, *, n_bytes: int, wanted: int) -> None:
        self.path, self.n_bytes, self.wanted = path, n_bytes, wanted
        super().__init__(
            f"{path}: a key of {n_bytes} bytes can be guessed; want at least {wanted}. "
            f"Make one with: openssl rand -hex 32 > {path}"
        )


class ThreadError(StanceError):
    """Comments that do not make a thread."""

    exit_code = 3


class DuplicateId(ThreadError):
    """Comments carry one id, or one carries the article's."""

    def __init__(self, comment_id: str, *, numbers: Iterable[int]) -> None:
        self.comment_id, self.numbers = comment_id, tuple(numbers)
        shown = [str(number) for number in self.numbers[:_SHOWN_IDS]]
        places = ", ".join([*shown, "..."] if len(self.numbers) > _SHOWN_IDS else shown)
        who = f"comment {places} and the article: both" if len(shown) == 1 else f"comments {places}: all"
        super().__init__(
            f"{who} have the id {_short(comment_id)}. "
            "Give each comment an id of its own, or name the fault to be mended: duplicate."
        )


class ReplyCycle(ThreadError):
    """Comments that answer each other in a ring."""

    def __init__(self, comment_ids: Iterable[str]) -> None:
        self.comment_ids = tuple(comment_ids)
        shown = " -> ".join(map(_short, self.comment_ids[:_SHOWN_IDS]))
        more = " ..." if len(self.comment_ids) > _SHOWN_IDS else ""
        super().__init__(
            f"comments {shown}{more}: their parent_id fields form a ring. "
            "Clear parent_id in one of them, or name the fault to be mended: ring."
        )


class MissingParent(ThreadError):
    """A comment answers one that is not there."""

    def __init__(self, comment_id: str, *, parent_id: str) -> None:
        self.comment_id, self.parent_id = comment_id, parent_id
        super().__init__(
            f"comment {_short(comment_id)}: the parent that it states, {_short(parent_id)}, is not on the page. "
            "Add that comment, clear parent_id, or name the fault to be mended: orphan."
        )


class FutureParent(ThreadError):
    """A comment answers one that was posted after it."""

    def __init__(self, comment_id: str, *, parent_id: str) -> None:
        self.comment_id, self.parent_id = comment_id, parent_id
        super().__init__(
            f"comment {_short(comment_id)}: the parent that it states, {_short(parent_id)}, was posted later. "
            "Correct posted_at or parent_id, or name the fault to be mended: future."
        )


class JudgeError(StanceError):
    """A model folder that cannot be used."""

    exit_code = 4


class ModelMissing(JudgeError):
    """A file of the model folder is not there."""

    def __init__(self, folder: Path, *, missing: str) -> None:
        self.folder, self.missing = folder, missing
        super().__init__(f"{folder}: {missing} is missing. Give --model a folder made by `stance train`.")


class ModelBroken(JudgeError):
    """A file of the model folder does not hold what it should."""

    def __init__(self, folder: Path, *, what: str) -> None:
        self.folder, self.what = folder, what
        super().__init__(f"{folder}: {what}. Fetch or train the model again.")


class NoInt8(JudgeError):
    """A model whose encoder cannot be run in eight bits."""

    def __init__(self, folder: Path, *, backbone: str) -> None:
        self.folder, self.backbone = folder, backbone
        super().__init__(
            f"{folder}: its encoder is {ascii(backbone)[:_SHOWN_CHARACTERS]}, and int8 is for a plain BERT alone. "
            "Leave int8 out, or give a model with that encoder."
        )


class QueueError(StanceError):
    """A policy or cast that cannot be used."""

    exit_code = 5


class BadPolicy(QueueError):
    """A policy file with a value that means nothing."""

    def __init__(self, source: str, *, what: str, mend: str) -> None:
        self.source, self.what, self.mend = source, what, mend
        super().__init__(f"{source}: {what}. {mend}")


class BadCast(QueueError):
    """A cast of actors that cannot be used."""

    def __init__(self, source: str, *, what: str, mend: str) -> None:
        self.source, self.what, self.mend = source, what, mend
        super().__init__(f"{source}: {what}. {mend}")


class DataError(StanceError):
    """A labelled file or a training source that cannot be used."""

    exit_code = 6


class BadLabelRow(DataError):
    """One line of a labelled file cannot be used."""

    def __init__(
        self,
        source: str,
        *,
        line: int,
        field: str,
        what: str,
        mend: str = "See `stance evaluate --help` for what a line holds.",
    ) -> None:
        self.source, self.line, self.field, self.what = source, line, field, what
        super().__init__(f"{source}:{line}: field {field!r} {what}. {mend}")


class MissingExtra(StanceError):
    """An optional package is not installed."""

    exit_code = 7

    def __init__(self, use: str, extra: str) -> None:
        self.use, self.extra = use, extra
        super().__init__(f"{use} needs a package that is not installed. Run: pip install 'stance[{extra}]'")


class CannotWrite(StanceError):
    """A result cannot be put where it was asked for."""

    exit_code = 8

    def __init__(self, path: Path, *, why: str, mend: str = "Give a file in a folder that you may write to.") -> None:
        self.path, self.why = path, why
        super().__init__(f"{path}: cannot be written ({why}). {mend}")


class WouldOverwrite(CannotWrite):
    """There is a file or folder where a result should go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, why="it is there already", mend="Give another name, or --force to replace it.")


class StoreError(StanceError):
    """A queue's database that cannot be used, or something asked of it that it cannot do."""

    exit_code = 9


class CannotServe(StanceError):
    """The address cannot be had, or serving so, or with such a password, would not be safe."""

    exit_code = 10

    def __init__(self, what: str, *, mend: str) -> None:
        self.what, self.mend = what, mend
        super().__init__(f"{what}. {mend}")


def _short(comment_id: str) -> str:
    """Return an id as a message can show it: a source may give one of megabytes, or one that steers a terminal."""
    more = "..." if len(comment_id) > _SHOWN_CHARACTERS else ""
    return ascii(comment_id[:_SHOWN_CHARACTERS]) + more


def _is_word(name: str) -> bool:
    return len(name) <= _WORD_CHARACTERS and all(one.isalnum() or one in "_-.:/" for one in name)
