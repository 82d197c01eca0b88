"""What `stance score` left in, its threads out: checked, one in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from stance.errors import BinaryInput, Unreadable
from stance.read import load_json
from stance.study.columns import ALWAYS, COLUMNS, find_fault, tidy_row
from stance.study.errors import BadScores, shown

MANIFEST: Final = "manifest.json"
_SUFFIXES: Final = (".parquet", ".jsonl")
_ROWS_AT_ONCE: Final = 256
_LONG: Final = frozenset({"kind", "name", "about"})
_WRITTEN_LONG: Final = "Score again without --long: a row here is a comment."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredThread:
    """One thread's rows, in thread order.

    A row has the columns of docs/batch.md, the same from Parquet and JSON Lines: `posted_at` a time in UTC or None,
    `extra` an object, and of labels only those that the model has. `source` is "" in what `stance analyze` wrote.
    """

    source: str
    id: str
    model_id: str
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of rows; `n_rows` is how many the manifest promises, None where there is none."""

    path: Path
    n_rows: int | None = None


def holds_scores(path: Path) -> bool:
    """Whether a path looks like scores: a folder with a manifest, or a file whose first row was scored."""
    if path.is_dir():
        return (path / MANIFEST).is_file()
    if path.suffix not in _SUFFIXES or not path.is_file():
        return False
    try:
        first = next(_read_part(_Part(path), ALWAYS), None)
    except (BadScores, Unreadable, BinaryInput):
        return False
    return first is not None and "model_id" in first[1]


def read_scores(path: Path, *, columns: Collection[str] | None = None) -> Iterator[ScoredThread]:
    """Read scores, thread by thread.

    Args:
        path: The folder that `stance score --out` left, or one such file of Parquet or JSON Lines; JSON Lines of
            `stance analyze` will do.
        columns: The columns wanted, out of those of docs/batch.md; the others are not read, which is much faster with
            Parquet. Those that name a comment always come. None for all.

    Raises:
        Unreadable: It cannot be opened.
        BadScores: It is no such folder or file, or a row is not as it should be.
        ValueError: There is no such column.
    """
    unknown = [name for name in columns or () if name not in COLUMNS]
    if unknown:
        raise ValueError(f"columns: got {unknown[0]!r}, want some of {', '.join(COLUMNS)}")
    wanted = [name for name in COLUMNS if columns is None or name in columns or name in ALWAYS]
    seen: set[bytes] = set()
    model_id = None
    for part in _find_parts(path):
        for thread in _threads(part, wanted):
            key = blake2b(f"{thread.source}\0{thread.id}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
            _check_thread(thread, part, again=key in seen)
            if model_id not in (None, thread.model_id):
                what = f"rows of two models, {shown(model_id or '')} and {shown(thread.model_id)}"
                raise BadScores(str(part.path), what=what, mend="Score all comments with one model.")
            seen.add(key)
            model_id = thread.model_id
            yield thread
    if not seen:
        raise BadScores(str(path), what="no row in it", mend="Score a file with comments in it.")


def _find_parts(path: Path) -> list[_Part]:
    if not path.is_dir():
        if path.suffix not in _SUFFIXES:
            raise BadScores(str(path), what="neither a folder of scores nor a .parquet or .jsonl file of them")
        return [_Part(path)]
    manifest = path / MANIFEST
    if not manifest.exists():
        mend = "Give the folder of `stance score --out`; where the run was ended, give its command again."
        raise BadScores(str(path), what=f"no {MANIFEST} in it", mend=mend)
    try:
        held = json.loads(manifest.read_bytes())
        parts = [_Part(path / Path(name).name, int(one["rows"])) for name, one in held["parts"].items()]
    except OSError as error:
        raise Unreadable(str(manifest), why=error.strerror or "no file") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadScores(str(manifest), what="not a manifest of `stance score`") from error
    return parts


def _threads(part: _Part, columns: Collection[str]) -> Iterator[ScoredThread]:
    rows: list[Mapping[str, Any]] = []
    n_rows = 0
    for place, row in _read_part(part, columns):
        n_rows += 1
        _check_row(row, columns, source=str(part.path), place=place)
        if rows and (row["source"], row["thread_id"]) != (rows[0]["source"], rows[0]["thread_id"]):
            yield _thread(rows)
            rows = []
        rows.append(row)
    if part.n_rows is not None and n_rows != part.n_rows:
        what = f"{n_rows:,} rows, where {MANIFEST} says {part.n_rows:,}"
        raise BadScores(str(part.path), what=what, mend="Copy it again, or score again.")
    if rows:
        yield _thread(rows)


def _thread(rows: list[Mapping[str, Any]]) -> ScoredThread:
    first = rows[0]
    return ScoredThread(source=first["source"], id=first["thread_id"], model_id=first["model_id"], rows=tuple(rows))


def _check_row(row: dict[str, Any], columns: Collection[str], *, source: str, place: str) -> None:
    if row.keys() >= _LONG:
        raise BadScores(source, what="a number a row", mend=_WRITTEN_LONG)
    row.setdefault("source", "")
    tidy_row(row, columns)
    if fault := find_fault(row, columns):
        raise BadScores.column(source, place=place, column=fault[0], wanted=fault[1])


def _check_thread(thread: ScoredThread, part: _Part, *, again: bool) -> None:
    if again:
        what = f"rows of thread {shown(thread.id)} stand in two places"
        raise BadScores(str(part.path), what=what, mend="Keep a thread's rows together, as they were scored.")
    ids: set[str] = set()
    for row in thread.rows:
        if row["id"] in ids:
            what = f"thread {shown(thread.id)} has two comments with the id {shown(row['id'])}"
            raise BadScores(str(part.path), what=what, mend="Leave one out, or score again.")
        if row["model_id"] != thread.model_id:
            what = f"rows of two models in thread {shown(thread.id)}"
            raise BadScores(str(part.path), what=what, mend="Score all comments with one model.")
        ids.add(row["id"])


def _read_part(part: _Part, columns: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each row with words that find it."""
    try:
        if part.path.suffix == ".parquet":
            yield from _read_parquet(part.path, columns)
        else:
            yield from _read_lines(part.path)
    except OSError as error:
        raise Unreadable(str(part.path), why=error.strerror or "not a file", mend="Check the path.") from error


def _read_parquet(path: Path, columns: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as stream:
        try:
            file = pq.ParquetFile(stream)
            names = set(file.schema_arrow.names)
            if names >= _LONG:
                raise BadScores(str(path), what="a number a row", mend=_WRITTEN_LONG)
            missing = [name for name in columns if name not in names and name != "source"]
            if missing:
                raise BadScores(str(path), what=f"no column {missing[0]!r}")
            batches = file.iter_batches(_ROWS_AT_ONCE, columns=[name for name in columns if name in names])
            rows = (row for batch in batches for row in batch.to_pylist())
            for number, row in enumerate(rows, start=1):
                yield f"row {number}", row
        # Arrow tells of damage as any of these; a file that cannot be opened failed above.
        except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
            raise BadScores(str(path), what="not Parquet, or damaged", mend="Copy it again, or score again.") from error


def _read_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            place = f"line {number}"
            try:
                row = load_json(line.decode("utf-8-sig" if number == 1 else "utf-8"), unheld=_refuse)
            except UnicodeDecodeError as error:
                raise BinaryInput(str(path), found=f"a byte in line {number} that is not UTF-8") from error
            except (ValueError, RecursionError) as error:
                raise BadScores(str(path), place=place, what="not JSON") from error
            if not isinstance(row, dict):
                raise BadScores(str(path), place=place, what="not a JSON object")
            yield place, row


def _refuse(number: str) -> object:
    raise ValueError(number)
