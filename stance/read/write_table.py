"""Threads as a table, a comment a row: CSV and Parquet, as `stance.read.table` reads them.

What belongs to the thread (article, stated total, notes) stands in its first row; what a format carried beyond a
comment's fields is one JSON object in the column `extra`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from stance.errors import CannotWrite
from stance.read.columns import LARGEST_CELL, OWN
from stance.read.shelf import Shelf
from stance.read.whole_files import whole_file
from stance.records import Page

_BATCH_ROWS: Final = 10_000
_BATCH_CHARACTERS: Final = 1 << 23
_UNNAMED: Final = "thread"

_Row = dict[str, Any]


def write_csv(pages: Iterable[Page], out: Path) -> int:
    """Write UTF-8 with commas, or with tabs where the file is called `.tsv`; return the number of comments.

    Raises:
        CannotWrite: The file cannot be made, or a comment is longer than a cell that is read.
        NoRoom: There is no room for the temporary database of threads.
    """
    delimiter = "\t" if out.suffix.lower() == ".tsv" else ","
    # Closed here and not when it is collected: it holds a temporary database.
    with whole_file(out) as stream, closing(_rows(pages)) as rows:
        writer = csv.DictWriter(stream, OWN, delimiter=delimiter, lineterminator="\r\n")
        writer.writeheader()
        n_comments = 0
        for row in rows:
            row["posted_at"] = row["posted_at"].isoformat() if row["posted_at"] else None
            row["notes"] = json.dumps(row["notes"]) if row["notes"] else None
            n_comments += 1
            _refuse_long_cells(row, out, number=n_comments)
            writer.writerow(row)
    return n_comments


def write_parquet(pages: Iterable[Page], out: Path) -> int:
    """Write Parquet, a row group for some thousand comments; return the number of comments.

    Raises:
        CannotWrite: The file cannot be made.
        NoRoom: There is no room for the temporary database of threads.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        "posted_at": pa.timestamp("us", tz="UTC"),
        "stated_total": pa.int64(),
        "notes": pa.list_(pa.string()),
    }
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in OWN])
    n_comments = 0
    with (
        whole_file(out) as stream,
        pq.ParquetWriter(stream.buffer, schema, compression="zstd") as writer,
        closing(_rows(pages)) as rows,
    ):
        for batch in _batches(rows):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            n_comments += len(batch)
    return n_comments


def _rows(pages: Iterable[Page]) -> Generator[_Row]:
    with Shelf("the table") as threads:
        for page in pages:
            free = threads.free(page.thread_id or "")
            # Threads of one name would be read as one.
            thread_id = free if page.thread_id or not free else threads.free(_UNNAMED)
            about: _Row = {
                "article_title": page.article.title or None,
                "article_text": page.article.text or None,
                "article_author": page.article.author,
                "article_url": page.article.url,
                "stated_total": page.stated_total,
                "notes": list(page.notes) or None,
            }
            for comment in page.comments:
                yield _encodable(
                    {
                        "id": comment.id,
                        "text": comment.text,
                        "author": comment.author,
                        "posted_at": comment.posted_at,
                        "parent_id": comment.parent_id,
                        "thread_id": thread_id or None,
                        "extra": json.dumps(dict(comment.extra), allow_nan=False) if comment.extra else None,
                        **about,
                    }
                )
                about = dict.fromkeys(about)


def _refuse_long_cells(row: _Row, out: Path, *, number: int) -> None:
    """Refuse what could not be read back."""
    for name, value in row.items():
        if isinstance(value, str) and len(value) > LARGEST_CELL:
            where = f"comment {number:,}, id {ascii(row['id'])[:80]}: {name} has {len(value):,} characters"
            mend = "Write Parquet."
            raise CannotWrite(out, why=f"{where}, and a cell of CSV holds {LARGEST_CELL:,}", mend=mend)


def _encodable(row: _Row) -> _Row:
    """Escape halves of surrogate pairs, which no file can hold."""
    for name, value in row.items():
        if isinstance(value, str) and not value.isascii():
            row[name] = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return row


def _batches(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    n_characters = 0
    for row in rows:
        batch.append(row)
        n_characters += sum(len(value) for value in row.values() if isinstance(value, str))
        if len(batch) >= _BATCH_ROWS or n_characters >= _BATCH_CHARACTERS:
            yield batch
            batch, n_characters = [], 0
    if batch:
        yield batch
