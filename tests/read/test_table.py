"""Tables of comments: CSV as spreadsheets, databases and scripts write it, and Parquet."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import BadColumns, BadRow, NoComments, StanceError, Unreadable
from stance.read import read_threads
from stance.records import ARTICLE, Article

FIRST = datetime(2018, 9, 14, 15, 4, tzinfo=UTC)
TABLE = (
    "id,parent_id,author,created_at,text\n"
    '1,,kim,2018-09-14T15:04:00Z,"Größe, ""really"", matters.\nTwice."\n'
    "2,1,jo,,> Twice.\n"
    "3,2,[deleted],,[deleted]\n"
)


@pytest.fixture
def read(tmp_path):
    def read(content, *, columns=None, format=None, on_reject=None):  # noqa: A002 - the reader's own word
        file = tmp_path / "table"
        if isinstance(content, dict):
            pq.write_table(pa.table(content), file)
        else:
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        told = {} if on_reject is None else {"on_reject": on_reject}
        return list(read_threads(file, columns=columns, format=format, **told))

    return read


def told(page):
    return [(one.id, one.parent_id, one.author, one.text) for one in page.comments]


RIGHT = [
    ("1", ARTICLE, "kim", 'Größe, "really", matters.\nTwice.'),
    ("2", "1", "jo", "> Twice."),
    ("3", "2", None, ""),
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_however_it_is_written(read, delimiter, end, encoding):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows(csv.reader(io.StringIO(TABLE)))
    (page,) = read(stream.getvalue().encode(encoding))
    assert told(page) == RIGHT
    assert [one.posted_at for one in page.comments] == [FIRST, None, None]
    assert dict(page.comments[2].extra) == {"deleted": True}


def test_excel_may_be_told_the_delimiter_in_a_line_above(read):
    (page,) = read("sep=;\n" + TABLE.replace(",", ";"))
    assert [one.id for one in page.comments] == ["1", "2", "3"]


def test_quotation_marks_may_be_escaped_by_backslashes(read):
    (page,) = read('id,author,text\n1,kim,"a \\"b\\", c"\n2,jo,"d\\\\"\n3,jo,plain\n')
    assert [one.text for one in page.comments] == ['a "b", c', "d\\", "plain"]


def test_a_backslash_at_the_end_of_a_cell_is_one(read):
    (page,) = read('id,text,author\n1,"C:\\",kim\n2,"D:\\",jo\n')
    assert [(one.text, one.author) for one in page.comments] == [("C:\\", "kim"), ("D:\\", "jo")]


def test_columns_can_be_named(read):
    table = "comment_id;body;user;time;reply_to;story;up\n7;x;kim;1536937440;;s;3\n8;y;jo;;7;s;\n"
    named = {"id": "comment_id", "text": "BODY", "author": "user", "posted_at": "time", "parent_id": "reply_to"}
    (page,) = read(table, columns={**named, "thread_id": "story"})
    assert told(page) == [("7", ARTICLE, "kim", "x"), ("8", "7", "jo", "y")]
    assert (page.thread_id, page.comments[0].posted_at) == ("s", FIRST)
    assert [dict(one.extra) for one in page.comments] == [{"up": "3"}, {}]


def test_a_field_can_be_said_to_have_no_column(read):
    table = "id,text,date\n1,x,last spring\n"
    with pytest.raises(BadRow, match="--columns posted_at=-"):
        read(table)
    (page,) = read(table, columns={"posted_at": "-"})
    assert dict(page.comments[0].extra) == {"date": "last spring"}


@pytest.mark.parametrize(
    ("header", "columns", "what"),
    [
        ("a,b,c", {}, "no column of comment texts.*there are: 'a', 'b', 'c'"),
        ("a,b,c", {"text": "d"}, "there is no column 'd'.*there are: 'a', 'b', 'c'"),
        ("id,text,c", {"txt": "c"}, "'txt' is no field; fields are id, text"),
        ("text,parent_id,c", {}, "no column of ids"),
    ],
)
def test_columns_that_do_not_say_where_the_comments_are_are_listed(read, header, columns, what):
    with pytest.raises(BadColumns, match=what):
        read(header + "\n1,2,3\n", columns=columns, format="csv")
    with pytest.raises(BadColumns, match=what):
        read({name: ["1"] for name in header.split(",")}, columns=columns)


def test_the_first_line_of_a_file_that_is_no_table_is_not_shown(read):
    words = "Shame on the council, and on you\n" * 3
    with pytest.raises(BadColumns, match=r"there are 2, with names that are no single words") as caught:
        read(words, format="csv")
    assert "council" not in str(caught.value)


@pytest.mark.parametrize(
    "header",
    [
        "comment_ID,comment_post_ID,comment_author,comment_date_gmt,comment_content,comment_parent",
        "commentID,articleID,userDisplayName,createDate,commentBody,parentID",
        "id,link_id,author,created_utc,body,parent_id",
        "Tweet Id,Conversation Id,Screen Name,Created At,Tweet,In Reply To Status Id",
    ],
)
def test_common_names_are_known(read, header):
    (page,) = read(f"{header}\n5,t9,kim,1536937440,x,\n6,t9,jo,1536937440,y,5\n")
    assert told(page) == [("5", ARTICLE, "kim", "x"), ("6", "5", "jo", "y")]
    assert (page.thread_id, page.comments[0].posted_at) == ("t9", FIRST)


def test_a_table_of_unknown_names_is_recognised_by_its_rows(read):
    with pytest.raises(BadColumns):
        read("a,b,c\n" + "1,2,3\n" * 5)


def test_prose_with_commas_is_no_table(tmp_path):
    file = tmp_path / "page.txt"
    file.write_text("The bridge, old\n\n1 comment\n\n1. Stone, steel, or wood, who knows?\n")
    (page,) = read_threads(file)
    assert page.comments[0].text == "Stone, steel, or wood, who knows?"


def test_a_table_without_ids_is_numbered_with_a_note(read):
    (page,) = read("author,text\nkim,x\njo,y\n")
    assert told(page) == [("1", None, "kim", "x"), ("2", None, "jo", "y")]
    assert page.notes == ("the table has no ids; comments are numbered as they stand",)


@pytest.mark.parametrize(
    ("parent", "meant"),
    [("", ARTICLE), ("0", ARTICLE), ("1.0", "1"), ("t1_1", "1"), ("t3_zz", ARTICLE), ("s", ARTICLE), ("77", "77")],
)
def test_parents_are_read_as_platforms_and_pandas_write_them(read, parent, meant):
    (page,) = read(f"id,text,parent_id,thread_id\n1,x,,s\n2,y,1,s\n3,z,{parent},s\n")
    assert [one.parent_id for one in page.comments] == [ARTICLE, "1", meant]


def test_an_empty_column_of_parents_says_nothing(read):
    (page,) = read("id,text,parent_id\n1,x,\n2,y,\n")
    assert {one.parent_id for one in page.comments} == {None}


@pytest.mark.parametrize(
    "time",
    [
        "2018-09-14 15:04:00 UTC",
        "2018-09-14T17:04:00+02:00",
        "1536937440",
        "1536937440000",
        "1536937440.0",
        "September 14, 2018 at 3:04 pm",
        "Fri, 14 Sep 2018 15:04:00 GMT",
        "14.09.2018 15:04",
    ],
)
def test_times_are_read_as_tables_write_them(read, time):
    (page,) = read(f'id,text,date\n1,x,"{time}"\n')
    assert page.comments[0].posted_at == FIRST


def test_an_article_may_have_a_row_or_columns(read):
    (page,) = read("id,text,author,title,url\narticle,Stone?,Ida,The bridge,https://e.org\n1,x,kim,,\n")
    assert page.article == Article(title="The bridge", text="Stone?", author="Ida", url="https://e.org")
    (page,) = read("id,text,article_title,article_text\n1,x,,\n2,y,The bridge,Stone?\n")
    assert page.article == Article(title="The bridge", text="Stone?")
    assert [one.id for one in page.comments] == ["1", "2"]
    with pytest.raises(BadRow, match="second article"):
        read("id,text\narticle,a\narticle,b\n1,x\n")


def test_threads_that_come_mixed_are_put_together(read):
    pages = read("id,text,thread_id\n1,a,s\n1,b,t\n2,c,s\n")
    assert [(page.thread_id, [one.text for one in page.comments]) for page in pages] == [
        ("s", ["a", "c"]),
        ("t", ["b"]),
    ]


BROKEN = [
    ("2,x", "2 cells where the names are 3"),
    ("2,x,kim,more", "4 cells where the names are 3"),
    (",x,kim", "'id' is missing"),
]


@pytest.mark.parametrize(("row", "what"), BROKEN)
def test_a_malformed_sibling_is_refused_or_set_aside_and_its_neighbours_stay(read, row, what):
    table = f"id,text,author\n1,hidden words,kim\n{row}\n3,y,jo\n"
    with pytest.raises(BadRow, match=what) as caught:
        read(table)
    assert "table:3: " in str(caught.value)
    assert "hidden" not in str(caught.value)
    rejects = []
    (page,) = read(table, on_reject=rejects.append)
    assert [one.id for one in page.comments] == ["1", "3"]
    assert len(rejects) == 1


def test_records_in_are_comments_and_rejects_out(read):
    rows = [f"{n},x,kim,{n % 7}" if n % 5 else f"{n},x" for n in range(200)]
    rejects = []
    pages = read("id,text,author,thread_id\n" + "\n".join(rows), on_reject=rejects.append)
    assert sum(len(page.comments) for page in pages) + len(rejects) == 200
    assert len(rejects) == 40


@pytest.mark.parametrize("row", ['2,kim,"never closed\n3,jo,y\n4,jo,z', '2,"kim\n3,jo,y\n'])
def test_a_quotation_mark_that_is_never_closed_is_told(read, row):
    with pytest.raises(BadRow, match="never closed") as caught:
        read("id,author,text\n1,kim,x\n" + row)
    assert caught.value.place == 3


def test_a_cell_that_is_larger_than_any_comment_is_set_aside(read):
    rejects = []
    table = 'id,text,author\n1,x,kim\n2,"' + "never closed\n" * 1_400_000 + "3,y,jo\n"
    read(table, on_reject=rejects.append)
    assert "16,777,216 characters (lines 3 to " in str(rejects[0])


def test_a_huge_cell_and_null_bytes_are_read(read):
    (page,) = read('id,text,author\n1,"' + "x" * 10_000_000 + '",kim\n2,a\0b,jo\n')
    assert len(page.comments[0].text) == 10_000_000
    assert page.comments[1].text == "a\ufffdb"
    assert page.notes == ("1 control characters replaced by U+FFFD",)


@pytest.mark.parametrize("table", ["id,text\n", "id,text\n,\n\n", 'id,"text\n'])
def test_names_without_rows_are_no_comments(read, table):
    with pytest.raises(NoComments):
        read(table, format="csv")


def test_parquet_has_numbers_times_and_structures(read):
    (page,) = read(
        {
            "id": pa.array([12, 13], pa.int32()),
            "parent_id": [float("nan"), 12.0],
            "created_at": pa.array([1536937440 * 10**9, None], pa.timestamp("ns")),
            "body": pa.array([b"Gr\xc3\xb6\xc3\x9fe", b"y"]),
            "votes": [{"up": 3, "by": ["kim", None]}, None],
            "price": [Decimal("1.50"), None],
            "day": [date(2018, 9, 14), None],
            "raw": [b"\xff\xfe", None],
            "share": [float("inf"), 0.5],
            "__index_level_0__": [0, 1],
        }
    )
    assert told(page) == [("12", ARTICLE, None, "Größe"), ("13", "12", None, "y")]
    assert page.comments[0].posted_at == FIRST
    assert dict(page.comments[0].extra) == {
        "votes": {"up": 3, "by": ["kim", None]},
        "price": 1.5,
        "day": "2018-09-14",
        "raw": "//4=",
    }
    assert dict(page.comments[1].extra) == {"share": 0.5}
    assert json.dumps(page.comments[0].extra, allow_nan=False)


@pytest.mark.parametrize("text", [["x"], {"a": "x"}])
def test_a_text_of_another_kind_is_a_reject(read, text):
    rejects = []
    (page,) = read({"id": ["1", "2"], "author": ["kim", "jo"], "text": [text, None]}, on_reject=rejects.append)
    assert [one.id for one in page.comments] == ["2"]
    assert "row 1: field 'text' is" in str(rejects[0])


def test_damaged_parquet_is_refused(read, tmp_path):
    pq.write_table(pa.table({"id": ["1"], "text": ["x"]}), tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    for damaged in (whole[:-1], whole[: len(whole) // 2], b"PAR1" + bytes(100), b"PAR1 is how this text begins"):
        with pytest.raises(Unreadable, match="no Parquet"):
            read(damaged)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_made_up_thread_comes_back(threads, told, read, form):
    names = ["comment_id", "reply_to", "user", "time", "body", "removed"]

    @settings(max_examples=60, deadline=None)
    @given(comments=threads)
    def check(comments):
        rows = [
            [
                one.id,
                None if one.parent_id == ARTICLE else one.parent_id,
                one.author,
                int(one.posted_at.timestamp()),
                one.text or "gone",
                1 if one.extra else 0,
            ]
            for one in comments
        ]
        if form == "parquet":
            (page,) = read(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
        else:
            stream = io.StringIO(newline="")
            csv.writer(stream).writerows([names, *rows])
            (page,) = read(stream.getvalue())
        flat = all(one.parent_id == ARTICLE for one in comments)
        assert [line[:1] + line[2:] for line in told(page.comments)] == [line[:1] + line[2:] for line in told(comments)]
        assert [one.parent_id for one in page.comments] == [None if flat else one.parent_id for one in comments]

    check()


def test_a_damaged_table_is_an_error_or_read_and_never_a_crash(damage, read):
    @settings(max_examples=100, deadline=None)
    @given(data=st.data())
    def check(data):
        content = data.draw(damage(TABLE.encode()))
        for told_of in (None, lambda reject: None):
            with suppress(StanceError):
                read(content, format="csv", on_reject=told_of)

    check()


def test_damaged_parquet_is_an_error_or_read_and_never_a_crash(damage, read, tmp_path):
    pq.write_table(pa.table({"id": ["1", "2"], "text": ["x", "y"]}), tmp_path / "whole", compression="none")
    whole = (tmp_path / "whole").read_bytes()

    @settings(max_examples=100, deadline=None)
    @given(data=st.data())
    def check(data):
        content = data.draw(damage(whole))
        with suppress(StanceError):
            read(b"PAR1" + content[4:], format="parquet", on_reject=lambda reject: None)

    check()


def test_memory_does_not_grow_with_the_table(tmp_path):
    file = tmp_path / "table.csv"
    with file.open("w") as stream:
        stream.write("id,text,thread_id\n")
        stream.writelines(f"{n},{'some words ' * 100},{n % 100}\n" for n in range(4000))
    assert file.stat().st_size > 4_400_000
    tracemalloc.start()
    n_comments = sum(len(page.comments) for page in read_threads(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_comments == 4000
    assert peak < 2_500_000
