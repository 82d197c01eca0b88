"""The options that say how comments are read, the same for every command, and the reading itself."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import wraps
from inspect import Parameter, signature
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Annotated, Any, Self, get_type_hints

import typer

from stance.errors import BadRow, CannotWrite, SeveralThreads, ThreadError
from stance.records import Fault

if TYPE_CHECKING:
    from stance.records import Page, Thread


class InputFormat(StrEnum):
    """How the comments are given."""

    PAGE = "page"
    JSONL = "jsonl"
    WORDPRESS_HTML = "wordpress-html"
    WORDPRESS_WXR = "wordpress-wxr"
    WORDPRESS_REST = "wordpress-rest"
    DISQUS = "disqus"
    DISCOURSE = "discourse"
    REDDIT = "reddit"
    HACKER_NEWS = "hacker-news"
    YOUTUBE = "youtube"
    CORAL = "coral"
    CONVOKIT = "convokit"
    CSV = "csv"
    PARQUET = "parquet"


PageArgument = Annotated[
    Path,
    typer.Argument(metavar="PAGE", help="A saved page, an export or a corpus folder; - is standard input."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a command was told to read; each field is an option of every command that `takes_reading`."""

    come_as: Annotated[
        InputFormat | None,
        typer.Option("--from", metavar="FORMAT", help="The format of what is read.", show_default="seen from it"),
    ] = None
    thread_id: Annotated[
        str | None, typer.Option("--thread", metavar="ID", help="Only this thread, where there are several.")
    ] = None
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Set records that cannot be read aside in FILE, one a line, and go on."),
    ] = None
    mend: Annotated[
        list[Fault] | None,
        typer.Option(help="Mend this fault and not refuse it; may be given again. Orphan and future are."),
    ] = None
    refuse: Annotated[
        list[Fault] | None, typer.Option(help="Refuse this fault and not mend it; may be given again.")
    ] = None
    columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=COLUMN,...", help="For CSV and Parquet: which columns hold id, text, author and so on."
        ),
    ] = None
    pseudonymise: Annotated[
        Path | None, typer.Option(metavar="KEYFILE", help="Replace people's names by a hash with the key in KEYFILE.")
    ] = None

    @property
    def mended(self) -> frozenset[str]:
        """The faults to mend: the usual ones, those named to be mended, less those named to be refused."""
        from stance.thread import MENDED

        return (MENDED | frozenset[str](self.mend or ())) - frozenset(self.refuse or ())


def takes_reading(command: Callable[..., None], *, but: Collection[str] = ()) -> Callable[..., None]:
    """Give a command the options that say how its input is read, in place of its parameter `how`, a `Reading`.

    Args:
        command: Takes `how`.
        but: The fields for which it has no option.
    """

    @wraps(command)
    def run(**given: Any) -> None:
        how = Reading(**{name: given.pop(name) for name in options})
        _keep_apart(how.rejects, [*given.values(), how.pseudonymise])
        command(how=how, **given)

    options = {field.name: field.default for field in fields(Reading) if field.name not in but}
    kinds = get_type_hints(Reading, include_extras=True)
    asked = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kinds[name])
        for name, default in options.items()
    ]
    own = signature(command, eval_str=True)
    rest = [one for one in own.parameters.values() if one.name != "how"]
    run.__signature__ = own.replace(parameters=[*rest, *asked])  # type: ignore[attr-defined]
    return run


def read_pages(source: Path, how: Reading) -> Generator[Page]:
    """Give the threads of a source one by one; at the end tell how many records were set aside."""
    from stance.read import Pseudonyms, read_threads

    columns = parse_columns(how.columns or ())
    pseudonyms = Pseudonyms.from_file(how.pseudonymise) if how.pseudonymise else None
    with Rejects(how.rejects) as rejects:
        yield from read_threads(
            source,
            format=how.come_as,
            thread_id=how.thread_id,
            columns=columns,
            on_reject=rejects.put,
            pseudonyms=pseudonyms,
        )


def read_sound_threads(source: Path, how: Reading) -> Generator[Thread]:
    """Give the threads of a source, proven sound.

    Raises:
        ThreadError: As `build_thread` raises it, telling also which thread it was.
    """
    with closing(read_pages(source, how)) as pages:
        for page in pages:
            yield build_sound(page, mend=how.mended)


def read_sound_thread(source: Path, how: Reading) -> Thread:
    """Read the one thread of a source.

    Raises:
        SeveralThreads: There is another.
    """
    with closing(read_pages(source, how)) as pages:
        first, *others = islice(pages, 2)
    if others:
        raise SeveralThreads(first.source)
    return build_sound(first, mend=how.mended)


def build_sound(page: Page, *, mend: Collection[str]) -> Thread:
    """Prove a page's thread sound; an error tells also which thread it was."""
    from stance.thread import build_thread

    try:
        return build_thread(page, mend=mend)
    except ThreadError as error:
        where = f"{page.source}, {page.place}" if page.place else page.source
        error.args = (f"{where}: {error}",)
        raise


def parse_columns(given: Sequence[str]) -> dict[str, str]:
    """Read `NAME=COLUMN,...`; a comma in a column's own name is no end where no `NAME=` follows it."""
    columns: dict[str, str] = {}
    for part in given:
        for pair in re.split(r",(?=\s*\w+=)", part):
            name, equals, column = pair.partition("=")
            if not (equals and name.strip() and column.strip()):
                raise typer.BadParameter(f"{pair!r} is not NAME=COLUMN", param_hint="--columns")
            columns[name.strip()] = column.strip()
    return columns


def _keep_apart(rejects: Path | None, others: Iterable[object]) -> None:
    """See that no other file of a command is the one for rejects: either would be lost."""
    for other in others:
        if rejects is not None and isinstance(other, Path) and _are_one(other, rejects):
            raise typer.BadParameter("is the file that is read, or another of this command's", param_hint="--rejects")


def _are_one(path: Path, other: Path) -> bool:
    both_there = path.exists() and other.exists()
    return path.samefile(other) if both_there else os.path.realpath(path) == os.path.realpath(other)


class Rejects:
    """The file for records that cannot be used; without one, the first of them ends the reading."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stream: IO[bytes] | None = None
        self._n = 0

    def __enter__(self) -> Self:
        if self._path is not None:
            with self._told(self._path):
                # Unbuffered: a line is written at once, so that whatever ends the process leaves whole ones.
                self._stream = self._path.open("wb", buffering=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            records = "record" if self._n == 1 else "records"
            typer.echo(f"stance: {self._n:,} {records} set aside, with reasons, in {self._path}", err=True)

    def put(self, error: BadRow) -> None:
        """Write one line: where the record stands, what is wrong with it, and the mend."""
        if self._path is None or self._stream is None:
            mend = f"{error.mend} Or set such records aside with --rejects FILE."
            raise BadRow(error.source, place=error.place, what=error.what, mend=mend) from None
        with self._told(self._path):
            self._stream.write(json.dumps(error.to_row()).encode() + b"\n")
        self._n += 1

    @staticmethod
    @contextmanager
    def _told(path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CannotWrite(path, why=error.strerror or "not a path") from error
