"""An analysis as rows with typed columns: a comment a row, or (long) a number a row; Parquet and JSON Lines."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from stance.out import to_comment_rows
from stance.records import Analysis, Attribute, Device, Relation, Stance

if TYPE_CHECKING:
    import pyarrow as pa

    from stance.batch.job import Form

Row = dict[str, Any]
_NOWHERE: Final = (None, None)
_SHARED: Final = ("source", "thread_id", "id", "version", "model_id", "policy_digest")


def to_rows(analysis: Analysis, *, source: str, long: bool) -> Iterator[Row]:
    """Give the rows of one thread; `source` tells threads of one name in two files apart."""
    for row in to_comment_rows(analysis):
        whole: Row = {"source": source, **row}
        if long:
            yield from _long_rows(whole)
        else:
            yield whole


def pack_rows(rows: Sequence[Mapping[str, Any]], *, form: Form, long: bool) -> bytes:
    """Return rows as a file's bytes, the same for the same rows."""
    if form == "jsonl":
        return b"".join(json.dumps(row, allow_nan=False).encode() + b"\n" for row in rows)
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(to_table(rows, long=long), stream, compression="zstd")
    return stream.getvalue()


def to_table(rows: Sequence[Mapping[str, Any]], *, long: bool) -> pa.Table:
    """Return rows as a table; times in UTC, what a format carried beyond the fields (`extra`) as JSON."""
    import pyarrow as pa

    if long:
        return pa.Table.from_pylist(list(rows), schema=_long_schema())
    typed = [
        {
            **row,
            "posted_at": datetime.fromisoformat(row["posted_at"]) if row["posted_at"] else None,
            "extra": json.dumps(row["extra"]) if row["extra"] else None,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(typed, schema=_schema())


def _long_rows(row: Row) -> Iterator[Row]:
    shared = {name: row[name] for name in _SHARED}
    for number in _numbers(row):
        yield {**shared, **number}


def _numbers(row: Row) -> Iterator[Row]:
    parent = row["reply"]["parent"]
    yield from _lines("reply", {"parent": row["reply"]["probability"]}, about=parent)
    yield from _lines("relation", row["relation"]["probabilities"], about=parent)
    for score in row["stances"]:
        yield from _lines("stance", score["probabilities"], about=score["actor"])
    for sentence in row["sentences"]:
        numbers = {name: sentence[name] for name in ("claim", "check_worthy", "rhetoric")}
        yield from _lines("sentence", {**numbers, **sentence["devices"]}, span=(sentence["start"], sentence["end"]))
    yield from _lines("attribute", row["attributes"])
    yield from _lines("queue", {name: row["queue"][name] for name in ("priority", "uncertainty")})


def _lines(
    kind: str, numbers: Mapping[str, float], *, about: str | None = None, span: tuple[int | None, int | None] = _NOWHERE
) -> Iterator[Row]:
    start, end = span
    for name, number in numbers.items():
        yield {"kind": kind, "name": name, "probability": number, "about": about, "start": start, "end": end}


def _long_schema() -> pa.Schema:
    import pyarrow as pa

    words = dict.fromkeys([*_SHARED, "kind", "name", "about"], pa.string())
    places = dict.fromkeys(["start", "end"], pa.int32())
    order = [*_SHARED, "kind", "name", "probability", "about", "start", "end"]
    kinds = {**words, **places, "probability": pa.float64()}
    return pa.schema([(name, kinds[name]) for name in order])


def _schema() -> pa.Schema:
    import pyarrow as pa

    text, number, whole, flag = pa.string(), pa.float64(), pa.int32(), pa.bool_()

    def each(labels: type[Stance] | type[Relation] | type[Attribute] | type[Device]) -> pa.DataType:
        return pa.struct([(label.value, number) for label in labels])

    span = [("start", whole), ("end", whole), ("text", text)]
    evidence = pa.struct([("kind", text), ("words", text)])
    candidate = pa.struct([("parent", text), ("probability", number)])
    quote = pa.struct([*span, ("source", text), ("similarity", number)])
    reply = [("parent", text), ("probability", number), ("evidence", pa.list_(evidence))]
    carriers = pa.list_(pa.struct([*span, ("weight", number)]))
    stance = [
        *[("actor", text), ("label", text), ("sure", flag)],
        *[("probabilities", each(Stance)), ("spans", carriers)],
    ]
    scores = [("claim", number), ("check_worthy", number), ("rhetoric", number), ("devices", each(Device))]
    reason = [("line", text), ("what", text), ("toward", text), ("probability", number), ("weight", number)]
    queue = [("rank", whole), ("priority", number), ("uncertainty", number)]
    return pa.schema(
        [
            *[(name, text) for name in ("source", "version", "model_id", "policy_digest", "thread_id", "id")],
            ("number", whole),
            ("author", text),
            ("posted_at", pa.timestamp("us", tz="UTC")),
            ("text", text),
            ("reply", pa.struct([*reply, ("alternatives", pa.list_(candidate)), ("quotes", pa.list_(quote))])),
            ("relation", pa.struct([("label", text), ("probabilities", each(Relation))])),
            ("mentions", pa.list_(pa.struct([*span, ("actor", text), ("quoted", flag), ("addressed", flag)]))),
            ("stances", pa.list_(pa.struct(stance))),
            ("sentences", pa.list_(pa.struct([*span, *scores]))),
            ("attributes", each(Attribute)),
            ("attribute_spans", pa.list_(pa.struct([*span, ("attribute", text), ("weight", number)]))),
            ("language_uncertain", flag),
            ("n_windows", whole),
            (
                "queue",
                pa.struct([*queue, ("reasons", pa.list_(pa.struct([*reason, ("words", pa.list_(pa.struct(span)))])))]),
            ),
            ("extra", text),
        ]
    )
